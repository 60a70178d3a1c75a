"""The metrics against closed forms and constructed sets, and the shipped classifier against the repository's digits."""

import math
import re
import types

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from ddpm import data, features, metrics
from ddpm.sampler import DDPMSampler
from ddpm.schedules import DDPMSchedules

SQUEEZENET = torchvision.models.squeezenet1_1


@pytest.fixture(autouse=True)
def no_downloads(monkeypatch):
    """Backbones are nowhere to be had, whatever network the machine has."""

    def refuse(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(metrics, "NoTrainInceptionV3", refuse)
    monkeypatch.setattr(torchvision.models, "squeezenet1_1", refuse)
    metrics.lpips.cache_clear()


@pytest.fixture(scope="module")
def subset():
    """6,000 training and 1,000 test digits with their labels, as the repository ships them."""
    return [data.load("mnist", data.SUBSET, train=train) for train in (True, False)]


@pytest.fixture(scope="module")
def digits(subset):
    """(unseen by `real`, real, held out): 500, 2,000 and 1,000 digits in [-1, 1]."""
    train, test = (data.to_floats(images.pixels) for images in subset)
    return train[:500], train[500:2500], test


@pytest.fixture(scope="module")
def classifier():
    return features.load_classifier()


def draw(seed=0):
    return torch.Generator().manual_seed(seed)


def named(found):
    return {metric.name: metric for metric in found}


def blur(images):
    taps = torch.tensor([1.0, 2.0, 1.0]) / 4
    return F.conv2d(images, (taps[:, None] * taps)[None, None], padding=1)


# ---- the classifier


def test_shipped_classifier_is_as_good_as_it_says(classifier, subset):
    """Accuracy on the 1,000 test digits of the subset; its record is of all 10,000, so it may differ by their noise."""
    found = features.measure(classifier, *subset[1])
    assert classifier.record["accuracy"] >= 0.993
    floor = 4 * math.sqrt(0.993 * 0.007 / 1000)
    assert abs(found["accuracy"] - classifier.record["accuracy"]) < floor
    assert found["calibration_error"] < 0.02


def test_classifier_is_small_and_its_weights_too(classifier):
    assert 50_000 < sum(weight.numel() for weight in classifier.parameters()) < 150_000
    assert features.WEIGHTS.stat().st_size < 700_000


def test_training_learns_repeats_and_survives_a_file(subset, tmp_path):
    few = data.Images(*(tensor[:1500] for tensor in subset[0]))
    first = features.train_classifier(*few, epochs=2, seed=3)
    torch.rand(1)  # the seed alone decides
    again = features.train_classifier(*few, epochs=2, seed=3)
    test = data.to_floats(subset[1].pixels)
    assert features.measure(first, *subset[1])["accuracy"] > 0.8  # chance is 0.1
    assert torch.equal(features.classify(first, test), features.classify(again, test))
    loaded = features.load_classifier(features.save_classifier(first, tmp_path / "c.safetensors", epochs=2))
    assert loaded.record == {"epochs": 2}
    # float16 has 11 bits; a logit of about 10 moves by some thousandths.
    torch.testing.assert_close(features.classify(loaded, test), features.classify(first, test), atol=0.02, rtol=0)


def test_missing_weights_say_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="`ddpm train-features --out"):
        features.load_classifier(tmp_path / "none.safetensors")


def test_classifier_refuses_colours(classifier):
    with pytest.raises(ValueError, match=r"\(n, 1, 28, 28\)"):
        features.classify(classifier, torch.zeros(2, 3, 32, 32))


# ---- distances between sets


def test_fid_is_the_closed_form_for_gaussians():
    """The features have exactly the mean and covariance wanted, so that no sampling noise is left."""
    means = torch.tensor([[0.0, 1.0, 2.0], [1.0, 1.0, 0.0]]).double()
    scales = torch.tensor([[1.0, 2.0, 3.0], [2.0, 2.0, 0.5]]).double()
    x = torch.randn(400, 3, generator=draw()).double()
    white = (x - x.mean(0)) @ torch.linalg.inv(torch.linalg.cholesky(x.T.cov())).T
    sets = [white * scale + mean for mean, scale in zip(means, scales, strict=True)]
    expected = (means[0] - means[1]).square().sum() + (scales[0] - scales[1]).square().sum()
    assert metrics.fid(sets[0])(sets[1]) == pytest.approx(expected.item(), rel=1e-9)


def test_fid_of_a_set_with_itself_is_zero():
    x = torch.randn(500, 64, generator=draw()).double()
    assert abs(metrics.fid(x)(x)) < 1e-6


def test_kid_of_two_equal_distributions_is_zero_on_average():
    """40 draws of the unbiased estimate: their mean lies within 4 standard errors of 0, and a biased one does not."""
    found = []
    for seed in range(40):
        reference, same, again = torch.randn(3, 400, 8, generator=draw(seed)).double()
        found.append(metrics.kid([same, again, again + 2], reference))
    values = torch.tensor([metric.value for metric in found])
    assert abs(values.mean()) < 4 * values.std() / math.sqrt(len(values))
    covered = sum(metric.low <= 0 <= metric.high for metric in found)
    assert covered >= 33  # 95 % of 40 is 38, less 4 standard deviations
    assert all(metric.ceiling > metric.high for metric in found)


def test_intervals_cover_what_they_should():
    """The mean of 50 numbers, 200 times: a 95 % interval misses it in 10 of them, give or take 4 * 3.1."""
    missed = 0
    for seed in range(200):
        x = torch.randn(50, generator=draw(seed))
        metric = metrics.bootstrapped("mean", torch.mean, [x, x, x], draw(seed), 200)
        missed += not metric.low <= 0 <= metric.high
    assert 1 <= missed <= 24


def test_wilson_interval_is_the_published_one():
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662, and 0 of 20 gives 0 to 0.1611."""
    for hits, n, low, high in ((81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611)):
        side = torch.arange(n) < hits
        metric = metrics.share("share", [side, side, side])
        assert (metric.low, metric.high) == pytest.approx((low, high), abs=5e-5)


# ---- samples


def test_blurred_digits_lie_between_reals_and_noise(digits, classifier):
    fresh, real, held_out = digits
    found = named(metrics.evaluate(blur(fresh), real, held_out, classifier, resamples=50))
    for name in ("FID", "KID"):
        assert found[name].floor < found[name].low <= found[name].value <= found[name].high < found[name].ceiling
    assert found["FID"].n == 500
    assert found["nearer than 99 % of reals"].high < 0.1
    assert {f"class {number}" for number in range(10)} < set(found)


def test_fresh_digits_are_as_good_as_reals(digits, classifier):
    """Both are fresh draws: what is measured for one lies where the other's interval is."""
    found = named(metrics.evaluate(*digits, classifier, resamples=50))
    assert found["FID"].low < found["FID"].floor < found["FID"].high
    assert found["confidence above 0.9"].value > 0.95
    assert found["diversity, features"].value == pytest.approx(found["diversity, features"].floor, rel=0.1)


def test_copies_of_training_images_are_caught(digits):
    _, real, held_out = digits
    noisy_copies = (real[:100] + 0.02 * torch.randn(100, 1, 28, 28, generator=draw())).clamp(-1, 1)
    images = noisy_copies, held_out[:100], torch.rand(100, 1, 28, 28, generator=draw())
    distance, nearer = metrics.memorisation(images, real, draw(), 50)
    assert distance.high < 0.2 * distance.floor < distance.ceiling
    assert nearer.low > 0.9 > 0.1 > nearer.floor


def test_a_missing_class_is_noticed(subset, classifier):
    test = data.to_floats(subset[1].pixels)
    sides = [features.classify(classifier, x) for x in (test[subset[1].labels != 7], test, torch.rand(100, 1, 28, 28))]
    found = named(metrics.coverage(sides))
    assert found["class 7"].high < 0.05 < found["class 7"].floor
    assert all(found[f"class {number}"].low > 0.05 for number in range(10) if number != 7)


def test_samples_all_alike_have_no_diversity(digits, classifier):
    fresh, real, held_out = digits
    found = named(metrics.evaluate(fresh[:1].expand(100, -1, -1, -1), real, held_out, classifier, resamples=10))
    assert found["diversity, features"].high < 1e-4 < found["diversity, features"].floor


def test_sorted_samples_are_drawn_at_random(subset, classifier):
    """Pairs must not join like with like: digits sorted by class are as diverse as shuffled ones, floor noise apart."""
    train, test = subset
    order = train.labels[:1000].argsort()
    ten = order[torch.arange(1000) % 500 * 2 + torch.arange(1000) // 500]  # the halves hold the same class row by row
    samples, real, held_out = (data.to_floats(x) for x in (train.pixels[ten], train.pixels[1000:], test.pixels))
    found = named(metrics.evaluate(samples, real, held_out, classifier, resamples=50))["diversity, features"]
    assert found.low < found.floor < found.high


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: x * 127.5 + 127.5, r"\[-1, 1\]"),
        (lambda x: x * math.nan, r"\[-1, 1\]"),
        (lambda x: x[:19], "20 or more"),
        (lambda x: x[:, :, :27], "one shape"),
    ],
)
def test_unusable_samples_are_refused(digits, classifier, change, words):
    fresh, real, held_out = digits
    with pytest.raises(ValueError, match=words):
        metrics.evaluate(change(fresh), real, held_out, classifier)


def test_any_module_can_be_the_extractor(digits):
    fresh, real, held_out = digits
    small = nn.Sequential(nn.AvgPool2d(7), nn.Flatten())
    found = named(metrics.evaluate(blur(fresh), real, held_out, small, resamples=20))
    assert found["FID"].floor < found["FID"].value < found["FID"].ceiling
    assert "class 0" not in found
    with pytest.raises(ValueError, match="not 'inceptoin'"):
        metrics.evaluate(fresh, real, held_out, "inceptoin")


# ---- networks from elsewhere


def test_missing_backbones_are_said(digits):
    for extractor, found in [("classifier", "FID"), ("inception", "FID, KID, diversity")]:
        metric = named(metrics.evaluate(*digits, extractor, resamples=5))
        assert metric[found].note.startswith("left out: Inception v3") == (extractor == "inception")
        assert "class 0" in metric or extractor == "inception"
        assert math.isnan(metric["diversity, LPIPS"].value) and "SqueezeNet" in metric["diversity, LPIPS"].note
        assert "(no network)" in metrics.table(metric.values())


@pytest.fixture
def made_backbone(monkeypatch):
    """SqueezeNet with random weights: the scale of LPIPS means nothing then, its zero and its shape do."""
    monkeypatch.setattr(torchvision.models, "squeezenet1_1", lambda weights: SQUEEZENET(weights=None))


def test_lpips_is_zero_for_equal_pairs_only(made_backbone, digits):
    a, b = digits[0][:5], digits[0][5:10]
    distance = metrics.lpips()
    assert torch.equal(distance(a, a), torch.zeros(5))
    assert distance(a, b).shape == (5,) and (distance(a, b) > 0).all()
    assert distance(a.expand(-1, 3, -1, -1), b.expand(-1, 3, -1, -1)).tolist() == pytest.approx(distance(a, b).tolist())


# ---- reconstructions


def test_reconstruction_gets_worse_with_noise_and_stays_above_chance(made_backbone, digits):
    """The model knows the mean and covariance of all digits, and gives the best linear estimate of the noise."""
    _, real, held_out = digits
    schedules, flat = DDPMSchedules(), real.flatten(1).double()
    values, vectors = torch.linalg.eigh(flat.T.cov())

    def model(x, t, y=None):
        signal, sigma = schedules.level(int(t[0]))
        rest = x.flatten(1).double() - signal * flat.mean(0)
        shrunk = (rest @ vectors * (sigma / (signal**2 * values.clamp(min=0) + sigma**2))) @ vectors.T
        return shrunk.to(x.dtype).view_as(x)

    found = named(metrics.reconstruction(model, schedules, held_out[:40], (50, 300, 700), num_steps=5, resamples=50))
    assert len(found) == 9 and {metric.beside for metric in found.values()} == {metrics.OTHERS}
    for name in ("PSNR", "SSIM"):
        near, middle, far = (found[f"{name} from t = {t}"] for t in (50, 300, 700))
        assert near.low > middle.high and middle.low > far.high
        assert near.low > near.floor > near.ceiling
    assert found["LPIPS from t = 50"].value < found["LPIPS from t = 700"].value


def test_psnr_and_ssim_by_hand():
    a = torch.zeros(2, 1, 28, 28)
    assert metrics.psnr(a, a + 0.2).tolist() == pytest.approx([20.0, 20.0], abs=1e-4)  # 10 log10(2^2 / 0.2^2)
    x = torch.rand(2, 1, 28, 28, generator=draw()) * 2 - 1
    assert metrics.ssim(x, x).tolist() == pytest.approx([1.0, 1.0])
    # Two flat images differ in luminance alone: (2 m k + C1) / (m^2 + k^2 + C1) with means 0.5 and 0.6, C1 = 1e-4.
    assert metrics.ssim(a, a + 0.2).tolist() == pytest.approx([(0.6 + 1e-4) / (0.61 + 1e-4)] * 2, abs=1e-4)


def test_reconstruction_names_a_timestep_that_is_not_there(digits):
    with pytest.raises(ValueError, match="between 0 and 999"):
        metrics.reconstruction(lambda x, t: x, DDPMSchedules(), digits[0][:2], (1000,))


# ---- in short


def test_quick_follows_a_training(subset):
    schedules = DDPMSchedules(num_timesteps=40, rescale=True)
    found = metrics.quick(lambda x, t, y=None: x, DDPMSampler(schedules), subset[1], n=100)
    assert set(found) == {"fid", "fid_floor", "confident"}
    assert found["fid"] > 10 * found["fid_floor"]
    images = data.to_floats(subset[0].pixels[:100])
    perfect = types.SimpleNamespace(device="cpu", schedules=DDPMSchedules(), ddim_sample=lambda *_, **__: images)
    found = metrics.quick(None, perfect, subset[1], n=100)
    assert found["fid"] < 2 * found["fid_floor"] and 0.9 < found["confident"] <= 1
    colours = data.Images(torch.zeros(1000, 3, 32, 32, dtype=torch.uint8), torch.zeros(1000))
    assert metrics.quick(None, None, colours) == {}


def test_table_shows_every_number():
    metric = metrics.Metric("FID", 12.5, 11.25, 13.75, 1.5, 410.0, 500, "a note")
    lines = metrics.table([metric, metrics.Metric("LPIPS", *[math.nan] * 5, 0, "left out")]).splitlines()
    assert re.split("  +", lines[1]) == ["FID", "12.5", "11.25 to 13.75", "1.5", "410", "500", "a note"]
    assert re.split("  +", lines[2]) == ["LPIPS", *"-----", "left out"]
    assert "nan" not in "".join(lines)


def test_a_table_calls_what_stands_beside_a_number_by_its_name():
    """The best there is beside distances; beside likenesses of pairs what knows nothing of the image."""
    metric = metrics.Metric("FID", *[1.0] * 5, 500)
    pair = metrics.replace(metric, name="PSNR from t = 9", beside=metrics.OTHERS)
    first, second, _ = metrics.table([metric, pair]).split("\n\n")
    assert "floor" in first and "ceiling" in first and "another image" not in first
    assert "floor" not in second and re.search("another image +noise", second)
