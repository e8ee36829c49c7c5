"""OpenCV's decoders, in memory and silent: the one door to them."""

import threading

import cv2
import numpy as np

# OpenCV prints to the terminal why it could not decode something, and its log level belongs to the whole process.
_SILENCE = threading.Lock()
# What cvtColor takes; a TIFF may hold other numbers.
CONVERTIBLE = (np.uint8, np.uint16, np.float32)


def decode(data: np.ndarray) -> np.ndarray | None:
    """Decode a picture with all its bits, without turning it and without touching its colours.

    Args:
        data: The bytes of a file, uint8, (n,).

    Returns:
        Codes, of the type that the file has, (H, W), or (H, W, 3 or 4) as RGB or RGBA; None where OpenCV cannot decode
        it.
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
    if codes.dtype not in CONVERTIBLE:
        return codes[..., [2, 1, 0, 3][: codes.shape[2]]]
    order = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}.get(codes.shape[2])
    return codes if order is None else cv2.cvtColor(codes, order, dst=codes)
