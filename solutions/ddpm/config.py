"""Configurations: YAML files whose settings are keyword arguments, checked before anything runs."""

import json
import re
import reprlib
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
import yaml
from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema, ValidationError
from pydantic_core import core_schema

from ddpm import precision
from ddpm.data import CLASSES, SOURCES
from ddpm.optimizers import OPTIMIZERS
from ddpm.sampler import SAMPLERS, SPACINGS
from ddpm.schedules import KINDS, DDPMSchedules
from ddpm.targets import TARGETS
from ddpm.unet import UNetSmall

Settings = dict[str, dict[str, Any]]  # by section
SHIPPED = Path(__file__).parent / "configs"

Count = Annotated[int, Field(ge=1)]
CountOrZero = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
PositiveOrZero = Annotated[float, Field(ge=0)]
# YAML has lists only: strict about what is in them, not about their kind.
Counts = Annotated[tuple[Count, ...], Field(min_length=1, strict=False)]
Interval = Annotated[tuple[PositiveOrZero, ...], Field(min_length=2, max_length=2, strict=False)]


def one_of(names: Iterable[str]) -> GetPydanticSchema:
    """Such as a table has: what can be chosen stands there alone."""
    return GetPydanticSchema(lambda *_: core_schema.literal_schema([*names]))


class ConfigError(ValueError):
    """What is wrong with a configuration, a sentence and a line for each problem."""


class Section(BaseModel):
    """Settings that have no other names, kinds or values than these."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Model(Section):
    """Arguments of UNetSmall."""

    in_channels: Count = 1
    image_size: Count = 28
    model_channels: Count = 32
    channel_mults: Counts = (1, 2)
    num_res_blocks: Count = 1
    attention_resolutions: Annotated[tuple[Count, ...], Field(strict=False)] = ()
    num_heads: Count = 4
    dropout: Share = 0.0
    num_classes: Count | None = None
    patch_size: Count = 1
    gradient_checkpointing: bool = False


class Schedules(Section):
    """Arguments of DDPMSchedules."""

    kind: Annotated[str, one_of(KINDS)] = "linear"
    num_timesteps: Count = 1000
    beta_start: Positive = 1e-4
    beta_end: Positive = 0.02
    rescale: bool = False


class Data(Section):
    """Arguments of data.load, and whether images are flipped."""

    name: Annotated[str, one_of(SOURCES)] = "mnist"
    root: str | None = None
    limit: Count | None = None
    augment: bool = False


class Training(Section):
    """Arguments of DDPMTrainer."""

    epochs: Count = 10
    batch_size: Count = 128
    learning_rate: Positive = 1e-3
    optimizer: Annotated[str, one_of(OPTIMIZERS)] = "adam"
    target: Annotated[str, one_of(TARGETS)] = "eps"
    ema_decay: Share = 0.999
    amp: Annotated[str, one_of(precision.NAMES)] = "off"
    clip_norm: Positive = 1.0
    warmup_steps: CountOrZero = 0
    accumulation: Count = 1
    label_dropout: Share = 0.1
    sample_every: CountOrZero = 0
    evaluate_every: CountOrZero = 0
    channels_last: bool = False
    compile: bool = False
    seed: CountOrZero = 0


class Sampling(Section):
    """How samples are drawn; SAMPLERS says which method reads which."""

    method: Annotated[str, one_of(SAMPLERS)] = "ddim"
    num_steps: Count = 50
    spacing: Annotated[str, one_of(SPACINGS)] = "linspace"
    eta: Annotated[float, Field(ge=0, le=1)] = 0.0
    variance: Literal["small", "large"] = "small"
    guidance: PositiveOrZero = 0.0
    guidance_interval: Interval | None = None
    amp: Annotated[str, one_of(precision.NAMES)] = "off"


class Config(Section):
    """All sections."""

    model: Model = Model()
    schedules: Schedules = Schedules()
    data: Data = Data()
    training: Training = Training()
    sampling: Sampling = Sampling()


SETTINGS = {name: list(settings) for name, settings in Config().model_dump().items()}
# pydantic's names of errors, and what the value should have been.
WANTED = {
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
    "tuple_type": "a list such as [1, 2]",
    "literal_error": "{expected}",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "model_type": "a section with settings of its own",
}


class Loader(yaml.SafeLoader):
    """YAML in which, as in its version 1.2, 2e-4 is a number and `off` a word."""


BOOL, FLOAT = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:float"
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (BOOL, FLOAT)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(BOOL, re.compile("true|false$", re.I), list("tTfF"))
Loader.add_implicit_resolver(FLOAT, re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$", re.I), list("-+.0123456789"))


def load_config(path_or_name: str | Path, overrides: Iterable[str] = ()) -> Settings:
    """Read a YAML file, or the shipped "mnist", "mnist-laptop" or "cifar10", as dictionaries by section.

    The sections are model, schedules, data, training and sampling; what is not set has the default of the class that
    takes it, so that `UNetSmall(**config["model"])` runs. `overrides` are texts such as "training.epochs=3", their
    values YAML. Where "mnist.yaml" or "configs/mnist.yaml" is no file, the shipped one is meant.

    Raises:
        ConfigError: every unknown, ill-typed, impossible or contradictory setting, a sentence each.
    """
    path = find(Path(path_or_name))
    source = f"configs/{path.name}" if path.parent == SHIPPED else str(path)
    sections = parse(path.read_bytes(), source) or {}
    if not isinstance(sections, dict):
        raise ConfigError(f"{source}: there should be sections, such as training: with settings below it.")
    return overridden(sections, overrides, source)


def overridden(sections: dict[str, Any], overrides: Iterable[str] = (), source: str = "The configuration") -> Settings:
    """A configuration, such as one kept with weights, complete and with overrides in place; see load_config."""
    settings = {
        str(name): dict(keys) if isinstance(keys, dict) else ({} if keys is None else keys)
        for name, keys in sections.items()
    }
    origins = override(settings, overrides)
    try:
        config = Config.model_validate(settings).model_dump()
        problems = [("", sentence) for sentence in contradictions(config)]
    except ValidationError as error:
        problems = [complaint(**detail) for detail in without_echoes(error.errors(include_url=False))]
    if problems:
        raise ConfigError("\n".join(f"{origins.get(name, source)}: {sentence}" for name, sentence in problems))
    return config


def find(path: Path) -> Path:
    """The file itself, or the shipped one that is meant."""
    shipped = SHIPPED / f"{path.stem}.yaml"
    if path.is_file():
        return path
    if path.parent in (Path(), Path("configs")) and path.suffix in ("", ".yaml") and shipped.is_file():
        return shipped
    names = sorted(file.stem for file in SHIPPED.glob("*.yaml"))
    hint = "".join(f"; did you mean {name}?" for name in get_close_matches(path.stem, names, 1)) or "."
    raise ConfigError(f"There is no configuration {path}{hint} Give a YAML file, or one of {', '.join(names)}.")


def parse(text: str | bytes, source: str) -> Any:
    """YAML as Python values."""
    try:
        return yaml.load(text, Loader)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(f"{source}{line}: this is no YAML: {problem}.") from error


def override(settings: dict[str, Any], overrides: Iterable[str]) -> dict[str, str]:
    """Put texts "section.key=value" into the settings; returns what to call the origin of each, for messages."""
    origins: dict[str, str] = {}
    for text in overrides:
        name, equals, value = text.partition("=")
        source = f'override "{text}"'
        section, dot, key = name.strip().partition(".")
        if not equals:
            raise ConfigError(f"{source} should look like training.epochs=3.")
        value = parse(value, source)
        if not dot:
            settings[section] = value
        elif isinstance(below := settings.setdefault(section, {}), dict):
            below[key] = value
        origins |= dict.fromkeys((section, name.strip()), source)
    return origins


def without_echoes(errors: Sequence[Any]) -> Iterator[Any]:
    """A list with a wrong entry is not called short as well."""
    wrong = {error["loc"][:2] for error in errors if len(error["loc"]) > 2}
    for error in errors:
        if error["type"] != "too_short" or error["loc"] not in wrong:
            yield error


def complaint(
    type: str, loc: tuple[str | int, ...], input: Any, ctx: dict[str, Any] | None = None, **_: Any
) -> tuple[str, str]:
    """The name of a setting and a sentence on it, from one of pydantic's errors."""
    name = re.sub(r"\s", " ", ".".join(map(str, loc[:2])))
    if type in ("extra_forbidden", "invalid_key"):
        return name, f"{name} is no setting; {suggestion(*map(str, loc))}"
    entry = f"entry {int(loc[2]) + 1} of " if len(loc) > 2 else ""
    given = json.dumps(input) if input is None or isinstance(input, str | bool) else reprlib.repr(input)
    return name, f"{entry}{name} should be {WANTED[type].format(**ctx or {})}, and is {given}."


def suggestion(*loc: str) -> str:
    """The setting or section whose name is nearest, first among those of the same section."""
    key, everywhere = loc[-1], {key: f"{section}.{key}" for section, keys in SETTINGS.items() for key in keys}
    here = {key: f"{loc[0]}.{key}" for key in SETTINGS[loc[0]]} if len(loc) > 1 else {name: name for name in SETTINGS}
    if key in everywhere:
        return f"did you mean {everywhere[key]}?"
    for names in (here, everywhere):
        if nearest := get_close_matches(key, names, 1):
            return f"did you mean {names[nearest[0]]}?"
    return f"there are {', '.join(here.values())}."


def contradictions(config: Settings) -> Iterator[str]:
    """Sentences on settings that are right alone and wrong together."""
    model, data, sampling = config["model"], config["data"], config["sampling"]
    size, _, channels = SOURCES[data["name"]].size
    steps = config["schedules"]["num_timesteps"]
    if (model["image_size"], model["in_channels"]) != (size, channels):
        yield f"{data['name']} needs model.image_size {size} and model.in_channels {channels}."
    if model["num_classes"] not in (None, CLASSES):
        yield f"model.num_classes should be {CLASSES} or null for {data['name']}, and is {model['num_classes']}."
    if data["augment"] and data["name"] == "mnist":
        yield "data.augment mirrors images, and a mirrored digit is no digit; set it to false."
    if sampling["guidance"] and model["num_classes"] is None:
        yield f"sampling.guidance needs a model with labels; set model.num_classes to {CLASSES}, or guidance to 0."
    elif sampling["guidance"] and not config["training"]["label_dropout"]:
        yield "sampling.guidance needs a model that also learned without labels; set training.label_dropout to 0.1."
    if (interval := sampling["guidance_interval"]) and interval[0] >= interval[1]:
        yield f"sampling.guidance_interval should rise, such as [0.3, 3], and is {list(interval)}."
    if "num_steps" in SAMPLERS[sampling["method"]].settings and sampling["num_steps"] > steps:
        yield f"sampling.num_steps should be at most {steps}, the schedules.num_timesteps, for {sampling['method']}."
    try:
        DDPMSchedules(**config["schedules"])
        with torch.device("meta"):  # shapes without memory
            UNetSmall(**model)
    except ValueError as error:
        yield str(error)
