"""How far two encoded images are apart: PSNR and SSIM, on whatever scale they are given."""

import cv2
import numpy as np

MU = 5000.0

# Wang et al. 2004 (IEEE TIP 13), section III.C: the window is a Gaussian of 1.5 pixels, 11 pixels wide.
SSIM_SIGMA, SSIM_RADIUS = 1.5, 5
SSIM_K1, SSIM_K2 = 0.01, 0.03


def encode_mu_law(light: np.ndarray) -> np.ndarray:
    """Compress light by the mu-law, log(1 + 5000 x) / log(5001) (Kalantari & Ramamoorthi 2017, equation 5).

    Args:
        light: Linear, float32, any shape; clipped to [0, 1].

    Returns:
        float32, the same shape, [0, 1].
    """
    return np.log1p(np.float32(MU) * np.clip(light, 0, 1)) / np.float32(np.log1p(MU))


def psnr(image: np.ndarray, truth: np.ndarray, peak: float = 1.0) -> float:
    """Compute the peak signal-to-noise ratio.

    Args:
        image: Any encoding, float32, any shape.
        truth: The same encoding and shape.
        peak: What counts as the full signal.

    Returns:
        10 log10(peak² / mean squared difference), in dB; infinite for equal images.
    """
    error = float(np.mean((image - truth).astype(np.float64) ** 2))
    return float("inf") if error == 0 else 10 * float(np.log10(peak**2 / error))


def ssim(image: np.ndarray, truth: np.ndarray, peak: float = 1.0) -> float:
    """Compute the structural similarity of two grey images (Wang et al. 2004, equation 13).

    Args:
        image: Any encoding, float32, (H, W).
        truth: The same encoding and shape.
        peak: The dynamic range, L of that paper.

    Returns:
        The mean over all windows that lie inside the image, in [-1, 1]; 1 for equal images, NaN where not one fits.
    """
    if min(image.shape) <= 2 * SSIM_RADIUS:
        return float("nan")
    # float64 and a common offset: the variances are small differences of large squares.
    x, y = (plane.astype(np.float64) for plane in (image, truth))
    offset = y.mean()
    mean_x, mean_y, square_x, square_y, product = (
        _window(plane) for plane in (x, y, (x - offset) ** 2, (y - offset) ** 2, (x - offset) * (y - offset))
    )
    off_x, off_y = mean_x - offset, mean_y - offset
    variance_x, variance_y, covariance = square_x - off_x**2, square_y - off_y**2, product - off_x * off_y
    c1, c2 = (SSIM_K1 * peak) ** 2, (SSIM_K2 * peak) ** 2
    similarity = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    return float(np.mean(similarity / ((mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2))))


def _window(plane: np.ndarray) -> np.ndarray:
    size = 2 * SSIM_RADIUS + 1
    inside = slice(SSIM_RADIUS, -SSIM_RADIUS)
    return cv2.GaussianBlur(plane, (size, size), SSIM_SIGMA)[inside, inside]
