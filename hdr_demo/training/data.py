"""Training samples: photographs that a virtual camera takes in HDR panoramas, and the light they lost."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from hdr_demo.camera import expose_to_clip, photograph, view_panorama
from hdr_demo.errors import DataError, ImageError
from hdr_demo.io import read_hdr

VIEW_SIZE = 256  # what the global branch reads, so that nothing is resized in training
SCENE_SUFFIXES = (".exr", ".hdr")

FIELD_OF_VIEW = (45.0, 105.0)  # degrees: from a short telephoto lens to a phone's wide one
PITCH_DEVIATION, ROLL_DEVIATION = 15.0, 3.0  # degrees
CLIPPED_SHARE = (0.003, 0.5)
JPEG_QUALITY = (70, 99)


@dataclass(frozen=True)
class Sample:
    """One view: the photo, and some crops of it with their truth.

    Attributes:
        view: Display-encoded sRGB, float32, (3, 256, 256), [0, 1].
        ldr: The crops, display-encoded sRGB, float32, (crops, 3, size, size), [0, 1].
        hdr: The same crops of the scene, linear, float32, (crops, 3, size, size), [0, inf); 1.0 clips.
    """

    view: torch.Tensor
    ldr: torch.Tensor
    hdr: torch.Tensor


class PanoramaViews(Dataset):
    """An endless album: sample `index` is a pure function of the seed and of `index`, so that training can resume."""

    def __init__(self, folder: Path, *, samples: int, crops: int = 2, crop_size: int = 64, seed: int = 0) -> None:
        """Read every panorama of a folder into memory (half floats, 3 MB for one of 1024×512).

        Raises:
            DataError: If the folder holds no panorama, or one that cannot be read.
            ValueError: If a crop does not fit into a view.
        """
        if not 1 <= crop_size <= VIEW_SIZE:
            raise ValueError(f"crop_size must be from 1 to {VIEW_SIZE}, not {crop_size}")
        self.panoramas = [panorama.astype(np.float16) for _, panorama in read_panoramas(folder)]
        self.samples, self.crops, self.crop_size, self.seed = samples, crops, crop_size, seed

    def __len__(self) -> int:
        return self.samples

    def __getitem__(self, index: int) -> Sample:
        rng = np.random.default_rng((self.seed, index))
        panorama = self.panoramas[rng.integers(len(self.panoramas))]
        scene = random_view(panorama.astype(np.float32), rng)
        # Log-uniform: a lamp as often as a whole sky.
        hdr = expose_to_clip(scene, float(np.exp(rng.uniform(*np.log(CLIPPED_SHARE)))))
        codes = photograph(hdr, rng=rng, quality=int(rng.integers(JPEG_QUALITY[0], JPEG_QUALITY[1] + 1)))
        ldr = codes.astype(np.float32) / 255

        corners = rng.integers(0, VIEW_SIZE - self.crop_size + 1, (self.crops, 2))
        windows = [np.s_[row : row + self.crop_size, column : column + self.crop_size] for row, column in corners]
        return Sample(
            view=_to_tensor(ldr),
            ldr=torch.stack([_to_tensor(ldr[window]) for window in windows]),
            hdr=torch.stack([_to_tensor(hdr[window]) for window in windows]),
        )


def read_panoramas(folder: Path) -> list[tuple[str, np.ndarray]]:
    """Read every .exr and .hdr of a folder, in the order of their names.

    Args:
        folder: Where the equirectangular panoramas lie.

    Returns:
        Name and linear RGB, float32, (H, W, 3), [0, 65504], of each.

    Raises:
        DataError: If the folder holds none, or one that cannot be read.
    """
    paths = sorted(path for path in Path(folder).glob("*") if path.suffix.lower() in SCENE_SUFFIXES)
    if not paths:
        raise DataError(f"{folder} holds no .exr or .hdr panorama; name a folder of equirectangular HDR images.")
    try:
        return [(path.stem, _clean(read_hdr(path))) for path in paths]
    except ImageError as error:
        raise DataError(str(error)) from error


def _clean(panorama: np.ndarray) -> np.ndarray:
    """Replace what no light can be by black, and what no half float holds by its largest number."""
    return np.fmin(np.fmax(panorama, 0), np.float32(np.finfo(np.float16).max))


def random_view(panorama: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Look into a panorama as a person with a camera would; half of the views are mirrored.

    Args:
        panorama: Linear RGB, float32, (H, W, 3), [0, inf).
        rng: Where the direction comes from.

    Returns:
        Linear RGB, float32, (256, 256, 3), [0, inf).
    """
    view = view_panorama(
        panorama,
        height=VIEW_SIZE,
        width=VIEW_SIZE,
        field_of_view=rng.uniform(*FIELD_OF_VIEW),
        yaw=rng.uniform(-180, 180),
        pitch=rng.normal(0, PITCH_DEVIATION),
        roll=rng.normal(0, ROLL_DEVIATION),
    )
    return view[:, ::-1] if rng.random() < 0.5 else view


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


def _to_tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
