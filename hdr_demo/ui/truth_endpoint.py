"""The named endpoint /compare_with_truth, for programs: what the tab of that name does."""

import math
from pathlib import Path

import gradio as gr

from hdr_demo.calibration import SCALES
from hdr_demo.camera import RESPONSES
from hdr_demo.errors import ImageError
from hdr_demo.evaluation import draw_error, error_stops
from hdr_demo.io import Picture, write_hdr, write_sdr
from hdr_demo.metrics import clipped_mask
from hdr_demo.ui.network import Networks
from hdr_demo.ui.notices import shows_errors
from hdr_demo.ui.photo_panel import PREVIEWS_AT_ONCE
from hdr_demo.ui.session import Lesson, Visitors
from hdr_demo.ui.truth_camera import (
    CLIPPED_SHARES,
    FIELDS_OF_VIEW,
    PITCHES,
    QUALITIES,
    STOPS,
    YAWS,
    Settings,
    open_scene,
    take_shot,
)
from hdr_demo.ui.truth_results import score

DEFAULTS = Settings()


def build_truth_endpoint(visitors: Visitors, networks: Networks, max_megapixels: float) -> None:
    """Declare the endpoint; its components are on no page."""

    def compare_with_truth(  # noqa: D417 - Gradio gives the request
        request: gr.Request,
        scene: str,
        yaw: float = DEFAULTS.yaw,
        pitch: float = DEFAULTS.pitch,
        field_of_view: float = DEFAULTS.field_of_view,
        clipped: float = DEFAULTS.clipped,
        stops: float | None = None,
        response: str = DEFAULTS.response,
        noise: bool = DEFAULTS.noise,
        quality: int = DEFAULTS.quality,
        scale: str = SCALES[0],
        checkpoint: str = networks.names[0],
    ) -> tuple[str, str, str, str, dict]:
        """Photograph a scene whose light is known, expand the photo, and measure how close that comes.

        Args:
            scene: An HDR image, .exr or .hdr; of a panorama (twice as wide as high) the camera sees a part.
            yaw: Turn the camera to the right, in degrees from the panorama's centre.
            pitch: Tilt it up, in degrees.
            field_of_view: Horizontal, in degrees.
            clipped: Share of the pixels that are too bright for the sensor, 0 to 0.5.
            stops: Instead of that, the exposure relative to a light meter's.
            response: How the camera writes light down: srgb, gamma, sigmoid, or a tone mapper (percentile, reinhard,
                mantiuk, drago, durand).
            noise: Whether the sensor has any.
            quality: Of the JPEG, 30 to 100.
            scale: As of /expand_photo.
            checkpoint: One of those that this program offers.

        Returns:
            The photo (PNG); the truth and the network's HDR image (OpenEXR, 1.0 is the photo's white); the map of the
            error in stops after one fitted gain (PNG: blue too dark, red too bright); and the share clipped and the
            scores of the network and of the linearised photo, null where one has no meaning.
        """
        visitor = visitors.of(request)
        if not scene:
            raise ImageError("There is no scene: upload an HDR image.")
        settings = Settings(
            yaw,
            pitch,
            field_of_view,
            "share" if stops is None else "stops",
            clipped,
            stops or 0.0,
            response,
            noise,
            int(quality),
        )
        shot = take_shot(open_scene(Path(scene), max_megapixels=max_megapixels), settings)
        network = networks.of(checkpoint)
        expanded = network.preview(Picture(shot.ldr, None, shot.name, 8), scale)
        lesson = Lesson(shot, expanded.hdr, scale, checkpoint)
        folder = visitor.new_folder("api")
        return (
            str(write_sdr(folder / f"{shot.name}_photo.png", shot.ldr)),
            str(write_hdr(folder / f"{shot.name}_truth.exr", shot.truth)),
            str(write_hdr(folder / f"{shot.name}_network.exr", expanded.hdr)),
            str(write_sdr(folder / f"{shot.name}_error.png", draw_error(error_stops(expanded.hdr, shot.truth)))),
            {
                "checkpoint": network.expander().checkpoint.name,
                "scale": scale,
                "clipped": round(float(clipped_mask(shot.ldr).mean()), 4),
                **{
                    method: {name: round(value, 4) if math.isfinite(value) else None for name, value in values.items()}
                    for method, values in score(lesson).items()
                },
            },
        )

    with gr.Row(visible=False):
        gr.Button().click(
            shows_errors(compare_with_truth),
            [
                gr.File(label="scene"),
                gr.Slider(*YAWS, value=DEFAULTS.yaw, label="yaw"),
                gr.Slider(*PITCHES, value=DEFAULTS.pitch, label="pitch"),
                gr.Slider(*FIELDS_OF_VIEW, value=DEFAULTS.field_of_view, label="field_of_view"),
                gr.Slider(*CLIPPED_SHARES, value=DEFAULTS.clipped, step=0.001, label="clipped"),
                gr.Number(None, minimum=STOPS[0], maximum=STOPS[1], label="stops"),
                gr.Dropdown([*RESPONSES], value=DEFAULTS.response, label="response"),
                gr.Checkbox(DEFAULTS.noise, label="noise"),
                gr.Slider(*QUALITIES, value=DEFAULTS.quality, step=1, label="quality"),
                gr.Dropdown([*SCALES], value=SCALES[0], label="scale"),
                gr.Dropdown(networks.names, value=networks.names[0], label="checkpoint"),
            ],
            [
                gr.File(label="photo"),
                gr.File(label="truth"),
                gr.File(label="HDR image"),
                gr.File(label="error map"),
                gr.JSON(label="scores"),
            ],
            api_name="compare_with_truth",
            concurrency_id="preview",
            concurrency_limit=PREVIEWS_AT_ONCE,
        )
