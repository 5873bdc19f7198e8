#!/usr/bin/env python3
"""Sets everything up from a fresh clone and runs one command: Python and nothing else is needed.

    python3 bootstrap.py run diagrams/vpc.mmd --vars vars/dev.yaml      # any mflow command
    python3 bootstrap.py test                                          # the whole test suite

It makes `.venv/` beside itself (so it works where the system's Python is externally managed), installs mermaid-flow
with the versions of requirements.lock, and fetches Terraform when there is none. Later calls find all that and start
at once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
EXTRAS = {"run": "local,render", "test": "dev"}
OLDEST = (3, 11)


def main() -> None:
    """Set up what the command needs, then become it."""
    if sys.version_info < OLDEST:
        sys.exit(f"mermaid-flow needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.")
    arguments = sys.argv[1:] or ["--help"]
    testing = arguments[0] == "test"
    make_environment()
    install(EXTRAS["test" if testing else "run"])
    if not (shutil.which("terraform") or shutil.which("tofu")):
        status = subprocess.call([PYTHON, "-m", "mermaid_flow", "toolchain", "install", "--if-missing"])
        if status:
            sys.exit(status)
    # Tests of Terraform wait more than they work, so there are more of them at once than cores.
    tests = ["-m", "pytest", "-n", "4", "--dist", "worksteal", *arguments[1:]]
    command = tests if testing else ["-m", "mermaid_flow", *arguments]
    os.chdir(ROOT if testing else Path.cwd())
    os.execv(PYTHON, [str(PYTHON), *command])


def make_environment() -> None:
    """Create `.venv`; where the distribution split pip away from Python, borrow the system's pip."""
    if PYTHON.exists():
        return
    print(f"Creating {VENV.name}/ …", flush=True)
    try:
        venv.create(VENV, with_pip=True, symlinks=True)
    except (subprocess.CalledProcessError, OSError, SystemExit):
        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, with_pip=False, symlinks=True)
        borrow = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"]
        if subprocess.call(borrow):
            shutil.rmtree(VENV, ignore_errors=True)
            sys.exit("This Python has neither ensurepip nor pip. Install python3-venv (Debian, Ubuntu) and try again.")


def install(extras: str) -> None:
    """Install the project with these extras, unless that was done for the present lock file and project file."""
    lock = ROOT / "requirements.lock"
    digest = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = VENV / f"installed-{extras.replace(',', '-')}"
    if stamp.exists() and stamp.read_text() == digest:
        return
    print(f"Installing mermaid-flow[{extras}] …", flush=True)
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.call([*pip, "--constraint", lock, "--editable", f"{ROOT}[{extras}]"]):
        sys.exit("The installation failed; pip's message stands above.")
    stamp.write_text(digest)


if __name__ == "__main__":
    main()
