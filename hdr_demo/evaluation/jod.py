"""ColorVideoVDP (Mantiuk et al. 2024), an optional measure: it is there where `pip install cvvdp` was run."""

import functools
import logging
from types import ModuleType

import numpy as np

from hdr_demo.evaluation.comparison import Comparison
from hdr_demo.evaluation.measures import MEASURES, Measure

logger = logging.getLogger(__name__)

DISPLAY = "standard_hdr_linear"
DISPLAY_PEAK_NITS = 1500.0


def available_measures() -> dict[str, Measure]:
    """List `MEASURES`, and JOD behind them where ColorVideoVDP can be used."""
    return MEASURES | ({JOD.name: JOD} if load_pycvvdp() is not None else {})


@functools.cache
def load_pycvvdp() -> ModuleType | None:
    """Import ColorVideoVDP if it is installed and works."""
    try:
        import pycvvdp
    except ImportError:
        return None
    except RuntimeError as error:
        # What a torchvision built for another torch raises; pip's is built for CUDA.
        logger.warning(
            "ColorVideoVDP is installed but does not start (%s), so there is no JOD: "
            "install the torchvision that belongs to this torch.",
            error,
        )
        return None
    logging.getLogger("pycvvdp").setLevel(logging.WARNING)
    return pycvvdp


@functools.cache
def _metric() -> object:
    return load_pycvvdp().cvvdp(display_name=DISPLAY)


def _jod(pair: Comparison) -> float:
    """Show both images on a display of 1500 cd/m², seen from two screen heights, in just-objectionable differences."""
    shown = (np.clip(nits, 0, DISPLAY_PEAK_NITS) for nits in (pair.nits, pair.true_nits))
    score, _ = _metric().predict(*shown, dim_order="HWC")
    return float(score)


JOD = Measure(
    "jod",
    "JOD",
    "",
    "higher",
    "ColorVideoVDP (Mantiuk et al. 2024) after the gain, on a display of 1500 cd/m². 10 is no visible difference; "
    "1 less is what three people in four see as worse.",
    _jod,
    2,
)
