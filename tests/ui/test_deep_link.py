"""What a link holds, and what is left of one that somebody edited."""

from dataclasses import fields
from pathlib import Path

import pytest

from hdr_demo.tonemap import TONE_MAPPERS
from hdr_demo.ui.deep_link import Linked, read_link, write_link
from hdr_demo.ui.deep_link_text import DEEP_LINK_TEXT
from hdr_demo.ui.exhibition import DRAWINGS
from hdr_demo.ui.job import Job
from hdr_demo.ui.pictures import make_view
from hdr_demo.ui.presentation_text import PRESENTATION_TEXT
from hdr_demo.ui.session import Shown, Visitor
from hdr_demo.ui.shares import SHARED_SECONDS, Shares
from tests.ui.scenes import expanded
from tests.ui.test_text import blanks

CHECKPOINTS = ["one", "two"]


def visitor_with(photo=None, **settings: object) -> Visitor:
    photo = photo or expanded(12, 16)
    visitor = Visitor(Path("nowhere"), picture=photo.picture, **settings)
    visitor.show(Shown(photo, make_view(photo), exact=True))
    return visitor


def test_what_is_written_is_read_as_it_was() -> None:
    visitor = visitor_with(
        example="sunset",
        scale="radiometric",
        checkpoint="two",
        operator="agx",
        parameters={each.name: each.default for each in TONE_MAPPERS["agx"].parameters} | {"stops": -1.5},
        stops=(-6.0, 2.0),
    )
    linked = read_link(write_link(visitor), CHECKPOINTS)
    assert linked == Linked("sunset", "radiometric", "two", "agx", {"stops": -1.5}, (-6.0, 2.0))


def test_defaults_and_ones_own_photo_are_not_written() -> None:
    assert write_link(visitor_with()) == {}


def test_the_settings_of_the_viewer_are_read() -> None:
    query = {
        "operator": "agx",
        "operator.contrast": "1.2",
        "stops": "-3.5",
        "split": "0.25",
        "show": "stops",
        "zebra": "1",
    }
    viewer = read_link(query, CHECKPOINTS).viewer
    assert viewer == {
        "operator": "agx",
        "parameters": {"contrast": 1.2},
        "stops": -3.5,
        "split": 0.25,
        "show": "stops",
        "zebra": True,
    }
    assert read_link({"split": "off"}, CHECKPOINTS).viewer == {"compare": False}


@pytest.mark.parametrize(
    "query",
    [
        {"scale": "huge", "checkpoint": "../../x", "tone": "nonsense", "operator": "__proto__", "show": "me"},
        {"stops": "NaN", "split": "inf", "zebra": "yes", "exposures": "a,b", "operator.contrast": "2"},
        {"stops": "1e999", "split": "<script>", "tone.gamma": "2", "exposures": ""},
        {"stops": ["1"], "scale": None, "tone": 3, "tone.x": {}},
        {"scale": "calibrated" * 100},
        {str(number): "1" for number in range(1000)},
        None,
        "text",
        [1, 2],
    ],
)
def test_what_is_no_value_of_the_page_is_left_out(query: object) -> None:
    assert read_link(query, CHECKPOINTS) == Linked()


def test_numbers_beyond_a_slider_become_its_end() -> None:
    linked = read_link({"stops": "-99", "split": "7", "tone": "agx", "tone.contrast": "1e9"}, CHECKPOINTS)
    assert linked.viewer == {"stops": -12.0, "split": 1.0}
    assert linked.parameters["contrast"] < 100


def test_only_exposures_that_can_be_chosen_are() -> None:
    assert read_link({"exposures": "-2,0.5,3,x,99"}, CHECKPOINTS).exposures == (-2.0, 3.0, 4.0)


def test_every_field_of_a_link_has_a_neutral_value() -> None:
    assert not any(getattr(Linked(), each.name) for each in fields(Linked))


def test_a_share_is_found_by_its_key_alone_for_an_hour() -> None:
    shares, visitor = Shares(), visitor_with()
    key = shares.add(visitor)
    assert len(key) > 20 and shares.find(key).shown is visitor.shown
    assert shares.add(visitor) == key  # as long as they look at the same
    visitor.drop_pictures()
    assert shares.find(key).best().exact  # it outlives the visitor
    assert shares.find("") is None and shares.find(key[:-1]) is None
    shares.drop_old(shares.find(key).made + SHARED_SECONDS + 1)
    assert shares.find(key) is None


def test_another_result_gets_another_key() -> None:
    shares = Shares()
    assert shares.add(visitor_with()) != shares.add(visitor_with())


def test_nothing_cannot_be_shared() -> None:
    with pytest.raises(ValueError, match="nothing to share"):
        Shares().add(Visitor(Path("nowhere")))


def test_a_share_of_a_preview_becomes_exact_when_its_pass_ends() -> None:
    visitor, exact = visitor_with(), expanded(24, 32)
    visitor.shown = Shown(visitor.shown.photo, visitor.shown.view, exact=False)
    visitor.job = Job(lambda note, stop: exact)
    shares = Shares()
    key = shares.add(visitor)
    assert not shares.find(key).best().exact
    for _ in visitor.job.follow():
        pass
    best = shares.find(key).best()
    assert best.exact and best.photo is exact


def test_too_many_shared_pixels_push_the_oldest_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hdr_demo.ui.shares.SHARED_PIXELS", 2 * 12 * 16)
    shares = Shares()
    first, second, third = (shares.add(visitor_with()) for _ in range(3))
    assert shares.find(first) is None and shares.find(second) and shares.find(third)
    huge = shares.add(visitor_with(expanded(40, 40)))
    assert shares.find(huge) and shares.find(third) is None


@pytest.mark.parametrize("table", [DEEP_LINK_TEXT, PRESENTATION_TEXT], ids=["link", "presentation"])
def test_what_is_said_has_the_same_blanks_in_both_languages(table: dict[str, tuple[str, str]]) -> None:
    for english, chinese in table.values():
        assert english and chinese and blanks(english) == blanks(chinese)


@pytest.mark.parametrize("wanted", DRAWINGS)
def test_every_drawing_can_be_made(wanted: str) -> None:
    drawn = DRAWINGS[wanted](make_view(expanded(12, 16)))
    assert drawn.shape == (12, 16, 3) and drawn.min() >= 0 and drawn.max() <= 1
