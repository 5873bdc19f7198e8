"""Writes requirements.lock, the versions that everything was tested with: `python -m tools.lock`.

It is a constraints file without addresses, so that it works with every index and mirror.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Resolve all extras for all supported Pythons."""
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "compile", "--all-extras", "--universal", "--python-version", "3.11", "--quiet"]
    plain = ["--no-header", "--no-annotate", "--no-emit-index-url", "--output-file", "requirements.lock"]
    return subprocess.call([*command, *plain, "pyproject.toml"], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
