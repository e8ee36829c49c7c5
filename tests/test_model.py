"""The network is the published one."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from hdr_demo.calibration import calibrate, prepare_input
from hdr_demo.inference import Expander
from hdr_demo.model import ExpandNet
from hdr_demo.reading import PUBLISHED_READING

SHARED = Path(os.environ.get("HDR_DEMO_SHARED", Path(__file__).parents[2] / "shared")) / "published"
EXACT = 1e-5  # float32 sums in another order, on another machine

needs_published = pytest.mark.skipif(not SHARED.is_dir(), reason="the published weights are not here")


@pytest.fixture(scope="module")
def published() -> ExpandNet:
    model = ExpandNet().eval()
    state = torch.load(SHARED / "weights.pth", map_location="cpu", weights_only=True)
    model.load_state_dict(state, strict=True)
    return model


def golden_pictures() -> list[str]:
    if not SHARED.is_dir():
        return []
    with np.load(SHARED / "golden.npz") as golden:
        return sorted({key.rsplit(".", 1)[0] for key in golden})


def golden(name: str, what: str) -> np.ndarray:
    with np.load(SHARED / "golden.npz") as pictures:
        if f"{name}.{what}" not in pictures:
            pytest.skip(f"no {what} of {name} was published")
        return pictures[f"{name}.{what}"]


def as_ldr(codes: np.ndarray) -> np.ndarray:
    return codes.astype(np.float32) / 255


def test_the_network_has_the_published_size() -> None:
    parameters = list(ExpandNet().parameters())
    assert len(parameters) == 30
    assert sum(parameter.numel() for parameter in parameters) == 456_899


def test_the_branches_see_what_the_paper_says() -> None:
    model = ExpandNet()
    model.initialize()
    for branch, reach in ((model.local_net, 2), (model.mid_net, 8)):
        picture = torch.zeros(1, 3, 41, 41, requires_grad=True)
        branch(picture)[0, :, 20, 20].sum().backward()
        seen = picture.grad[0].abs().sum(0).nonzero()
        assert seen.min().item() == 20 - reach and seen.max().item() == 20 + reach


def test_an_untrained_network_answers_the_wanted_mean() -> None:
    torch.manual_seed(0)
    model = ExpandNet()
    model.initialize(mean_raw=0.6)
    assert abs(model(torch.rand(1, 3, 64, 64)).mean().item() - 0.6) < 0.15


@needs_published
@pytest.mark.parametrize("name", golden_pictures())
def test_whole_image_pass_equals_the_published_network(published: ExpandNet, name: str) -> None:
    ldr = torch.from_numpy(as_ldr(golden(name, "ldr"))).permute(2, 0, 1)[None]
    with torch.no_grad():
        raw = published(ldr)[0].permute(1, 2, 0).numpy()
    assert np.abs(raw - golden(name, "forward")).max() < EXACT


@needs_published
@pytest.mark.parametrize("name", golden_pictures())
def test_tiles_equal_the_published_network(published: ExpandNet, name: str) -> None:
    raw = Expander(published, torch.device("cpu"), tile=64).expand(as_ldr(golden(name, "ldr")))
    assert np.abs(raw - golden(name, "forward")).max() < EXACT


@needs_published
@pytest.mark.parametrize("name", golden_pictures())
def test_paper_scale_equals_the_published_command_line(published: ExpandNet, name: str) -> None:
    expected = golden(name, "expand_py")
    ldr = as_ldr(golden(name, "ldr"))
    raw = Expander(published, torch.device("cpu")).expand(prepare_input(ldr, "paper"), border="picture")
    hdr = calibrate(raw, ldr, PUBLISHED_READING, "paper")
    assert np.abs(hdr - expected).max() < EXACT  # at the border too: the picture is framed in black here as there
