"""The choices of the tab Download: how bright, how fine, which base image, and whether EXIF data are kept."""

from dataclasses import dataclass

import gradio as gr

from hdr_demo.color import PQ_PEAK_NITS, REFERENCE_WHITE_NITS
from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.io import Delivery
from hdr_demo.ui.download_files import natural_base
from hdr_demo.ui.text import label, say
from hdr_demo.video.settings import PEAK_NITS

WHITES = (80, 400)
# All of them are at least as bright as the brightest white.
PEAKS = (400, 600, 1000, 1600, 2000, 4000, 10000)
QUALITIES = (50, 100)
BASES = ("photo", "toned")


@dataclass(frozen=True)
class DownloadControls:
    """What others connect to.

    Attributes:
        base: What a gain map stands on, one of `BASES`.
        exif: Whether the photo's EXIF data are kept.
        white: Of 1.0, in nits.
        peak: Of the formats for displays, in nits.
        quality: Of JPEG and others that lose something.
        full_float: Whether OpenEXR gets 32 bits.
    """

    base: gr.Radio
    exif: gr.Checkbox
    white: gr.Slider
    peak: gr.Dropdown
    quality: gr.Slider
    full_float: gr.Checkbox

    @property
    def values(self) -> list[gr.components.Component]:
        """The controls whose values the tab's handlers get, in the order of `read_delivery` after base and EXIF."""
        return [self.base, self.exif, self.white, self.peak, self.quality, self.full_float]


def build_download_controls() -> DownloadControls:
    """Lay out the choices, inside the column that is open."""
    with gr.Row(elem_id="download-look"):
        base = gr.Radio(
            [(label(f"download_base_{name}"), name) for name in BASES],
            value=BASES[0],
            label=label("download_base"),
            info=label("download_base_info"),
            elem_id="download-base",
        )
    with gr.Accordion(label("download_choices"), open=False, elem_id="download-choices"):
        with gr.Row():
            white = gr.Slider(
                *WHITES,
                value=REFERENCE_WHITE_NITS,
                step=1,
                label=label("download_white"),
                info=label("download_white_info"),
                elem_id="download-white",
            )
            peak = gr.Dropdown(
                [(f"{peak:,}", peak) for peak in PEAKS],
                value=int(PEAK_NITS),
                label=label("download_peak"),
                info=label("download_peak_info"),
                filterable=False,
                elem_id="download-peak",
            )
            quality = gr.Slider(
                *QUALITIES,
                value=Delivery.quality,
                step=1,
                label=label("download_quality"),
                info=label("download_quality_info"),
                elem_id="download-quality",
            )
        full_float = gr.Checkbox(
            False,
            label=label("download_float"),
            info=label("download_float_info"),
            elem_id="download-float",
        )
        exif = gr.Checkbox(
            True,
            label=label("download_exif"),
            info=label("download_exif_info"),
            visible=False,
            elem_id="download-exif",
        )
    return DownloadControls(base, exif, white, peak, quality, full_float)


def read_delivery(white: float, peak: float, quality: float, full_float: bool) -> Delivery:
    """Read the values of the controls, which a browser may send as anything."""
    white = min(max(float(white), WHITES[0]), WHITES[1])
    peak = min(max(float(peak), white), PQ_PEAK_NITS)
    return Delivery(white, peak, bool(full_float), round(min(max(float(quality), 1), 100)))


def offer_bases(photo: ExpandedPhoto, language: str, *, choose: bool) -> dict:
    """Name the base images that a gain map of this photo may have.

    Args:
        photo: The photo that is shown.
        language: "en" or "zh".
        choose: Whether to choose the better one too: the photo, except where that is light cut off at white.
    """
    natural = natural_base(photo)
    names = {**{name: name for name in BASES}, BASES[0]: natural}
    choices = [(say(language, f"download_base_{names[name]}"), name) for name in BASES]
    if not choose:
        return gr.Radio(choices=choices)
    return gr.Radio(choices=choices, value=BASES[natural == "clipped"])
