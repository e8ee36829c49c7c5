"""The network is the published one."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hdr_demo.calibration import calibrate, prepare_input
from hdr_demo.inference import Expander
from hdr_demo.model import ExpandNet
from hdr_demo.reading import PUBLISHED_READING

EXACT = 1e-5  # float32 sums in another order, on another machine

PICTURES = ("astronaut", "coffee", "one_pixel", "ramp_with_clipped_square", "rocket")


@pytest.fixture(scope="module")
def published(shared: Path) -> ExpandNet:
    model = ExpandNet().eval()
    state = torch.load(shared / "published" / "weights.pth", map_location="cpu", weights_only=True)
    model.load_state_dict(state, strict=True)
    return model


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, np.ndarray]:
    with np.load(shared / "published" / "golden.npz") as pictures:
        return dict(pictures)


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


@pytest.mark.parametrize("name", PICTURES)
def test_whole_image_pass_equals_the_published_network(published: ExpandNet, golden: dict, name: str) -> None:
    ldr = torch.from_numpy(as_ldr(golden[f"{name}.ldr"])).permute(2, 0, 1)[None]
    with torch.no_grad():
        raw = published(ldr)[0].permute(1, 2, 0).numpy()
    assert np.abs(raw - golden[f"{name}.forward"]).max() < EXACT


@pytest.mark.parametrize("name", PICTURES)
def test_tiles_equal_the_published_network(published: ExpandNet, golden: dict, name: str) -> None:
    raw = Expander(published, torch.device("cpu"), tile=64).expand(as_ldr(golden[f"{name}.ldr"]))
    assert np.abs(raw - golden[f"{name}.forward"]).max() < EXACT


@pytest.mark.parametrize("name", [name for name in PICTURES if name != "one_pixel"])  # 0/0 in the published script
def test_paper_scale_equals_the_published_command_line(published: ExpandNet, golden: dict, name: str) -> None:
    expected = golden[f"{name}.expand_py"]
    ldr = as_ldr(golden[f"{name}.ldr"])
    raw = Expander(published, torch.device("cpu")).expand(prepare_input(ldr, "paper"), border="picture")
    hdr = calibrate(raw, ldr, PUBLISHED_READING, "paper")
    assert np.abs(hdr - expected).max() < EXACT  # at the border too: the picture is framed in black here as there
