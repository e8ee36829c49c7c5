"""A log for TensorBoard, where it is installed."""

from pathlib import Path
from typing import TYPE_CHECKING

from hdr_demo.errors import OutputError

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


def open_board(folder: Path, *, before: int) -> "SummaryWriter":
    """Begin a log, or go on with one.

    Args:
        folder: Where its files go.
        before: The step that the run goes on from; TensorBoard hides what was logged after it.

    Raises:
        OutputError: If TensorBoard is not installed, or the folder cannot be written.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise OutputError("--log needs TensorBoard: pip install tensorboard, or leave --log out.") from error
    try:
        return SummaryWriter(folder, purge_step=before + 1 if before else None)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written; choose another --save_path.") from error
