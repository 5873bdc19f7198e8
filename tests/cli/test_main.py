"""The command itself: help without imports, suggestions, exit codes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mermaid_flow import __version__
from mermaid_flow.cli.main import COMMANDS
from tests.cli.conftest import Mflow

HEAVY = ("boto3", "moto", "dbos", "starlette", "mermaid_render", "networkx", "rich", "lark", "hcl2")


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, runpy; sys.argv=['mflow','--help']\n"
        "try: runpy.run_module('mermaid_flow', run_name='__main__')\n"
        "except SystemExit: pass\n"
        f"print('LOADED', [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout
    for name, (_, line) in COMMANDS.items():
        assert name in done.stdout
        assert line in done.stdout


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help(mflow: Mflow, name: str) -> None:
    done = mflow(name, "--help")
    assert done.code == 0
    assert "Usage:" in done.out


def test_the_version_is_told(mflow: Mflow) -> None:
    assert __version__ in mflow("--version").out


def test_a_mistyped_command_is_suggested(mflow: Mflow) -> None:
    done = mflow("rnu")
    assert done.code == 2
    assert "did you mean 'run" in done.err
    assert "see mflow --help" in mflow("xyzzy").err


def test_usage_errors_end_with_2(mflow: Mflow) -> None:
    assert mflow("run").code == 2
    assert mflow("run", "x", "--parallel", "0").code == 2
