"""What cannot be used is refused in one sentence that names the file and says what to do."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.errors import VideoError
from hdr_demo.video.header import open_clip
from hdr_demo.video.reader import read_frames
from tests.video.clips import make_clip, moving_square, still
from tests.video.programs import run_program


def whole(folder: Path) -> Path:
    return make_clip(folder / "whole.mp4", moving_square(10), audio="aac")


def write(folder: Path, name: str, contents: bytes) -> Path:
    path = folder / name
    path.write_bytes(contents)
    return path


def truncated(folder: Path) -> Path:
    contents = whole(folder).read_bytes()
    return write(folder, "bad.mp4", contents[: len(contents) // 2])


def head_only(folder: Path) -> Path:
    contents = make_clip(folder / "w.mp4", moving_square(10), movflags="+faststart").read_bytes()
    return write(folder, "bad.mp4", contents[: contents.index(b"mdat") + 8])


def encrypted(folder: Path) -> Path:
    return write(folder, "bad.mp4", whole(folder).read_bytes().replace(b"avc1", b"encv"))


def sound(folder: Path) -> Path:
    path = folder / "bad.m4a"
    run_program("ffmpeg", "-v", "error", "-i", whole(folder), "-vn", "-c", "copy", path)
    return path


def song_with_a_cover(folder: Path) -> Path:
    cover = make_clip(folder / "cover.mov", still(1, 32, 32), codec="png", pix_fmt="rgb24", matrix="rgb")
    path = folder / "bad.mp3"
    maps = ("-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic")
    run_program("ffmpeg", "-v", "error", "-i", whole(folder), "-i", cover, *maps, path)
    return path


def playlist(folder: Path) -> Path:
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\nfile://{whole(folder)}\n#EXT-X-ENDLIST\n"
    return write(folder, "bad.mp4", text.encode())


def hdr(transfer: str, ending: str = "mp4") -> Callable[[Path], Path]:
    tags = {"codec": "libx265", "pix_fmt": "yuv420p10le", "matrix": "bt2020", "primaries": "bt2020"}
    return lambda folder: make_clip(folder / f"bad.{ending}", still(2), transfer=transfer, **tags)


def folder_itself(folder: Path) -> Path:
    path = folder / "bad.mp4"
    path.mkdir()
    return path


def garbage(start: bytes) -> Callable[[Path], Path]:
    noise = np.random.default_rng(0).bytes(5000)
    return lambda folder: write(folder, "bad.mp4", start + noise)


CASES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "bad.mp4", "does not exist"),
    "a zero byte in the name": (lambda folder: folder / "bad\0.mp4", "does not exist"),
    "a folder": (folder_itself, "is a folder: choose a clip in it"),
    "empty": (lambda folder: write(folder, "bad.mp4", b""), "is not a clip that can be opened: choose an MP4"),
    "text": (lambda folder: write(folder, "bad.mp4", b"Dear all,\nhere it is.\n" * 50), "is not a clip"),
    "a picture": (lambda folder: write(folder, "bad.mp4", b"\xff\xd8\xff\xe0" + bytes(500)), "is not a clip"),
    "noise": (garbage(b""), "is not a clip"),
    "noise that begins like mp4": (garbage(b"\0\0\0\x20ftypisom"), "is damaged or cut off: copy or download"),
    "noise that begins like mkv": (garbage(b"\x1aE\xdf\xa3"), "is damaged or cut off"),
    "cut before the index": (truncated, "is damaged or cut off"),
    "cut before the first frame": (head_only, "is damaged or cut off"),
    "no frame, mkv": (lambda folder: make_clip(folder / "bad.mkv", []), "holds no frame: record or export it again"),
    "no frame, mp4": (lambda folder: make_clip(folder / "bad.mp4", []), "holds no moving pictures"),
    "only sound": (sound, "holds sound and no moving pictures: choose a clip"),
    "a song with a cover": (song_with_a_cover, "holds sound and no moving pictures"),
    "a play list": (playlist, "is not a clip"),
    "encrypted": (encrypted, "is encrypted or coded in a way that is not known here: convert it to H.264"),
    "PQ": (hdr("pq"), "is already HDR (PQ): choose an ordinary clip"),
    "HLG": (hdr("hlg"), "is already HDR (HLG)"),
    "PQ in mkv": (hdr("pq", "mkv"), "is already HDR (PQ)"),
    "Dolby Vision": (lambda folder: dolby_vision(folder), "is already HDR (Dolby Vision)"),
    "YCgCo": (lambda folder: ycgco(folder), "codes its colour in an unusual way (matrix 8): convert it"),
}


def dolby_vision(folder: Path) -> Path:
    plain = make_clip(folder / "plain.mp4", still(2), codec="libx265", pix_fmt="yuv420p10le")
    return write(folder, "bad.mp4", plain.read_bytes().replace(b"hev1", b"dvh1"))


def ycgco(folder: Path) -> Path:
    plain = make_clip(folder / "plain.h264", still(2))
    path = folder / "bad.mp4"
    bitstream = "h264_metadata=matrix_coefficients=8"
    run_program("ffmpeg", "-v", "error", "-i", plain, "-c", "copy", "-bsf:v", bitstream, path)
    return path


def assert_one_sentence(told: str, words: str) -> None:
    assert words in told and "bad" in told
    assert "\n" not in told and told.endswith(".") and told.count(". ") == 0


@pytest.mark.parametrize("case", CASES)
def test_a_clip_that_cannot_be_used_is_refused_in_a_sentence(tmp_path: Path, case: str) -> None:
    make, words = CASES[case]
    path = make(tmp_path)
    with pytest.raises(VideoError) as refused:
        open_clip(path)
    assert_one_sentence(str(refused.value), words)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_seconds": 0.3}, "has 0.4 seconds, more than the limit of 0.3: choose a part of it, or raise the limit"),
        ({"max_frames": 9}, "has 10 frames, more than the limit of 9"),
        ({"max_megapixels": 0.003}, "(64×48), more than the limit of 0.003: make it smaller, or raise the limit"),
        ({"start": 0.5}, "ends at 0.40 s: choose a start before that (0.5 s was asked for)"),
        ({"start": 0.2, "end": 0.2}, "choose an end (0.2 s) after the start (0.2 s)"),
    ],
    ids=str,
)
def test_limits_are_compared_before_anything_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: dict[str, float], words: str
) -> None:
    path = make_clip(tmp_path / "bad.mp4", moving_square(10))
    open_clip(path)
    monkeypatch.setattr("hdr_demo.video.header.decode_pictures", None)
    with pytest.raises(VideoError) as refused:
        open_clip(path, **limits)
    assert_one_sentence(str(refused.value), words)


def test_only_the_part_that_is_wanted_has_to_keep_the_limits(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", moving_square(30))
    clip = open_clip(path, start=0.4, end=0.8, max_seconds=0.5, max_frames=10)
    assert clip.frame_count == 30


def test_a_part_without_a_frame_is_refused_in_a_sentence(tmp_path: Path) -> None:
    clip = open_clip(make_clip(tmp_path / "bad.mp4", moving_square(10)))
    with pytest.raises(VideoError) as refused:
        list(read_frames(clip, start=3.0))
    assert_one_sentence(str(refused.value), "shows no frame in the part that was asked for")


def test_a_file_that_changes_between_opening_and_reading_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "bad.mp4", moving_square(10))
    clip = open_clip(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(VideoError) as refused:
        list(read_frames(clip))
    assert_one_sentence(str(refused.value), "is damaged or cut off")
    path.unlink()
    with pytest.raises(VideoError) as refused:
        list(read_frames(clip))
    assert_one_sentence(str(refused.value), "does not exist")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "bad.mp4", moving_square(2))
    path.chmod(0)
    with pytest.raises(VideoError) as refused:
        open_clip(path)
    assert_one_sentence(str(refused.value), "may not be read")


def test_no_other_file_is_opened_than_the_one_that_was_named(tmp_path: Path) -> None:
    inner = whole(tmp_path)
    script = write(tmp_path, "bad.mp4", f"ffconcat version 1.0\nfile '{inner.name}'\n".encode())
    with pytest.raises(VideoError, match="is not a clip"):
        open_clip(script)


@pytest.mark.parametrize("name", ["with%03d.mp4", "pipe:0", "a:b|c.mp4", "ähm 日本.mp4", "-i.mp4"])
def test_a_name_is_only_a_name(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = whole(tmp_path)
    (tmp_path / name).write_bytes(inner.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert open_clip(Path(name)).frame_count == 10


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_names_that_are_no_text_and_tags_that_are_none_are_read(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.mp4"))
    path.write_bytes(whole(tmp_path).read_bytes())
    assert open_clip(path).frame_count == 10
    tagged = tmp_path / "tagged.mkv"
    run_program("ffmpeg", "-v", "error", "-i", whole(tmp_path), "-metadata", "title=QQQQ", "-c", "copy", tagged)
    tagged.write_bytes(tagged.read_bytes().replace(b"QQQQ", b"\xe4\xff\xe4\xff"))
    assert open_clip(tagged).seconds == pytest.approx(0.4, abs=0.05)
