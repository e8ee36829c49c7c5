"""The model card of a network that merges; every number in it comes from the checkpoint's metadata."""

import hashlib
import textwrap
from pathlib import Path

from hdr_demo.errors import OutputError
from hdr_demo.weights import read_metadata
from hdr_demo.weights.publish import LICENSE, facts_table

_CARD = """\
---
license: {license}
library_name: pytorch
pipeline_tag: image-to-image
tags:
- hdr
- multi-exposure
---

# {title}

{about}

## Use

Bundled with the program, it is the method `{network}`:

```sh
python -m hdr_demo merge short.jpg middle.jpg long.jpg --method {network} --out scene.exr
```

Of any file like this one:

```python
from pathlib import Path

from hdr_demo.merge.networks import NETWORKS
from hdr_demo.weights import read_bracket_tensors

network = NETWORKS["{network}"]()
network.load_state_dict(read_bracket_tensors("{network}", NETWORKS["{network}"], Path("{file}")))
```

## Input and output

The network takes five display-encoded sRGB sources, float32, (N, 5, 3, H, W), [0, 1]: the reference, and the shorter
and the longer exposure, each aligned by optical flow and by the camera's pose; where they are something, bool,
(N, 5, H, W); and the exposure times of short, reference and long, float32, (N, 3). It answers with linear BT.709
light, float32, (N, 3, H, W), in which 1.0 is what the shortest exposure clips at.

## How it was made

{facts}

PSNR-T is of light compressed as the paper's loss does (its equation 3), PSNR-L of linear light.

sha256 of the weights: `{sha256}`

## What it cannot do

- It merges two or three exposures. {more}
- It learned from a virtual camera: flat layers with soft edges that slide, turn and grow in front of HDR scenes, in
  brackets of 2 and 3 stops. Real people bend, water flows and leaves flutter in other ways.
- What no neighbour shows, because it moved or lies outside, it does not know.
{limits}"""

_PAPER = "of Kalantari & Ramamoorthi, Deep High Dynamic Range Imaging of Dynamic Scenes (SIGGRAPH 2017)"
ABOUT = {
    "selector": "Merges three exposures of one scene, hand-held and with people walking through it, into one HDR "
    "image. A U-Net at half resolution chooses, pixel by pixel, among five measured sources, and says how far to "
    "depart from a merge without a network. What it gives is a weighted mean of measured light.",
    "direct": f"The network Direct {_PAPER}: it sees three aligned exposures and says the light itself.",
    "we": f"The network WE (weight estimator) {_PAPER}: it says how much each of three aligned exposures counts.",
    "wie": f"The network WIE (weight and image estimator) {_PAPER}: it says three aligned exposures anew, and how much "
    "each of them counts.",
}
# What the program does with more than three, by whether the network is ours.
_MORE = {
    True: "Of more, the program takes the reference's neighbours first, then those beyond.",
    False: "Of more, the program picks three.",
}
_PAPER_LIMIT = """\
- It is no copy of the authors' network, which had a day on a graphics card and photographs to learn from; its numbers
  are not theirs.
"""


def write_bracket_card(checkpoint: Path) -> Path:
    """Write the card of a checkpoint beside it.

    Raises:
        OutputError: If it cannot be written.
    """
    card = checkpoint.with_suffix(".md")
    try:
        card.write_text(bracket_card(checkpoint), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{card} cannot be written: {error.strerror or error}.") from error
    return card


def bracket_card(checkpoint: Path) -> str:
    """Write the card of a checkpoint that `release_bracket` wrote.

    Raises:
        WeightsError: If it is no safetensors file.
    """
    facts = read_metadata(checkpoint)
    network = facts.pop("network")
    return _CARD.format(
        license=facts.pop("license", LICENSE),
        title=checkpoint.stem,
        about=textwrap.fill(ABOUT[network], 120),
        network=network,
        file=checkpoint.name,
        facts=facts_table(facts),
        sha256=hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
        more=_MORE[network == "selector"],
        limits="" if network == "selector" else _PAPER_LIMIT,
    )
