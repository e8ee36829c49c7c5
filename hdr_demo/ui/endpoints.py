"""The named endpoints, for programs: /expand_photo and /tone_map."""

from dataclasses import asdict
from pathlib import Path

import gradio as gr
import numpy as np

from hdr_demo.calibration import SCALES
from hdr_demo.errors import ImageError
from hdr_demo.expanded import ExpandedPhoto, bring_near_white, open_hdr_photo
from hdr_demo.gained import measure
from hdr_demo.io import GAIN_MAPS, HDR_FORMATS, Picture, hdr_kind, read_ldr, writable_formats, write_hdr, write_sdr
from hdr_demo.io.names import delivered_name
from hdr_demo.io.refusal import shown_name
from hdr_demo.tonemap import TONE_MAPPERS, tone_map
from hdr_demo.ui.network import Network, Networks
from hdr_demo.ui.notices import shows_errors
from hdr_demo.ui.opened import LIGHTS, OWN_LIGHT
from hdr_demo.ui.operator_choice import DEFAULT_OPERATOR
from hdr_demo.ui.photo_panel import PASSES_AT_ONCE
from hdr_demo.ui.session import Visitor, Visitors


def build_endpoints(visitors: Visitors, networks: Networks, max_megapixels: float) -> None:
    """Declare the endpoints; their components are on no page."""

    def expand_photo(  # noqa: D417 - Gradio gives request and progress
        request: gr.Request,
        photo: str,
        file_format: str = ".exr",
        scale: str = SCALES[0],
        checkpoint: str = networks.names[0],
        light: str = OWN_LIGHT,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio asks for one
    ) -> tuple[str, dict]:
        """Turn a photo into an HDR image, or an HDR file into another format.

        Args:
            photo: A photo: JPEG, PNG, WebP, TIFF, BMP, AVIF and others, 8 or 16 bit a channel; or a file that is HDR
                already (.exr, .hdr, a float .tif, a JPEG with a gain map, .png or .avif in PQ or HLG), which keeps its
                light and has no need of the network.
            file_format: Of the result, such as .exr (OpenEXR, half float), .hdr (Radiance), .jpg (a gain map over the
                tone-mapped picture, or over the base image of a gain map), .avif or .png (PQ) or .tif (floats).
            scale: calibrated (1.0 is the photo's white, its unclipped part is kept), radiometric (the network's light
                everywhere) or paper (stretched to 0..1, as published); for the network's light only.
            checkpoint: One of those that this program offers; for the network's light only.
            light: own (what an HDR file holds; a JPEG with a gain map has it applied) or network (the network
                estimates the light of the base image of such a JPEG). A photo without light of its own always goes
                to the network.

        Returns:
            The HDR image as a file, linear RGB with the BT.709 primaries; and what is known of it: origin of its light,
            checkpoint and device (null without the network), size, seconds, dynamic range in stops before and after,
            shares of pixels clipped and recovered. `shift` tells by how many stops a file whose numbers are far from
            1.0 was changed to fit a format made for displays.
        """
        if not photo:
            raise ImageError("There is no photo: upload one.")
        visitor, path = visitors.of(request), Path(photo)
        if not takes_own_light(path, light):
            network = networks.of(checkpoint)
            expanded = ask(visitor, network, read_ldr(path, max_megapixels=max_megapixels), scale, progress)
            known = network.expander().checkpoint
            said = {"checkpoint": known.name, "note": known.note, "device": str(network.expander().expander.device)}
        else:
            expanded = open_hdr_photo(path, max_megapixels=max_megapixels)
            if HDR_FORMATS[file_format].for_display:
                expanded = bring_near_white(expanded)
            said = {"checkpoint": None, "note": "", "device": None}
        written = write_hdr(
            visitor.new_folder("api") / delivered_name(expanded.name, file_format),
            expanded.hdr,
            alpha=expanded.alpha,
            sdr=make_base(expanded) if HDR_FORMATS[file_format].has_base else None,
            exif=expanded.picture.exif,
        )
        height, width = expanded.hdr.shape[:2]
        return str(written), said | {
            "origin": expanded.origin or "network",
            "scale": expanded.scale,
            "width": width,
            "height": height,
            "seconds": round(expanded.seconds, 3),
            "shift": expanded.shift,
            **{name: round(value, 4) for name, value in asdict(measure(expanded)).items()},
        }

    def tone_map_file(  # noqa: D417 - Gradio gives the request
        request: gr.Request,
        file: str,
        operator: str = DEFAULT_OPERATOR,
        parameters: dict | None = None,
        light: str = OWN_LIGHT,
    ) -> str:
        """Render an HDR image, or a photo after expanding it, for an ordinary display.

        Args:
            file: An HDR file (.exr, .hdr, a float .tif, a JPEG with a gain map, .png or .avif in PQ or HLG), or a
                photo. Numbers far from 1.0, as renderers write them, are brought near it by whole stops.
            operator: One of the tone mappers: exposure, reinhard, mantiuk, drago, durand, photographic, hable, aces,
                agx or neutral.
            parameters: The operator's own parameters by name, such as {"gamma": 1.2}; the others keep their defaults.
            light: own (what an HDR file holds) or network (the network estimates the light of the base image of a JPEG
                with a gain map). A photo without light of its own always goes to the network.

        Returns:
            A PNG, 8 bit sRGB.
        """
        if not file:
            raise ImageError("There is no file: upload one.")
        visitor, path = visitors.of(request), Path(file)
        if takes_own_light(path, light):
            expanded = bring_near_white(open_hdr_photo(path, max_megapixels=max_megapixels))
        else:
            picture = read_ldr(path, max_megapixels=max_megapixels)
            expanded = ask(visitor, networks.of(), picture, SCALES[0])
        try:
            values = {name: float(value) for name, value in (parameters or {}).items()}
            sdr = tone_map(expanded.hdr, operator, **values)
        except (TypeError, ValueError) as error:  # the caller's mistake; the text names what is wrong
            raise gr.Error(str(error), print_exception=False) from error
        target = visitor.new_folder("api") / f"{expanded.name}_{operator}.png"
        return str(write_sdr(target, sdr, alpha=expanded.alpha))

    limits = {"concurrency_id": "pass", "concurrency_limit": PASSES_AT_ONCE}
    with gr.Row(visible=False):
        gr.Button().click(
            shows_errors(expand_photo),
            [
                gr.File(label="photo"),
                gr.Dropdown([*writable_formats()], value=".exr", label="file_format"),
                gr.Dropdown([*SCALES], value=SCALES[0], label="scale"),
                gr.Dropdown(networks.names, value=networks.names[0], label="checkpoint"),
                gr.Dropdown([*LIGHTS], value=OWN_LIGHT, label="light"),
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
                gr.Dropdown([*LIGHTS], value=OWN_LIGHT, label="light"),
            ],
            gr.File(label="picture"),
            api_name="tone_map",
            **limits,
        )


def takes_own_light(path: Path, light: str) -> bool:
    """Decide between a file's own light and the network.

    Args:
        path: A photo, or an HDR file.
        light: One of `opened.LIGHTS`.

    Raises:
        ImageError: If the network is asked for, and the file holds nothing but light.
    """
    kind = hdr_kind(path)
    if kind is None:
        return False
    if light == OWN_LIGHT:
        return True
    if kind not in GAIN_MAPS:
        raise ImageError(f"{shown_name(path)} ({kind}) holds its own light and no photo: ask for the light own.")
    return False


def ask(
    visitor: Visitor, network: Network, picture: Picture, scale: str, progress: gr.Progress | None = None
) -> ExpandedPhoto:
    """Let the network expand a photo, in its turn, and tell how far it is."""
    job = visitor.job = network.new_pass(picture, scale)
    for step in job.follow():
        if progress is not None:
            progress(step.share, desc="full size")
    return job.result


def make_base(expanded: ExpandedPhoto) -> np.ndarray:
    """Make what ordinary screens show of a gain-map JPEG: the base image that a file had, else a rendition.

    Returns:
        Display-encoded sRGB, float32, (H, W, 3), [0, 1].
    """
    return expanded.ldr if expanded.origin in GAIN_MAPS else tone_map(expanded.hdr, DEFAULT_OPERATOR)
