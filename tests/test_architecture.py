from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LAYERS = ["api", "application", "projections", "domain"]
BESIDE_THE_LAYERS = {"packs", "tests", "bench", "docs"}
ALLOWED_IN_DOMAIN = sys.stdlib_module_names | {"msgspec", "domain"}


def imports_of(source: str) -> set[str]:
    """The top-level names that a module imports; a relative import is told as "."."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found |= {alias.name.partition(".")[0] for alias in names}
            case ast.ImportFrom(level=0, module=str(module)):
                found.add(module.partition(".")[0])
            case ast.ImportFrom():
                found.add(".")
            case _:
                pass
    return found


def pins(name: str) -> dict[str, str]:
    """The pinned version, with its marker, of each package in a constraints file."""
    lines = (line.rstrip(" \\").partition("==") for line in (ROOT / name).read_text().splitlines() if "==" in line.partition(" ;")[0])
    return {package: version for package, _, version in lines}


# Layers

def test_the_import_contracts_are_kept() -> None:
    linter = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]  # on its own: it sets up logging for all
    answer = subprocess.run(linter, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 (no input from outside)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_package_has_a_layer() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/*.py")} - BESIDE_THE_LAYERS
    assert packages == set(LAYERS) == set(PROJECT["tool"]["importlinter"]["root_packages"])


def test_every_package_that_a_contract_forbids_is_there_to_be_imported() -> None:
    forbidden = {name for contract in PROJECT["tool"]["importlinter"]["contracts"] for name in contract.get("forbidden_modules", [])}
    assert [name for name in sorted(forbidden) if find_spec(name) is None] == []


@pytest.mark.parametrize("path", sorted((ROOT / "domain").rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_domain_imports_the_standard_library_and_msgspec_alone(path: Path) -> None:
    assert imports_of(path.read_text()) - ALLOWED_IN_DOMAIN == set()


def test_an_import_is_seen_wherever_it_stands() -> None:
    source = "import a.b\nfrom c.d import e\nfrom . import f\ndef g():\n    if g:\n        import h"
    assert imports_of(source) == {"a", "c", ".", "h"}


# What is installed

def test_what_is_installed_to_run_it_is_what_it_is_tested_with() -> None:
    run, tested = pins("constraints.txt"), pins("constraints-dev.txt")
    assert len(run) > len(PROJECT["project"]["dependencies"])
    assert run.items() <= tested.items()


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-dev.txt"])
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = [block for block in text.replace("\\\n", "").splitlines() if not block.startswith("#")]
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_the_check_runs_what_a_newcomer_is_told_to_run() -> None:
    lines = [line.strip() for line in (ROOT / "Makefile").read_text().splitlines() if line.strip().startswith("python3 -m venv")]
    test = next(line for line in lines if line.endswith("pytest"))
    assert test in (ROOT / ".ci" / "run").read_text().splitlines()
