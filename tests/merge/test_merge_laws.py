"""What must hold of every merge, whatever its numbers."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import torch

from hdr_demo.bracket import Bracket, make_bracket
from hdr_demo.color import decode_srgb, encode_srgb
from hdr_demo.evaluation.bracket_measures import measure_merge
from hdr_demo.merge import run, tiles
from hdr_demo.merge.load import WITHOUT_NETWORK, Alone
from hdr_demo.merge.methods import METHODS
from hdr_demo.merge.networks import NETWORKS, Selector
from hdr_demo.merge.run import AlignedBracket, align_bracket, choose_photos, merge_aligned, merge_bracket
from hdr_demo.weights import BRACKET_WEIGHTS

TIMES = (0.25, 1.0, 4.0)
HEIGHT, WIDTH = 96, 128

# Methods that take the bracket for what it is, with what they may differ by: OpenCV takes 8 bits, and its Debevec gives
# clipped codes a small weight.
LIGHT_OF = {"reference": 0.002, "triangle": 0.002, "selector": 0.01, "debevec": 0.06, "robertson": 0.02}


def make_scene(seed: int = 0, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Light with detail of all sizes, from 1/16 of the reference's white to 3 times it."""
    rng = np.random.default_rng(seed)
    layers = (
        cv2.resize(rng.random((max(2, height // side), max(2, width // side), 3), np.float32), (width, height)) * weight
        for side, weight in ((3, 1), (12, 2), (48, 4))
    )
    light = sum(layers)
    low, high = light.min(), light.max()
    return np.exp2((light - low) / (high - low) * np.float32(5.6) - 4).astype(np.float32)


def take(light: np.ndarray, time: float, bits: int = 16) -> np.ndarray:
    largest = 2**bits - 1
    return np.rint(encode_srgb(np.minimum(light * np.float32(time), 1)) * largest).astype(f"uint{bits}")


def expose_all(light: np.ndarray, bits: int = 16) -> Bracket:
    return make_bracket([take(light, time, bits) for time in TIMES], TIMES, reference=1)


def standing(bracket: Bracket) -> AlignedBracket:
    """A bracket that nobody aligns."""
    return align_bracket(bracket, "none")


def shuffle(network: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """Give a network other numbers than it starts from, large enough to matter."""
    torch.manual_seed(seed)
    for parameter in network.parameters():
        if parameter.ndim > 1:
            torch.nn.init.kaiming_normal_(parameter)
    return network.eval().requires_grad_(False)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[torch.nn.Module], None]:
    """Let a network stand in for every checkpoint."""

    def stand_in(network: torch.nn.Module) -> None:
        known = run.load_blend

        def load(method: str, device: str) -> tuple[torch.nn.Module, torch.device]:
            return (network, torch.device("cpu")) if method in NETWORKS else known(method, device)

        monkeypatch.setattr(run, "load_blend", load)

    return stand_in


@pytest.fixture(params=["untrained", "bundled"])
def ours(request: pytest.FixtureRequest, use: Callable) -> str:
    """Our method, before it has learned anything and as it is delivered."""
    if request.param == "untrained":
        use(Selector().eval().requires_grad_(False))
    elif "selector" not in BRACKET_WEIGHTS:
        pytest.skip("no checkpoint of the selector is bundled")
    return "selector"


@pytest.mark.parametrize("method", [name for name in LIGHT_OF if name not in ("reference", "selector")])
def test_an_exact_static_bracket_returns_the_scene(method: str) -> None:
    light = make_scene()
    merged = merge_bracket(expose_all(light), method, alignment="none").hdr
    assert np.median(np.abs(merged / light - 1)) < LIGHT_OF[method]
    assert measure_merge(merged, light, encode_srgb(np.minimum(light, 1)), 4)["mu_psnr"] > 35


def test_an_exact_static_bracket_returns_the_scene_by_triangle_to_a_thousandth() -> None:
    light = make_scene()
    np.testing.assert_allclose(merge_bracket(expose_all(light), "triangle", alignment="none").hdr, light, rtol=2e-3)


def test_an_exact_static_bracket_returns_the_scene_by_ours(ours: str) -> None:
    light = make_scene()
    merged = merge_bracket(expose_all(light), ours).hdr
    assert np.median(np.abs(merged / light - 1)) < LIGHT_OF[ours]
    assert measure_merge(merged, light, encode_srgb(np.minimum(light, 1)), 4)["mu_psnr"] > 50


@pytest.mark.parametrize("method", [name for name in METHODS if name not in NETWORKS])
def test_the_order_of_the_photos_does_not_matter(method: str) -> None:
    bracket = expose_all(make_scene(), bits=8)
    whole = merge_bracket(bracket, method)
    mixed = make_bracket([bracket.photos[n] for n in (2, 0, 1)], [TIMES[n] for n in (2, 0, 1)], reference=2)
    again = merge_bracket(mixed, method)
    np.testing.assert_allclose(again.hdr, whole.hdr, rtol=1e-5, atol=1e-6)  # OpenCV's threads add in any order
    assert np.array_equal(whole.ghosts, again.ghosts)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_order_of_the_photos_does_not_matter_to_networks(name: str, use: Callable) -> None:
    network = shuffle(NETWORKS[name]())
    use(network if name == "selector" else Alone(network))
    bracket = expose_all(make_scene(), bits=8)
    mixed = make_bracket(bracket.photos[::-1], TIMES[::-1], reference=1)
    assert np.array_equal(merge_bracket(bracket, name).hdr, merge_bracket(mixed, name).hdr)


@pytest.mark.parametrize("method", METHODS)
def test_doubling_every_exposure_time_halves_the_light_per_exposure(method: str, use: Callable) -> None:
    if method in NETWORKS:
        network = shuffle(NETWORKS[method]())
        use(network if method == "selector" else Alone(network))
    bracket = expose_all(make_scene(), bits=8)
    doubled = make_bracket(bracket.photos, [2 * time for time in TIMES], reference=1)
    light, half = (merge_bracket(each, method).hdr / each.times[each.reference] for each in (bracket, doubled))
    if method == "mertens":  # has no light: its picture is the same at any times
        half = half * 2
        np.testing.assert_allclose(half, light, rtol=1e-5)
    else:
        np.testing.assert_allclose(2 * half, light, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", [name for name in METHODS if name not in ("direct", "we", "wie")])
def test_three_equal_photos_give_that_photo(method: str, use: Callable) -> None:
    use(shuffle(Selector()))  # whatever its weights are, their sum is 1
    photo = np.clip(take(make_scene(), 1, 8), 20, 235)
    burst = make_bracket([photo] * 3, [1.0] * 3, reference=1, allow_same=True)
    merged = merge_bracket(burst, method).hdr
    codes = encode_srgb(np.clip(merged, 0, 1)) * 255
    assert np.abs(codes - photo).max() < 0.51  # half a code: it rounds to the same photo


def test_the_weight_estimator_gives_three_equal_photos_back_whatever_it_learned(use: Callable) -> None:
    use(Alone(shuffle(NETWORKS["we"]())))
    photo = np.clip(take(make_scene(), 1, 8), 20, 235)
    burst = make_bracket([photo] * 3, [1.0] * 3, reference=1, allow_same=True)
    assert np.abs(encode_srgb(np.clip(merge_bracket(burst, "we").hdr, 0, 1)) * 255 - photo).max() < 0.51


# Light of the short photo, the reference and the long one; somebody in black or in white stands before the outer two.
QUARRELS = {"black": (0.004, (0.6, 0.9), 0.004), "white": (0.9, (0.003, 0.01), 0.22)}


def quarrel(name: str) -> tuple[Bracket, np.ndarray]:
    """Make a bracket in which nothing agrees with the reference, and the light of the reference alone."""
    short, ends, long = QUARRELS[name]
    light = np.random.default_rng(1).uniform(*ends, (HEIGHT, WIDTH, 3)).astype(np.float32)
    lights = np.full_like(light, short), light, np.full_like(light, long)
    bracket = make_bracket(list(map(take, lights, TIMES)), TIMES, reference=1)
    return bracket, decode_srgb(bracket.photos[1] / np.float32(65535))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", QUARRELS)
def test_where_nothing_agrees_with_the_reference_it_comes_back_whatever_the_selector_learned(
    name: str, seed: int, use: Callable
) -> None:
    use(shuffle(Selector(), seed))
    bracket, alone = quarrel(name)
    np.testing.assert_allclose(merge_aligned(standing(bracket), "selector").hdr, alone, rtol=0.01)
    ghost = np.abs(merge_aligned(standing(bracket), "triangle").hdr / alone - 1)
    assert np.median(ghost) > 0.2, "the triangle shows ghosts here"


@pytest.mark.parametrize("name", QUARRELS)
def test_where_nothing_agrees_with_the_reference_ours_gives_it_back(name: str, ours: str) -> None:
    bracket, alone = quarrel(name)
    np.testing.assert_allclose(merge_aligned(standing(bracket), ours).hdr, alone, rtol=0.01)


def test_a_static_aligned_bracket_comes_out_as_well_as_by_triangle(ours: str) -> None:
    rng = np.random.default_rng(2)
    for seed in range(2):
        light = make_scene(seed)
        photos = []
        for time in TIMES:
            exposed = light * np.float32(time)
            noisy = exposed + rng.normal(0, 1, light.shape) * np.sqrt(2e-5 * exposed + 1e-7)
            photos.append(take(np.maximum(noisy, 0).astype(np.float32), 1, 8))
        aligned = align_bracket(make_bracket(photos, TIMES, reference=1))
        ldr = photos[1] / np.float32(255)
        ours_scored, triangle = (
            measure_merge(merge_aligned(aligned, method).hdr, light, ldr, 4)["mu_psnr"] for method in (ours, "triangle")
        )
        assert ours_scored > triangle - 0.3


@pytest.mark.parametrize("name, tile, shape", [("selector", 64, (90, 500)), ("direct", 32, (75, 90))])
def test_tiles_equal_the_whole_picture(
    name: str, tile: int, shape: tuple[int, int], use: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = shuffle(NETWORKS[name]())
    network = network if name == "selector" else Alone(network)
    use(network)
    light = make_scene(5, *shape)
    moved = np.roll(light, (3, 5), axis=(0, 1))
    bracket = make_bracket([take(moved, 0.25), take(light, 1), take(moved, 4)], TIMES, reference=1)
    aligned = align_bracket(bracket)
    whole = merge_aligned(aligned, name)
    monkeypatch.setattr(network, "tile", tile)
    assert len(list(tiles.tiles(*shape, tile, network.halo))) > 5
    cut = merge_aligned(aligned, name)
    # OpenCV looks photos up at 32nds of a pixel, and may round another way in another window.
    assert np.quantile(np.abs(cut.hdr - whole.hdr), 0.999) < 1e-4
    assert np.abs(cut.ghosts - whole.ghosts).mean() < 1e-4


@pytest.mark.parametrize("name", [*NETWORKS, "triangle"])
def test_no_network_sees_farther_than_its_halo(name: str) -> None:
    """Measured by what the light of some pixels depends on, at every phase of the network's grid."""
    network = WITHOUT_NETWORK[name]() if name in WITHOUT_NETWORK else shuffle(NETWORKS[name]())
    side, middle = 2 * network.halo + 64, network.halo + 24
    sources = torch.rand(1, 5, 3, side, side, generator=torch.Generator().manual_seed(0)).requires_grad_()
    valid, times = torch.ones(1, 5, side, side, dtype=torch.bool), torch.tensor([TIMES])
    light = network(sources, valid, times)
    for at in (middle, middle + 5, middle + 10, middle + 15):
        (slope,) = torch.autograd.grad(light[..., at, at].sum(), sources, retain_graph=True)
        seen = slope.abs().amax((0, 1, 2)).nonzero()
        assert len(seen) and (seen - at).abs().max() <= network.halo


FIVE = (1 / 16, 1 / 4, 1.0, 4.0, 16.0)


def make_wide_scene() -> np.ndarray:
    """Light of 12 stops, more than three exposures two stops apart can tell: up to 14 times the reference's white."""
    return np.exp2(np.log2(make_scene()) * np.float32(12 / 5.6) + np.float32(0.4)).astype(np.float32)


@pytest.mark.parametrize("reference", range(5))
def test_five_exposures_chain_to_the_scene_from_whichever_is_the_reference(reference: int) -> None:
    light = make_wide_scene()
    bracket = make_bracket([take(light, time) for time in FIVE], FIVE, reference=reference)
    merged = merge_bracket(bracket, "triangle", alignment="none")
    assert merged.used == tuple(range(5))
    np.testing.assert_allclose(merged.hdr / np.float32(FIVE[reference]), light, rtol=5e-3)


def test_five_exposures_chain_by_ours(ours: str) -> None:
    light = make_wide_scene()
    five = make_bracket([take(light, time) for time in FIVE], FIVE, reference=2)
    three = make_bracket(five.photos[1:4], FIVE[1:4], reference=1)
    ldr = five.photos[2] / np.float32(65535)
    of_five, of_three = (
        measure_merge(merge_bracket(bracket, ours).hdr, light, ldr, 16)["linear_psnr"] for bracket in (five, three)
    )
    assert of_five > 45 and of_five > of_three + 10


@pytest.mark.parametrize("method", ["direct", "we", "wie"])
def test_the_networks_of_the_paper_take_three_of_five(method: str) -> None:
    light = make_scene()
    times = tuple(2.0**stops for stops in (-5, -3, 0, 2, 4))
    bracket = make_bracket([take(light, time) for time in times], times, reference=2)
    assert [times[number] for number in choose_photos(bracket, method)] == [2**-3, 1, 4]
