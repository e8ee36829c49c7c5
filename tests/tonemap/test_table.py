"""Laws that every row of the table of tone mappers keeps."""

import inspect

import cv2
import numpy as np
import pytest

from hdr_demo.color import decode_srgb
from hdr_demo.io.sdr import round_to_codes
from hdr_demo.tonemap import TONE_MAPPERS, Parameter, measure, tone_map
from tests.tonemap.scenes import DEGENERATE, grey_ramp, street

every_operator = pytest.mark.parametrize("operator", TONE_MAPPERS)
every_parameter = pytest.mark.parametrize(
    "operator, parameter",
    [pytest.param(row.name, parameter, id=f"{row.name}-{parameter.name}") for row in TONE_MAPPERS.values()
     for parameter in row.parameters],
)  # fmt: skip

# A preview and the export averaged down to its size differ where a pixel of the preview mixes an edge's two sides:
# light is mixed before the curve in one, after it in the other. Elsewhere they agree to about a code of 255.
PREVIEW_MEAN, PREVIEW_95TH = 0.006, 0.02

# What a hot pixel may change elsewhere: a fraction of a code of 255.
HOT_PIXEL = 0.002


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    return street(160, 240)


def test_the_ten_operators_are_there():
    assert " ".join(TONE_MAPPERS) == "exposure reinhard mantiuk drago durand photographic hable aces agx neutral"


@every_operator
@pytest.mark.parametrize("image", DEGENERATE)
@pytest.mark.filterwarnings("error")
def test_any_image_gives_finite_numbers_from_0_to_1(operator, image):
    hdr = DEGENERATE[image]
    sdr = tone_map(hdr, operator)
    assert sdr.shape == hdr.shape
    assert sdr.dtype == np.float32
    assert np.isfinite(sdr).all()
    assert sdr.min() >= 0
    assert sdr.max() <= 1


@every_parameter
@pytest.mark.parametrize("image", ["black", "one bright pixel", "up to a million", "pure blue", "1x1", "not a number"])
@pytest.mark.filterwarnings("error")
def test_both_ends_of_every_slider_give_finite_numbers_from_0_to_1(operator, parameter, image):
    for value in (parameter.minimum, parameter.maximum):
        sdr = tone_map(DEGENERATE[image], operator, **{parameter.name: value})
        assert np.isfinite(sdr).all()
        assert sdr.min() >= 0
        assert sdr.max() <= 1


@every_operator
@pytest.mark.parametrize("image", ["black", "not a number", "negative"])
def test_no_light_gives_black(operator, image):
    assert tone_map(DEGENERATE[image], operator).max() == 0


@every_operator
def test_the_image_is_not_changed_and_may_be_read_only(operator, scene):
    hdr = scene.copy()
    hdr.flags.writeable = False
    tone_map(hdr, operator)
    assert np.array_equal(hdr, scene)


@every_operator
def test_the_same_call_gives_the_same_picture(operator, scene):
    assert np.array_equal(tone_map(scene, operator), tone_map(scene, operator))


@every_operator
@pytest.mark.parametrize("given", [{}, {"gain": 2.0, "gamma": 1.5}], ids=["plain", "exposed"])
def test_finishing_a_few_rows_at_a_time_is_finishing_the_picture(operator, scene, given):
    codes = tone_map(scene, operator, finish=round_to_codes, **given)
    assert codes.dtype == np.uint8
    assert np.array_equal(codes, round_to_codes(tone_map(scene, operator, **given)))


@every_operator
def test_rows_are_mapped_as_the_operator_maps_the_whole(operator, scene):
    row = TONE_MAPPERS[operator]
    values = {parameter.name: parameter.default for parameter in row.parameters if parameter.name != "gamma"}
    assert np.array_equal(tone_map(scene, operator), row.apply(scene, **values))


@every_operator
def test_grey_stays_grey(operator):
    sdr = tone_map(grey_ramp(1e-4, 50), operator)
    assert np.ptp(sdr, axis=2).max() < 1e-4


@pytest.mark.parametrize("operator", [name for name, row in TONE_MAPPERS.items() if not row.local])
def test_more_light_is_never_shown_darker(operator):
    shown = tone_map(grey_ramp(1e-5, 1e4, 4096, 2), operator)[0, :, 1]
    assert np.diff(shown).min() > -1e-6
    assert shown[-1] > 0.9


@every_operator
def test_one_hot_pixel_changes_nothing_elsewhere(operator, scene):
    hot = scene.copy()
    hot[80, 120] = 1e6
    change = np.abs(tone_map(hot, operator) - tone_map(scene, operator)).max(axis=2)
    change[80 - 12 : 80 + 13, 120 - 12 : 120 + 13] = 0
    assert change.max() < HOT_PIXEL


@every_operator
def test_a_preview_looks_like_the_export(operator):
    hdr = street()
    size = (hdr.shape[1] // 4, hdr.shape[0] // 4)
    preview = tone_map(cv2.resize(hdr, size, interpolation=cv2.INTER_AREA), operator)
    export = cv2.resize(tone_map(hdr, operator), size, interpolation=cv2.INTER_AREA)
    difference = np.abs(preview - export)
    assert difference.mean() < PREVIEW_MEAN
    assert np.percentile(difference, 95) < PREVIEW_95TH


@every_operator
def test_an_ordinary_photo_stays_a_good_photo(operator):
    """Neither black nor washed out: its shadows stay dark, its grey card grey, its white light."""
    rng = np.random.default_rng(1)
    grey = decode_srgb(np.clip(rng.normal(0.46, 0.2, (100, 150, 1)), 0, 1).astype(np.float32)).repeat(3, axis=2)
    grey[:20], grey[20:40], grey[40:60] = 0.003, 0.18, 1.0
    sdr = tone_map(grey, operator)
    assert sdr[:20].max() < 0.25
    assert 0.4 < sdr[30, 0, 0] < 0.7
    assert sdr[40:60].min() > 0.78


@every_operator
def test_every_number_type_of_light_is_taken(operator, scene):
    expected = tone_map(scene, operator)
    assert np.abs(tone_map(scene.astype(np.float64), operator) - expected).max() < 1e-6
    assert tone_map(scene[:, ::-1], operator) == pytest.approx(expected[:, ::-1], abs=1e-3)


@every_parameter
def test_every_parameter_is_a_slider_that_does_something(operator, parameter, scene):
    assert isinstance(parameter, Parameter)
    assert parameter.minimum <= parameter.default <= parameter.maximum
    assert parameter.label
    assert 0 < parameter.step <= (parameter.maximum - parameter.minimum) / 10
    steps = (parameter.default - parameter.minimum) / parameter.step
    assert steps == pytest.approx(round(steps), abs=1e-6)
    lowest = tone_map(scene, operator, **{parameter.name: parameter.minimum})
    highest = tone_map(scene, operator, **{parameter.name: parameter.maximum})
    assert np.abs(highest - lowest).max() > 0.01


@every_parameter
def test_every_parameter_is_documented_and_taken_by_name(operator, parameter):
    function = tone_map if parameter.name == "gamma" else TONE_MAPPERS[operator].apply
    assert f"{parameter.name}: " in inspect.getdoc(function).replace("`gamma` is", "gamma: is")
    if parameter.name != "gamma":
        assert inspect.signature(function).parameters[parameter.name].kind is inspect.Parameter.KEYWORD_ONLY


@every_operator
def test_every_operator_names_its_source_and_takes_gamma(operator):
    row = TONE_MAPPERS[operator]
    assert row.name == operator
    assert row.label
    assert len(row.source) > 20
    assert row.parameters[-1].name == "gamma"


@every_operator
def test_gamma_lifts_the_middle_tones(operator, scene):
    plain = tone_map(scene, operator)
    assert tone_map(scene, operator, gamma=2.0) == pytest.approx(np.sqrt(plain), abs=1e-6)


def test_a_wrong_choice_is_answered_with_the_choices(scene):
    with pytest.raises(ValueError, match="'instagram'.*exposure, reinhard, .*neutral"):
        tone_map(scene, "instagram")
    with pytest.raises(ValueError, match="drago has no parameter 'stops'.*bias, saturation, gamma"):
        tone_map(scene, "drago", stops=1)
    with pytest.raises(ValueError, match="bias of drago must be from 0.5 to 1, not 2"):
        tone_map(scene, "drago", bias=2)
    with pytest.raises(ValueError, match="stops of exposure must be from -8 to 8, not nan"):
        tone_map(scene, "exposure", stops=float("nan"))


def test_what_is_no_linear_image_is_refused(scene):
    for wrong in (scene[..., 0], scene[..., :2], scene[:0], scene[None]):
        with pytest.raises(ValueError, match="shape"):
            tone_map(wrong)
    with pytest.raises(TypeError, match="floating-point"):
        tone_map((scene * 255).astype(np.uint8))


@every_operator
def test_an_image_with_its_own_statistics_is_rendered_as_it_is_measured(operator, scene):
    statistics = measure(scene, operator)
    assert np.isfinite(statistics).all()
    assert np.abs(tone_map(scene, operator, statistics=statistics) - tone_map(scene, operator)).max() < 1e-5


@pytest.mark.parametrize("operator", [name for name, row in TONE_MAPPERS.items() if row.measure])
def test_statistics_from_another_image_count_instead_of_its_own(operator, scene):
    brighter = measure(scene * 8, operator)
    assert np.abs(tone_map(scene, operator, statistics=brighter) - tone_map(scene, operator)).max() > 0.01


@every_operator
@pytest.mark.parametrize("image", DEGENERATE)
@pytest.mark.filterwarnings("error")
def test_the_statistics_of_any_image_are_finite(operator, image):
    assert np.isfinite(measure(DEGENERATE[image], operator)).all()


@pytest.mark.parametrize("name", TONE_MAPPERS)
def test_a_gain_is_the_same_as_brighter_light(name: str, rng: np.random.Generator) -> None:
    hdr = np.exp2(rng.normal(-2, 3, (300, 200, 3))).astype(np.float32)
    hdr[0, :3] = np.nan, np.inf, -1
    assert np.array_equal(tone_map(hdr, name, gain=4), tone_map(4 * hdr, name))
