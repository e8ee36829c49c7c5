"""A file appears whole or not at all, and a full disk or a missing folder is one sentence."""

import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hdr_demo.errors import OutputError
from hdr_demo.io import SDR_FORMATS, writable_formats, write_hdr, write_sdr, write_zip
from hdr_demo.io.output import make_folder

NOISE = np.random.default_rng(9).uniform(0, 1, (100, 120, 3)).astype(np.float32)

# How a file ends, and who writes it; some suffixes mean something else for HDR pictures.
WRITERS: dict[str, Callable[[Path], Path]] = {
    **{suffix: lambda path: write_sdr(path, NOISE) for suffix in SDR_FORMATS},
    **{f"_hdr{suffix}": lambda path: write_hdr(path, NOISE, sdr=NOISE) for suffix in writable_formats()},
    ".zip": lambda path: write_zip(path, {"noise.png": NOISE.tobytes()}),
}
SUFFIXES = list(WRITERS)


def sentence(write: Callable[[Path], Path], path: Path) -> str:
    with pytest.raises(OutputError) as refusal:
        write(path)
    text = str(refusal.value)
    assert text.startswith(f"{path} ")
    assert text.endswith(".")
    assert "\n" not in text
    assert ": " in text, "what is wrong: what to do"
    return text


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_only_the_file_itself_appears(tmp_path: Path, suffix: str) -> None:
    path = WRITERS[suffix](tmp_path / f"out{suffix}")
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_size > 100


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_existing_file_is_replaced(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    path.write_bytes(b"old")
    WRITERS[suffix](path)
    assert path.read_bytes() != b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_suffixes_may_be_in_capitals(tmp_path: Path, suffix: str) -> None:
    name = f"写真 OUT{suffix.upper()}"
    assert WRITERS[suffix](tmp_path / name).name == name
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_folder_is_named(tmp_path: Path, suffix: str) -> None:
    text = sentence(WRITERS[suffix], tmp_path / "nowhere" / f"out{suffix}")
    assert f"create {tmp_path / 'nowhere'}" in text


def test_an_unknown_suffix_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    for name in ("out.bmp", "out", "out.hdr.gz"):
        assert "use .hdr, .exr" in sentence(lambda path: write_hdr(path, NOISE), tmp_path / name)
        assert ".png" in sentence(lambda path: write_sdr(path, NOISE), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_of_that_name_is_left_alone(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"out{suffix}").mkdir()
    assert "is not a file" in sentence(WRITERS[suffix], tmp_path / f"out{suffix}")
    assert [path.name for path in tmp_path.iterdir()] == [f"out{suffix}"]


@pytest.mark.skipif(os.name == "nt", reason="devices of Unix")
def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert "is not a file" in sentence(WRITERS[".png"], tmp_path / "pipe.png")
    assert stat.S_ISFIFO((tmp_path / "pipe.png").stat().st_mode)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_read_only_folder_is_told(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system says it; root, who often runs tests, is not stopped by permissions."""

    def refuse(*arguments: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert "read-only" in sentence(WRITERS[suffix], tmp_path / f"out{suffix}")


@pytest.mark.skipif(os.name == "nt", reason="permissions of Unix")
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    path = write_sdr(tmp_path / "out.png", NOISE)
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_interrupted_writer_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / f"out{suffix}"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        WRITERS[suffix](path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


# Linux stops a file at this many bytes with EFBIG, as a full disk does with ENOSPC.
FULL_AFTER = """
import resource, sys
from pathlib import Path
import test_output
path, ending = Path(sys.argv[1]), sys.argv[2]
for limit in map(int, sys.argv[3:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        test_output.WRITERS[ending](path)
    except test_output.OutputError as error:
        print(error, [file.name for file in path.parent.iterdir()], path.read_text())
    else:
        print("no error")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="file size limits of Linux")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_does_not_fit_is_told_and_removed(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    size = WRITERS[suffix](path).stat().st_size
    path.write_text("old")
    here = Path(__file__)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parents[2]), str(here.parent)])}
    command = [sys.executable, "-c", FULL_AFTER, str(path), suffix, "0", str(size // 2), str(size - 1)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    told = f"{path} cannot be written, because the disk is full: make room, or choose another folder."
    assert run.stdout == f"{told} ['{path.name}'] old\n" * 3


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Path:
    """A disk of 32 KB; only root may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_left_empty(tmp_path: Path, tiny_disk: Path) -> None:
    for suffix, write in WRITERS.items():
        if write(tmp_path / f"out{suffix}").stat().st_size > 32768:
            assert "disk is full" in sentence(write, tiny_disk / f"out{suffix}")
            assert list(tiny_disk.iterdir()) == []


def test_a_zip_holds_files_and_bytes(tmp_path: Path) -> None:
    picture = write_sdr(tmp_path / "a.png", NOISE)
    files = {"exposures/-2 写真.png": picture, "exposures/+2.png": picture.read_bytes(), "meta.json": b"{}" * 500}
    path = write_zip(tmp_path / "out.zip", files)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(files)
        assert archive.read("exposures/-2 写真.png") == archive.read("exposures/+2.png") == picture.read_bytes()
        methods = [entry.compress_type for entry in archive.infolist()]
    assert methods == [zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]


def test_a_zip_of_a_missing_file_does_not_appear(tmp_path: Path) -> None:
    assert "cannot be written" in sentence(
        lambda path: write_zip(path, {"a.png": tmp_path / "missing.png"}), tmp_path / "out.zip"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_made_with_those_above_it_or_the_reason_is_told(tmp_path: Path) -> None:
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")
        assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError, match=f"folder {folder} cannot be made .a file is in its way.: choose another"):
            make_folder(folder)
