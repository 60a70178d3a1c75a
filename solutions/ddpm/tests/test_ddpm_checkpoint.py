"""The way on from a checkpoint, and the files that a training leaves behind: whole, damaged, another training's."""

import csv
import json
from pathlib import Path

import pytest
import torch
from trainers import TINY, equal, images, parts, trainer, weights

from ddpm import DDPMSchedules, DDPMTrainer, UNetSmall, generate, logs
from ddpm.checkpoint import CheckpointError, load_state, load_weights, save_state, save_weights

LEARNED = {"num_classes": 3, "dropout": 0.3}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"accumulation": 2, "warmup_steps": 2},  # three batches an epoch: one waits for the next epoch's first
        {"amp": "bf16", "target": "v", "augment": True},
        {"held_out": images(200, seed=5)},
        {"optimizer": "muon", "channels_last": True},
    ],
)
def test_a_resumed_training_is_the_same_bit_for_bit(more, tmp_path):
    def made(out=None) -> DDPMTrainer:
        return trainer(sizes=LEARNED, epochs=4, learning_rate=0.01, out=out, **more)

    whole = made()
    whole.train()

    class Stop(Exception):
        pass

    stopped = made(tmp_path)
    write = stopped.write

    def write_and_stop(out: Path) -> None:
        write(out)
        if stopped.epoch == 1:
            raise Stop

    stopped.write = write_and_stop
    with pytest.raises(Stop):
        stopped.train()
    resumed = made()
    torch.manual_seed(1234)  # another process has other random numbers
    resumed.resume(tmp_path / "ckpts" / "latest.pt")
    assert resumed.epoch == 1
    resumed.train()
    found, expected = parts(resumed), parts(whole)
    for name in expected:
        assert equal(found[name], expected[name]), name


def test_a_training_at_its_end_goes_on_to_nothing(tmp_path):
    made = trainer(out=tmp_path)
    made.train()
    before = weights(made.model)
    made.resume(tmp_path / "ckpts" / "latest.pt")
    made.train()
    assert torch.equal(weights(made.model), before) and len(made.history["epochs"]) == 2


# ---- files


def test_files_of_a_training(tmp_path):
    made = trainer(out=tmp_path, held_out=images(40), sample_every=2, config={"model": TINY})
    history = made.train()
    assert {path.name for path in (tmp_path / "ckpts").iterdir()} == {"latest.pt", "best.pt", "ema.safetensors"}
    assert [path.name for path in (tmp_path / "grids").iterdir()] == ["epoch_0002.png"]
    assert json.loads((tmp_path / "logs" / "history.json").read_text()) == history
    rows = list(csv.DictReader((tmp_path / "logs" / "epochs.csv").open()))
    assert [float(row["loss"]) for row in rows] == history["epoch_losses"]
    assert list((tmp_path / "logs").glob("events.*"))


def test_shared_weights_give_the_same_answers(tmp_path):
    """But for the rounding to half precision, 2^-11 of each weight. Also those of a trainer that was told no
    configuration: model and schedules know their own, and what they say of themselves goes before what was told."""
    for number, config in enumerate([None, {"model": TINY | LEARNED, "training": {"target": "eps", "epochs": 9}}]):
        made = trainer(sizes=LEARNED, target="v", out=tmp_path / str(number), config=config)
        made.train()
        model, told, record = load_weights(tmp_path / str(number) / "ckpts" / "ema.safetensors")
        for found, expected in zip(model.parameters(), made.ema.module.parameters(), strict=True):
            torch.testing.assert_close(found, expected, rtol=2**-11, atol=2**-25)
        x, t, y = torch.randn(2, 1, 8, 8), torch.tensor([3, 15]), torch.tensor([0, 2])
        found, expected = model(x, t, y), made.ema.module.eval()(x, t, y)
        assert (found - expected).norm() < 0.01 * expected.norm()
        assert record["epochs"] == 2 and told["training"]["target"] == "v"
        assert (told["schedules"]["kind"], told["schedules"]["num_timesteps"]) == ("cosine", 20)


def test_the_best_checkpoint_is_that_of_the_smallest_error(tmp_path, monkeypatch):
    made = trainer(out=tmp_path, epochs=4)
    errors = iter([0.4, 0.2, 0.3, 0.25])
    monkeypatch.setattr(made, "evaluate", lambda: {"held_out_ema": next(errors)})
    made.train()
    assert load_state(tmp_path / "ckpts" / "best.pt")["at"][0] == 2
    assert load_state(tmp_path / "ckpts" / "latest.pt")["at"][0] == 4


@pytest.mark.parametrize("name", ["state.pt", "model.safetensors"])
def test_a_write_that_is_killed_leaves_the_old_file(name, tmp_path, monkeypatch):
    path, model = tmp_path / name, UNetSmall(**TINY)

    def write(number: int) -> None:
        if name == "state.pt":
            save_state({"number": number}, path)
        else:
            save_weights(model, path, {"model": TINY}, {"number": number})

    def half(part: Path) -> None:
        with open(part, "wb") as file:
            file.write(b"half of it")
        raise KeyboardInterrupt

    write(1)
    monkeypatch.setattr(torch, "save", lambda _, part: half(part))
    monkeypatch.setattr(Path, "write_bytes", lambda part, _: half(part))
    with pytest.raises(KeyboardInterrupt):
        write(2)
    assert (load_state(path) if name == "state.pt" else load_weights(path)[2]) == {"number": 1}
    assert [left.name for left in tmp_path.iterdir()] == [name]
    monkeypatch.undo()
    write(3)
    assert (load_state(path) if name == "state.pt" else load_weights(path)[2]) == {"number": 3}
    assert [left.name for left in tmp_path.iterdir()] == [name]


def test_damaged_files_end_in_a_sentence(tmp_path):
    made = trainer(out=tmp_path, epochs=1, config={"model": TINY})
    made.train()
    whole = {name: (tmp_path / "ckpts" / name).read_bytes() for name in ("latest.pt", "ema.safetensors")}
    path = tmp_path / "damaged"
    for content in (b"", b"hello", whole["latest.pt"][:-100], whole["latest.pt"][: len(whole["latest.pt"]) // 2]):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match="damaged cannot be read"):
            made.resume(path)
    for content in (b"", b"hello", whole["ema.safetensors"][:-100], whole["latest.pt"]):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match="holds no model"):
            load_weights(path)
    for load in (load_weights, made.resume):
        with pytest.raises(CheckpointError, match="There is no .*nowhere"):
            load(tmp_path / "nowhere")


@pytest.mark.parametrize("config", [{}, {"model": {**TINY, "model_channels": 16}}, {"model": {**TINY, "depth": 3}}])
def test_weights_that_do_not_fit_their_configuration_end_in_a_sentence(config, tmp_path):
    model = UNetSmall(**TINY)
    model.settings = {}
    save_weights(model, tmp_path / "odd.safetensors", config, {})
    with pytest.raises(CheckpointError, match="holds no model"):
        load_weights(tmp_path / "odd.safetensors")


OTHERS = {
    "list": lambda: [1, 2],
    "part": lambda: {"model": trainer().model.state_dict()},
    "other model": lambda: trainer(sizes={"model_channels": 16}).state(),
    "other target": lambda: trainer(target="v").state(),
    "other schedule": lambda: DDPMTrainer(UNetSmall(**TINY), DDPMSchedules("linear", 20)).state(),
    "other learning rate": lambda: trainer(learning_rate=1.0).state(),
    "no random numbers": lambda: {name: part for name, part in trainer().state().items() if name != "random"},
    "other device": lambda: trainer().state() | {"kind": trainer().kind | {"device": "cuda"}},
}


@pytest.mark.parametrize("what", OTHERS)
def test_states_of_another_training_end_in_a_sentence(what, tmp_path):
    made, before = trainer(), weights(trainer().model)
    save_state(OTHERS[what](), tmp_path / "state.pt")
    with pytest.raises(CheckpointError, match="no state of this training"):
        made.resume(tmp_path / "state.pt")
    assert what.startswith("no ") or torch.equal(weights(made.model), before)


@pytest.mark.parametrize("content", ["", "{", "[]", "3", "{}", '{"epochs": [], "epoch_losses": []}'])
def test_a_damaged_record_ends_in_a_sentence(content, tmp_path):
    (tmp_path / "history.json").write_text(content)
    with pytest.raises(ValueError, match="is damaged"):
        logs.read(tmp_path)


def test_a_state_that_holds_code_is_not_run(tmp_path):
    class Harm:
        def __reduce__(self):
            return (print, ("run",))

    torch.save({"model": Harm()}, tmp_path / "state.pt")
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_state(tmp_path / "state.pt")


def test_the_shipped_model_is_asked_ten_times_an_image():
    """As the table in README.md says: of six steps four lie in the interval, and ask twice."""
    model, config, _ = load_weights()
    asked = []
    model.register_forward_pre_hook(lambda _, given: asked.append(len(given[0])))
    assert generate.images(model, config, 10, seed=0).isfinite().all()
    assert sum(asked) == 10 * 10
