"""Training samples: photographs that a virtual camera takes of HDR scenes, and the light they lost."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from hdr_demo.camera import (
    RESPONSES,
    anchor_to_photo,
    expose_to_clip,
    photograph,
    tint_scene,
    view_panorama,
    view_photograph,
)
from hdr_demo.errors import DataError
from hdr_demo.metrics import clipped_mask
from hdr_demo.model import GLOBAL_SIZE, resize_for_global_branch
from hdr_demo.resize import resize_image
from hdr_demo.scenes import LARGEST_SIDE, Pairs, Scene, Scenes

VIEW_SIZES = ((256, 256), (256, 384), (384, 256))  # height, width: square, landscape, portrait

# The crops of one view are taken in turns from the view itself and from its reductions, because inference asks the
# network at several sizes: a small one shows a large clipped area with its surroundings.
CROP_LEVELS = (0, 1, 2)  # how often the view is halved

FIELD_OF_VIEW = (35.0, 100.0)  # degrees: from a short telephoto lens to a phone's wide one
PITCH_DEVIATION, ROLL_DEVIATION = 16.0, 4.0  # degrees
UNCLIPPED_SHARE = 0.06  # of the views: nothing is lost in them, and nothing may be invented
CLIPPED_SHARE = (0.003, 0.5)
HEADROOM_STOPS = (0.0, 1.5)  # that an unclipped view leaves below white
LOST_LIGHT_SHARE = 0.7  # of the crops: they look at a clipped pixel, if there is one
JPEG_SHARE, LOWEST_QUALITY = 0.9, 31
SUBSAMPLED_SHARE = 0.7

# How often each camera takes the picture. sRGB is what most photographs claim to be; the rest stands for what they are.
RESPONSE_SHARES = {
    "srgb": 0.46,
    "gamma": 0.1,
    "sigmoid": 0.24,
    "percentile": 0.06,
    "reinhard": 0.035,
    "mantiuk": 0.035,
    "drago": 0.035,
    "durand": 0.035,
}


@dataclass(frozen=True)
class Sample:
    """One view: the photo as the global branch sees it, and some crops of it with their truth.

    Attributes:
        view: Display-encoded, float32, (3, 256, 256), [0, 1].
        ldr: The crops, display-encoded, float32, (crops, 3, size, size), [0, 1].
        hdr: The same crops of the scene, linear, float32, (crops, 3, size, size), [0, inf); 1.0 is the photo's white.
    """

    view: torch.Tensor
    ldr: torch.Tensor
    hdr: torch.Tensor

    def pin_memory(self) -> "Sample":
        """Copy to where a GPU fetches it without waiting; a DataLoader calls this by its name."""
        return Sample(self.view.pin_memory(), self.ldr.pin_memory(), self.hdr.pin_memory())

    def to(self, device: torch.device) -> "Sample":
        """Move a batch to a device, without waiting for it where it can, channels last there."""
        return Sample(
            *(
                tensor.to(device, non_blocking=True).contiguous(memory_format=torch.channels_last)
                for tensor in (self.view, self.ldr, self.hdr)
            )
        )


class Views(Dataset):
    """An endless album: sample `index` is a pure function of the seed and of `index`, so that training can resume."""

    def __init__(
        self,
        folder: Path | None,
        *,
        samples: int,
        pairs: tuple[Path, Path] | None = None,
        crops: int = 3,
        crop_size: int = 64,
        seed: int = 0,
    ) -> None:
        """Find the scenes, and the measured pairs if there are some.

        Args:
            folder: Of HDR scenes; None to learn from pairs alone.
            samples: How many there are to be.
            pairs: A folder of photographs and one of their HDR images.
            crops: Of each view.
            crop_size: In pixels.
            seed: Of every choice.

        Raises:
            DataError: If a folder holds nothing that can be read, or no folder is given.
            ValueError: If a crop does not fit into the smallest reduction of a view.
        """
        if not 1 <= crop_size <= largest_crop():
            raise ValueError(f"crop_size must be from 1 to {largest_crop()}, not {crop_size}")
        if not folder and not pairs:
            raise DataError("There is nothing to learn from; name a folder of HDR scenes, or two of measured pairs.")
        self.scenes = Scenes(folder) if folder else None
        self.pairs = Pairs(*pairs, largest_side=LARGEST_SIDE) if pairs else None
        self.samples, self.crops, self.crop_size, self.seed = samples, crops, crop_size, seed

    def __len__(self) -> int:
        return self.samples

    def __getitem__(self, index: int) -> Sample:
        rng = np.random.default_rng((self.seed, index))
        scenes, pairs = len(self.scenes or ()), len(self.pairs or ())
        number = int(rng.integers(scenes + pairs))
        if number < scenes:
            ldr, hdr = take_photograph(self.scenes[number], rng)
        else:
            ldr, hdr = self.pairs.cut(number - scenes, *VIEW_SIZES[rng.integers(len(VIEW_SIZES))], rng)
        # Where the crops do not come out even, the next view goes on with the next size.
        return self._cut(ldr, hdr, rng, first_level=index if self.crops % len(CROP_LEVELS) else 0)

    def _cut(self, ldr: np.ndarray, hdr: np.ndarray, rng: np.random.Generator, *, first_level: int) -> Sample:
        height, width = ldr.shape[:2]
        levels = [(ldr, hdr)]
        for level in range(1, 1 + max(CROP_LEVELS)):
            size = height >> level, width >> level
            levels.append((resize_image(ldr, *size), resize_image(hdr, *size)))
        crops = []
        for number in range(self.crops):
            photo, light = levels[CROP_LEVELS[(first_level + number) % len(CROP_LEVELS)]]
            window = _choose_window(photo, self.crop_size, rng)
            crops.append((_to_tensor(photo[window]), _to_tensor(light[window])))
        return Sample(
            view=_to_tensor(ldr) if ldr.shape[:2] == (GLOBAL_SIZE, GLOBAL_SIZE) else _squeeze(ldr),
            ldr=torch.stack([photo for photo, _ in crops]),
            hdr=torch.stack([light for _, light in crops]),
        )


def take_photograph(scene: Scene, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Photograph a scene with a random camera.

    Args:
        scene: A panorama or a photograph.
        rng: Where every choice comes from.

    Returns:
        The photo, display-encoded, float32, (H, W, 3), [0, 1], of one of `VIEW_SIZES`; and its light, linear, float32,
        the same shape, [0, inf), where 1.0 is the photo's white.
    """
    hdr = expose_randomly(tint_scene(look_around(scene, rng), rng), rng)
    name = rng.choice(list(RESPONSE_SHARES), p=list(RESPONSE_SHARES.values()))
    response = RESPONSES[name]
    # Most cameras save at a high quality; what is sent around has been saved again at a low one.
    quality = 100 - int((101 - LOWEST_QUALITY) * rng.random() ** 2)
    codes = photograph(
        hdr,
        rng=rng,
        quality=quality if rng.random() < JPEG_SHARE else None,
        chroma_subsampling=rng.random() < SUBSAMPLED_SHARE,
        response=response.draw(rng),
    )
    ldr = codes.astype(np.float32) / 255
    return ldr, hdr if response.keeps_white else anchor_to_photo(hdr, ldr)


def look_around(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Look at a scene as a person with a camera would; half of the views are mirrored.

    Returns:
        Linear RGB, float32, (H, W, 3), [0, inf), of one of `VIEW_SIZES`.
    """
    height, width = VIEW_SIZES[rng.integers(len(VIEW_SIZES))]
    if scene.is_panorama:
        view = view_panorama(
            scene.light,
            height=height,
            width=width,
            field_of_view=rng.uniform(*FIELD_OF_VIEW),
            yaw=rng.uniform(-180, 180),
            pitch=rng.normal(0, PITCH_DEVIATION),
            roll=rng.normal(0, ROLL_DEVIATION),
        )
    else:
        view = view_photograph(scene.light, height=height, width=width, rng=rng, roll_deviation=ROLL_DEVIATION)
    return view[:, ::-1] if rng.random() < 0.5 else view


def expose_randomly(scene: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Choose an exposure: from nothing clipped to half of the frame.

    Returns:
        Linear RGB, float32, the shape of `scene`, [0, inf); 1.0 is the sensor's clipping point.
    """
    if rng.random() < UNCLIPPED_SHARE:
        return expose_to_clip(scene, 0.0) * np.float32(2.0 ** -rng.uniform(*HEADROOM_STOPS))
    # Log-uniform: a lamp as often as a whole sky.
    return expose_to_clip(scene, float(np.exp(rng.uniform(*np.log(CLIPPED_SHARE)))))


def largest_crop() -> int:
    """Say how large a crop may be to fit into the smallest reduction of the smallest view."""
    return min(min(size) for size in VIEW_SIZES) >> max(CROP_LEVELS)


def _choose_window(ldr: np.ndarray, size: int, rng: np.random.Generator) -> tuple[slice, slice]:
    """Choose a crop, anywhere or around a clipped pixel."""
    limits = np.array(ldr.shape[:2]) - size
    corner = rng.integers(0, limits + 1)
    lost = np.argwhere(clipped_mask(ldr)) if rng.random() < LOST_LIGHT_SHARE else ()
    if len(lost):
        target = lost[rng.integers(len(lost))]
        corner = np.clip(target - rng.integers(0, size, 2), 0, limits)
    top, left = (int(value) for value in corner)
    return np.s_[top : top + size, left : left + size]


def collate(samples: list[Sample]) -> Sample:
    """Join samples into one batch.

    Returns:
        view (N, 3, 256, 256); ldr and hdr (N * crops, 3, size, size), the crops of one view side by side.
    """
    return Sample(
        view=torch.stack([sample.view for sample in samples]),
        ldr=torch.cat([sample.ldr for sample in samples]),
        hdr=torch.cat([sample.hdr for sample in samples]),
    )


def _squeeze(ldr: np.ndarray) -> torch.Tensor:
    return resize_for_global_branch(_to_tensor(ldr).unsqueeze(0))[0]


def _to_tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
