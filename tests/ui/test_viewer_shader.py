"""The viewer's shader draws what the operators of the table draw."""

import base64
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.exposure import expose
from hdr_demo.tonemap import TONE_MAPPERS, check_parameters, measure, tone_map
from hdr_demo.ui import viewer_shader
from hdr_demo.ui.false_color import paint_stops
from hdr_demo.ui.viewer_shader import shader_constants
from hdr_demo.ui.viewer_source import encode_exact
from tests.tonemap.scenes import street

pytest.importorskip("playwright")
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

HEIGHT, WIDTH = 40, 47  # odd: rows of three halves that end at no multiple of four bytes
# Both round to a code, and a GPU's `pow` is exact to some parts in a million: a value near the middle between two codes
# may fall to either side.
ONE_CODE = 1

DRAW = """
async ({ constants, parts, data, width, height, jobs }) => {
  const make = new Function("LIGHT", parts + "return { PictureOnCanvas, OPERATORS, readExact };");
  const { PictureOnCanvas, OPERATORS, readExact } = make(constants);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const picture = new PictureOnCanvas(canvas);
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  picture.setSource(await readExact(new Response(bytes), { width, height }));
  const join = (rows) => btoa(rows.map((row) => String.fromCharCode(...row)).join(""));
  return jobs.map(({ operator, parameters, statistics, stops, show, divider, zebra }) => {
    picture.setOperator(operator, OPERATORS[operator](parameters, statistics), stops, parameters.gamma);
    picture.draw({ show, corner: [0, 0], zoom: 1, divider, zebra, stripe: 4 });
    return join(picture.readCanvas());
  });
}
"""


@pytest.fixture(scope="module")
def blank(chromium: str) -> Iterator[Page]:
    """An empty page with a GPU that is computed."""
    from playwright.sync_api import sync_playwright

    from .viewing import launch_chromium

    with sync_playwright() as playwright, launch_chromium(playwright, chromium) as browser:
        yield browser.new_page()


def draw(page: Page, photo: np.ndarray, hdr: np.ndarray, jobs: list[dict]) -> list[np.ndarray]:
    """Let the shader draw; gives codes, int, (H, W, 4), for each job."""
    folder = Path(viewer_shader.__file__).parent
    parts = [(folder / f"{name}.js").read_text() for name in ("viewer_shader", "viewer_source", "viewer_picture")]
    usual = {"statistics": [], "stops": 0.0, "show": "picture", "divider": -1, "zebra": False}
    height, width = hdr.shape[:2]
    drawn = page.evaluate(
        DRAW,
        {
            "constants": shader_constants(),
            "parts": "\n".join(parts),
            "data": base64.b64encode(encode_exact(photo, hdr, None)).decode(),
            "width": width,
            "height": height,
            "jobs": [usual | job for job in jobs],
        },
    )
    return [np.frombuffer(base64.b64decode(each), np.uint8).reshape(height, width, 4).astype(int) for each in drawn]


def halves(image: np.ndarray) -> np.ndarray:
    """Round to numbers that travel to the browser as they are."""
    return image.astype(np.float16).astype(np.float32)


@pytest.fixture(scope="module")
def hdr() -> np.ndarray:
    """A street, and every kind of light that half floats hold: grey, saturated, black, the brightest."""
    rng = np.random.default_rng(3)
    scene = street(HEIGHT, WIDTH)
    scene[:8] = (2.0 ** rng.uniform(-12, 10, (8, WIDTH, 1))) * rng.uniform(0, 1, (8, WIDTH, 3)) ** 3
    scene[8:10] = np.geomspace(2**-13, 65504, 2 * WIDTH).reshape(2, WIDTH, 1)
    scene[10, :6] = [[0, 0, 0], [1, 1, 1], [65504, 0, 0], [0, 0, 65504], [0, 1, 0], [65504, 65504, 65504]]
    return halves(scene)


def settings(operator: str) -> list[dict[str, float]]:
    """The defaults, and both ends of each parameter."""
    ends = [
        {parameter.name: value}
        for parameter in TONE_MAPPERS[operator].parameters
        for value in (parameter.minimum, parameter.maximum)
    ]
    return [check_parameters(operator, each) for each in ({}, *ends)]


def random_settings(operator: str, rng: np.random.Generator) -> dict[str, float]:
    """Any setting that the sliders can have."""
    return check_parameters(
        operator, {each.name: rng.uniform(each.minimum, each.maximum) for each in TONE_MAPPERS[operator].parameters}
    )


def assert_drawn_as_computed(page: Page, hdr: np.ndarray, jobs: list[dict]) -> None:
    for job, drawn in zip(jobs, draw(page, halves(np.clip(hdr, 0, 1)), hdr, jobs), strict=True):
        lit = hdr * np.float32(2.0 ** job["stops"])
        known = {"statistics": np.array(job["statistics"])} if job["statistics"] else {}
        sdr = tone_map(lit, job["operator"], **known, **job["parameters"])
        difference = np.abs(drawn[..., :3] - np.round(255 * sdr))
        assert difference.max() <= ONE_CODE, (job["parameters"], job["stops"], np.argwhere(difference > 1)[:5])
        assert (drawn[..., 3] == 255).all()


ON_THE_GPU = [name for name, row in TONE_MAPPERS.items() if not row.local]


@pytest.mark.parametrize("operator", ON_THE_GPU)
def test_the_shader_draws_what_the_operator_draws(blank: Page, hdr: np.ndarray, operator: str) -> None:
    statistics = measure(hdr, operator).tolist()
    jobs = [
        {"operator": operator, "parameters": parameters, "statistics": statistics, "stops": stops}
        for parameters in settings(operator)
        for stops in (0.0, -3.0, 2.5)
    ]
    assert_drawn_as_computed(blank, hdr, jobs)


@pytest.mark.parametrize("operator", ON_THE_GPU)
@pytest.mark.parametrize("light", ["usual", "one colour", "dark", "suns", "black"])
def test_the_shader_follows_at_any_setting_in_any_light(
    blank: Page, hdr: np.ndarray, operator: str, light: str
) -> None:
    rng = np.random.default_rng(11)
    shape = hdr.shape
    scenes = {
        "usual": hdr,
        "one colour": np.broadcast_to(np.float32([0.3, 0.5, 0.2]), shape).copy(),
        "dark": hdr * np.float32(2.0**-13),
        "suns": np.where(rng.random((*shape[:2], 1)) < 0.3, 65504, 1e-3) * rng.uniform(0.5, 1, shape),
        "black": np.zeros(shape, np.float32),
    }
    scene = halves(np.float32(scenes[light]))
    statistics = measure(scene, operator).tolist()
    jobs = [
        {
            "operator": operator,
            "parameters": random_settings(operator, rng),
            "statistics": statistics,
            "stops": round(rng.uniform(-12, 8), 1),
        }
        for _ in range(12)
    ]
    assert_drawn_as_computed(blank, scene, jobs)


def test_operators_that_depend_on_surroundings_are_left_to_the_server(blank: Page) -> None:
    script = (Path(viewer_shader.__file__).parent / "viewer_shader.js").read_text()
    names = blank.evaluate(
        "([constants, script]) => new Function('LIGHT', script + 'return OPERATOR_NAMES;')(constants)",
        [shader_constants(), script],
    )
    assert set(names) == {name for name, row in TONE_MAPPERS.items() if not row.local}


def exposed(stops: float = 0.0, **others: object) -> dict:
    return {"operator": "exposure", "parameters": check_parameters("exposure", {}), "stops": stops} | others


def test_left_of_the_divider_lies_the_photo_at_the_same_exposure(blank: Page, hdr: np.ndarray) -> None:
    photo = halves(np.clip(hdr, 0, 1))
    (drawn,) = draw(blank, photo, hdr, [exposed(-3.0, divider=20)])
    expected = np.where(np.arange(WIDTH)[None, :, None] < 20, expose(photo, -3.0), expose(hdr, -3.0))
    assert np.abs(drawn[..., :3] - np.round(255 * expected)).max() <= ONE_CODE


def test_stops_have_the_colours_of_the_legend(blank: Page, hdr: np.ndarray) -> None:
    (drawn,) = draw(blank, hdr, hdr, [exposed(2.0, show="stops")])
    # A pixel whose light lies on the border of two stops may take either colour.
    agrees = np.abs(drawn[..., :3] - np.round(255 * paint_stops(hdr))).max(axis=-1) <= ONE_CODE
    assert agrees.mean() > 0.995


def test_stripes_lie_where_the_display_clips_and_nowhere_else(blank: Page, hdr: np.ndarray) -> None:
    plain, striped = draw(blank, hdr, hdr, [exposed(-1.0), exposed(-1.0, zebra=True)])
    clipped = np.round(255 * expose(hdr, -1.0)).max(axis=-1) == 255
    assert clipped.any() and not clipped.all()
    changed = (plain != striped).any(axis=-1)
    assert np.array_equal(changed | ((striped[..., 0] == 255) & (striped[..., 1] == 0)), clipped)


def test_a_clipped_photo_keeps_its_stripes_when_it_is_darkened(blank: Page, hdr: np.ndarray) -> None:
    photo = halves(np.clip(hdr, 0, 1))
    (striped,) = draw(blank, photo, hdr, [exposed(-4.0, zebra=True, divider=WIDTH + 1)])
    assert set(striped[10, 1, :3]) <= {0, 255} and set(striped[10, 2, :3]) <= {0, 255}
    assert tuple(striped[10, 0, :3]) == (0, 0, 0)
