"""The app, joined from its parts, and how it is launched."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware

from hdr_demo.errors import HdrDemoError
from hdr_demo.io import MAX_MEGAPIXELS
from hdr_demo.ui.batch import build_batch
from hdr_demo.ui.batch_endpoint import build_batch_endpoint
from hdr_demo.ui.batch_work import MAX_PHOTOS, BatchWork
from hdr_demo.ui.bracket import build_bracket
from hdr_demo.ui.bracket_endpoint import build_bracket_endpoint
from hdr_demo.ui.clip import build_clip
from hdr_demo.ui.clip_endpoint import build_clip_endpoint
from hdr_demo.ui.clip_work import ClipLimits, ClipWork
from hdr_demo.ui.compare import build_compare
from hdr_demo.ui.deep_link import build_link_button, connect_link
from hdr_demo.ui.download import build_download
from hdr_demo.ui.endpoints import build_endpoints
from hdr_demo.ui.exhibition import Exhibition
from hdr_demo.ui.exposures import build_exposures
from hdr_demo.ui.measure import build_measure
from hdr_demo.ui.network import Load, Networks, uses_zero_gpu
from hdr_demo.ui.photo_panel import build_photo_panel
from hdr_demo.ui.presentation import build_presentation
from hdr_demo.ui.server import EarlyScript, RefuseLinks
from hdr_demo.ui.session import Visitors
from hdr_demo.ui.text import TRANSLATIONS, label
from hdr_demo.ui.theme import THEME
from hdr_demo.ui.tone_mapping import build_tone_mapping
from hdr_demo.ui.truth import build_truth
from hdr_demo.ui.truth_endpoint import build_truth_endpoint
from hdr_demo.ui.viewer import build_viewer

MAX_UPLOAD_MEGABYTES = 300  # 100 megapixels of 8-bit RGB as an uncompressed file, or a minute of 4K
UPLOADS_CHECKED_EVERY_SECONDS, UPLOADS_KEPT_SECONDS = 600, 3600
# What the first visitor's page has for itself before the network is loaded, unless a photo comes earlier.
HEAD_START_SECONDS = 2.5
HERE = Path(__file__).parent
STYLES = (
    "style.css",
    "viewer.css",
    "download.css",
    "batch.css",
    "bracket.css",
    "bracket_compare.css",
    "presentation.css",
    "deep_link.css",
)


def build_app(
    loads: Mapping[str, Load],
    *,
    max_megapixels: float = MAX_MEGAPIXELS,
    clip_limits: ClipLimits | None = None,
    max_batch_photos: int = MAX_PHOTOS,
) -> gr.Blocks:
    """Build the page and its endpoints.

    Args:
        loads: How each checkpoint that visitors may choose is loaded, by its name; the first is the default, loaded in
            the background after the page is up, the others when somebody chooses them.
        max_megapixels: The largest photo taken, in millions of pixels.
        clip_limits: How much of a clip is converted at most.
        max_batch_photos: How many photos are taken at once under Many photos.

    Returns:
        The app; its attribute `networks` holds the one that `launch` starts once the page is up.
    """
    # Uploads and results lie in a folder of this process alone; Gradio serves files from there and nowhere else.
    if "GRADIO_TEMP_DIR" not in os.environ:
        os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="hdr_demo-")
        atexit.register(shutil.rmtree, os.environ["GRADIO_TEMP_DIR"], ignore_errors=True)
    folder = Path(os.environ["GRADIO_TEMP_DIR"])
    visitors, networks = Visitors(folder / "results"), Networks(loads)
    clip_work, clip_limits = ClipWork(networks), clip_limits or ClipLimits()
    batch_work, batch_limits = BatchWork(networks), (max_batch_photos, max_megapixels)
    with gr.Blocks(
        title="hdr_demo",
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(UPLOADS_CHECKED_EVERY_SECONDS, UPLOADS_KEPT_SECONDS),
    ) as page:
        with gr.Row(elem_id="header"):
            gr.Markdown(label("title"), elem_id="title")
            gr.Markdown(label("subtitle"), elem_id="subtitle")
            with gr.Row(elem_id="header-tools"):
                build_presentation(page, visitors, Exhibition(networks, folder / "exhibition"))
                link_button = build_link_button(page)
        with gr.Tabs(elem_id="ways", overflow_behavior="wrap") as ways:
            with gr.Tab(label("your_photo"), id="photo", elem_id="way-photo"), gr.Row(elem_id="main"):
                with gr.Column(scale=1, min_width=300, elem_id="panel"):
                    panel = build_photo_panel(page, visitors, networks, max_megapixels)
                with gr.Column(scale=3, min_width=320, elem_id="welcome", elem_classes="welcome") as welcome:
                    gr.Markdown(label("welcome"))
                with (
                    gr.Column(scale=3, min_width=320, visible=False, elem_id="results") as results,
                    gr.Tabs(overflow_behavior="wrap") as result_tabs,
                ):
                    drawings = [
                        build_viewer(visitors, result_tabs, "exposures"),
                        build_compare(visitors),
                        exposures := build_exposures(visitors),
                        *(tone := build_tone_mapping(visitors)),
                        build_measure(visitors),
                        build_download(visitors),
                    ]
            with gr.Tab(label("bracket"), id="bracket", elem_id="way-bracket"):
                build_bracket(page, visitors, networks, panel, ways, max_megapixels)
            with gr.Tab(label("clips"), id="video", elem_id="way-video"):
                build_clip(visitors, networks, clip_work, clip_limits)
            with gr.Tab(label("batch"), id="batch", elem_id="way-batch"):
                build_batch(visitors, networks, batch_work, *batch_limits)
            with gr.Tab(label("truth"), id="truth", elem_id="way-truth"):
                build_truth(page, visitors, networks, max_megapixels)
        panel.started.change(
            lambda started: (gr.Column(visible=not started), gr.Column(visible=started)),
            panel.started,
            [welcome, results],
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
        for drawing in drawings:
            drawing.connect(panel.version.change)
        connect_link(link_button, visitors, networks, panel, tone[0].inputs, exposures.inputs[0])
        build_endpoints(visitors, networks, max_megapixels)
        build_clip_endpoint(visitors, networks, clip_work, clip_limits)
        build_batch_endpoint(visitors, networks, batch_work, *batch_limits)
        build_bracket_endpoint(visitors, networks, max_megapixels)
        build_truth_endpoint(visitors, networks, max_megapixels)
        page.unload(visitors.leave)
    page.visitors, page.networks = visitors, networks
    return page


def launch(
    page: gr.Blocks,
    *,
    host: str | None = None,
    port: int | None = None,
    share: bool = False,
    browser: bool = False,
    max_upload_megabytes: int = MAX_UPLOAD_MEGABYTES,
    block: bool = True,
) -> None:
    """Open the page to visitors; load the network when it is shown, or when somebody wants it.

    Args:
        page: What `build_app` gave.
        host: The address to listen at; by default GRADIO_SERVER_NAME, else this computer alone.
        port: By default GRADIO_SERVER_PORT, else the first that is free from 7860.
        share: Whether to open a public link through Gradio's servers.
        browser: Whether to open the page in this computer's browser.
        max_upload_megabytes: The largest file that is taken.
        block: Whether to stay until the program is interrupted.

    Raises:
        HdrDemoError: If the network cannot be loaded.
    """
    if uses_zero_gpu():  # ZeroGPU moves to the GPU what is loaded before the launch
        for name in page.networks.names:
            page.networks.of(name).expander()
    page.visitors.sweep_forever()
    atexit.register(page.visitors.forget_all)
    page.launch(
        server_name=host,
        server_port=port,
        share=share,
        inbrowser=browser,
        prevent_thread_lock=True,
        theme=THEME,
        css_paths=[HERE / name for name in STYLES],
        i18n=TRANSLATIONS,
        footer_links=["api"],
        run_history=False,
        enable_monitoring=False,
        pwa=False,
        ssr_mode=False,
        max_file_size=max_upload_megabytes * 10**6,
        app_kwargs={
            "middleware": [
                Middleware(RefuseLinks),
                Middleware(EarlyScript, script=(HERE / "language.js").read_text()),
            ]
        },
    )
    try:
        # The import of PyTorch would take a core from the first visitor's page.
        page.networks.of().await_wish(HEAD_START_SECONDS)
        page.networks.of().expander()
    except HdrDemoError:
        page.close()
        raise
    if block:
        page.block_thread()
