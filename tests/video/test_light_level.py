"""MaxCLL and MaxFALL: measured from light, and written into packets without touching a picture."""

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hdr_demo.video.encoder import VideoEncoder
from hdr_demo.video.light_level import PLACEHOLDER, LightLevel, LightMeter, patch_header, patch_light_level
from hdr_demo.video.signal import SIGNALS
from tests.video.programs import run_program

CODECS = ("av1", "hevc")
FRAMES = 24
# Without a zero, with zeros that ask for emulation prevention, and the ends of the range.
PLAIN = LightLevel(0x0309, 0x0159)
LEVELS = (LightLevel(768, 3), LightLevel(1, 1), LightLevel(0x0100, 0x0001), LightLevel(65535, 65535))


@pytest.fixture(scope="module", params=CODECS)
def encoded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """An HDR10 file with three key frames."""
    path = tmp_path_factory.mktemp("light") / f"{request.param}.mp4"
    unit = Fraction(1, 5)
    out = VideoEncoder(
        path, codec=request.param, signal=SIGNALS["pq"], height=48, width=64, rate=1 / unit, time_base=unit,
        peak_nits=1000, white_nits=203,
    )  # fmt: skip
    slope = np.linspace(0, 3, 48 * 64 * 3, dtype=np.float32).reshape(48, 64, 3)
    for index in range(FRAMES):
        out.write(np.roll(slope, index, axis=1), index, 1)
    out.finish()
    return request.param, path


def patch(path: Path, target: Path, codec: str, level: LightLevel) -> Path:
    """Remux a file with its light level replaced."""
    with av.open(str(path)) as source, av.open(str(target), "w") as out:
        given = source.streams.video[0]
        stream = out.add_stream_from_template(given, opaque=True)
        stream.codec_context.extradata = patch_header(bytes(given.codec_context.extradata), codec, level)
        for packet in source.demux(given):
            if packet.size:
                changed = av.Packet(patch_light_level(bytes(packet), codec, level))
                changed.pts, changed.dts, changed.duration = packet.pts, packet.dts, packet.duration
                changed.time_base, changed.is_keyframe, changed.stream = packet.time_base, packet.is_keyframe, stream
                out.mux(changed)
    return target


def told_levels(path: Path) -> list[tuple[int, int]]:
    """What ffprobe sees on each frame."""
    frames = json.loads(run_program("ffprobe", "-v", "error", "-of", "json", "-show_frames", path))["frames"]
    sides = [side for frame in frames for side in frame["side_data_list"] if "max_content" in side]
    return [(side["max_content"], side["max_average"]) for side in sides]


def pictures(path: Path) -> bytes:
    return run_program("ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-")


@pytest.mark.parametrize("level", LEVELS, ids=str)
def test_ffprobe_sees_the_new_level_and_ffmpeg_the_same_pictures(
    encoded: tuple[str, Path], tmp_path: Path, level: LightLevel
):
    codec, path = encoded
    assert told_levels(path) == [(PLACEHOLDER.max_cll, PLACEHOLDER.max_fall)] * FRAMES
    patched = patch(path, tmp_path / "patched.mp4", codec, level)
    assert told_levels(patched) == [(level.max_cll, level.max_fall)] * FRAMES
    assert pictures(patched) == pictures(path)


def test_writing_what_is_there_changes_no_byte(encoded: tuple[str, Path]):
    codec, path = encoded
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        header = bytes(stream.codec_context.extradata)
        packets = [bytes(packet) for packet in container.demux(stream) if packet.size]
    assert patch_header(header, codec, PLACEHOLDER) == header
    assert [patch_light_level(packet, codec, PLACEHOLDER) for packet in packets] == packets
    other = [patch_light_level(packet, codec, LEVELS[0]) for packet in packets]
    assert other != packets
    # And back again: nothing else was touched.
    assert [patch_light_level(packet, codec, PLACEHOLDER) for packet in other] == packets


def sei(*messages: tuple[int, bytes]) -> bytes:
    """A NAL unit of SEI messages after its length, without emulation prevention."""
    body = b"".join(bytes([kind, len(payload)]) + payload for kind, payload in messages)
    unit = b"\x4e\x01" + body + b"\x80"
    return len(unit).to_bytes(4, "big") + unit


def test_bytes_that_only_look_like_a_light_level_are_left_alone():
    lookalike = b"\x90\x04" + PLACEHOLDER.payload
    slice_unit = b"\x02\x01" + lookalike
    slices = len(slice_unit).to_bytes(4, "big") + slice_unit
    others = sei((5, lookalike), (144, b"\x01\x02\x03"))
    assert patch_light_level(slices + others, "hevc", PLAIN) == slices + others
    frame = b"\x32" + bytes([len(lookalike)]) + lookalike
    unknown = b"\x2a\x06\x04" + lookalike[:5]
    assert patch_light_level(frame + unknown, "av1", PLAIN) == frame + unknown


def test_every_message_of_an_sei_unit_is_read():
    given = sei((137, b"\x07" * 24), (144, PLACEHOLDER.payload), (5, b"\x01" * 40))
    wanted = sei((137, b"\x07" * 24), (144, PLAIN.payload), (5, b"\x01" * 40))
    assert patch_light_level(given, "hevc", PLAIN) == wanted
    long = b"\x4e\x01\x05\xff\x2d" + b"\x01" * 300 + b"\x90\x04" + PLACEHOLDER.payload + b"\x80"
    patched = patch_light_level(len(long).to_bytes(4, "big") + long, "hevc", PLAIN)
    assert patched[-5:-1] == PLAIN.payload


def test_obus_with_extensions_and_without_sizes_are_read():
    payload = b"\x01" + PLACEHOLDER.payload + b"\x80"
    wanted = b"\x01" + PLAIN.payload + b"\x80"
    frame = b"\x32\x81\x01" + b"\x55" * 129  # a size of two bytes
    for header in (b"\x2e\x00\x06", b"\x2a\x86\x00", b"\x28"):  # an extension; a longer size than need be; no size
        assert patch_light_level(frame + header + payload, "av1", PLAIN) == frame + header + wanted


def test_headers_with_a_light_level_are_patched():
    unit = sei((144, PLACEHOLDER.payload))[4:]
    hvcc = b"\x01" + bytes(21) + b"\x02\x21\x00\x01\x00\x02\x42\x01\x27\x00\x01" + len(unit).to_bytes(2, "big") + unit
    av1c = b"\x81\x04\x0c\x00\x0a\x01\x55\x2a\x06\x01" + PLACEHOLDER.payload + b"\x80"
    for codec, header in (("hevc", hvcc), ("av1", av1c)):
        assert patch_header(header, codec, PLAIN) == header.replace(PLACEHOLDER.payload, PLAIN.payload)
    grown = patch_header(hvcc, "hevc", LightLevel(768, 3))  # 03 00 00 03 needs one byte more
    assert grown == hvcc[:-11] + b"\x00\x0a" + hvcc[-9:-5] + b"\x03\x00\x00\x03\x03\x80"


def test_h264_comes_back_as_it_is():
    assert patch_light_level(b"anything", "h264", PLAIN) == b"anything"


@pytest.mark.parametrize(
    "codec, packet",
    [
        ("hevc", b"\0\0\0\x09\x4e\x01"),
        ("hevc", b"\0\0\0\x05\x4e\x01\x90\x09\x80"),
        ("hevc", b"\0\0\0\x05\x4e\x01\xff\xff\xff"),
        ("av1", b"\x2a\x09\x01"),
        ("av1", b"\x2a" + b"\xff" * 9),
        ("av1", b"\x2a"),
    ],
)
def test_broken_packets_are_refused(codec: str, packet: bytes):
    with pytest.raises(ValueError):
        patch_light_level(packet, codec, PLAIN)


def test_the_meter_takes_the_brightest_pixel_and_the_brightest_frame():
    meter = LightMeter()
    assert meter.level == LightLevel(1, 1)  # 0 would mean "unknown" (CTA-861.3-A)
    spot, grey = np.zeros((10, 10, 3), np.float32), np.full((10, 10, 3), 50, np.float32)
    spot[3, 4] = (20, 900.2, 30)
    for nits in (grey, spot, 0 * spot):
        meter.add(nits)
    assert meter.level == LightLevel(901, 50)
    meter.add(np.full((2, 2, 3), 1e6, np.float32))
    assert meter.level == LightLevel(65535, 65535)


def test_rounding_of_floats_does_not_lift_the_level_above_the_peak():
    meter = LightMeter()
    meter.add(np.full((1, 1, 3), np.nextafter(np.float32(1000), np.float32(2000))))
    assert meter.level == LightLevel(1000, 1000)
