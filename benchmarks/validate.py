"""`mflow validate` as a whole process, cold, beside maid, the validator on npm.

Usage: python benchmarks/validate.py [--write] [--maid FOLDER] [--rounds N]

Both validate the same folders in turn, in one run. The best round of each counts: the others tell what else the machine
did. `--maid` keeps the folder that maid is installed in; without it, one is made and thrown away. `--write` puts the
table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- validate:begin -->", "<!-- validate:end -->"
PACKAGE = "@probelabs/maid"
GENERATED = 1_000


def main() -> int:
    """Measure and print; with --write also into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--maid", type=Path)
    parser.add_argument("--rounds", type=int, default=11)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        maid = installed(arguments.maid or Path(place) / "npm")
        if maid is None:
            return 1
        folders = {"the ten diagrams": seeds(Path(place)), f"{GENERATED:,} generated ones": generated(Path(place))}
        rows = [row(name, folder, maid, arguments.rounds) for name, folder in folders.items()]
    table = "\n".join(
        [
            f"Whole processes, cold, best of {arguments.rounds} rounds in turn, on Python {platform.python_version()}"
            f" with {os.cpu_count()} cores.",
            "",
            "| folder | mflow, s | maid, s | mflow / maid | mflow, CPU s | maid, CPU s |",
            "|---|---:|---:|---:|---:|---:|",
            *rows,
        ]
    )
    print(table)
    if arguments.write:
        write(table)
    return 0


def installed(folder: Path) -> Path | None:
    """maid's executable, installed into the folder unless it is there."""
    binary = folder / "node_modules" / ".bin" / "maid"
    if not binary.exists():
        if shutil.which("npm") is None:
            print("maid cannot be installed: there is no npm", file=sys.stderr)
            return None
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", PACKAGE], check=True)
    return binary


def seeds(place: Path) -> Path:
    """A folder with the ten diagrams of the catalog, as their source has them: without settings of ours."""
    folder = place / "ten"
    folder.mkdir()
    for file in sorted((ROOT / "diagrams").glob("*.mmd")):
        text = re.sub(r"\A---\n.*?\n---\n", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        (folder / file.name).write_text(text, encoding="utf-8")
    return folder


def generated(place: Path) -> Path:
    """A folder of flowcharts and sequences of 40 to 200 statements without a fault."""
    folder = place / "generated"
    folder.mkdir()
    for number in range(GENERATED):
        size = 40 + number % 160
        lines = ["sequenceDiagram", *(f"    A->>B: Message {i} of {number}" for i in range(size))]
        if number % 3:
            lines = ["flowchart TD"]
            for i in range(0, size, 4):
                lines += [
                    f"    N{i}[Step {i} of {number}] --> D{i}{{Is it {i}?}}",
                    f"    D{i} -->|Yes| A{i}[Do {i}]",
                    f"    D{i} -->|No| N{i + 4}",
                    f"    A{i} --> N{i + 4}[Step {i + 4} of {number}]",
                ]
        (folder / f"d{number:04}.mmd").write_text("\n".join(lines) + "\n")
    return folder


def row(name: str, folder: Path, maid: Path, rounds: int) -> str:
    """One line of the table."""
    ours, theirs = [], []
    mflow = [sys.executable, "-m", "mermaid_flow", "validate", str(folder)]
    for _ in range(rounds):
        ours.append(seconds(mflow))
        theirs.append(seconds([str(maid), str(folder)]))
    mine, other = (min(wall for wall, _ in measured) for measured in (ours, theirs))
    used, needed = (min(used for _, used in measured) for measured in (ours, theirs))
    return f"| {name} | {mine:.2f} | {other:.2f} | {mine / other:.2f} | {used:.2f} | {needed:.2f} |"


def seconds(command: list[str]) -> tuple[float, float]:
    """How long the command takes, whatever it finds, and how long processors work for it."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    wall, after = time.perf_counter() - began, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, used


def write(table: str) -> None:
    """Put the table between the page's marks."""
    text = PAGE.read_text(encoding="utf-8")
    if BEGIN not in text:
        text = f"{text.rstrip()}\n\n## Validating\n\n{BEGIN}\n{END}\n"
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n{table}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
