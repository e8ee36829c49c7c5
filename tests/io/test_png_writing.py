"""PNG written in bands: Pillow and OpenCV read what was meant, and equal pictures are equal files everywhere."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from hdr_demo.io import deflate, png_writing
from hdr_demo.io.png_writing import chunk, write_png

SRGB = chunk(b"sRGB", b"\0")
# Bands of so few pixels that small pictures have many; a width that is no multiple of anything.
BAND_PIXELS, WIDTH = 1 << 10, 211


def picture(height: int, width: int, channels: int, kind: type) -> np.ndarray:
    """A slope with noise, a flat part, and a part where every row is the row above."""
    rng = np.random.default_rng(channels)
    largest = np.iinfo(kind).max
    slope = np.linspace(0, 0.9 * largest, width)[None, :, None] * np.linspace(0.5, 1, channels)
    codes = slope + rng.normal(0, 0.01 * largest, (height, width, channels))
    codes[height // 3 :, : width // 3] = largest
    codes[height // 2 :, width // 2 :] = codes[height // 2, width // 2 :]
    return np.clip(np.rint(codes), 0, largest).astype(kind)


def written(codes: np.ndarray) -> bytes:
    file = io.BytesIO()
    write_png(file, codes, SRGB)
    return file.getvalue()


@pytest.fixture
def many_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hdr_demo.io.pq._BAND_PIXELS", BAND_PIXELS)


@pytest.mark.usefixtures("many_bands")
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("height", [1, 2, 97])
def test_opencv_reads_every_kind(height: int, channels: int, kind: type) -> None:
    codes = picture(height, WIDTH, channels, kind)
    read = cv2.imdecode(np.frombuffer(written(codes), np.uint8), cv2.IMREAD_UNCHANGED).reshape(height, WIDTH, -1)
    order = {1: [0], 2: [0, 3], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]  # OpenCV spells grey and alpha as BGRA
    np.testing.assert_array_equal(read[..., order], codes)


@pytest.mark.usefixtures("many_bands")
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pillow_reads_what_has_eight_bits_and_finds_the_chunks(channels: int) -> None:
    codes = picture(97, WIDTH, channels, np.uint8)
    image = Image.open(io.BytesIO(written(codes)))
    image.verify()  # every checksum
    image = Image.open(io.BytesIO(written(codes)))
    np.testing.assert_array_equal(np.asarray(image).reshape(codes.shape), codes)
    assert image.info["srgb"] == 0


@pytest.mark.usefixtures("many_bands")
def test_bytes_do_not_depend_on_the_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, files = picture(97, WIDTH, 3, np.uint16), []
    for cores in (1, 2, 7):
        monkeypatch.setattr(deflate, "usable_cores", lambda cores=cores: cores)
        files.append(written(codes))
    assert files[0] == files[1] == files[2]


def test_each_row_takes_the_filter_that_leaves_least() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (8, 300, 3), np.uint8)
    noise[4:] = noise[3]  # like the row above
    kinds = png_writing._filter(noise, slice(0, 8))[:, 0]
    assert set(kinds[4:]) == {png_writing._UP}
    ramp = np.repeat(np.arange(250, dtype=np.uint8)[None, :, None], 3, -1)
    assert [*png_writing._filter(ramp, slice(0, 1))[:, 0]] == [png_writing._SUB]


def test_a_photograph_is_no_larger_than_as_opencv_writes_it() -> None:
    codes = picture(300, 400, 3, np.uint16)
    _, encoded = cv2.imencode(".png", codes[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 4])
    assert len(written(codes)) < 1.02 * encoded.size
