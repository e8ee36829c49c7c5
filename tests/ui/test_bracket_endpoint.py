"""The named endpoint /merge_bracket, called by the client that programs use."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from hdr_demo.bracket import open_bracket
from hdr_demo.io import hdr_kind, read_hdr, read_hdr_picture, read_ldr, writable_formats
from hdr_demo.merge.run import merge_bracket

from .brackets import make_light, write_bracket

HALF_FLOAT = 2.0**-11


@pytest.fixture(scope="module")
def client(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    client = Client(url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))
    yield client
    client.close()


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_bracket(tmp_path_factory.mktemp("bracket"))


def ask(client: Client, photos: list[Path], *words: object, **given: object) -> tuple[str, dict, str]:
    return client.predict([handle_file(photo) for photo in photos], *words, api_name="/merge_bracket", **given)


@pytest.mark.parametrize("method", ["selector", "triangle", "debevec"])
def test_it_gives_what_the_library_gives(client: Client, photos: list[Path], method: str) -> None:
    file, details, ghosts = ask(client, photos[::-1], method=method)
    bracket = open_bracket(photos)
    merged = merge_bracket(bracket, method)
    assert np.abs(read_hdr(file) - merged.hdr).max() <= 2 * HALF_FLOAT * merged.hdr.max()
    assert np.abs(read_ldr(ghosts).ldr[..., 0] - merged.ghosts).max() <= 0.5 / 255 + 1e-6
    assert details["names"] == [photo.name for photo in photos] and details["reference"] == photos[1].name
    assert details["times"] == pytest.approx(bracket.times) and details["times_from"] == "EXIF"
    assert (details["width"], details["height"]) == (128, 96) and details["disagrees"] < 0.1


def test_the_light_beyond_the_white_of_the_reference_comes_back(client: Client, photos: list[Path]) -> None:
    file, _, _ = ask(client, photos)
    light = make_light()
    assert np.median(np.abs(read_hdr(file) - light)[light > 2]) < 0.1


def test_times_formats_and_borders_may_be_chosen(client: Client, photos: list[Path]) -> None:
    file, details, _ = ask(
        client, photos, [0.25, 1, 4], "triangle", "gamma 2.2", alignment="pose", border="crop", file_format=".jpg"
    )
    assert hdr_kind(file) == "JPEG with a gain map" and Path(file).name == "middle_hdr.jpg"
    assert details["times"] == [0.25, 1, 4] and details["times_from"] == "typed"


@pytest.mark.parametrize("file_format", writable_formats())
def test_every_format_is_written(client: Client, photos: list[Path], file_format: str) -> None:
    file, _, _ = ask(client, photos, method="triangle", file_format=file_format)
    assert Path(file).suffix in (file_format, ".jpg", ".tif") and read_hdr_picture(file).hdr.shape == (96, 128, 3)


def test_times_may_be_written_as_people_write_them(client: Client, photos: list[Path]) -> None:
    _, details, _ = ask(client, photos, ["1/240", "1/60 s", 0.0667], "triangle")
    assert details["times"] == pytest.approx([1 / 240, 1 / 60, 0.0667]) and details["times_from"] == "typed"


@pytest.mark.parametrize(
    ("count", "given", "sentence"),
    [
        (1, {}, "2 to 9 photos, and 1 came"),
        (3, {"times": [1, 2]}, "3 photos and 2 exposure times"),
        (3, {"times": [1, 1, 2]}, "the same exposure"),
        (3, {"times": ["fast", 1, 2]}, "fast.* is no list of exposure times"),
        (3, {"times": [[1], [2], [3]]}, "is no list of exposure times"),
        (3, {"times": [None, 1, 2]}, "is no list of exposure times"),
        (3, {"times": [True, 1, 2]}, "is no list of exposure times"),
        (3, {"times": {"short.jpg": 1}}, "is no list of exposure times"),
        (3, {"times": 3}, "is no list of exposure times"),
        (3, {"times": [0, 1, 2]}, "give one above 0"),
        (3, {"response": "film"}, "no camera response"),
    ],
)
def test_what_cannot_be_merged_gets_its_sentence(
    client: Client, photos: list[Path], count: int, given: dict, sentence: str
) -> None:
    with pytest.raises(AppError, match=sentence):
        ask(client, photos[:count], **given)


def test_a_file_that_is_no_photo_gets_its_sentence(client: Client, photos: list[Path], no_photo: Path) -> None:
    with pytest.raises(AppError, match=r"notes\.jpg is not a picture"):
        ask(client, [*photos[:2], no_photo])
