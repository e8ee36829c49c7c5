"""What the virtual camera films, as files: an ordinary clip, and its true light."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from hdr_demo.io.output import temporary_for
from hdr_demo.video.clip import Clip, Frame
from hdr_demo.video.hdr_frame import HdrFrame
from hdr_demo.video.outputs import VIDEO_OUTPUTS
from hdr_demo.video.pan import Camera, PanFrame, Shot, pan_frames
from hdr_demo.video.settings import ClipSettings

# The tone: quiet, and of the pitch that every tuning fork has.
TONE_HERTZ, TONE_LEVEL = 440, 0.05
SAMPLE_RATE, SAMPLES_AT_ONCE = 48_000, 1024


def as_frame(index: int, taken: PanFrame) -> Frame:
    """Give a frame of the virtual camera the form in which clips are read; its time base is that of the rate."""
    return Frame(index, pts=index, duration=1, codes=taken.codes)


def record(
    target: Path,
    shots: Sequence[Shot],
    camera: Camera,
    *,
    seed: int = 0,
    tone: bool = False,
    truth: Path | None = None,
) -> int:
    """Film shots to a file.

    Args:
        target: The clip to appear, .mp4 or .mkv: H.264, BT.709.
        shots: At least one.
        camera: What takes them.
        seed: As in `pan_frames`.
        tone: Whether it has sound.
        truth: The folder, or the .zip, to appear with the light of each frame in half floats.

    Returns:
        How many frames it has.

    Raises:
        OutputError: If something cannot be written; nothing is left behind then.
    """
    frames = sum(shot.frames for shot in shots)
    targets = {"sdr": target} | ({"exr_sequence": truth} if truth else {})
    with ExitStack() as stack:
        # The outputs copy the sound of a source. Where there is to be none, the source is an empty file.
        source = stack.enter_context(temporary_for(target))
        if tone:
            _write_tone(source, float(frames / camera.rate))
        clip = _describe(source, camera, frames)
        sinks = [
            VIDEO_OUTPUTS[name].open(path, clip, ClipSettings(), camera.height, camera.width)
            for name, path in targets.items()
        ]
        try:
            for index, taken in enumerate(pan_frames(shots, camera, seed=seed)):
                frame = as_frame(index, taken)
                hdr_frame = HdrFrame(frame, taken.truth, lambda _, ldr=frame.ldr: ldr)
                for sink in sinks:
                    sink.write(hdr_frame)
            for sink in sinks:
                sink.finish()
            for sink in sinks:
                sink.publish()
        except BaseException:
            for sink in sinks:
                sink.abort()
            raise
    return frames


def _describe(source: Path, camera: Camera, frames: int) -> Clip:
    return Clip(
        source,
        camera.height,
        camera.width,
        rotation=0,
        pixel_aspect=Fraction(1),
        rate=camera.rate,
        time_base=1 / camera.rate,
        seconds=float(frames / camera.rate),
        frame_count=frames,
        bits=8,
        matrix="bt709",
        primaries="bt709",
        full_range=False,
    )


def _write_tone(path: Path, seconds: float) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        for frame in _tone(round(seconds * SAMPLE_RATE)):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _tone(samples: int) -> Iterator[av.AudioFrame]:
    for start in range(0, samples, SAMPLES_AT_ONCE):
        times = np.arange(start, min(start + SAMPLES_AT_ONCE, samples)) / SAMPLE_RATE
        wave = TONE_LEVEL * np.sin(2 * np.pi * TONE_HERTZ * times)
        frame = av.AudioFrame.from_ndarray(wave.astype(np.float32)[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
        yield frame
