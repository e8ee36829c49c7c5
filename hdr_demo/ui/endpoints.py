"""The named endpoints, for programs: /expand_photo and /tone_map."""

from dataclasses import asdict
from pathlib import Path

import gradio as gr

from hdr_demo.calibration import SCALES
from hdr_demo.errors import ImageError
from hdr_demo.gained import measure
from hdr_demo.io import (
    GAIN_MAP_JPEG,
    HDR_FORMATS,
    hdr_kind,
    read_hdr,
    read_ldr,
    writable_formats,
    write_hdr,
    write_sdr,
)
from hdr_demo.tonemap import TONE_MAPPERS, tone_map
from hdr_demo.ui.network import Networks
from hdr_demo.ui.notices import shows_errors
from hdr_demo.ui.operator_choice import DEFAULT_OPERATOR
from hdr_demo.ui.photo_panel import PASSES_AT_ONCE
from hdr_demo.ui.session import Visitors


def build_endpoints(visitors: Visitors, networks: Networks, max_megapixels: float) -> None:
    """Declare the endpoints; their components are on no page."""

    def expand_photo(  # noqa: D417 - Gradio gives request and progress
        request: gr.Request,
        photo: str,
        file_format: str = ".exr",
        scale: str = SCALES[0],
        checkpoint: str = networks.names[0],
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio asks for one
    ) -> tuple[str, dict]:
        """Turn a photo into an HDR image.

        Args:
            photo: A photo: JPEG, PNG, WebP, TIFF, BMP, AVIF and others, 8 or 16 bit a channel.
            file_format: Of the result, such as .exr (OpenEXR, half float), .hdr (Radiance), .jpg (a gain map over the
                tone-mapped picture), .avif or .png (PQ) or .tif (floats).
            scale: calibrated (1.0 is the photo's white, its unclipped part is kept), radiometric (the network's light
                everywhere) or paper (stretched to 0..1, as published).
            checkpoint: One of those that this program offers.

        Returns:
            The HDR image as a file, linear RGB with the BT.709 primaries; and what is known of it: checkpoint, device,
            size, seconds, dynamic range in stops before and after, shares of pixels clipped and recovered.
        """
        visitor = visitors.of(request)
        if not photo:
            raise ImageError("There is no photo: upload one.")
        picture = read_ldr(photo, max_megapixels=max_megapixels)
        network = networks.of(checkpoint)
        job = visitor.job = network.new_pass(picture, scale)
        for step in job.follow():
            progress(step.share, desc="full size")
        expanded = job.result
        path = write_hdr(
            visitor.new_folder("api") / f"{expanded.name}{file_format}",
            expanded.hdr,
            alpha=expanded.alpha,
            sdr=tone_map(expanded.hdr, DEFAULT_OPERATOR) if HDR_FORMATS[file_format].has_base else None,
        )
        height, width = expanded.hdr.shape[:2]
        expander = network.expander()
        return str(path), {
            "checkpoint": expander.checkpoint.name,
            "note": expander.checkpoint.note,
            "device": str(expander.expander.device),
            "scale": expanded.scale,
            "width": width,
            "height": height,
            "seconds": round(expanded.seconds, 3),
            **{name: round(value, 4) for name, value in asdict(measure(expanded)).items()},
        }

    def tone_map_file(  # noqa: D417 - Gradio gives the request
        request: gr.Request, file: str, operator: str = DEFAULT_OPERATOR, parameters: dict | None = None
    ) -> str:
        """Render an HDR image, or a photo after expanding it, for an ordinary display.

        Args:
            file: An HDR file (.exr, .hdr, a float .tif, .png or .avif in PQ or HLG), or a photo; one with a gain map is
                taken as a photo.
            operator: One of the tone mappers: exposure, reinhard, mantiuk, drago, durand, photographic, hable, aces,
                agx or neutral.
            parameters: The operator's own parameters by name, such as {"gamma": 1.2}; the others keep their defaults.

        Returns:
            A PNG, 8 bit sRGB.
        """
        visitor = visitors.of(request)
        if not file:
            raise ImageError("There is no file: upload one.")
        path = Path(file)
        if hdr_kind(path) not in (None, GAIN_MAP_JPEG):
            hdr, alpha, name = read_hdr(path, max_megapixels=max_megapixels), None, path.stem
        else:
            picture = read_ldr(path, max_megapixels=max_megapixels)
            job = visitor.job = networks.of().new_pass(picture, SCALES[0])
            for _ in job.follow():
                pass
            hdr, alpha, name = job.result.hdr, picture.alpha, picture.name
        try:
            sdr = tone_map(hdr, operator, **{name: float(value) for name, value in (parameters or {}).items()})
        except (TypeError, ValueError) as error:  # the caller's mistake; the text names what is wrong
            raise gr.Error(str(error), print_exception=False) from error
        return str(write_sdr(visitor.new_folder("api") / f"{name}_{operator}.png", sdr, alpha=alpha))

    limits = {"concurrency_id": "pass", "concurrency_limit": PASSES_AT_ONCE}
    with gr.Row(visible=False):
        gr.Button().click(
            shows_errors(expand_photo),
            [
                gr.File(label="photo"),
                gr.Dropdown([*writable_formats()], value=".exr", label="file_format"),
                gr.Dropdown([*SCALES], value=SCALES[0], label="scale"),
                gr.Dropdown(networks.names, value=networks.names[0], label="checkpoint"),
            ],
            [gr.File(label="HDR image"), gr.JSON(label="details")],
            api_name="expand_photo",
            **limits,
        )
        gr.Button().click(
            shows_errors(tone_map_file),
            [
                gr.File(label="file"),
                gr.Dropdown([*TONE_MAPPERS], value=DEFAULT_OPERATOR, label="operator"),
                gr.JSON({}, label="parameters"),
            ],
            gr.File(label="picture"),
            api_name="tone_map",
            **limits,
        )
