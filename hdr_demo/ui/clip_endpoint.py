"""The named endpoint /expand_video, for programs: what the tab Video does."""

import tempfile
from dataclasses import asdict
from pathlib import Path

import gradio as gr

from hdr_demo.errors import VideoError
from hdr_demo.tonemap import TONE_MAPPERS, check_parameters
from hdr_demo.ui.clip_controls import CLIP_SCALES, OUTPUT_NAMES
from hdr_demo.ui.clip_run import CLIPS_AT_ONCE
from hdr_demo.ui.clip_work import ClipLimits, ClipWork, check_part, name_targets, open_upload
from hdr_demo.ui.network import Networks
from hdr_demo.ui.notices import shows_errors
from hdr_demo.ui.operator_choice import DEFAULT_OPERATOR
from hdr_demo.ui.session import Visitors
from hdr_demo.video.settings import DEFAULT_OUTPUTS, PEAK_NITS, ClipSettings


def build_clip_endpoint(visitors: Visitors, networks: Networks, work: ClipWork, limits: ClipLimits) -> None:
    """Declare the endpoint; its components are on no page."""

    def expand_video(  # noqa: D417 - Gradio gives request and progress
        request: gr.Request,
        clip: str,
        outputs: list[str] = list(DEFAULT_OUTPUTS),  # noqa: B006 - what Gradio shows as the default; never changed
        operator: str = DEFAULT_OPERATOR,
        parameters: dict | None = None,
        stops: float = 0.0,
        start: float = 0.0,
        end: float | None = None,
        max_side: int | None = None,
        draft: bool = False,
        scale: str = CLIP_SCALES[0],
        peak_nits: float = PEAK_NITS,
        checkpoint: str = networks.names[0],
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio asks for one
    ) -> tuple[list[str], dict]:
        """Turn a clip into HDR and SDR clips that do not flicker, with its sound.

        Args:
            clip: A clip in any ordinary format, 8 bit or more, not yet HDR.
            outputs: Which files to make, of sdr, hdr10_av1, hdr10_hevc, hlg_av1, hlg_hevc, side_by_side and
                exr_sequence.
            operator: The tone mapper of the SDR files; one of those of /tone_map.
            parameters: Its own parameters by name; the others keep their defaults.
            stops: Exposure change before it.
            start: Where to begin, in seconds from the first frame.
            end: Where to end, in seconds; without it, at the clip's end.
            max_side: Larger frames are reduced to so many pixels on their longer side; without it, none is.
            draft: Let the network read a reduced copy, several times faster.
            scale: calibrated or radiometric, as of /expand_photo.
            peak_nits: The luminance that HDR files do not exceed; white is at 203.
            checkpoint: One of those that this program offers.

        Returns:
            The files, in the order of outputs; and what is known of them: their names by output, frames, seconds,
            notes, and MaxCLL and MaxFALL in nits where there is an HDR10 file.
        """
        visitor = visitors.of(request)
        if not clip:
            raise VideoError("There is no clip: upload one.")
        if not outputs:
            raise VideoError(f"There is nothing to make: name one or more of {', '.join(OUTPUT_NAMES)}.")
        try:
            chosen = check_parameters(operator, {name: float(value) for name, value in (parameters or {}).items()})
        except (TypeError, ValueError) as error:  # the caller's mistake; the text names what is wrong
            raise gr.Error(str(error), print_exception=False) from error
        settings = ClipSettings(
            scale=scale,
            operator=operator,
            parameters=chosen,
            stops=stops,
            draft=draft,
            start=start,
            end=end,
            max_side=int(max_side) if max_side else None,
            peak_nits=peak_nits,
        )
        visitor.folder.mkdir(parents=True, exist_ok=True)
        # Of this call alone: a client may make others meanwhile.
        with tempfile.TemporaryDirectory(prefix="call-", dir=visitor.folder, ignore_cleanup_errors=True) as own:
            given = open_upload(Path(clip), Path(own), limits)
            settings = check_part(given, settings, limits)
            run = work.new_run(checkpoint, given, name_targets(given, outputs, operator, Path(own)), settings)
            for step in run.job.follow():
                visitor.stay()
                if visitor.closed is not None:
                    run.job.stop()
                progress((step.done, step.total) if step.total else None, unit="frames")
            made = run.job.result
            kept = visitor.new_folder("api-clip")
            files = {name: path.rename(kept / path.name) for name, path in made.files.items()}
        return [str(path) for path in files.values()], {
            "files": {name: path.name for name, path in files.items()},
            "frames": made.frames,
            "stopped": made.stopped,
            "seconds": round(made.seconds, 3),
            "notes": list(made.notes),
            **({} if made.level is None else asdict(made.level)),
        }

    with gr.Row(visible=False):
        gr.Button().click(
            shows_errors(expand_video),
            [
                gr.File(label="clip"),
                gr.CheckboxGroup([*OUTPUT_NAMES], value=list(DEFAULT_OUTPUTS), label="outputs"),
                gr.Dropdown([*TONE_MAPPERS], value=DEFAULT_OPERATOR, label="operator"),
                gr.JSON({}, label="parameters"),
                gr.Number(0.0, minimum=-8, maximum=8, label="stops"),
                gr.Number(0.0, minimum=0, label="start"),
                gr.Number(None, minimum=0, label="end"),
                gr.Number(None, precision=0, minimum=16, label="max_side"),
                gr.Checkbox(False, label="draft"),
                gr.Dropdown([*CLIP_SCALES], value=CLIP_SCALES[0], label="scale"),
                gr.Number(PEAK_NITS, minimum=203, maximum=10000, label="peak_nits"),
                gr.Dropdown(networks.names, value=networks.names[0], label="checkpoint"),
            ],
            [gr.File(file_count="multiple", label="files"), gr.JSON(label="details")],
            api_name="expand_video",
            concurrency_id="clip",
            concurrency_limit=CLIPS_AT_ONCE,
        )
