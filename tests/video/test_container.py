"""Sound and subtitles come through untouched and in step, whatever is cut off, as ffprobe sees it."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hdr_demo.video.header import open_clip
from hdr_demo.video.settings import ClipSettings
from tests.video.clips import make_clip, moving_square
from tests.video.programs import run_program
from tests.video.sinks import light_frames, open_output, packets, shown_at, streams, write_output

# Matroska and WebM count milliseconds, mp4 the samples of the sound.
MATROSKA_SECONDS = 0.0011
MP4_SECONDS = 2 / 48000


def contents(path: Path, kind: str) -> list[str]:
    return [digest for _, _, digest in packets(path, kind)]


def lead(path: Path) -> float:
    """By how much the first sound comes before the first picture."""
    return shown_at(path)[0] - packets(path, "audio")[0][0]


@pytest.mark.parametrize(
    ("name", "audio"),
    [
        ("clip.mp4", "aac"),
        ("clip.mp4", "libmp3lame"),
        ("clip.mp4", "libopus"),
        ("clip.mov", "pcm_s16le"),
        ("clip.mkv", "ac3"),
        ("clip.mkv", "flac"),
        ("clip.mkv", "libopus"),
        ("clip.mkv", "vorbis"),
    ],
)
def test_sound_packets_are_identical_and_in_step(tmp_path: Path, name: str, audio: str) -> None:
    source = make_clip(tmp_path / name, moving_square(20), audio=audio)
    done = write_output("sdr", source, tmp_path / "out.mp4")
    assert done.path == tmp_path / "out.mp4" and done.notes == ()
    before, after = packets(source, "audio"), packets(done.path, "audio")
    assert [packet[2] for packet in after] == [packet[2] for packet in before]
    tolerance = MATROSKA_SECONDS if name.endswith("mkv") else MP4_SECONDS
    np.testing.assert_allclose([packet[:2] for packet in after], [packet[:2] for packet in before], atol=tolerance)
    assert lead(done.path) == pytest.approx(lead(source), abs=tolerance)


@pytest.mark.parametrize("name", ["sdr", "hdr10_av1", "hdr10_hevc"])
@pytest.mark.parametrize(
    ("rate", "pts", "time_base"),
    [
        (Fraction(30000, 1001), None, None),
        (25, [0, 40, 80, 200, 210, 330, 1000, 1001], Fraction(1, 1000)),
        (25, [3003, 6006, 7007, 12012], Fraction(1, 90000)),
    ],
)
def test_pictures_keep_their_time_stamps(
    tmp_path: Path, name: str, rate: Fraction, pts: list[int] | None, time_base: Fraction | None
) -> None:
    frames = moving_square(len(pts) if pts else 11)
    source = make_clip(tmp_path / "clip.mp4", frames, rate=rate, pts=pts, time_base=time_base, audio="aac")
    done = write_output(name, source, tmp_path / "out.mp4")
    assert shown_at(done.path) == pytest.approx(shown_at(source), abs=2e-6)
    assert contents(done.path, "audio") == contents(source, "audio")


def test_sound_that_begins_later_stays_late(tmp_path: Path) -> None:
    plain = make_clip(tmp_path / "plain.mp4", moving_square(20), audio="aac")
    source = tmp_path / "clip.mp4"
    late = ("-itsoffset", "0.3", "-i", plain, "-i", plain, "-map", "1:v", "-map", "0:a", "-c", "copy", source)
    run_program("ffmpeg", "-v", "error", *late)
    assert lead(source) == pytest.approx(lead(plain) - 0.3, abs=0.002)
    done = write_output("sdr", source, tmp_path / "out.mp4")
    assert lead(done.path) == pytest.approx(lead(source), abs=MP4_SECONDS)


@pytest.mark.parametrize(("name", "subtitles"), [("clip.mp4", "mov_text"), ("clip.mkv", "subrip")])
def test_subtitles_are_identical(tmp_path: Path, name: str, subtitles: str) -> None:
    source = make_clip(tmp_path / name, moving_square(50), audio="aac", subtitles=subtitles)
    done = write_output("sdr", source, tmp_path / f"out{source.suffix}")
    assert done.notes == ()
    assert packets(done.path, "subtitle") == packets(source, "subtitle")
    assert streams(done.path)["subtitle"]["codec_name"] == subtitles


@pytest.mark.parametrize("output", ["sdr", "hdr10_av1", "hdr10_hevc"])
def test_sound_that_mp4_cannot_hold_makes_it_matroska(tmp_path: Path, output: str) -> None:
    source = make_clip(tmp_path / "clip.mkv", moving_square(30), audio="pcm_u8", subtitles="subrip")
    done = write_output(output, source, tmp_path / "out.mp4")
    assert done.path == tmp_path / "out.mkv"
    assert len(done.notes) == 1
    assert "out.mkv, because mp4 cannot hold sound (pcm_u8) and subtitles (srt)" in done.notes[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mkv", "out.mkv"]
    assert shown_at(done.path) == pytest.approx(shown_at(source), abs=MATROSKA_SECONDS)
    assert contents(done.path, "audio") == contents(source, "audio")
    assert lead(done.path) == pytest.approx(lead(source), abs=MATROSKA_SECONDS)
    video = streams(done.path)["video"]
    named = "bt709" if output == "sdr" else "bt2020"
    assert video["color_primaries"] == named and video["color_range"] == "tv"
    assert video["color_transfer"] == ("bt709" if output == "sdr" else "smpte2084")
    assert video["color_space"] == ("bt709" if output == "sdr" else "bt2020nc")


@pytest.mark.parametrize("output", ["sdr", "hdr10_av1", "hdr10_hevc"])
def test_the_pixel_aspect_is_kept_or_the_loss_told(tmp_path: Path, output: str) -> None:
    source = make_clip(tmp_path / "clip.mkv", moving_square(4), pixel_aspect=Fraction(4, 3))
    done = write_output(output, source, tmp_path / "out.mkv")
    told = any("aspect 4/3" in note for note in done.notes)
    assert told != (streams(done.path)["video"].get("sample_aspect_ratio") == "4:3")


def test_subtitles_alone_do_not_change_a_file_that_plays_everywhere(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mkv", moving_square(10), audio="aac", subtitles="subrip")
    done = write_output("sdr", source, tmp_path / "out.mp4")
    assert done.path == tmp_path / "out.mp4" and set(streams(done.path)) == {"video", "audio"}
    assert done.notes == ("out.mp4 lacks subtitles (srt), which mp4 cannot hold; expand.py --mkv keeps them.",)


def test_fonts_are_copied_with_the_subtitles_that_they_are_for(tmp_path: Path) -> None:
    plain = make_clip(tmp_path / "plain.mkv", moving_square(10), subtitles="subrip")
    font, source = tmp_path / "Hand.ttf", tmp_path / "clip.mkv"
    font.write_bytes(b"\0\1\0\0 a font")
    attached = ("-attach", font, "-metadata:s:t", "mimetype=application/x-truetype-font")
    run_program("ffmpeg", "-v", "error", "-i", plain, "-map", "0", "-c:v", "copy", "-c:s", "ass", *attached, source)
    done = write_output("sdr", source, tmp_path / "out.mkv")
    assert done.notes == () and streams(done.path)["subtitle"]["codec_name"] == "ass"
    with av.open(str(done.path)) as container:
        (copy,) = container.streams.attachments
        assert (copy.name, copy.mimetype) == ("Hand.ttf", "application/x-truetype-font")
        assert copy.data == font.read_bytes()


def test_a_track_that_nothing_holds_is_named(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mov", moving_square(10), audio="adpcm_ima_qt")
    done = write_output("sdr", source, tmp_path / "out.mp4")
    assert done.path == tmp_path / "out.mp4"
    assert done.notes == ("out.mp4 lacks sound (adpcm_ima_qt), which mp4 cannot hold.",)
    assert list(streams(done.path)) == ["video"]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_a_trimmed_clip_begins_at_zero_and_is_in_step(tmp_path: Path, name: str) -> None:
    source = make_clip(tmp_path / name, moving_square(60), rate=Fraction(30000, 1001), audio="aac")
    done = write_output("sdr", source, tmp_path / "out.mp4", ClipSettings(start=0.7, end=1.4))
    pictures = shown_at(done.path)
    shift = shown_at(source)[20]  # frame 20 is on the screen at 0.7 s
    assert pictures[0] == 0 and len(pictures) == 22
    tolerance = MATROSKA_SECONDS if name.endswith("mkv") else MP4_SECONDS
    assert pictures == pytest.approx(np.array(shown_at(source)[20:42]) - shift, abs=tolerance)
    inside = [packet for packet in packets(source, "audio") if 0 <= packet[0] - shift < 22 * 1001 / 30000]
    after = packets(done.path, "audio")
    assert [packet[2] for packet in after] == [packet[2] for packet in inside]
    assert [packet[0] for packet in after] == pytest.approx([packet[0] - shift for packet in inside], abs=tolerance)


def test_a_long_way_into_a_clip_is_in_step_too(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", moving_square(100), rate=5, audio="aac", subtitles="mov_text")
    done = write_output("sdr", source, tmp_path / "out.mp4", ClipSettings(start=16.0, end=17.0))
    assert shown_at(done.path) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8], abs=1e-6)
    inside = [packet for packet in packets(source, "audio") if 16 <= packet[0] < 17]
    after = packets(done.path, "audio")
    assert [packet[2] for packet in after] == [packet[2] for packet in inside]
    assert [packet[0] for packet in after] == pytest.approx([packet[0] - 16 for packet in inside], abs=MP4_SECONDS)
    shown = [packet for packet in packets(source, "subtitle") if packet[0] in (16.0, 16.5)]
    words = {packet[2]: packet[0] for packet in packets(done.path, "subtitle")}
    assert [words[packet[2]] for packet in shown] == pytest.approx([0.0, 0.5])


def test_sound_and_subtitles_end_with_the_last_frame_after_a_stop(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", moving_square(60), audio="aac", subtitles="mov_text")
    done = write_output("sdr", source, tmp_path / "out.mp4", stop_after=17)
    assert len(shown_at(done.path)) == 17
    before = [packet for packet in packets(source, "audio") if packet[0] < 17 / 25]
    assert contents(done.path, "audio") == [packet[2] for packet in before]
    found = streams(done.path)
    assert float(found["video"]["duration"]) == pytest.approx(17 / 25, abs=0.001)
    assert float(found["audio"]["duration"]) == pytest.approx(17 / 25, abs=1024 / 48000)
    assert float(found["subtitle"]["duration"]) <= 17 / 25 + 0.002
    run_program("ffmpeg", "-v", "error", "-xerror", "-i", done.path, "-f", "null", "-")


@pytest.mark.parametrize(("name", "subtitles"), [("clip.mp4", "mov_text"), ("clip.mkv", "subrip")])
def test_a_subtitle_that_is_on_the_screen_at_the_start_is_shown_for_the_rest_of_its_time(
    tmp_path: Path, name: str, subtitles: str
) -> None:
    # Each of them is shown from a half second on, for 0.4 s.
    source = make_clip(tmp_path / name, moving_square(60), subtitles=subtitles)
    done = write_output("sdr", source, tmp_path / f"out{source.suffix}", ClipSettings(start=0.68))
    with av.open(str(done.path)) as container:
        shown = [packet for packet in container.demux(container.streams.subtitles[0]) if packet.size > 2]
        told = [(float(packet.pts * packet.time_base), float(packet.duration * packet.time_base)) for packet in shown]
    assert b"line 1" in bytes(shown[0]) and b"line 2" in bytes(shown[1])
    assert told[0] == pytest.approx((0, 0.22), abs=0.002)
    assert told[1] == pytest.approx((0.32, 0.4), abs=0.002)


@pytest.mark.parametrize("end", [0.8, 9.0])
def test_sound_goes_on_after_the_pictures_up_to_the_chosen_end(tmp_path: Path, end: float) -> None:
    short = make_clip(tmp_path / "short.mp4", moving_square(10))
    long = make_clip(tmp_path / "long.mp4", moving_square(30), audio="aac")
    source = tmp_path / "clip.mp4"
    run_program("ffmpeg", "-v", "error", "-i", short, "-i", long, "-map", "0:v", "-map", "1:a", "-c", "copy", source)
    done = write_output("sdr", source, tmp_path / "out.mp4", ClipSettings(end=end))
    assert len(shown_at(done.path)) == 10
    assert contents(done.path, "audio") == [packet[2] for packet in packets(source, "audio") if packet[0] < end]
    assert float(streams(done.path)["audio"]["duration"]) == pytest.approx(min(end, 1.2), abs=0.05)


def test_a_clock_that_runs_on_is_set_to_zero(tmp_path: Path) -> None:
    plain = make_clip(tmp_path / "plain.ts", moving_square(20), audio="aac")
    source = tmp_path / "clip.ts"
    run_program("ffmpeg", "-v", "error", "-i", plain, "-c", "copy", "-output_ts_offset", "50000", source)
    done = write_output("sdr", source, tmp_path / "out.mp4")
    assert shown_at(source)[0] > 50000
    assert min(shown_at(done.path)[0], packets(done.path, "audio")[0][0]) == pytest.approx(0, abs=1e-5)
    assert lead(done.path) == pytest.approx(lead(source), abs=MP4_SECONDS)
    assert len(packets(done.path, "audio")) == len(packets(source, "audio"))


def test_tags_are_copied_and_the_rotation_is_not(tmp_path: Path) -> None:
    plain = make_clip(tmp_path / "plain.mp4", moving_square(10, 48, 80), audio="aac", rotation=90)
    source = tmp_path / "clip.mp4"
    tags = ("title=Harbour", "creation_time=2021-05-04T03:02:01.000000Z", "location=+48.1+011.5/")
    words = [word for tag in tags for word in ("-metadata", tag)]
    tracks = ("-metadata:s:a:0", "language=deu", "-metadata:s:a:1", "language=jpn")
    chosen = ("-disposition:a:0", "0", "-disposition:a:1", "default")
    maps = ("-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy")
    run_program("ffmpeg", "-v", "error", "-i", plain, *maps, *words, *tracks, *chosen, source)
    done = write_output("sdr", source, tmp_path / "out.mp4")

    video = streams(done.path)["video"]
    assert (video["width"], video["height"]) == (48, 80)
    assert "side_data_list" not in video
    told = run_program("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "flat", done.path).decode()
    assert 'format.tags.title="Harbour"' in told
    assert 'format.tags.creation_time="2021-05-04T03:02:01.000000Z"' in told
    assert "tags.location" not in told
    assert 'stream.1.tags.language="deu"' in told and 'stream.2.tags.language="jpn"' in told
    assert "stream.1.disposition.default=0" in told and "stream.2.disposition.default=1" in told


def test_the_index_comes_first(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", moving_square(10), audio="aac")
    whole = source.read_bytes()
    assert whole.index(b"moov") > whole.index(b"mdat")
    whole = write_output("sdr", source, tmp_path / "out.mp4").path.read_bytes()
    assert whole.index(b"moov") < whole.index(b"mdat")
    assert b"colrnclx" in whole


def test_a_source_that_breaks_off_gives_what_there_is(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", moving_square(60), audio="aac", movflags="+faststart")
    whole, complete = source.read_bytes(), len(packets(source, "audio"))
    source.write_bytes(whole[: len(whole) * 2 // 3])
    done = write_output("sdr", source, tmp_path / "out.mp4")
    assert 10 < len(packets(done.path, "audio")) < complete
    assert 10 < len(shown_at(done.path)) < 60
    assert lead(done.path) == pytest.approx(1024 / 48000, abs=MP4_SECONDS)


def test_a_source_that_is_gone_is_told(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", moving_square(5), audio="aac")
    clip, settings = open_clip(source), ClipSettings()
    sink = open_output("sdr", clip, tmp_path / "out.mp4", settings)
    for frame in light_frames(clip, settings):
        sink.write(frame)
    source.unlink()
    sink.finish()
    done = sink.publish()
    assert len(shown_at(done.path)) == 5
    assert done.notes == (
        "The sound and the subtitles of clip.mp4 could not be copied, because it is damaged, gone or unusual.",
    )
