"""Work through archives of photos and clips, in several processes or on a Ray cluster; run it again to go on.

Every file gets a line in OUT/records.jsonl when it is done: its size, date and SHA-256, the settings, the results, the
time, and what went wrong. A second run does what is missing, has changed, or was asked for otherwise.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hdr_demo.calibration import SCALES
from hdr_demo.cli.flags import add_backend_flag, add_device_flags, parse_formats, parse_positive, wanted_device
from hdr_demo.errors import HdrDemoError
from hdr_demo.tonemap import TONE_MAPPERS
from hdr_demo.video.settings import DEFAULT_OUTPUTS

# What a process needs to work well, where nobody says how many there shall be.
CORES_A_WORKER = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("sources", nargs="+", type=Path, help="photos, clips, and folders, searched to the bottom")
    parser.add_argument("--out", type=Path, required=True, help="folder of results and records")
    parser.add_argument("--formats", type=parse_formats, default=(".jpg",), help="of photos (default: jpg)")
    parser.add_argument(
        "--outputs",
        type=lambda text: tuple(text.split(",")),
        default=DEFAULT_OUTPUTS,
        metavar="NAME[,NAME...]",
        help=f"of clips (default: {','.join(DEFAULT_OUTPUTS)})",
    )
    # "paper" stretches each picture by itself, which makes clips flicker.
    parser.add_argument("--scale", choices=[scale for scale in SCALES if scale != "paper"], default=SCALES[0])
    parser.add_argument("--tone_map", choices=TONE_MAPPERS, default="reinhard", help="of clips that are not HDR")
    parser.add_argument("--draft", action="store_true", help="let the network read a reduced copy")
    parser.add_argument("--weights", help="as everywhere (default: the default checkpoint)")
    parser.add_argument("--offline", action="store_true", help="ask the Hub for nothing")
    parser.add_argument("--on", choices=("local", "ray"), default="local", help="who works (default: %(default)s)")
    parser.add_argument(
        "--workers", type=parse_positive, help="files worked on at once (default: one for every four cores)"
    )
    parser.add_argument("--again", action="store_true", help="try again what failed before")
    add_device_flags(parser)
    add_backend_flag(parser)


def run(arguments: argparse.Namespace) -> int:
    """Work on every file that is not done; 0 if all succeeded, now or before.

    Raises:
        HdrDemoError: If sources or the folder of results cannot be used.
    """
    from tqdm import tqdm

    from hdr_demo.archive import ArchiveSettings, Record, list_jobs, run_archive
    from hdr_demo.device import usable_cores

    settings = ArchiveSettings(
        formats=arguments.formats,
        outputs=_known_outputs(arguments.outputs),
        scale=arguments.scale,
        operator=arguments.tone_map,
        draft=arguments.draft,
        weights=arguments.weights,
        device=wanted_device(arguments),
        backend=arguments.backend,
        offline=arguments.offline,
    )
    jobs = list_jobs(arguments.sources, arguments.out)
    workers = arguments.workers or max(1, usable_cores() // CORES_A_WORKER)
    elsewhere = arguments.on == "ray" and "RAY_ADDRESS" in os.environ
    threads = CORES_A_WORKER if elsewhere else max(1, usable_cores() // workers)
    with tqdm(total=len(jobs), unit="file", disable=None) as bar:

        def tell(record: Record) -> None:
            bar.update()
            if record.error:
                tqdm.write(record.error, file=sys.stderr)

        records = run_archive(
            jobs,
            arguments.out,
            settings,
            on=arguments.on,
            workers=workers,
            threads=threads,
            again=arguments.again,
            progress=tell,
        )
    failed = [record for record in records if record.error]
    print(f"{len(records) - len(failed)} of {len(jobs)} files are done, {len(failed)} failed: {arguments.out}")
    return int(bool(failed))


def _known_outputs(names: Sequence[str]) -> tuple[str, ...]:
    from hdr_demo.video.outputs import VIDEO_OUTPUTS

    unknown = [name for name in names if name not in VIDEO_OUTPUTS]
    if unknown:
        raise HdrDemoError(f"There is no output {unknown[0]!r} of clips; choose from {', '.join(VIDEO_OUTPUTS)}.")
    return tuple(names)
