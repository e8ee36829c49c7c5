"""The named endpoint /expand_photos, for programs: what the tab Many photos does."""

import json
import tempfile
from pathlib import Path

import gradio as gr

from hdr_demo.batch import BASES, BatchSettings, write_report
from hdr_demo.calibration import SCALES
from hdr_demo.errors import OutputError
from hdr_demo.tonemap import TONE_MAPPERS
from hdr_demo.ui.batch import BATCHES_AT_ONCE
from hdr_demo.ui.batch_controls import check_formats, offered_formats
from hdr_demo.ui.batch_work import BatchWork, check_count, take_photos
from hdr_demo.ui.network import Networks
from hdr_demo.ui.notices import shows_errors
from hdr_demo.ui.operator_choice import DEFAULT_OPERATOR
from hdr_demo.ui.session import Visitors


def build_batch_endpoint(
    visitors: Visitors, networks: Networks, work: BatchWork, max_photos: int, max_megapixels: float
) -> None:
    """Declare the endpoint; its components are on no page. The arguments are those of `build_batch`."""
    names = [suffix[1:] for suffix in offered_formats()]
    default = [suffix[1:] for suffix in BatchSettings().formats]

    def expand_photos(  # noqa: D417 - Gradio gives request and progress
        request: gr.Request,
        photos: list[str],
        formats: list[str] = default,  # what Gradio shows as the default; never changed
        scale: str = SCALES[0],
        operator: str = DEFAULT_OPERATOR,
        draft: bool = False,
        base: str = BASES[0],
        exif: bool = True,
        checkpoint: str = networks.names[0],
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio asks for one
    ) -> tuple[str | None, list[dict]]:
        """Turn many photos into HDR files; one that fails does not keep the others back.

        Args:
            photos: Photos, and HDR files, which are converted with their own light.
            formats: Which files to make of each: jpg (with a gain map), hdr, exr, avif, png, tif.
            scale: calibrated, radiometric or paper, as of /expand_photo.
            operator: The tone mapper of the contact sheet and, if base says so, of gain maps.
            draft: Let the network read a reduced copy, several times faster.
            base: What ordinary screens show of a gain map: photo or rendition.
            exif: Keep the photos' EXIF data.
            checkpoint: One of those that this program offers.

        Returns:
            An archive with all files, the contact sheet and a report, or nothing if no file could be made; and the
            report: of each photo its name, state, files, size, seconds, stops gained, notes and error.
        """
        visitor = visitors.of(request)
        check_count(photos, max_photos)
        settings = BatchSettings(
            formats=check_formats(formats),
            operator=operator,
            base=base,
            scale=scale,
            draft=draft,
            exif=exif,
            max_megapixels=max_megapixels,
        )
        visitor.folder.mkdir(parents=True, exist_ok=True)
        # Of this call alone: a client may make others meanwhile.
        with tempfile.TemporaryDirectory(prefix="call-", dir=visitor.folder, ignore_cleanup_errors=True) as own:
            given, files = Path(own, "given"), Path(own, "files")
            given.mkdir()
            files.mkdir()
            run = work.new_run(checkpoint, take_photos([Path(each) for each in photos], given), files, settings)
            for step in run.job.follow():
                visitor.stay()
                if visitor.closed is not None:
                    run.job.stop()
                progress((step.done, step.total) if step.total else None)
            result = run.job.result
            if result.problem:
                raise OutputError(result.problem)
            report = json.loads(write_report(files / "report.json", result.reports).read_text(encoding="utf-8"))
            if result.archive is None:
                return None, report
            archive = result.archive.rename(visitor.new_folder("api-batch") / result.archive.name)
        return str(archive), report

    with gr.Row(visible=False):
        gr.Button().click(
            shows_errors(expand_photos),
            [
                gr.File(file_count="multiple", label="photos"),
                gr.CheckboxGroup(names, value=default, label="formats"),
                gr.Dropdown([*SCALES], value=SCALES[0], label="scale"),
                gr.Dropdown([*TONE_MAPPERS], value=DEFAULT_OPERATOR, label="operator"),
                gr.Checkbox(False, label="draft"),
                gr.Dropdown([*BASES], value=BASES[0], label="base"),
                gr.Checkbox(True, label="exif"),
                gr.Dropdown(networks.names, value=networks.names[0], label="checkpoint"),
            ],
            [gr.File(label="archive"), gr.JSON(label="report")],
            api_name="expand_photos",
            concurrency_id="batch",
            concurrency_limit=BATCHES_AT_ONCE,
        )
