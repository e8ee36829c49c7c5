"""The command line: `python -m hdr_demo COMMAND`, with `expand.py` and `train.py` as doors of their own."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from hdr_demo.errors import HdrDemoError

# A command is a module with `add_arguments(parser)` and `run(arguments) -> int`.
COMMANDS = {
    "app": "open the page in the browser (also: python app.py)",
    "expand": "turn photographs into HDR images (also: python expand.py)",
    "batch": "work through archives of photos and clips, in several processes or on Ray",
    "convert": "turn HDR pictures into other HDR formats",
    "merge": "merge several exposures of a scene into one HDR image",
    "train": "train a checkpoint from random numbers (also: python train.py)",
    "train-bracket": "train a network that merges brackets",
    "evaluate": "measure checkpoints on held-out scenes or measured pairs",
    "evaluate-bracket": "measure merges of brackets on held-out scenes or measured ones",
    "bench": "time the network, files, clips, training, or the start of the page",
    "pan": "film a clip with a virtual camera in a panorama, whose light is known",
    "publish": "upload a checkpoint with its model card to the Hugging Face Hub",
}

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m hdr_demo COMMAND …`.

    Args:
        argv: The words behind the program's name; by default those of the process.

    Returns:
        The exit code: 0, or 1 if something a user can mend went wrong; argparse exits with 2 by itself.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="python -m hdr_demo",
        description="Turn ordinary photographs into high dynamic range.",
        epilog="commands:\n" + "\n".join(f"  {name:18}{text}" for name, text in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", metavar="COMMAND", choices=COMMANDS, help=", ".join(COMMANDS))
    # Only the command that is run is imported: torch and gradio take seconds.
    command = parser.parse_args(words[:1]).command
    return run_command(command, words[1:], prog=f"python -m hdr_demo {command}")


def run_command(command: str, argv: Sequence[str], *, prog: str) -> int:
    """Run one command.

    Args:
        command: One of `COMMANDS`.
        argv: Its flags.
        prog: What its help calls it.

    Returns:
        The exit code.
    """
    # Before torch is imported: its threads would otherwise spin while they wait for each other, and take the cores from
    # encoders, other visitors and other programs. With two cores and two other busy programs a photo took 3 to 9 times
    # as long, a clip 4 to 6 times.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    module = module_of(command)
    parser = argparse.ArgumentParser(prog=prog, description=module.__doc__)
    module.add_arguments(parser)
    arguments = parser.parse_args(argv)
    try:
        code = module.run(arguments)
        sys.stdout.flush()
        return code
    except HdrDemoError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        if not _output_is_gone():
            raise
        # A pager that was closed is no mistake.
        if not isinstance(error, BrokenPipeError):
            print(f"What was done could not be printed ({error.strerror}).", file=sys.stderr)
        return 1


def module_of(command: str) -> ModuleType:
    """Import the module of a command."""
    return importlib.import_module(f"hdr_demo.cli.{command.replace('-', '_')}")


def _output_is_gone() -> bool:
    """Tell whether nothing can be printed any more; if so, Python shall not try once more when it ends."""
    try:
        print(flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False
