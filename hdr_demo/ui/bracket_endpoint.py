"""The named endpoint /merge_bracket, for programs: what the tab Bracket does."""

import json
from pathlib import Path

import gradio as gr
import numpy as np

from hdr_demo.bracket import FEWEST, RESPONSE_NAMES, Bracket, open_bracket, read_time_text
from hdr_demo.errors import BracketError, OutputError
from hdr_demo.io import HDR_FORMATS, writable_formats, write_hdr, write_sdr
from hdr_demo.io.names import delivered_name
from hdr_demo.merge.methods import ALIGNMENTS, BORDERS, DEFAULT_METHOD, METHODS
from hdr_demo.tonemap import tone_map
from hdr_demo.ui.bracket_work import DISAGREES, BracketWork
from hdr_demo.ui.network import Networks
from hdr_demo.ui.notices import shows_errors
from hdr_demo.ui.operator_choice import DEFAULT_OPERATOR
from hdr_demo.ui.session import Visitors

OWN_ALIGNMENT = "best"  # what suits the method
LONGEST_SAID = 60


def build_bracket_endpoint(visitors: Visitors, networks: Networks, max_megapixels: float) -> None:
    """Declare the endpoint; its components are on no page. Of the arguments, `build_bracket` tells."""
    work = BracketWork(networks)

    def merge_bracket(  # noqa: D417 - Gradio gives request and progress
        request: gr.Request,
        photos: list[str],
        times: list[float | str] | None = None,
        method: str = DEFAULT_METHOD,
        response: str = RESPONSE_NAMES[0],
        alignment: str = OWN_ALIGNMENT,
        border: str = BORDERS[0],
        file_format: str = ".exr",
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio asks for one
    ) -> tuple[str, dict, str]:
        """Merge several exposures of one scene into one HDR image.

        Args:
            photos: Two to nine, in any order.
            times: Their exposure times in that order, in seconds, as numbers or as text such as "1/250"; from EXIF or
                the pictures without them.
            method: selector, wie, we, direct, triangle, debevec, robertson, mertens or reference.
            response: Of the camera: srgb, calibrated, or a gamma such as "gamma 2.2".
            alignment: flow, pose, none, or best, which suits the method.
            border: fill or crop.
            file_format: .exr, .hdr, .jpg (with a gain map), .png, .avif, .tif.

        Returns:
            The HDR file; what was found: names, times in the order of the exposures, where these are from, the
            reference, how far the camera moved in pixels, the share of the frame that disagrees, size, seconds,
            notes; and a map of where the exposures disagree, white where not at all.
        """
        visitor = visitors.of(request)
        if not photos:
            raise BracketError(f"There are no photos yet: upload {FEWEST} or more.")
        if file_format not in writable_formats():
            raise OutputError(f"{file_format} is none of {', '.join(writable_formats())}.")
        bracket = open_bracket(
            [Path(photo) for photo in photos],
            times=read_times(times),
            response=response,
            max_megapixels=max_megapixels,
        )
        wanted = None if alignment == OWN_ALIGNMENT else alignment
        job = work.new_plain_merge(bracket, method, border, wanted)
        for step in job.follow():
            visitor.stay()
            if visitor.closed is not None:
                job.stop()
            progress((step.done, step.total) if step.total else None)
        merged = job.result
        folder = visitor.new_folder("api-bracket")
        name = Path(bracket.names[bracket.reference]).stem
        sdr = tone_map(merged.hdr, DEFAULT_OPERATOR) if HDR_FORMATS[file_format].has_base else None
        file = write_hdr(folder / delivered_name(name, file_format), merged.hdr, sdr=sdr, exif=bracket.exif)
        ghosts = write_sdr(folder / f"{name}_ghosts.png", np.repeat(merged.ghosts[..., np.newaxis], 3, axis=2))
        return str(file), describe_merge(bracket, merged), str(ghosts)

    with gr.Row(visible=False):
        gr.Button().click(
            shows_errors(merge_bracket),
            [
                gr.File(file_count="multiple", label="photos"),
                gr.JSON(None, label="times"),
                gr.Dropdown([*METHODS], value=DEFAULT_METHOD, label="method"),
                gr.Textbox(RESPONSE_NAMES[0], label="response"),
                gr.Dropdown([OWN_ALIGNMENT, *ALIGNMENTS], value=OWN_ALIGNMENT, label="alignment"),
                gr.Dropdown([*BORDERS], value=BORDERS[0], label="border"),
                gr.Dropdown(writable_formats(), value=".exr", label="file_format"),
            ],
            [gr.File(label="file"), gr.JSON(label="details"), gr.File(label="ghosts")],
            api_name="merge_bracket",
            concurrency_id="bracket",
            concurrency_limit=1,
        )


def read_times(given: object) -> list[float] | None:
    """Read the exposure times of a call, which may be any JSON; None where there are none.

    Raises:
        BracketError: If they are no list of numbers and of texts that mean one.
    """
    if given in (None, []):
        return None
    times = [_read_time(time) for time in given] if isinstance(given, list) else [None]
    if None in times:
        said = json.dumps(given, ensure_ascii=False)
        said = said if len(said) <= LONGEST_SAID else f"{said[:LONGEST_SAID]}…"
        raise BracketError(f'{said} is no list of exposure times: give seconds for each photo, such as 0.5 or "1/250".')
    return times


def _read_time(time: object) -> float | None:
    if isinstance(time, str):
        return read_time_text(time)
    return float(time) if isinstance(time, int | float) and not isinstance(time, bool) else None


def describe_merge(bracket: Bracket, merged: object) -> dict[str, object]:
    """Say in plain values what was found of a bracket and its merge (`MergedBracket`)."""
    height, width = merged.hdr.shape[:2]
    return {
        "names": list(bracket.names),
        "times": list(bracket.times),
        "times_from": bracket.times_from,
        "reference": bracket.names[bracket.reference],
        "method": merged.method,
        "used": [bracket.names[number] for number in merged.used],
        "moved": [round(pixels, 2) for pixels in merged.moved],
        "disagrees": float((merged.ghosts > DISAGREES).mean()),
        "width": width,
        "height": height,
        "seconds": round(merged.seconds, 2),
        "notes": list(bracket.notes),
    }
