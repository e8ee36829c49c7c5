"""Every file that the tab Download offers, made and read back; and what is said when one cannot be made."""

import io
import json
import re
import resource
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from hdr_demo.color import encode_srgb
from hdr_demo.errors import OutputError
from hdr_demo.io import HDR_FORMATS, Delivery, Loss, read_hdr, read_ldr
from hdr_demo.io.losses import _SENTENCES
from hdr_demo.io.names import delivered_name
from hdr_demo.photo import ExpandedPhoto
from hdr_demo.tonemap import tone_map
from hdr_demo.ui import download_text
from hdr_demo.ui.download import _tell, draw_made, draw_note
from hdr_demo.ui.download_controls import read_delivery
from hdr_demo.ui.download_files import FILE_KINDS, GROUPS, FileKind, Wish, hdr_kinds, make_file, natural_base
from hdr_demo.ui.pictures import make_view
from hdr_demo.ui.session import Shown, Visitor
from hdr_demo.ui.text import TEXT

from .scenes import expanded

CODE = 0.5 / 255 + 1e-6
KINDS = {kind.key: kind for kind in FILE_KINDS}
HDR_KINDS = [kind for kind in FILE_KINDS if kind.suffix and not kind.for_panoramas]


def photo(scale: str = "calibrated") -> ExpandedPhoto:
    """A photo of a street whose EXIF data tell a camera and a place; its lamps are 40 times white."""
    tags = Image.Exif()
    tags[ExifTags.Base.Make] = "A camera"
    tags.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSAreaInformation] = b"A place"
    made = expanded(48, 64, scale)
    exif = tags.tobytes().removeprefix(b"Exif\0\0")
    picture = replace(made.picture, exif=exif)
    return replace(made, picture=picture, hdr=np.minimum(made.hdr, 40), checkpoint="fine")


def wish(**others: object) -> Wish:
    given = {"photo": photo(), "operator": "drago", "parameters": {"bias": 0.7}, "stops": (-2.0, 0.0, 2.0)}
    return Wish(**{**given, "delivery": Delivery(peak_nits=1000.0), **others})


def folder(tmp_path: Path) -> Path:
    (tmp_path / "made").mkdir()
    return tmp_path / "made"


@pytest.mark.parametrize("kind", HDR_KINDS, ids=lambda kind: kind.key)
def test_every_hdr_format_has_a_card_that_makes_its_file(tmp_path: Path, kind: FileKind) -> None:
    asked, row = wish(delivery=Delivery()), HDR_FORMATS[kind.suffix]
    made = make_file(kind, asked, folder(tmp_path))
    assert made.path.name == delivered_name("street", kind.suffix)
    assert list(made.path.parent.iterdir()) == [made.path]
    read, hdr = read_hdr(made.path), asked.photo.hdr
    lit = hdr.min(axis=-1) > 0.05
    assert np.median(np.abs(np.log2(read[lit] / hdr[lit]))) <= row.precision
    assert made.headroom == pytest.approx(np.log2(hdr.max()), abs=0.01)
    assert made.losses == ()


@pytest.mark.parametrize("kind", [kind for kind in HDR_KINDS if kind.group == "share"], ids=lambda kind: kind.key)
def test_what_is_shared_ends_at_the_peak_and_says_so(tmp_path: Path, kind: FileKind) -> None:
    asked = wish(delivery=Delivery(white_nits=250.0, peak_nits=1000.0))
    made = make_file(kind, asked, folder(tmp_path))
    assert made.headroom == pytest.approx(2.0)
    assert [loss.kind for loss in made.losses] == ["peak"]
    white = 1.0 if kind.suffix == ".jpg" else 250.0 / 203.0  # a gain map knows no nits
    brightest = read_hdr(made.path).max(axis=-1)[asked.photo.hdr.max(axis=-1) == 40]
    assert np.median(brightest) == pytest.approx(4.0 * white, rel=0.15)


@pytest.mark.parametrize("kind", [kind for kind in HDR_KINDS if kind.group == "edit"], ids=lambda kind: kind.key)
def test_what_is_edited_keeps_all_light(tmp_path: Path, kind: FileKind) -> None:
    made = make_file(kind, wish(), folder(tmp_path))
    assert read_hdr(made.path).max() == pytest.approx(photo().hdr.max(), rel=0.01)
    assert made.losses == ()


def test_formats_come_from_their_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    row = replace(HDR_FORMATS[".exr"], name="A new one", for_display=True)
    monkeypatch.setitem(HDR_FORMATS, ".new", row)
    kinds = {kind.key: kind for kind in hdr_kinds()}
    assert kinds["new"].group == "share"
    assert make_file(kinds["new"], wish(), folder(tmp_path)).path.name == "street.new"
    texts = download_text._format_texts()
    assert texts["download_new"] == ("A new one .new", "A new one .new")
    assert texts["download_new_note"] == TEXT["download_display_note"]
    monkeypatch.setitem(HDR_FORMATS, ".new", replace(row, package="a_package_that_is_not_there"))
    assert "new" not in {kind.key for kind in hdr_kinds()}


def test_the_one_to_share_comes_first_and_every_group_has_something() -> None:
    assert FILE_KINDS[0].suffix == ".jpg"
    assert [kind.group for kind in FILE_KINDS] == sorted((kind.group for kind in FILE_KINDS), key=GROUPS.index)
    assert {kind.group for kind in FILE_KINDS} == set(GROUPS)
    assert len({kind.key for kind in FILE_KINDS}) == len(FILE_KINDS)


@pytest.mark.parametrize("toned", [False, True])
def test_ordinary_screens_show_what_was_chosen(tmp_path: Path, toned: bool) -> None:
    asked = wish(toned_base=toned, delivery=Delivery(quality=100))
    made = make_file(KINDS["jpg"], asked, folder(tmp_path))
    shown = read_ldr(made.path).ldr
    expected = tone_map(asked.photo.hdr, "drago", bias=0.7) if toned else asked.photo.ldr
    assert np.abs(shown - expected).mean() < 1.5 / 255
    with Image.open(made.path) as image:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)


@pytest.mark.parametrize("kind", FILE_KINDS, ids=lambda kind: kind.key)
@pytest.mark.parametrize("keep", [True, False])
def test_exif_is_kept_or_left_out_as_chosen(tmp_path: Path, kind: FileKind, keep: bool) -> None:
    made = make_file(kind, wish(keep_exif=keep), folder(tmp_path))
    data = made.path.read_bytes()
    if not keep:
        assert b"A camera" not in data and b"A place" not in data
    elif kind.suffix in (".jpg", ".avif", ".png"):
        with Image.open(made.path) as image:
            assert image.getexif()[ExifTags.Base.Make] == "A camera"
            assert image.getexif().get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSAreaInformation] == b"A place"


def test_full_floats_are_what_they_say(tmp_path: Path) -> None:
    import OpenEXR

    for name, full, kind in (("a", False, np.float16), ("b", True, np.float32)):
        (tmp_path / name).mkdir()
        made = make_file(KINDS["exr"], wish(delivery=Delivery(full_float=full)), tmp_path / name)
        with OpenEXR.File(str(made.path)) as file:
            assert file.channels()["RGB"].pixels.dtype == kind


def test_an_hdri_is_opaque_and_has_full_floats(tmp_path: Path) -> None:
    import OpenEXR

    sun = np.full((48, 64, 3), 1e5, np.float32)  # beyond half floats
    seen = replace(photo(), hdr=sun, picture=replace(photo().picture, alpha=np.zeros((48, 64), np.float32)))
    made = make_file(KINDS["hdri"], wish(photo=seen), folder(tmp_path))
    assert made.path.name == "street_hdri.exr"
    assert made.losses == ()
    with OpenEXR.File(str(made.path)) as file:
        assert list(file.channels()) == ["RGB"]
        np.testing.assert_array_equal(file.channels()["RGB"].pixels, sun)


@pytest.mark.parametrize(("scale", "origin"), [("radiometric", ""), ("calibrated", ""), ("calibrated", "OpenEXR")])
def test_a_panorama_is_recognised_and_its_light_told(tmp_path: Path, scale: str, origin: str) -> None:
    light = np.ones((48, 64, 3), np.float32)  # lights the ground with pi times 203 nits
    picture = replace(photo().picture, panorama=True)
    visitor = Visitor(tmp_path)
    for known in (picture, replace(picture, panorama=False)):
        seen = replace(photo(scale), hdr=light, picture=known, origin=origin)
        visitor.show(Shown(seen, make_view(seen), exact=True))
        note = draw_note(visitor, "en")
        assert ("panorama" in note) == known.panorama
        assert ("640 lux" in note) == (known.panorama and (scale == "radiometric" or bool(origin)))
        assert ("choose the scale Radiometric" in note) == (known.panorama and "lux" not in note)


def test_a_figure_is_made_in_the_language_of_the_page(tmp_path: Path) -> None:
    made = make_file(KINDS["figure_pdf"], wish(language="zh"), folder(tmp_path))
    assert made.path.name == "street_figure.pdf" and made.path.read_bytes().startswith(b"%PDF")


def test_the_exposures_come_with_an_account_of_how_they_were_made(tmp_path: Path) -> None:
    made = make_file(KINDS["exposures"], wish(), folder(tmp_path))
    with zipfile.ZipFile(made.path) as archive:
        assert archive.namelist() == ["street_-2.png", "street_+0.png", "street_+2.png", "meta.json"]
        about = json.loads(archive.read("meta.json"))
        archive.extract("street_+0.png", tmp_path)
    expected = encode_srgb(np.minimum(photo().hdr, 1))
    assert np.abs(read_ldr(tmp_path / "street_+0.png").ldr - expected).max() <= CODE
    assert about["operator"] == {"name": "drago", "parameters": {"bias": 0.7}}
    assert (about["scale"], about["white_nits"], about["checkpoint"]) == ("calibrated", 203.0, "fine")
    assert about["stops"] == [-2.0, 0.0, 2.0]
    assert about["versions"]["hdr_demo"]
    assert list(made.path.parent.iterdir()) == [made.path]


def test_without_a_unit_nothing_is_said_in_stops_or_nits(tmp_path: Path) -> None:
    paper = replace(photo("paper"), hdr=photo().hdr / photo().hdr.max())
    made = make_file(KINDS["avif"], wish(photo=paper), folder(tmp_path))
    assert made.headroom is None
    assert "stops" not in draw_made(made, "en")
    visitor = Visitor(tmp_path)
    visitor.show(Shown(paper, make_view(paper), exact=True))
    assert "no unit" in draw_note(visitor, "en")
    assert "没有单位" in draw_note(visitor, "zh")


def test_what_was_made_is_told_with_its_losses(tmp_path: Path) -> None:
    made = make_file(KINDS["jpg"], wish(), folder(tmp_path))
    drawn = draw_made(made, "en")
    assert "street_hdr.jpg" in drawn and "kB" in drawn and "headroom 2.3 stops" in drawn
    assert "above the peak of 1,000 nits and was rolled off" in drawn
    assert "1,000 尼特" in draw_made(made, "zh")
    assert "when you asked" in draw_made(made, "en", earlier=True)
    evil = replace(made, path=made.path.rename(made.path.with_name("<b>.jpg")))
    assert "<b>" not in draw_made(evil, "en")


@pytest.mark.parametrize("kind", _SENTENCES)
def test_every_loss_has_its_sentence_in_both_languages(kind: str) -> None:
    loss = Loss(kind, {"number": 1234, "format": "OpenEXR", "most": 65504.0, "nits": 5000.0, "peak": 1000.0})
    for sentence in (str(loss), download_text.LOSSES_ZH[kind].format(**loss.values)):
        numbers = set(re.findall(r"\d+,\d{3}", sentence))
        assert numbers == {"peak": {"5,000", "1,000"}, "beyond_half": {"1,234", "65,504"}}.get(
            kind, set() if kind == "alpha" else {"1,234"}
        )


@contextmanager
def tiny_disk() -> Iterator[None]:
    """Let Linux stop files at so many bytes with EFBIG, as a full disk does with ENOSPC; also pytest's own output."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("kind", FILE_KINDS, ids=lambda kind: kind.key)
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path, kind: FileKind) -> None:
    visitor = Visitor(tmp_path / "a secret")
    with tiny_disk(), pytest.raises(OutputError) as caught:
        make_file(kind, wish(), visitor.new_folder("file"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    told = str(_tell(caught.value, "This file", visitor, "en"))
    assert told.startswith("This file could not be made, because the disk") and "secret" not in told


def test_what_does_not_fit_a_format_is_told_without_the_folder(tmp_path: Path) -> None:
    visitor = Visitor(tmp_path / "a secret")
    wide = expanded(2, 70000)
    with pytest.raises(OutputError) as caught:
        make_file(KINDS["jpg"], wish(photo=wide), visitor.new_folder("file"))
    assert "70000×2" in str(_tell(caught.value, "", visitor, "en"))
    named = OutputError(f"{visitor.folder}/file-0/beach day.exr cannot be written (oh): choose another name or folder.")
    said = "beach day.exr cannot be written (oh): choose another name or folder."
    assert str(_tell(named, "", visitor, "en")) == said
    assert "too little memory" in str(_tell(MemoryError(), "This", visitor, "en"))


def test_the_photo_is_the_base_image_unless_it_is_cut_off_light() -> None:
    origins = {"": "photo", "JPEG with a gain map": "own", "OpenEXR": "clipped", "PNG in PQ": "clipped"}
    assert {origin: natural_base(replace(photo(), origin=origin)) for origin in origins} == origins


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((203, 1000, 92, False), Delivery(203.0, 1000.0, False, 92)),
        ((9, 99, 0, True), Delivery(80.0, 99.0, True, 1)),
        ((1e9, 1, 500.4, False), Delivery(400.0, 400.0, False, 100)),
    ],
)
def test_values_beyond_the_controls_are_brought_back(given: tuple, expected: Delivery) -> None:
    delivery = read_delivery(*given)
    assert delivery == expected
    assert delivery.white_nits <= delivery.peak_nits
