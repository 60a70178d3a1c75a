"""A GPU that is not there: real CPU arithmetic on tensors whose storages are marked with a device.

    with SimulatedGPU():
        x = tag(torch.randn(4, 1, 28, 28), "cuda")     # the judge's array, now "on the GPU"
        y = student_function(x)                        # a mix of devices raises DeviceMix
        where(y), plain(y)                             # "cuda:0", and the numbers as an ordinary CPU tensor

Every number is computed on the CPU, by the same kernels and from the same random stream, so a run on the
simulated GPU equals the CPU run bit for bit (NAdam and RAdam take another path on a GPU by default, and round
differently there). The mark sits on the storage: views share it, and it goes when the storage goes.

Left alone on purpose: CUDA generators, streams, synchronize, a second GPU. They raise what torch raises,
never DeviceMix, and the caller calls that "not decided". Not watched: TorchScript functions, other threads,
and hooks and custom functions while backward runs.

The mode is cooperative. It lives in the process of the code that it watches, which can reach it and pop it:
it helps honest code to be right on a GPU and is no defence against dishonest code.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch._C import _functorch as functorch
from torch.overrides import TorchFunctionMode
from torch.utils import _device as default_device

Call = Callable[..., Any]
Args = tuple[Any, ...]
Kwargs = dict[str, Any]

CPU, GPU = "cpu", "cuda:0"
_MARK = "simulated_device"
_RealTorch = torch._C.DisableTorchFunction  # while it is entered no mode is asked, `with torch.device(...)` neither

# Real kernels take these across devices; what they return is one of their inputs, or no tensor at all.
_CROSSES = re.compile(
    r"(_foreach_)?copy_|fill_|(expand|view|reshape)_as|broadcast_tensors|atleast_.d|backward|grad|result_type|is_same_size"
    r"|_has_compatible_shallow_copy_type"
)
# The result lies where the first tensor lies; other tensors are sizes, values to copy, or deepcopy's memo.
_FOLLOWS = re.compile(r"new(_\w+)?|\w+_like|__deepcopy__|tensor_split|view|reshape|expand|repeat|narrow|select|roll")
# Not elementwise: here even a CPU tensor without dimensions does not join tensors on the GPU.
_STRICT = re.compile(r"cat|concat\w*|\w*stack|gather|take\w*|index_select|embedding|scatter\w*")
_IN_PLACE = re.compile(r"\w*[a-z0-9]_|__i(add|sub|mul|div|truediv|floordiv|mod|pow|and|or|xor|lshift|rshift)__")

_LAYER = ("input", "weight", "bias")
_ROLES = {
    **dict.fromkeys(("linear", "group_norm", "layer_norm", "conv1d", "conv2d", "conv_transpose2d"), _LAYER),
    **dict.fromkeys(("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"), ("prediction", "target")),
    **dict.fromkeys(("gather", "index_select", "take"), ("table", "index")),
    "embedding": ("index", "table"),
}
_ADVICE = {
    "weight": "move the data with .to(device), or the model with model.to(device)",
    "target": "make the target on the prediction's device, or move it there with .to(device)",
    "index": "index with timesteps.to(table.device), or keep the table where the timesteps are",
    "": "bring both to one device: create with device=x.device, or move with .to(x.device)",
}
_SIGNS = {"add": "+", "sub": "-", "rsub": "-", "mul": "*", "div": "/", "matmul": "@", "pow": "**"}


class DeviceMix(RuntimeError):
    """Tensors of two devices met where a real GPU refuses them; the message says which, in a sentence."""


def where(tensor: torch.Tensor) -> str:
    """The device a tensor lies on: "cpu", "cuda:0", or what torch says of a device that is not simulated."""
    with _RealTorch():
        return _place(tensor)


def tag(tensor: torch.Tensor, device: str | torch.device | int) -> torch.Tensor:
    """Mark the tensor's storage, and so every view of it, as lying on `device`; returns the same tensor."""
    with _RealTorch():
        return _mark(tensor, _name_of(device))


def plain(tensor: torch.Tensor) -> torch.Tensor:
    """A detached, unmarked copy on the CPU, inside or outside the mode."""
    with _RealTorch():
        return tensor.detach().cpu().clone()


class SimulatedGPU(TorchFunctionMode):
    """While it is entered, "cuda" is a device like any other, and mixing it with the CPU raises DeviceMix.

    torch.cuda.is_available() says True meanwhile. Cooperative, and per thread: see the module's docstring.
    """

    def __enter__(self) -> SimulatedGPU:
        self._before = torch.cuda.is_available
        torch.cuda.is_available = _available
        super().__enter__()
        return self

    def __exit__(self, *exc_info: Any) -> None:
        torch.cuda.is_available = self._before
        super().__exit__(*exc_info)

    def __torch_function__(self, func: Call, types: Any, args: Args = (), kwargs: Kwargs | None = None) -> Any:
        with _RealTorch():
            return _run(func, args, dict(kwargs or {}))


_really_available = torch.cuda.is_available


def _available() -> bool:
    """True for the code that is watched; torch's own code (an optimizer that seeks streams) hears the truth."""
    asked_by_torch = sys._getframe(1).f_globals.get("__name__", "").startswith("torch")
    return _really_available() if asked_by_torch else True


def _run(func: Call, args: Args, kwargs: Kwargs) -> Any:
    name = getattr(func, "__name__", "")
    if name in ("__get__", "__set__"):
        return _attribute(func, *args)
    if name in ("to", "cuda", "cpu", "type", "type_as"):
        return _move(name, func, args, kwargs)
    if name == "_parse_to":  # nn.Module.to asks how to read its arguments; its moves follow, tensor by tensor
        return func(*(_name_of(a) if type(a) is int else a for a in args), **kwargs)
    if name == "pin_memory" and _place(args[0]) == CPU:
        return args[0]
    if name == "get_device" and _place(args[0]) == GPU:
        return 0
    if name in ("numpy", "__array__", "__dlpack__") and _place(args[0]) == GPU and not kwargs.get("force"):
        raise DeviceMix(
            f"NumPy reads the CPU's memory, and this tensor ({_shape(args[0])}) lies on the GPU: "
            "bring it over first, with .detach().cpu().numpy()"
        )
    tensors = list(_tensors((args, kwargs)))
    device = _destination(name, func, args, kwargs, tensors)
    if device == GPU and "device" in kwargs:
        kwargs["device"] = CPU
    result = func(*args, **kwargs)
    if name in ("as_tensor", "asarray"):
        return _send(result, device)
    if name == "grad":
        inputs = args[1] if len(args) > 1 else kwargs["inputs"]
        for gradient, tensor in zip(result, _tensors(inputs), strict=True):
            if gradient is not None:
                _mark(gradient, _place(tensor))
    if device == GPU:
        for tensor in _tensors(result):
            _mark(tensor, GPU)
    return result


def _destination(name: str, func: Call, args: Args, kwargs: Kwargs, tensors: list[torch.Tensor]) -> str:
    """Where the result will lie; DeviceMix if a real GPU would refuse these arguments."""
    factory = func in default_device._device_constructors()
    wanted = kwargs.get("device")
    if wanted is None and factory:
        wanted = default_device.CURRENT_DEVICE
    if wanted is not None:
        device = _name_of(wanted)
        kwargs.pop("pin_memory", None)
    elif factory:  # torch.tensor(t) stays where t is; elsewhere tensors only stand for sizes and bounds
        copies = name in ("tensor", "as_tensor", "asarray") and args and isinstance(args[0], torch.Tensor)
        device = _place(args[0]) if copies else CPU
    elif _CROSSES.fullmatch(name):
        device = CPU
    elif name in ("__getitem__", "__setitem__", "index_put", "index_put_"):
        device = _indexed(*args[:3])
    elif _FOLLOWS.fullmatch(name):
        device = _place(tensors[0])
    else:
        device = _common(name, args, kwargs, tensors)
    generator = kwargs.get("generator")
    if device == GPU and generator is not None and generator.device.type == CPU:
        raise DeviceMix(
            f"`{name}` draws on the GPU, but its generator lies on the CPU: draw on the CPU and move the "
            "result with .to(device), or leave the generator out"
        )
    if device == CPU and generator is not None and generator.device.type != CPU:
        raise DeviceMix(
            f"`{name}` draws on the CPU, but its generator lies on the GPU: draw where it lies, with "
            "device=generator.device"
        )
    return device


def _common(name: str, args: Args, kwargs: Kwargs, tensors: list[torch.Tensor]) -> str:
    """The one device of all tensors; CPU tensors without dimensions join elementwise work on the GPU."""
    places = [_place(t) for t in tensors]
    if GPU not in places:
        return CPU
    if CPU in places:
        strict = tensors if _STRICT.fullmatch(name) else list(_tensors(kwargs.get("out")))
        if _IN_PLACE.fullmatch(name):
            strict = [*strict, *_tensors(args[0])]
        roles = _ROLES.get(name, ("first tensor", "second tensor", "third tensor"))
        named = [(t, roles[i] if i < len(roles) else f"tensor {i + 1}") for i, t in enumerate(tensors)]
        for tensor, role in named:
            if _place(tensor) == CPU and (tensor.dim() or any(tensor is s for s in strict)):
                raise _mix(name, (tensor, role), named[places.index(GPU)])
    return GPU


def _indexed(table: torch.Tensor, index: Any, value: Any = None) -> str:
    """Indexing follows the table: a CPU index reads a GPU table, a GPU index does not read a CPU table."""
    place, items = _place(table), index if isinstance(index, tuple | list) else (index,)
    indices = [i for i in items if isinstance(i, torch.Tensor) and i.dim()]  # without dimensions: just a number
    for i in indices:
        if place == CPU and _place(i) == GPU:
            raise _mix("table[index]", (table, "table"), (i, "mask" if i.dtype == torch.bool else "index"))
    if indices and isinstance(value, torch.Tensor) and value.dim() and _place(value) != place:
        raise _mix("table[index] = value", (table, "table"), (value, "value"))
    return place


def _move(name: str, func: Call, args: Args, kwargs: Kwargs) -> torch.Tensor | str:
    """to, cuda, cpu, type, type_as: torch converts, and a crossing clones, so gradients flow both ways."""
    tensor, rest = args[0], list(args[1:])
    if name in ("cuda", "cpu"):
        return _send(tensor, CPU if name == "cpu" else _name_of([*rest, kwargs.get("device")][0] or 0))
    if name == "type" and not rest and not kwargs:
        return str(func(tensor)).replace("torch.", "torch.cuda." if _place(tensor) == GPU else "torch.")
    target = _place(tensor)
    both: tuple[tuple[Any, Any], ...] = (rest, range(len(rest))), (kwargs, list(kwargs))
    for values, keys in both:
        for key in keys:
            value = values[key]
            if isinstance(value, torch.Tensor):
                target = _place(value)
            elif name == "type" and not isinstance(value, torch.dtype | bool):  # "torch.cuda.FloatTensor" or its class
                value = value if isinstance(value, str) else f"{value.__module__}.{value.__name__}"
                target, values[key] = GPU if "cuda" in value else CPU, value.replace(".cuda", "")
            elif isinstance(value, str | torch.device | int) and not isinstance(value, bool):
                target = _name_of(value)
                values[key] = CPU if target == GPU else value
    result = func(tensor, *rest, **kwargs)
    copied = result.untyped_storage()._cdata != tensor.untyped_storage()._cdata
    return _mark(result, target) if copied else _send(result, target)


def _attribute(func: Any, owner: torch.Tensor, *new: Any) -> Any:
    """tensor.device, .is_cuda, .is_cpu and .grad (got, or set to `new`); all else is torch's own."""
    attribute = getattr(func.__self__, "__name__", "")
    if attribute == "device":
        return torch.device(_place(owner))
    if attribute in ("is_cuda", "is_cpu"):
        return _place(owner).startswith(attribute[3:])
    if attribute == "grad" and new and new[0] is not None and _place(new[0]) != _place(owner):
        raise _mix("parameter.grad = gradient", (owner, "parameter"), (new[0], "gradient"))
    value = func(owner, *new)
    return _mark(value, _place(owner)) if attribute in ("grad", "_grad") and value is not None else value


def _place(tensor: torch.Tensor) -> str:
    return getattr(_storage(tensor), _MARK, CPU) if tensor.is_cpu else str(tensor.device)


def _mark(tensor: torch.Tensor, place: str) -> torch.Tensor:
    setattr(_storage(tensor), _MARK, place)
    return tensor


def _storage(tensor: torch.Tensor) -> torch.UntypedStorage:
    """Where a tensor's numbers are; inside vmap these are the whole batch's."""
    while functorch.is_batchedtensor(tensor):
        tensor = functorch.get_unwrapped(tensor)
    return tensor.untyped_storage()


def _send(tensor: torch.Tensor, place: str) -> torch.Tensor:
    return tensor if _place(tensor) == place else _mark(tensor.clone(), place)


def _name_of(device: str | torch.device | int) -> str:
    name = f"cuda:{device}" if isinstance(device, int) else str(device)
    if name.startswith("cuda") and name not in ("cuda", GPU):
        raise RuntimeError(f"there is one simulated GPU, and {name} is another")
    return GPU if name == "cuda" else name


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, tuple | list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _tensors(item)


def _mix(name: str, *pair: tuple[torch.Tensor, str]) -> DeviceMix:
    (one, role), (other, its_role) = sorted(pair, key=lambda p: _place(p[0]))  # the CPU's first
    advice = next(_ADVICE[r] for r in (role, its_role, "") if r in _ADVICE)
    name = name.strip("_")
    return DeviceMix(
        f"`{_SIGNS.get(name, name)}` mixes devices: the {role} ({_shape(one)}) lies on the CPU, "
        f"the {its_role} ({_shape(other)}) lies on the GPU; {advice}"
    )


def _shape(tensor: torch.Tensor) -> str:
    return f"shape {'x'.join(map(str, tensor.shape))}" if tensor.dim() else "a single number"
