"""OpenCV's decoders and encoders, in memory and silent: the one door to them."""

import threading

import cv2
import numpy as np

# OpenCV prints to the terminal why it could not decode something, and its log level belongs to the whole process.
_SILENCE = threading.Lock()


def decode(data: np.ndarray) -> np.ndarray | None:
    """Decode a picture with all its bits, without turning it and without touching its colours.

    Args:
        data: The bytes of a file, uint8, (n,).

    Returns:
        Codes, uint8, uint16 or float32, (H, W), or (H, W, 3 or 4) as RGB or RGBA; None where OpenCV cannot decode it.
    """
    with _SILENCE:
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        try:
            codes = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        except cv2.error:
            return None
        finally:
            cv2.utils.logging.setLogLevel(level)
    if codes is None or codes.ndim == 2:
        return codes
    order = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}.get(codes.shape[2])
    return codes if order is None else cv2.cvtColor(codes, order, dst=codes)


def encode(suffix: str, rgb: np.ndarray) -> bytes:
    """Encode a picture.

    Args:
        suffix: The format, such as ".hdr".
        rgb: RGB, any dtype that the format takes, (H, W, 3).

    Returns:
        The bytes of a file.

    Raises:
        OSError: If OpenCV cannot encode it.
    """
    try:
        done, encoded = cv2.imencode(suffix, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    except cv2.error as error:
        raise OSError(f"OpenCV cannot encode {suffix}") from error
    if not done:
        raise OSError(f"OpenCV cannot encode {suffix}")
    return encoded.tobytes()
