"""A virtual camera that turns in panoramas: a clip whose light is known in every frame."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from hdr_demo.camera import RESPONSES, TYPICAL_NOISE, exposure_to_clip, photograph, view_panorama

# How many views along the way tell how long to expose, and how wide they are.
METERED_VIEWS, METERED_WIDTH = 12, 160


@dataclass(frozen=True)
class Shot:
    """One take: the camera turns at an even speed.

    Attributes:
        light: An equirectangular panorama, linear RGB, float32, (H, W, 3), [0, inf).
        frames: How many.
        yaw: Where it begins, in degrees; 0 looks at the panorama's centre.
        pitch: How far it looks up, in degrees.
        turn: Its speed, in degrees a second to the right.
    """

    light: np.ndarray
    frames: int
    yaw: float = 0.0
    pitch: float = 0.0
    turn: float = 10.0


@dataclass(frozen=True)
class Camera:
    """What takes the shots.

    Attributes:
        height: Of a frame, in pixels.
        width: Of a frame, in pixels.
        rate: Frames a second.
        field_of_view: Horizontal, in degrees, below 180.
        clipped: The share of the pixels that is too bright for the sensor, over all shots of one panorama. They are
            exposed alike: the camera sets itself once, but for `drift` and `jitter`.
        drift: How far the exposure moves up and down again in the course of the clip, in stops.
        jitter: By how much each frame's exposure is off besides, as standard deviation in stops.
        noise: Variances of photon and read noise, as in `camera.add_sensor_noise`; None for none. The noise of each
            frame is its own.
        response: From exposed light to display-encoded values, as in `camera.photograph`.
    """

    height: int
    width: int
    rate: Fraction = Fraction(24)
    field_of_view: float = 70.0
    clipped: float = 0.05
    drift: float = 0.0
    jitter: float = 0.0
    noise: tuple[float, float] | None = TYPICAL_NOISE
    response: Callable[[np.ndarray], np.ndarray] = RESPONSES["srgb"].default

    def look(self, shot: Shot, frame: int, width: int | None = None) -> np.ndarray:
        """View the scene at one moment of a shot.

        Args:
            shot: The take.
            frame: Which of its frames.
            width: Of the view, in pixels; by default that of a frame.

        Returns:
            Linear RGB, float32, (H, W, 3), [0, inf), in the panorama's unit.
        """
        width = width or self.width
        return view_panorama(
            shot.light,
            height=max(1, round(self.height * width / self.width)),
            width=width,
            field_of_view=self.field_of_view,
            yaw=shot.yaw + shot.turn * frame / float(self.rate),
            pitch=shot.pitch,
        )


@dataclass(frozen=True)
class PanFrame:
    """A frame, and what it should become.

    Attributes:
        codes: What the camera recorded, display-encoded, uint8, (H, W, 3).
        truth: The light, linear RGB, float32, (H, W, 3), [0, inf); 1.0 is the white of this very frame.
        is_cut: Whether it is the first of a shot that follows another.
    """

    codes: np.ndarray
    truth: np.ndarray
    is_cut: bool


def pan_frames(shots: Sequence[Shot], camera: Camera, *, seed: int = 0) -> Iterator[PanFrame]:
    """Film shots one after the other; the same clip at every call.

    Args:
        shots: At least one.
        camera: What takes them.
        seed: Of noise and jitter.

    Yields:
        Frame after frame.
    """
    rng = np.random.default_rng(seed)
    gains = _expose(shots, camera)
    total, done = sum(shot.frames for shot in shots), 0
    for number, shot in enumerate(shots):
        for frame in range(shot.frames):
            stops = camera.drift / 2 * np.sin(2 * np.pi * done / total) + rng.normal(0, camera.jitter)
            truth = camera.look(shot, frame) * (gains[id(shot.light)] * np.float32(2**stops))
            noisy = None if camera.noise is None else rng
            codes = photograph(truth, rng=noisy, noise=camera.noise, response=camera.response)
            yield PanFrame(codes, truth, is_cut=number > 0 and frame == 0)
            done += 1


def _expose(shots: Sequence[Shot], camera: Camera) -> dict[int, np.float32]:
    """Give each panorama, by its identity, the gain at which the wanted share of all that is seen of it clips."""
    views: dict[int, list[np.ndarray]] = {}
    for shot in shots:
        moments = np.linspace(0, shot.frames - 1, min(shot.frames, METERED_VIEWS)).round().astype(int)
        seen = [camera.look(shot, int(frame), min(camera.width, METERED_WIDTH)) for frame in moments]
        views.setdefault(id(shot.light), []).extend(seen)
    return {light: exposure_to_clip(np.concatenate(seen), camera.clipped) for light, seen in views.items()}
