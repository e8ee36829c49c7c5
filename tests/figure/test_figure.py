"""The figure of a page, read back by programs that are not ours."""

import os
import shutil
import string
import subprocess
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from hdr_demo.color import decode_srgb
from hdr_demo.errors import OutputError
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.exposure import expose
from hdr_demo.figure import FIGURE_FORMATS, FIGURE_STOPS, compose, wrap, write_figure
from hdr_demo.figure.fonts import is_own, writes_chinese
from hdr_demo.figure.layout import CAPTION, arrange
from hdr_demo.figure.page import PAGE_HEIGHT, PAGE_WIDTH, PIXELS_PER_POINT, Box, Page
from hdr_demo.figure.text import FIGURE_TEXT, LANGUAGES, say_change, write_caption
from hdr_demo.io import Picture
from hdr_demo.tonemap import TONE_MAPPERS, tone_map

ASPECTS = (1 / 20000, 2 / 3000, 0.02, 0.1, 0.5, 2 / 3, 1.0, 4 / 3, 1.5, 16 / 9, 2.0, 4.0, 10.0, 50.0, 1500.0, 20000.0)
JPEG_CODES = 3.0  # mean difference of a picture of quality 95 that was drawn by another program


def make(height: int = 60, width: int = 90, **changes: object) -> ExpandedPhoto:
    """A slope of grey with a clipped disc that hides three stops."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    ldr = np.repeat((0.1 + 0.7 * columns / width)[..., np.newaxis], 3, axis=-1)
    disc = np.hypot(rows - height / 2, columns - width / 2) < min(height, width) / 4
    ldr[disc] = 1
    hdr = decode_srgb(ldr)
    hdr[disc] = 8
    return replace(ExpandedPhoto(Picture(ldr, None, "slope", 8), hdr, "calibrated", 0.1, checkpoint="net-1"), **changes)


def run(program: str, *arguments: object) -> str:
    """What a program of poppler says."""
    if shutil.which(program) is None:
        sentence = f"{program} (Debian: poppler-utils) is not installed"
        if os.environ.get("HDR_DEMO_REQUIRE_POPPLER") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    command = [program, *(str(argument) for argument in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "rror" not in done.stderr, done.stderr
    return done.stdout


def words(path: Path) -> str:
    return " ".join(run("pdftotext", "-layout", path, "-").split())


def test_the_pdf_is_one_slide_with_text_in_an_embedded_font(tmp_path: Path) -> None:
    path = write_figure(tmp_path / "figure.pdf", make(), title="A (slope) \\ here")
    about = run("pdfinfo", path)
    assert "Pages:           1\n" in about and "Page size:       960 x 540 pts" in about
    assert "Title:           A (slope) \\ here" in about
    said = words(path)
    assert said.startswith("A (slope) \\ here")
    for text in ("Photo, -4 stops", "HDR, -4 stops", "HDR, tone-mapped: Reinhard & Devlin", "checkpoint net-1"):
        assert text in said
    assert "got at least 1/3 stop more light" in said and "90 by 60 pixels" in said
    fonts = run("pdffonts", path).splitlines()[2:]
    assert [line.split()[0] for line in fonts] == ["Aileron-Regular"] and " yes " in fonts[0]


@pytest.mark.parametrize("size", [(60, 90), (90, 60), (40, 160), (2, 3), (1, 1)], ids=str)
def test_pdf_and_png_show_the_same(tmp_path: Path, size: tuple[int, int]) -> None:
    photo = make(*size)
    for suffix in FIGURE_FORMATS:
        write_figure(tmp_path / f"figure{suffix}", photo)
    run("pdftoppm", "-png", "-singlefile", "-r", 72, tmp_path / "figure.pdf", tmp_path / "drawn")
    drawn = cv2.imread(str(tmp_path / "drawn.png")).astype(int)
    png = cv2.imread(str(tmp_path / "figure.png"))
    assert png.shape == (PAGE_HEIGHT * PIXELS_PER_POINT, PAGE_WIDTH * PIXELS_PER_POINT, 3)
    small = cv2.resize(png, drawn.shape[1::-1], interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(drawn - small).mean() < JPEG_CODES
    page = lay_out(photo)
    for placed in page.pictures:
        box = placed.box
        inside = np.s_[
            int(box.top + 2) : int(box.top + box.height - 2), int(box.left + 2) : int(box.left + box.width - 2)
        ]
        assert np.abs(drawn[inside] - small[inside]).mean() < JPEG_CODES


@pytest.mark.parametrize("size", [(2, 3000), (3000, 2)], ids=str)
def test_the_pictures_of_a_strip_are_no_larger_than_the_page(tmp_path: Path, size: tuple[int, int]) -> None:
    photo = make(*size)
    for placed in lay_out(photo).pictures:
        height, width, _ = placed.codes.shape
        assert height <= PAGE_HEIGHT * PIXELS_PER_POINT and width <= PAGE_WIDTH * PIXELS_PER_POINT
    images = run("pdfimages", "-list", write_figure(tmp_path / "figure.pdf", photo)).splitlines()[2:]
    assert len(images) == 2 + 2 * len(FIGURE_STOPS)


def lay_out(photo: ExpandedPhoto) -> Page:
    toned = tone_map(photo.hdr, "reinhard")
    return compose(photo, toned, "reinhard", FIGURE_STOPS, photo.name, "en")


def test_the_middle_of_each_picture_is_the_light_at_that_exposure() -> None:
    photo = make()
    page = lay_out(photo)
    middles = [placed.codes[placed.codes.shape[0] // 2, placed.codes.shape[1] // 2] for placed in page.pictures]
    assert (middles[0] == 255).all()
    for number, change in enumerate(FIGURE_STOPS):
        before, after = (
            round(255 * float(expose(np.float32([[[light] * 3]]), change)[0, 0, 0])) for light in (1.0, 8.0)
        )
        assert (middles[2 + 2 * number] == before).all() and (middles[3 + 2 * number] == after).all()


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("count", [1, 2, 3, 5, 9])
def test_pictures_keep_their_shape_and_lie_apart_within_the_page(aspect: float, count: int) -> None:
    area = Box(26, 50, 908, 420)
    found = arrange(aspect, count, area)
    boxes = [found.photo, found.toned, *(box for pair in found.exposures for box in pair)]
    assert len(boxes) == 2 + 2 * count and found.merit > 0
    for box in boxes:
        assert box.width / box.height == pytest.approx(aspect)
        assert box.left >= area.left - 1e-6 and box.left + box.width <= area.left + area.width + 1e-6
        assert box.top - CAPTION >= area.top - 1e-6 and box.top + box.height <= area.top + area.height + 1e-6
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            beside = one.left + one.width < other.left or other.left + other.width < one.left
            assert (
                beside or one.top + one.height <= other.top - CAPTION or other.top + other.height <= one.top - CAPTION
            )


def test_a_portrait_reads_from_photo_over_exposures_to_the_tone_mapped_picture() -> None:
    found = arrange(2 / 3, 3, Box(26, 50, 908, 420))
    assert found.photo.left < found.exposures[0][0].left < found.toned.left


def test_transparent_parts_are_white_paper() -> None:
    photo = make()
    alpha = np.ones(photo.hdr.shape[:2], np.float32)
    alpha[:, :45] = 0
    page = lay_out(replace(photo, picture=replace(photo.picture, alpha=alpha)))
    for placed in page.pictures:
        assert (placed.codes[:, : placed.codes.shape[1] // 4] == 255).all()


def test_a_file_that_is_hdr_already_is_not_called_an_estimate(tmp_path: Path) -> None:
    said = words(write_figure(tmp_path / "figure.pdf", make(origin="OpenEXR", checkpoint="")))
    assert "file's own (OpenEXR)" in said and "8-bit picture" in said and "8 bits, -4 stops" in said
    assert "ExpandNet" not in said and "Photo" not in said


def test_the_scale_without_a_unit_is_not_compared_with_white(tmp_path: Path) -> None:
    said = words(write_figure(tmp_path / "figure.pdf", make(scale="paper")))
    assert "in no unit" in said and "from white" not in said and "more light" not in said


def test_chinese_is_painted_and_can_be_copied(tmp_path: Path) -> None:
    if not writes_chinese():
        pytest.skip("no font with Chinese letters")
    path = write_figure(tmp_path / "figure.pdf", make(), title="日落 sunset", language="zh")
    said = words(path)
    for text in ("日落 sunset", "照片，-4 档", "HDR，色调映射：Reinhard & Devlin", "模型 net-1"):
        assert text in said
    assert "1.0 为照片的白色" in said
    assert "日落 sunset" in run("pdfinfo", path)


def test_without_a_chinese_font_a_figure_is_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hdr_demo.figure.writes_chinese", lambda: False)
    assert "Photo, -4 stops" in words(write_figure(tmp_path / "figure.pdf", make(), language="zh"))


def test_the_english_texts_keep_to_the_embedded_font() -> None:
    for key, (english, _) in FIGURE_TEXT.items():
        assert is_own(english), key
    assert all(is_own(row.label) for row in TONE_MAPPERS.values())
    assert is_own(say_change(-4)) and [say_change(stops) for stops in (-2.5, 0.0, 1)] == ["-2.5", "0", "+1"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_clipped_pixel_of_many_is_some_and_none_is_none(language: str) -> None:
    photo = make(1, 3000, picture=Picture(np.full((1, 3000, 3), 0.5, np.float32), None, "", 8))
    assert "%" not in write_caption(photo, [-4], language).replace("0.1 %", "")
    photo.ldr[0, 7] = 1
    assert "<0.1 %" in write_caption(photo, [-4], language)


def test_lines_are_no_wider_than_asked_and_lose_no_word() -> None:
    text = "some words of a caption " * 20
    lines = wrap(text, 200, 10)
    assert len(lines) > 5 and " ".join(lines).split() == text.split()
    assert all(line == line.strip() for line in lines[:-1])


def test_every_text_takes_the_same_values_in_both_languages() -> None:
    def fields(text: str) -> set[str]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    for key, (english, chinese) in FIGURE_TEXT.items():
        assert fields(english) == fields(chinese), key


@pytest.mark.parametrize("suffix", FIGURE_FORMATS)
def test_the_same_photo_gives_the_same_file(tmp_path: Path, suffix: str) -> None:
    first, second = (write_figure(tmp_path / f"{name}{suffix}", make()).read_bytes() for name in "ab")
    assert first == second


def test_a_wrong_suffix_or_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"\.pdf or \.png"):
        write_figure(tmp_path / "figure.gif", make())
    with pytest.raises(OutputError, match="folder does not exist"):
        write_figure(tmp_path / "none" / "figure.pdf", make())
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="en, zh"):
        write_figure(tmp_path / "figure.pdf", make(), language="fr")
