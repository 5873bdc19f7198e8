"""Runs the README's commands as they are written: `python -m tools.readme_commands`.

The command that runs the tests is left to the caller; `--test-command` prints it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TEST = "python3 bootstrap.py test"


def commands() -> list[str]:
    """Every line of the README's shell blocks."""
    blocks = _BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def main() -> int:
    """Run all commands in order, stopping at the first that fails."""
    if "--test-command" in sys.argv[1:]:
        print(next(command for command in commands() if command == _TEST))
        return 0
    for command in commands():
        if command == _TEST:
            continue
        print(f"$ {command}", flush=True)
        words = shlex.split(command)
        if words[0] == "mflow":
            words[0] = str(ROOT / ".venv" / "bin" / "mflow")
        status = subprocess.call(words, cwd=ROOT)
        if status:
            print(f"the README's command ended with {status}: {command}", file=sys.stderr)
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
