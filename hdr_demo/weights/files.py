"""Checkpoint files: safetensors with metadata, written here, and published `.pth` files, read without running code."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hdr_demo.errors import OutputError, WeightsError
from hdr_demo.reading import PUBLISHED_READING, Reading

if TYPE_CHECKING:
    import torch

    from hdr_demo.model import ExpandNet

SUFFIXES = (".safetensors", ".pth")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint on this machine, verified and complete.

    Attributes:
        name: What to call it before people.
        path: `.safetensors` or `.pth`.
        reading: How its output is to be read.
        sha256: Of the file.
        source: Where it came from.
        note: One line that the user should see, such as why it is not the one that was asked for.
        revision: For a checkpoint on the Hub, the commit that it was taken from.
    """

    name: str
    path: Path
    reading: Reading
    sha256: str
    source: Literal["bundled", "hub", "file"]
    note: str | None = None
    revision: str | None = None


def open_checkpoint(path: Path, *, called: str | None = None) -> Checkpoint:
    """Verify a file: it can be read without running code, its tensors are ExpandNet's, its reading is known.

    Args:
        path: `.safetensors` or `.pth`.
        called: What to call the file in an error; its path by default.

    Raises:
        WeightsError: If one of that is not so.
    """
    called = called or str(path)
    _read_tensors(path, called)
    reading = PUBLISHED_READING
    if path.suffix.lower() == ".safetensors":
        try:
            reading = Reading.from_metadata(read_metadata(path))
        except (KeyError, ValueError) as error:
            raise WeightsError(
                f"{called} does not say how its output is to be read; save it with hdr_demo.weights.save_checkpoint."
            ) from error
    return Checkpoint(path.stem, path, reading, hashlib.sha256(path.read_bytes()).hexdigest(), "file")


def load_model(checkpoint: Checkpoint) -> ExpandNet:
    """Build the network with the numbers of a checkpoint.

    Returns:
        The network on the CPU, float32, in evaluation mode.

    Raises:
        WeightsError: If the file is damaged, or a tensor is missing, unexpected or of another shape.
    """
    from hdr_demo.model import ExpandNet

    model = ExpandNet()
    model.load_state_dict(_read_tensors(checkpoint.path, str(checkpoint.path)), strict=True)
    return model.eval()


def save_checkpoint(path: str | Path, state_dict: dict[str, torch.Tensor], metadata: dict[str, str]) -> Path:
    """Write a checkpoint as safetensors, all or nothing; the same numbers and metadata give the same bytes.

    Args:
        path: Ends in `.safetensors`.
        state_dict: The network's tensors, on any device.
        metadata: `Reading.to_metadata()`, and whatever else is worth knowing, in this order: command, steps, numbers.

    Raises:
        OutputError: If the file cannot be written.
    """
    Reading.from_metadata(metadata)
    return save_tensors(path, state_dict, metadata)


def save_tensors(path: str | Path, state_dict: dict[str, torch.Tensor], metadata: dict[str, str]) -> Path:
    """Write tensors of any network likewise.

    Raises:
        OutputError: If the file cannot be written.
    """
    from safetensors.torch import save

    content = save({name: tensor.detach().cpu().contiguous() for name, tensor in state_dict.items()})
    # The library writes metadata in random order, which would give the same checkpoint another sha256 every time.
    header, tensors = _split(content)
    encoded = json.dumps({"__metadata__": metadata, **header}, ensure_ascii=False, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(len(encoded).to_bytes(8, "little") + encoded + tensors)
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from error
    return path


def read_metadata(path: str | Path) -> dict[str, str]:
    """Read what a `.safetensors` file says about itself, in the order in which it was written.

    Raises:
        WeightsError: If it is no safetensors file.
    """
    try:
        header, _ = _split(Path(path).read_bytes())
        return dict(header.get("__metadata__", {}))
    except (OSError, ValueError, AttributeError) as error:
        raise WeightsError(f"{path} is no safetensors file; download or train it again.") from error


def _split(content: bytes) -> tuple[dict[str, dict], bytes]:
    """Take a safetensors file apart (github.com/huggingface/safetensors, "Format"): header and tensor bytes."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def _read_tensors(path: Path, called: str) -> dict[str, torch.Tensor]:
    """Read the tensors of ExpandNet from a file."""
    from hdr_demo.model import ExpandNet

    return read_tensors(path, called, ExpandNet, "ExpandNet")


def read_tensors(
    path: Path, called: str, network: Callable[[], torch.nn.Module], network_name: str
) -> dict[str, torch.Tensor]:
    """Read the tensors of a network from a file, without running code.

    Args:
        path: `.safetensors` or `.pth`.
        called: What to call the file in an error.
        network: Makes the network whose tensors these must be.
        network_name: What to call the network in an error.

    Raises:
        WeightsError: If the file is damaged, or a tensor is missing, unexpected, of another shape or not finite.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        if path.suffix.lower() not in SUFFIXES:
            raise WeightsError(f"{called} is not a checkpoint; it must end in {' or '.join(SUFFIXES)}.")
        if path.suffix.lower() == ".safetensors":
            tensors = load(path.read_bytes())
        else:
            tensors = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise WeightsError(f"{called} does not exist; give the path of a .safetensors or .pth file.") from error
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{called} is damaged or holds more than tensors; it was not opened, as it could run a program."
        ) from error
    except (OSError, SafetensorError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise WeightsError(f"{called} cannot be read as a checkpoint; it may be damaged, so get it again.") from error
    difference = _compare(tensors, network)
    if difference is not None:
        raise WeightsError(f"{called} is not a checkpoint of {network_name}: {difference}.")
    return tensors


def _compare(tensors: object, network: Callable[[], torch.nn.Module]) -> str | None:
    """Say how tensors differ from what a network's must be: names, shapes, finite numbers; None if they do not."""
    import torch

    if not isinstance(tensors, dict) or not all(isinstance(tensor, torch.Tensor) for tensor in tensors.values()):
        return "it is no table of tensors"
    with torch.device("meta"):
        expected = {name: tensor.shape for name, tensor in network().state_dict().items()}
    missing = [name for name in expected if name not in tensors]
    unexpected = [str(name) for name in tensors if name not in expected]
    misshapen = [name for name in expected if name in tensors and tensors[name].shape != expected[name]]
    for names, difference in ((missing, "it lacks"), (unexpected, "it has besides"), (misshapen, "of wrong shape is")):
        if names:
            return f"{difference} {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")
    broken = next((name for name in expected if not tensors[name].isfinite().all()), None)
    return None if broken is None else f"{broken} holds numbers that are not finite"
