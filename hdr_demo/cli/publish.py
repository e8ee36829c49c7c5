"""`python -m hdr_demo publish OWNER/NAME`: upload a checkpoint, its configuration and its model card to the Hub."""

import argparse
from pathlib import Path

from hdr_demo.weights import find_checkpoint
from hdr_demo.weights.publish import Publication, publish, write_release


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("repo", metavar="OWNER/NAME", help="model repository on the Hub; created if need be")
    parser.add_argument(
        "--weights", help="a name of the table, or a .safetensors file (default: the default checkpoint)"
    )
    parser.add_argument("--private", action="store_true", help="make a repository that is created here private")
    parser.add_argument("--message", help="first line of the commit")
    parser.add_argument("--dry-run", metavar="FOLDER", type=Path, help="write the files there and upload nothing")


def run(arguments: argparse.Namespace) -> int:
    """Publish, and print the commit and how to use it."""
    checkpoint = find_checkpoint(arguments.weights, strict=True)
    if arguments.dry_run is not None:
        for path in write_release(checkpoint, arguments.repo, arguments.dry_run):
            print(path)
        return 0
    print(_report(publish(checkpoint, arguments.repo, private=arguments.private, message=arguments.message)))
    return 0


def _report(published: Publication) -> str:
    return f"""\
Published {published.page} at commit {published.commit}
To use it:
    HDR_DEMO_WEIGHTS={published.repo}@{published.commit} python app.py
To know it by name, add to the table in hdr_demo/weights/table.py:
    KnownCheckpoint("{published.repo}", "{published.sha256}", revision="{published.commit}"),
and set DEFAULT_WEIGHTS = "{published.repo}" there to make it the default."""
