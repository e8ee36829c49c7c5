"""Write the gradient of one step: what each process of a team has after its part of a batch."""

import math
import sys
from pathlib import Path

import torch

from hdr_demo.training import loop
from hdr_demo.training.plan import Plan
from hdr_demo.training.team import Team


def write_gradient(scenes: Path, folder: Path, batch_size: int) -> None:
    team, device = Team.from_environment(), torch.device("cpu")
    loop.GRADIENT_LIMIT = math.inf  # a limit would hide a wrong factor
    team.join(device)
    trainer = loop.Trainer(Plan(scenes, steps=1, batch_size=batch_size, crops=2, crop_size=24), device, team=team)
    trainer.run(workers=0)
    torch.save({name: value.grad for name, value in trainer.model.named_parameters()}, folder / f"{team.rank}.pt")
    team.leave()


if __name__ == "__main__":
    write_gradient(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
