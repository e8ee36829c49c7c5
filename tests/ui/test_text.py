"""What the page says, in both languages."""

import re
import string
from pathlib import Path

import gradio as gr
import pytest

from hdr_demo.calibration import SCALES
from hdr_demo.camera import RESPONSES
from hdr_demo.evaluation import MEASURES
from hdr_demo.tonemap import TONE_MAPPERS
from hdr_demo.ui import text
from hdr_demo.ui.app import build_app
from hdr_demo.ui.clip_controls import OUTPUT_NAMES
from hdr_demo.ui.clip_text import PLAYS_ON_ZH
from hdr_demo.ui.text import LANGUAGES, TEXT, label, language_of, say, say_seconds, say_stops

UI = Path(text.__file__).parent
TABLES = ("text.py", "truth_text.py", "clip_text.py", "batch_text.py", "bracket_compare_text.py", "download_text.py")


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", TEXT)
def test_both_languages_have_the_same_blanks(key: str) -> None:
    english, chinese = TEXT[key]
    assert english and chinese and blanks(english) == blanks(chinese)


def test_every_text_is_used_and_every_used_text_exists() -> None:
    texts = (UI / "text.py").read_text()
    code = (
        "".join(path.read_text() for path in UI.glob("*.py") if path.name not in TABLES)
        + texts[texts.index("def label") :]
    )
    # Keys that are put together from a fixed beginning and a name of a table.
    prefixes = set(re.findall(r'f"(\w+_)\{', code))
    spelled = {key for key in TEXT if re.search(rf"[\"']{key}[\"']", code)}
    built = {key for key in TEXT for prefix in prefixes if key.startswith(prefix)}
    assert set(TEXT) - spelled - built == set()
    asked = set(re.findall(r"(?:label\(|say\(language, )['\"](\w+)['\"]", code))
    assert asked - set(TEXT) == set()


def test_operators_are_called_as_in_their_table() -> None:
    for name, row in TONE_MAPPERS.items():
        assert say("en", f"operator_{name}") == row.label
        assert [say("en", f"parameter_{name}_{each.name}") for each in row.parameters] == [
            each.label for each in row.parameters
        ]


@pytest.mark.parametrize(("prefix", "table"), [("response", RESPONSES), ("score", MEASURES)])
def test_responses_and_measures_are_called_as_in_their_tables(prefix: str, table: dict) -> None:
    for name, row in table.items():
        assert say("en", f"{prefix}_{name}") == row.label


def test_every_scale_has_a_name() -> None:
    assert {f"scale_{name}" for name in SCALES} <= set(TEXT)


def test_files_of_clips_are_called_as_in_their_table() -> None:
    from hdr_demo.video.outputs import VIDEO_OUTPUTS

    assert tuple(VIDEO_OUTPUTS) == OUTPUT_NAMES and set(PLAYS_ON_ZH) == set(VIDEO_OUTPUTS)
    for name, row in VIDEO_OUTPUTS.items():
        assert say("en", f"output_{name}") == row.label


def test_an_unknown_label_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        label("nonsense")


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-TW", "zh"),
        ("ZH-Hans-SG", "zh"),
        ("en-US,en;q=0.9,zh;q=0.5", "en"),
        ("de", "en"),
        ("", "en"),
    ],
)
def test_the_first_language_of_the_browser_decides(asked: str, language: str) -> None:
    assert language_of(gr.Request(headers={"accept-language": asked})) == language
    assert language in LANGUAGES


def test_a_program_without_a_language_reads_english() -> None:
    assert language_of(gr.Request(headers={})) == "en"
    assert language_of(None) == "en"


@pytest.mark.parametrize(
    ("stops", "written"), [(-2.0, "−2"), (0.0, "0"), (1.5, "+1.5"), (-0.04, "0"), (10.0, "+10"), (-0.25, "−0.2")]
)
def test_stops_carry_their_sign(stops: float, written: str) -> None:
    assert say_stops(stops) == written


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1.44, "1.4 s"),
        (9.97, "10 s"),
        (58.2, "58 s"),
        (99.4, "99 s"),
        (99.6, "1 min 40 s"),
        (200.0, "3 min 20 s"),
        (7, "7 s"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert say_seconds("en", seconds).replace("\u00a0", " ") == said


def test_no_value_of_a_control_is_the_key_of_a_text() -> None:
    """The browser translates what it takes for a key, and would send the translation back as the value."""
    chosen = set()
    for block in build_app({"network": lambda: None}).blocks.values():
        values = [getattr(block, "value", None), *(value for _, value in getattr(block, "choices", None) or [])]
        chosen |= {
            each
            for value in values
            for each in (value if isinstance(value, list) else [value])
            if isinstance(each, str)
        }
    assert {"calibrated", "reinhard", "draft"} <= chosen  # or nothing was looked at
    assert chosen & set(TEXT) == set()
