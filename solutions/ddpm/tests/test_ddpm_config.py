"""Configurations: the shipped ones fit their classes, and every mistake gets a sentence."""

import inspect
import json
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ddpm import config as module
from ddpm.config import SETTINGS, SHIPPED, ConfigError, load_config, overridden
from ddpm.sampler import SAMPLERS
from ddpm.schedules import DDPMSchedules
from ddpm.trainer import DDPMTrainer
from ddpm.unet import UNetSmall

NAMES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
EVERY = [f"{section}.{key}" for section, keys in SETTINGS.items() for key in keys]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A current directory without configurations."""
    monkeypatch.chdir(tmp_path)


def problems(*overrides: str, name: str | Path = "mnist") -> list[str]:
    """The sentences of a configuration that is wrong."""
    with pytest.raises(ConfigError) as caught:
        load_config(name, overrides)
    return str(caught.value).splitlines()


def written(text: str) -> Path:
    """A file of one's own."""
    path = Path("mine.yaml")
    path.write_text(text, encoding="utf-8")
    return path


# ---- what is shipped


def test_three_are_shipped():
    assert NAMES == ["cifar10", "mnist", "mnist-laptop"]


@pytest.mark.parametrize("name", NAMES)
def test_shipped_ones_fit_their_classes(name):
    config = load_config(name)
    assert list(config) == ["model", "schedules", "data", "training", "sampling"]
    assert DDPMSchedules(**config["schedules"]).num_timesteps == config["schedules"]["num_timesteps"]
    with torch.device("meta"):
        model = UNetSmall(**config["model"])
        trainer = inspect.signature(DDPMTrainer).bind(model, None, **config["training"])
        shape = (2, model.in_channels, model.image_size, model.image_size)
        assert model(torch.zeros(shape), torch.zeros(2, dtype=torch.long)).shape == shape
    assert trainer.arguments["epochs"] == config["training"]["epochs"]


@pytest.mark.parametrize(
    ("section", "of"), [("model", UNetSmall), ("schedules", DDPMSchedules), ("training", DDPMTrainer)]
)
def test_settings_are_arguments_with_the_same_defaults(section, of):
    defaults = {name: parameter.default for name, parameter in inspect.signature(of).parameters.items()}
    empty = load_config(written(""))[section]
    assert {name: defaults.get(name, "no argument") for name in empty} == empty
    if section != "training":  # a trainer also takes things that are no settings
        assert set(empty) == set(defaults)


@pytest.mark.parametrize("method", SAMPLERS)
def test_the_settings_of_a_sampler_are_those_that_its_function_takes(method):
    walk, read = SAMPLERS[method]
    of_its_own = list(inspect.signature(walk).parameters.values())[1:]
    assert {parameter.name for parameter in of_its_own} == {*read} - {"num_steps", "spacing"}
    defaults = load_config(written(""))["sampling"]
    assert all(parameter.default == defaults[parameter.name] for parameter in of_its_own)


# ---- files and names


@pytest.mark.parametrize("asked", ["mnist", "mnist.yaml", "configs/mnist.yaml", SHIPPED / "mnist.yaml"])
def test_shipped_ones_are_found_from_anywhere(asked):
    assert load_config(asked) == load_config("mnist")


def test_a_file_goes_before_a_shipped_name():
    Path("configs").mkdir()
    Path("configs/mnist.yaml").write_text("training:\n  epochs: 77\n")
    assert load_config("configs/mnist.yaml")["training"]["epochs"] == 77


def test_a_missing_file_is_not_replaced_by_a_shipped_one():
    assert problems(name="runs/mnist.yaml")[0].startswith(
        "There is no configuration runs/mnist.yaml; did you mean mnist"
    )
    assert problems(name="cifra10") == [
        "There is no configuration cifra10; did you mean cifar10? "
        "Give a YAML file, or one of cifar10, mnist, mnist-laptop."
    ]


def test_numbers_and_words_are_what_people_mean():
    config = load_config(written("training:\n  learning_rate: 2e-4\n  amp: off\n  clip_norm: 2\nmodel:\n"))
    assert config["training"]["learning_rate"] == 2e-4 and config["training"]["amp"] == "off"
    assert config["model"]["channel_mults"] == (1, 2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("training: [1, 2", "mine.yaml, line 1: this is no YAML: "),
        ("a: b: c", "mine.yaml, line 1: this is no YAML: mapping values are not allowed here."),
        ("just words", "mine.yaml: there should be sections, such as training:"),
        ("\0", "mine.yaml: this is no YAML: "),
        ("training: 3", "mine.yaml: training should be a section with settings of its own, and is 3."),
        ("1: 2", "mine.yaml: 1 is no setting; there are model, schedules, data, training, sampling."),
        ("training: {2024-13-45: 1}", "mine.yaml: this is no YAML: month must be in 1..12."),
        ("training:\n  1: 2", "mine.yaml: training.1 is no setting; there are training.epochs, "),
    ],
)
def test_broken_files_end_in_a_sentence(text, sentence):
    (problem,) = problems(name=written(text))
    assert problem.startswith(sentence)


# ---- overrides


def test_overrides_are_yaml_and_the_last_one_counts():
    overrides = ["training.epochs=2", "model.channel_mults=[1, 3, 3]", "training.epochs = 3", "sampling.eta=0.5"]
    overrides += ["model.num_classes=10", "data.root=a=b", "training.learning_rate=1e-4", "training.amp=off"]
    config = load_config("mnist", overrides)
    assert config["training"]["epochs"] == 3 and config["training"]["amp"] == "off"
    assert config["training"]["learning_rate"] == 1e-4
    assert config["model"]["channel_mults"] == (1, 3, 3) and config["model"]["num_classes"] == 10
    assert config["sampling"]["eta"] == 0.5 and config["data"]["root"] == "a=b"
    assert load_config(written(""), ["training.seed=4"])["training"]["seed"] == 4


def test_an_override_without_a_value_ends_in_a_sentence():
    assert problems("training.epochs") == ['override "training.epochs" should look like training.epochs=3.']


def test_a_configuration_kept_as_json_takes_overrides_and_stays_as_it_was():
    kept = load_config("mnist")
    read = json.loads(json.dumps(kept))
    changed = overridden(read, ["sampling.num_steps=20", "model.num_heads=2"])
    assert changed["sampling"].pop("num_steps") == 20 and changed["model"].pop("num_heads") == 2
    assert changed["training"] == kept["training"] and changed["model"].items() < kept["model"].items()
    assert read == json.loads(json.dumps(kept))
    with pytest.raises(ConfigError, match=r"^The configuration: training\.epochs should be at least 1, and is 0\.$"):
        overridden({"training": {"epochs": 0}})


# ---- sentences


def test_all_problems_are_told_at_once():
    path = written("training:\n  epoch: 3\n  epochs: ten\nmodle: {}\n")
    assert set(problems("data.limit=0", "epochs=3", name=path)) == {
        "mine.yaml: training.epoch is no setting; did you mean training.epochs?",
        'mine.yaml: training.epochs should be a whole number, and is "ten".',
        "mine.yaml: modle is no setting; did you mean model?",
        'override "data.limit=0": data.limit should be at least 1, and is 0.',
        'override "epochs=3": epochs is no setting; did you mean training.epochs?',
    }


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("training.epochs=3.0", "training.epochs should be a whole number, and is 3.0."),
        ("training.epochs=true", "training.epochs should be a whole number, and is true."),
        ("training.epochs=", "training.epochs should be a whole number, and is null."),
        ("training.batch_size=0", "training.batch_size should be at least 1, and is 0."),
        ("training.ema_decay=1", "training.ema_decay should be less than 1.0, and is 1."),
        ("training.learning_rate=0", "training.learning_rate should be more than 0.0, and is 0."),
        ("training.learning_rate=1e999", "training.learning_rate should be a number, and is inf."),
        ("training.target=noise", "training.target should be 'eps', 'x0' or 'v', and is \"noise\"."),
        ("data.augment=yes", 'data.augment should be true or false, and is "yes".'),
        ("data.root=3", "data.root should be a text, and is 3."),
        ("sampling.eta=2", "sampling.eta should be at most 1.0, and is 2."),
        ("model.channel_mults=2", "model.channel_mults should be a list such as [1, 2], and is 2."),
        ("model.channel_mults=[]", "model.channel_mults should be a list of at least 1, and is []."),
        ("model.channel_mults=[1, x]", 'entry 2 of model.channel_mults should be a whole number, and is "x".'),
        ("model.epochs=3", "model.epochs is no setting; did you mean training.epochs?"),
        ("model.epochss=3", "model.epochss is no setting; did you mean training.epochs?"),
        (
            "sampling.guidance_interval=[-1, 2]",
            "entry 1 of sampling.guidance_interval should be at least 0.0, and is -1.",
        ),
        ("sampling.guidance_interval=[1]", "sampling.guidance_interval should be a list of at least 2, and is [1]."),
        (
            "sampling.guidance_interval=[1,2,3]",
            "sampling.guidance_interval should be a list of at most 2, and is [1, 2, 3].",
        ),
        ("sampling.spacing=even", "sampling.spacing should be 'linspace', 'trailing' or 'karras', and is \"even\"."),
        ("training.num_steps=3", "training.num_steps is no setting; did you mean sampling.num_steps?"),
        ("trainin.epochs=3", "trainin is no setting; did you mean training?"),
        ("sampling.zzzz=3", "sampling.zzzz is no setting; there are sampling.method, sampling.num_steps, "),
    ],
)
def test_each_mistake_has_its_sentence(override, sentence):
    (problem,) = problems(override)
    assert problem.startswith(f'override "{override}": {sentence}')


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(EVERY), at=st.integers(0, 99), letter=st.sampled_from("_aeiou"), how=st.integers(0, 3))
def test_a_slip_of_the_finger_gets_the_right_suggestion(name, at, letter, how):
    section, key = name.split(".")
    at %= len(key)
    slip = [
        key[:at] + key[at + 1 :],  # left out
        key[:at] + letter + key[at:],  # one too many
        key[:at] + letter + key[at + 1 :],  # another
        key[:at] + key[at : at + 2][::-1] + key[at + 2 :],  # swapped
    ][how]
    assume(len(key) > 3 and slip not in SETTINGS[section])
    assert problems(f"{section}.{slip}=1")[0].endswith(f": {section}.{slip} is no setting; did you mean {name}?")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([*EVERY, *SETTINGS]), value=values)
def test_any_value_is_taken_or_gets_a_sentence(name, value):
    section, _, key = name.partition(".")
    sections = {section: {key: value}} if key else {section: value}
    try:
        module.Config.model_validate(sections)
    except module.ValidationError as error:
        for detail in error.errors(include_url=False):
            place, sentence = module.complaint(**detail)
            assert place.startswith(section) and place in sentence and sentence[-1] in ".?" and "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "overrides", "sentence"),
    [
        (
            "mnist",
            ["model.image_size=32", "model.attention_resolutions=[]"],
            "mnist needs model.image_size 28 and model.in_channels 1.",
        ),
        ("mnist", ["model.in_channels=3"], "mnist needs model.image_size 28 and model.in_channels 1."),
        (
            "cifar10",
            ["model.image_size=40", "model.attention_resolutions=[]"],
            "cifar10 needs model.image_size 32 and model.in_channels 3.",
        ),
        ("mnist", ["model.num_classes=9"], "model.num_classes should be 10 or null for mnist, and is 9."),
        ("mnist", ["data.augment=true"], "data.augment mirrors images, and a mirrored digit is no digit;"),
        ("mnist", ["sampling.guidance=1"], "sampling.guidance needs a model with labels; set model.num_classes to 10,"),
        (
            "mnist",
            ["sampling.guidance=1", "model.num_classes=10", "training.label_dropout=0"],
            "sampling.guidance needs a model that also learned without labels; set training.label_dropout to 0.1.",
        ),
        (
            "mnist",
            ["sampling.guidance_interval=[3, 0.3]"],
            "sampling.guidance_interval should rise, such as [0.3, 3], and is [3.0, 0.3].",
        ),
        ("mnist", ["schedules.num_timesteps=20"], "sampling.num_steps should be at most 20, "),
        ("mnist", ["model.channel_mults=[1, 2, 2, 2]"], "image_size 28 should be a multiple of 8"),
        ("mnist", ["model.attention_resolutions=[16]"], "attention_resolutions holds 16, but there are 28, 14, 7."),
        ("mnist", ["model.model_channels=20"], "20 channels should be a multiple of 8"),
        ("mnist", ["schedules.kind=linear", "schedules.beta_end=2"], "Every beta must lie between 0 and 1"),
    ],
)
def test_settings_that_contradict_each_other_end_in_a_sentence(name, overrides, sentence):
    (problem,) = problems(*overrides, name=name)
    assert problem.startswith(f"configs/{name}.yaml: {sentence}")


def test_what_fits_together_is_taken():
    load_config("mnist", ["sampling.guidance=1", "model.num_classes=10"])
    load_config("mnist", ["schedules.num_timesteps=20", "sampling.method=ddpm"])
    load_config("cifar10", ["data.augment=false", "schedules.kind=linear"])
