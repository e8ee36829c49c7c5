"""What the documents say is so."""

import argparse
import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml

from hdr_demo.cli import COMMANDS, module_of
from hdr_demo.io import HDR_FORMATS
from hdr_demo.tonemap import TONE_MAPPERS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
FRONT_MATTER = yaml.safe_load(README.split("---\n")[1])

COLORS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(text: str, start: str) -> list[str]:
    """The command lines, without their comments, that begin so."""
    lines = [line.split("  #")[0].strip() for block in blocks(text, "bash") for line in block.splitlines()]
    return [line for line in lines if line.startswith(start)]


def documented(program: str) -> list[list[str]]:
    """The arguments of every documented call of a program."""
    lines = {*commands(README, f"python {program}"), *commands(CHINESE, f"python {program}")}
    return [shlex.split(line.removeprefix(f"python {program}")) for line in sorted(lines)]


# --- The header of a Space --------------------------------------------------------------------------------------------


def test_the_header_of_the_space_is_complete():
    assert FRONT_MATTER["sdk"] == "gradio"
    assert (ROOT / FRONT_MATTER["app_file"]).is_file()
    assert {FRONT_MATTER["colorFrom"], FRONT_MATTER["colorTo"]} <= COLORS
    assert FRONT_MATTER["license"] == "mit"
    assert FRONT_MATTER["python_version"] in ("3.11", "3.12")


def test_the_short_description_is_short_enough_for_the_hub():
    assert 0 < len(FRONT_MATTER["short_description"]) <= 60


def test_the_space_runs_a_gradio_that_the_requirements_allow():
    from packaging.requirements import Requirement

    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    requirements = {Requirement(line).name: Requirement(line) for line in lines if line}
    assert FRONT_MATTER["sdk_version"] in requirements["gradio"].specifier
    assert all(str(each.specifier).count("<") == 1 for each in requirements.values()), "each has an upper bound"


# --- The two commands -------------------------------------------------------------------------------------------------


def test_both_languages_name_the_same_two_commands():
    two = commands(README, "python3 -m venv")
    assert len(two) == 2
    assert commands(CHINESE, "python3 -m venv") == two
    app, tests = two
    assert app.endswith("python app.py")
    assert tests.endswith("python -m pytest")
    for command in two:
        assert (ROOT / re.search(r"-r (\S+)", command)[1]).is_file()


def test_ci_takes_the_test_command_from_the_readme():
    script = (ROOT / ".ci" / "run").read_text()
    pattern = re.search(r"grep -E '([^']+)' README\.md", script)[1]
    assert re.findall(pattern, README, re.MULTILINE) == [commands(README, "python3 -m venv")[1]]


def test_the_developers_requirements_hold_those_of_the_app():
    assert "-r requirements.txt" in (ROOT / "requirements-dev.txt").read_text().splitlines()


# --- The other commands -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command, arguments",
    [("expand", arguments) for arguments in documented("expand.py")]
    + [("train", arguments) for arguments in documented("train.py")]
    + [(arguments[0], arguments[1:]) for arguments in documented("-m hdr_demo") if arguments[0] in COMMANDS]
    + [("app", arguments) for arguments in documented("app.py")],
    ids=lambda part: part if isinstance(part, str) else " ".join(part),
)
def test_documented_command_is_understood(command: str, arguments: list[str]):
    parser = argparse.ArgumentParser()
    module_of(command).add_arguments(parser)
    parser.parse_args(arguments)


def test_every_subcommand_that_the_readme_names_exists():
    named = set(re.findall(r"python -m hdr_demo ([a-z][\w-]+)", README + CHINESE))
    assert named
    assert named <= set(COMMANDS)


def test_the_number_of_operators_is_right():
    assert len(TONE_MAPPERS) == 10
    assert "ten operators" in README
    assert "十种算子" in CHINESE


# --- The map and the links --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "examples/CREDITS.md"])
def test_every_link_into_the_repository_leads_somewhere(name: str):
    text = (ROOT / name).read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]
    # As GitHub and the Hub name them.
    headings = {"#" + title.lower().replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    files = {target for target in targets if not target.startswith("#")}
    missing = [target for target in files if not ((ROOT / name).parent / target).exists()]
    assert missing == []
    assert {*targets} - files <= headings


def test_every_room_of_the_package_is_on_the_map():
    linked = {Path(target).parts[1] for target in re.findall(r"\]\((hdr_demo/[^)]+)\)", README)}
    rooms = {path.name for path in (ROOT / "hdr_demo").iterdir() if not path.name.startswith("__")}
    assert linked == rooms


def test_the_table_of_hdr_formats_states_their_precision():
    rows = dict(re.findall(r"^\| `NAME\w*(\.\w+)` \|.*?\| (exact|[\d.]+)", README, re.MULTILINE))
    stated = {suffix: row.precision for suffix, row in HDR_FORMATS.items() if suffix not in (".jpeg", ".tiff")}
    exact = stated[".tif"]
    assert {suffix: exact if said == "exact" else float(said) for suffix, said in rows.items()} == stated


def test_nothing_was_left_to_be_done():
    assert re.findall(r"TODO.*", README + CHINESE) == []


# --- The Python examples ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    example, client = blocks(README, "python")
    assert "gradio_client" in client  # tests/ui drives the endpoints
    (tmp_path / "examples").mkdir()
    for name in ("chapel.jpg", "pedestrian_overpass_pan.mp4"):
        shutil.copy(ROOT / "examples" / name, tmp_path / "examples")
    shutil.copytree(ROOT / "examples" / "bracket", tmp_path / "examples" / "bracket")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(example, "README.md", "exec"), names)
    assert (tmp_path / "chapel.exr").is_file()
    assert (tmp_path / "chapel.png").is_file()
    assert (tmp_path / "chapel.pdf").is_file()
    assert [path.name for path in names["reports"][0].files] == ["chapel_hdr.jpg", "chapel_pq.avif"]
    assert names["dark"].mean() < names["middle"].mean() < names["bright"].mean()
    assert names["photo"].hdr.max() > 1
    assert names["merged"].hdr.max() > 2 and 0.05 < names["merged"].ghosts.mean() < 0.5
    assert names["done"].frames == 12
    assert all(path.is_file() for path in names["files"].values())
    assert names["done"].level.max_cll > 203
