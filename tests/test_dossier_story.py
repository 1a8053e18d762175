"""What docs/dossier.md tells is so: an auditor who has nothing but the file finds out each copy in which something was changed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from api.cli import app
from tests.documents import ROOT, asked

STORY = (ROOT / "docs" / "dossier.md").read_text()
WALKTHROUGH = (ROOT / "docs" / "walkthrough.md").read_text()
BLOCK = re.compile(r"```(console|python) ([\w.]+)\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^\$ (\w+) (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
SIGNING_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NOTHING = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
AUDITOR = """
import json, sys
from typer.testing import CliRunner
from api.cli import app
for line in sys.stdin:
    answer = CliRunner().invoke(app, json.loads(line))
    print(json.dumps([answer.exit_code, answer.output]), flush=True)
"""

Governance = Callable[[list[str]], tuple[int, str]]


class Told(NamedTuple):
    """What came of a command: the exit code, and what was printed."""

    line: str
    code: int
    output: str
    expected: str


@contextmanager
def auditor(folder: Path) -> Iterator[Governance]:
    """`governance` on a computer that has the program and nothing else: no variable is set, and the folder has what was handed over."""
    with subprocess.Popen([sys.executable, "-c", AUDITOR], cwd=folder, env=NOTHING, text=True,  # noqa: S603  # our own words
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        asking, heard = process.stdin, process.stdout
        assert asking is not None
        assert heard is not None

        def ask(arguments: list[str]) -> tuple[int, str]:
            asking.write(json.dumps(arguments) + "\n")
            asking.flush()
            code, output = json.loads(heard.readline())
            return code, output

        yield ask
        asking.close()


def python(*arguments: str, folder: Path) -> tuple[int, str]:
    """A program that has nothing of ours."""
    answer = subprocess.run([sys.executable, *arguments], cwd=folder, env={}, capture_output=True, text=True, check=False)  # noqa: S603  # the story's own
    return answer.returncode, answer.stdout + answer.stderr


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Told]]:
    """The folder in which the story was played, and all that was told in it."""
    data, folder = tmp_path_factory.mktemp("platform") / "data", tmp_path_factory.mktemp("handed-over")
    asked(WALKTHROUGH, data)
    operator = {"GOVERNANCE_FOLDER": str(data), "GOVERNANCE_SIGNING_KEY": SIGNING_KEY}
    found = []
    with auditor(folder) as checked, pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        for kind, who, content in BLOCK.findall(STORY):
            if who == "independent.py":
                (folder / who).write_text(content)
            elif kind == "python":
                assert python("-c", content, folder=folder) == (0, "")
            for program, line, expected in COMMAND.findall(content) if kind == "console" else ():
                arguments = line.split()
                if program == "python":
                    code, output = python(*arguments, folder=folder)
                elif who == "operator":
                    answer = CliRunner().invoke(app, arguments, env=operator)
                    code, output = answer.exit_code, answer.stdout
                else:
                    code, output = checked(arguments)
                found.append(Told(line, code, "".join(it for it in output.splitlines(keepends=True) if "━" not in it), expected))
    return folder, found


def pattern(expected: str) -> str:
    """What matches the text of the story, where `…` stands for anything on a line."""
    return ".+?".join(map(re.escape, expected.split("…")))


def test_every_command_of_the_story_answers_as_it_tells(played: tuple[Path, list[Told]]) -> None:
    _, told = played
    assert len(told) == len(re.findall(r"^\$ ", STORY, re.MULTILINE)) == 10
    for it in told:
        assert re.fullmatch(pattern(it.expected), it.output), f"$ {it.line}\n{it.output}"
        assert it.code == (1 if "Something is wrong" in it.expected else 0)


def test_the_auditor_needs_nothing_but_the_file(played: tuple[Path, list[Told]]) -> None:
    folder, _ = played
    assert {it.name for it in folder.iterdir()} == {
        "acct-2048.zip", "edited.zip", "rebuilt.zip", "signed.zip", "since.zip", "head.json", "independent.py"}


@pytest.mark.parametrize(("name", "told"), [
    ("edited.zip", "State does not match"), ("rebuilt.zip", "InvalidSignature"), ("signed.zip", "InvalidSignature")])
def test_another_program_finds_out_the_same_copies(played: tuple[Path, list[Told]], name: str, told: str) -> None:
    folder, steps = played
    key = next(it.line.split()[-1] for it in steps if "independent.py" in it.line)
    code, output = python("independent.py", name, key, folder=folder)
    assert code != 0
    assert re.search(told, output)
