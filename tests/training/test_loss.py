"""The loss is least at the truth, counts stops, and looks where the photo lost light."""

import pytest
import torch

from hdr_demo.calibration import blend_weight
from hdr_demo.reading import OUR_READING
from hdr_demo.training.loss import SQUARE_WEIGHT, compare_light


def say(hdr: torch.Tensor, stops: float = 0.0) -> torch.Tensor:
    """What a network says that is `stops` off everywhere."""
    return (hdr.log2() + stops - OUR_READING.stops_floor) / OUR_READING.stops_range


@pytest.fixture
def hdr() -> torch.Tensor:
    return torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 4 + 0.05


def test_the_loss_counts_stops(hdr: torch.Tensor) -> None:
    white = torch.ones_like(hdr)
    right = compare_light(say(hdr), white, hdr, OUR_READING)
    for term in (right.light, right.everywhere, right.color, right.energy):
        assert term.item() == pytest.approx(0, abs=1e-3)
    wrong = compare_light(say(hdr, 1.0), white, hdr, OUR_READING)
    assert wrong.light.item() == pytest.approx(1 + SQUARE_WEIGHT, rel=0.01)
    assert wrong.energy.item() == pytest.approx(1 + SQUARE_WEIGHT, rel=0.01)
    assert wrong.color.item() == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("stops", [-1.0, -0.2, 0.2, 1.0])
def test_the_loss_is_least_at_the_truth(hdr: torch.Tensor, stops: float) -> None:
    ldr = hdr.clamp(0, 1)
    assert (
        compare_light(say(hdr), ldr, hdr, OUR_READING).total
        < compare_light(say(hdr, stops), ldr, hdr, OUR_READING).total
    )


def test_a_photo_without_clipping_has_no_highlight_loss() -> None:
    hdr = torch.full((1, 3, 8, 8), 0.2)
    loss = compare_light(torch.rand(1, 3, 8, 8), torch.full((1, 3, 8, 8), 0.5), hdr, OUR_READING)
    assert loss.light.item() == loss.color.item() == loss.energy.item() == 0 < loss.everywhere.item()


def test_the_weights_of_a_loss_are_those_of_inference():
    ldr = torch.rand(2, 3, 4, 5) * 0.3 + 0.7
    assert torch.allclose(blend_weight(ldr), torch.from_numpy(blend_weight(ldr.numpy())), atol=1e-6)
