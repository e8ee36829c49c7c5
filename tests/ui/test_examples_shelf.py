"""The row of example photos."""

from pathlib import Path

import numpy as np

from hdr_demo.io import write_sdr
from hdr_demo.ui.examples import draw_examples, find_examples, find_scenes
from hdr_demo.ui.text import LANGUAGES, TEXT


def test_every_example_of_the_repository_has_a_caption() -> None:
    photos, scenes = find_examples(), find_scenes()
    assert photos and scenes
    for example in photos + scenes:
        assert f"example_{example.path.stem}" in TEXT


def test_each_example_is_a_button_with_its_number_and_caption() -> None:
    examples = find_examples()
    for language in LANGUAGES:
        drawn = draw_examples(examples, "examples", language)
        for number, example in enumerate(examples):
            assert f'data-number="{number}"' in drawn
            assert TEXT[f"example_{example.path.stem}"][LANGUAGES.index(language)] in drawn


def test_a_photo_without_a_text_is_called_by_its_name(tmp_path: Path) -> None:
    write_sdr(tmp_path / "old_<town>.jpg", np.zeros((8, 8, 3), np.float32))
    assert "old &lt;town&gt;" in draw_examples(find_examples(tmp_path), "examples", "en")


def test_no_examples_are_no_mistake(tmp_path: Path) -> None:
    assert find_examples(tmp_path / "missing") == []
    assert draw_examples([], "examples", "en") == ""
