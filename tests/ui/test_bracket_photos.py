"""The table of a bracket's photos: its order, its times and who may type them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hdr_demo.bracket import read_time_text
from hdr_demo.errors import BracketError, ImageError
from hdr_demo.ui.bracket_photos import (
    ESTIMATED,
    EXIF,
    TYPED,
    draw_photos,
    lay_out,
    read_photo,
    refer_to,
    say_time,
    type_time,
)

from .brackets import write_bracket

MEGAPIXELS = 5.0


def read(paths: list[Path]) -> list:
    copies = []
    for number, path in enumerate(paths):
        own = path.parent / str(number) / path.name
        own.parent.mkdir()
        own.write_bytes(path.read_bytes())
        copies.append(read_photo(path, own, MEGAPIXELS))
    return copies


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1/250", 1 / 250),
        (" 1 / 250 s ", 1 / 250),
        ("0.5", 0.5),
        ("0,5 s", 0.5),
        ("2″", 2.0),
        ('30"', 30.0),
        ("3 秒", 3.0),
        ("2.5/10", 0.25),
        ("1e-3", 1e-3),
    ],
)
def test_times_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert read_time_text(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "s", "fast", "0", "-1", "1/0", "0/5", "1/2/3", "nan", "inf", "1/inf", "1e99", "1/"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_time_text(text) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1 / 250, "1/250"),
        (1 / 8000, "1/8000"),
        (1 / 3, "0.3333"),
        (1 / 15360, "1/15360"),
        (36000.0, "36000"),
        (0.4, "0.4"),
        (30.0, "30"),
    ],
)
def test_times_are_written_as_cameras_write_them(seconds: float, said: str) -> None:
    assert say_time(seconds) == said


@pytest.mark.parametrize("seconds", [1e-6, 1 / 8000, 1 / 60, 0.0123, 0.3, 0.77, 1.6, 30.0, 1234.0])
def test_a_time_that_is_written_is_read_again(seconds: float) -> None:
    assert read_time_text(say_time(seconds)) == pytest.approx(seconds, rel=1e-3)


def test_photos_come_in_the_order_of_their_exposures(tmp_path: Path) -> None:
    paths = write_bracket(tmp_path, names=("c.jpg", "a.jpg", "b.jpg"))
    for given in (paths, paths[::-1], [paths[1], paths[2], paths[0]]):
        folder = tmp_path / given[0].name[0]
        folder.mkdir()
        bracket = lay_out(read([path.rename(folder / path.name) for path in given]))
        assert [photo.path.name for photo in bracket.photos] == ["c.jpg", "a.jpg", "b.jpg"]
        assert bracket.source == EXIF and bracket.photos[bracket.reference_number].path.name == "a.jpg"
        for path in folder.glob("*.jpg"):
            path.rename(tmp_path / path.name)


def test_iso_counts_as_exposure_and_not_as_time(tmp_path: Path) -> None:
    photos = read(write_bracket(tmp_path, seconds=(1 / 60, 1 / 60, 1 / 60), isos=(100, 400, 1600)))
    bracket = lay_out(photos)
    assert {say_time(photo.time) for photo in bracket.photos} == {"1/60"}
    exposures = [photo.exposure for photo in bracket.photos]
    assert np.allclose(np.divide(exposures, exposures[0]), [1, 4, 16])


def test_without_exif_times_are_estimated_as_multiples_of_the_reference(tmp_path: Path) -> None:
    bracket = lay_out(read(write_bracket(tmp_path, exif=False)))
    assert bracket.source == ESTIMATED and not bracket.has_exif
    assert np.allclose([photo.exposure for photo in bracket.photos], [1 / 4, 1, 4], rtol=0.1)


def test_exif_that_contradicts_the_pictures_is_not_believed_unless_asked_for(tmp_path: Path) -> None:
    photos = read(write_bracket(tmp_path, seconds=(1 / 60, 1 / 50, 1 / 40)))
    lied = lay_out(photos)
    assert lied.source == ESTIMATED and lied.has_exif
    assert np.allclose([photo.exposure for photo in lied.photos], [1 / 4, 1, 4], rtol=0.1)
    believed = lay_out(lied.photos, source=EXIF)
    assert [say_time(photo.time) for photo in believed.photos] == ["1/60", "1/50", "1/40"]


def test_where_nothing_tells_the_times_there_is_a_guess_to_correct(tmp_path: Path) -> None:
    for name, code in (("black.png", 0), ("white.png", 255)):
        Image.new("RGB", (40, 30), (code, code, code)).save(tmp_path / name)
    bracket = lay_out(read([tmp_path / "white.png", tmp_path / "black.png"]))
    assert bracket.guessed and [photo.path.name for photo in bracket.photos] == ["black.png", "white.png"]
    typed = type_time(bracket, bracket.photos[0].key, 0.01)
    assert typed.photos[0].exposure == 0.01 and "guess" in draw_photos(bracket, "en")


def test_a_typed_time_sorts_again_and_counts_with_the_iso(tmp_path: Path) -> None:
    bracket = lay_out(read(write_bracket(tmp_path)))
    last = bracket.photos[-1]
    typed = type_time(bracket, last.key, 1 / 2000)
    assert typed.photos[0].key == last.key and typed.photos[0].source == TYPED and typed.source == TYPED
    assert typed.photos[0].exposure == pytest.approx(last.gain / 2000)
    assert typed.photos[typed.reference_number].key == bracket.reference


def test_a_time_that_is_typed_as_it_stands_changes_nothing(tmp_path: Path) -> None:
    bracket = lay_out(read(write_bracket(tmp_path)))
    assert type_time(bracket, bracket.photos[0].key, read_time_text(say_time(bracket.photos[0].time))) == bracket


def test_among_estimated_multiples_a_typed_one_is_a_multiple_too(tmp_path: Path) -> None:
    photos = read(write_bracket(tmp_path, isos=(200, 200, 200)))
    bracket = lay_out(photos, source=ESTIMATED)
    typed = type_time(bracket, bracket.photos[0].key, 0.125)
    assert typed.photos[0].exposure == 0.125
    assert np.allclose([photo.exposure for photo in typed.photos[1:]], [1, 4], rtol=0.1)


def test_only_a_photo_of_the_bracket_becomes_the_reference(tmp_path: Path) -> None:
    bracket = lay_out(read(write_bracket(tmp_path)))
    assert refer_to(bracket, bracket.photos[2].key).reference_number == 2
    assert refer_to(bracket, "9") == bracket


def test_photos_of_different_sizes_get_a_sentence_that_names_them(tmp_path: Path) -> None:
    paths = write_bracket(tmp_path, names=("one.jpg", "two.jpg"))
    (tmp_path / "x").mkdir()
    paths += write_bracket(tmp_path / "x", names=("other.jpg", "z.jpg"), side=(50, 60))[:1]
    with pytest.raises(BracketError, match=r"one\.jpg.* and other\.jpg"):
        lay_out(read(paths))


def test_a_text_is_no_photo(no_photo: Path) -> None:
    with pytest.raises(ImageError, match=r"notes\.jpg"):
        read_photo(no_photo, no_photo, MEGAPIXELS)


def test_the_table_draws_names_as_text(tmp_path: Path) -> None:
    paths = write_bracket(tmp_path, names=('<img src=x onerror="a">.jpg', "b.jpg"))
    drawn = draw_photos(lay_out(read(paths)), "en")
    assert "<img src=x" not in drawn and "&lt;img src=x onerror=&quot;a&quot;&gt;.jpg" in drawn
    assert drawn.count('type="radio"') == drawn.count('type="text"') == 2 and drawn.count(" checked") == 1
