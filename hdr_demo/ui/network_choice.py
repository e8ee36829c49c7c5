"""The choices that several tabs offer: which checkpoint, and what its numbers mean."""

import html
from collections.abc import Sequence

import gradio as gr

from hdr_demo.calibration import SCALES
from hdr_demo.ui.network import Network, Networks
from hdr_demo.ui.text import label, say


def build_checkpoint_choice(networks: Networks, elem_id: str) -> gr.Dropdown:
    """Lay out the choice among the checkpoints that this program was started with."""
    return gr.Dropdown(
        networks.names,
        value=networks.names[0],
        label=label("checkpoint"),
        info=label("checkpoint_info"),
        filterable=False,
        elem_id=elem_id,
    )


def build_scale_choice(elem_id: str, scales: Sequence[str] = SCALES, info: str = "scale_info") -> gr.Radio:
    """Lay out the choice among the scales; `info` is the key of the text that explains them."""
    return gr.Radio(
        [(label(f"scale_{name}"), name) for name in scales],
        value=scales[0],
        label=label("scale"),
        info=label(info),
        elem_id=elem_id,
    )


def say_network(network: Network, language: str) -> str:
    """Say which checkpoint works where, in HTML; waits until it is loaded."""
    expander = network.expander()
    return say(
        language,
        "status",
        checkpoint=html.escape(expander.checkpoint.name),
        source=html.escape(say(language, f"source_{expander.checkpoint.source}")),
        device=html.escape(str(expander.expander.device)),
    )
