"""Milliseconds from text to AST, beside merman (Rust) and mermaid.js under jsdom.

Usage: python benchmarks/parse.py [--write] [--mermaid FOLDER | --keep-mermaid] [--rounds N] [--only NAME]

mflow and merman read the same text in turn, in one run and warm; the least processor time of the rounds counts. Of
mermaid.js, in a process of its own, it is the median. merman comes with `pip install merman`. `--mermaid` keeps the
folder that mermaid.js is installed in; without it, one is made and thrown away. `--keep-mermaid` spares the minutes
that mermaid.js takes: its figures stay those of the page, which says so. What cannot be installed is skipped.
`--write` puts the table into docs/benchmarks.md. Ends with 1 when we take longer than merman or grow faster than the
text.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mermaid_flow.syntax import parse

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- parse:begin -->", "<!-- parse:end -->"
KEPT = "The figures of mermaid.js are those of an earlier run on this machine."
SIZES = (100, 1_000, 10_000)
PACKAGES = ("mermaid@12.3.0", "jsdom@26")

Read = Callable[[str], object]


def plain_flowchart(count: int) -> str:
    """Nodes with labels, one arrow a line."""
    return "flowchart TD\n" + "".join(f"    N{i}[Node number {i}] --> N{i + 1}\n" for i in range(count))


def chain_flowchart(count: int) -> str:
    """Nodes with labels and decisions, one arrow a line."""
    lines = [f"    N{i}[Step number {i}] -->|label {i}| N{i + 1}{{Is it {i + 1}?}}" for i in range(count)]
    return "flowchart TD\n" + "\n".join(lines) + "\n"


def styled_flowchart(count: int) -> str:
    """Subgraphs, classes, comments and several kinds of arrows."""
    lines = ["flowchart LR"]
    for i in range(count // 5):
        lines += [
            f"    subgraph S{i} [Stage {i}]",
            f"        A{i}([Start]) --> B{i}[Work]:::busy",
            f"        B{i} -.-> C{i} & D{i}",
            "    end",
            f"    C{i} ==>|then| A{i + 1}",
        ]
    return "\n".join([*lines, "    classDef busy fill:#f9f,stroke:#333", ""])


def messages(count: int) -> str:
    """Messages between twenty participants."""
    lines = [f"    P{i % 20}->>P{(i * 7 + 1) % 20}: message number {i}" for i in range(count)]
    return "sequenceDiagram\n" + "\n".join(lines) + "\n"


def calls(count: int) -> str:
    """Calls with activations and their replies."""
    lines = ["sequenceDiagram"]
    for i in range(count // 2):
        lines += [f"    P{i % 20}->>+Q{i % 7}: call {i}", f"    Q{i % 7}-->>-P{i % 20}: reply {i}"]
    return "\n".join(lines) + "\n"


def conversations(count: int) -> str:
    """Ten statements at a time: mostly messages, with a note, a block with two branches, and a comment."""
    lines = ["sequenceDiagram", "    autonumber", *(f"    participant P{i} as Person {i}" for i in range(10))]
    for i in range(count // 10):
        one, other = f"P{i % 10}", f"P{(i + 3) % 10}"
        lines += [
            f"    %% round {i}",
            f"    {one}->>{other}: ask {i}",
            f"    {other}->>{one}: answer {i}",
            f"    Note over {one},{other}: they know each other",
            f"    alt it worked {i}",
            f"        {one}->>{other}: thank you",
            f"        {other}-->>{one}: welcome",
            "    else it did not",
            f"        {one}-x{other}: goodbye<br/>then",
            "    end",
            f"    {other}-){one}: later",
        ]
    return "\n".join(lines) + "\n"


GENERATED = {
    "flowchart plain": plain_flowchart,
    "flowchart chain": chain_flowchart,
    "flowchart stages": styled_flowchart,
    "sequence messages": messages,
    "sequence calls": calls,
    "sequence conversations": conversations,
}


def cases() -> dict[str, str]:
    """The texts by name."""
    texts = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "diagrams").glob("*.mmd"))}
    for name, generate in GENERATED.items():
        texts.update({f"{name} {size}": generate(size) for size in SIZES})
    return texts


def least_times(readers: dict[str, Read], text: str, rounds: int) -> dict[str, float]:
    """Milliseconds of processor time of each reader's best round. They take turns: a busy machine is busy for all."""
    times: dict[str, list[float]] = {name: [] for name in readers}
    for read in readers.values():
        read(text)
    for _ in range(rounds):
        for name, read in readers.items():
            began = time.process_time()
            read(text)
            times[name].append((time.process_time() - began) * 1000)
    return {name: min(values) for name, values in times.items()}


def merman_reader() -> tuple[Read | None, str]:
    """merman's parser, or None and why there is none."""
    try:
        from merman import Merman
    except ImportError:
        return None, "merman is not installed"
    merman = Merman()
    return lambda text: merman.parse_json(text, None), ""


def mermaid_medians(folder: Path, texts: dict[str, str], rounds: int) -> tuple[dict[str, float], str]:
    """Milliseconds that mermaid.js takes for each text in a node process of its own, or why it could not be asked."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return {}, "node and npm are not installed"
    if not (folder / "node_modules" / "mermaid").is_dir():
        install = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", *PACKAGES]
        installed = subprocess.run(install, capture_output=True, text=True, check=False)
        if installed.returncode:
            return {}, f"npm cannot install {' and '.join(PACKAGES)}"
    command = [node, str(Path(__file__).with_name("parse_mermaid.mjs")), str(folder), str(rounds)]
    answer = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=False)
    if answer.returncode:
        return {}, (answer.stderr.strip().splitlines() or ["it failed"])[-1]
    return {name: seconds * 1000 for name, seconds in json.loads(answer.stdout).items()}, ""


def written_mermaid_medians() -> tuple[dict[str, float], str]:
    """mermaid.js's column as the page has it, and the words for the page."""
    _, _, table = PAGE.read_text("utf-8").partition(BEGIN)
    rows = [line.strip("| ").split(" | ") for line in table.partition(END)[0].splitlines() if line.startswith("| ")]
    figures = {row[0]: row[-1].replace(",", "") for row in rows[1:]}
    return {name: float(figure) for name, figure in figures.items() if figure != "–"}, KEPT


def compare(texts: dict[str, str], rounds: int, folder: Path | None) -> tuple[list[str], bool]:
    """The table, and whether we are nowhere slower than merman and grow no faster than the text."""
    merman, no_merman = merman_reader()
    mermaid, no_mermaid = mermaid_medians(folder, texts, max(1, rounds // 3)) if folder else written_mermaid_medians()
    readers: dict[str, Read] = {"mflow": parse, **({"merman": merman} if merman else {})}
    lines = ["| diagram | mflow, ms | merman, ms | mflow / merman | mermaid.js, ms |", "|---|---:|---:|---:|---:|"]
    ours: dict[str, float] = {}
    slower = []
    for name, text in texts.items():
        measured = least_times(readers, text, rounds)
        ours[name] = measured["mflow"]
        cells = [name, f"{ours[name]:,.2f}", "–", "–", f"{mermaid[name]:,.1f}" if name in mermaid else "–"]
        if "merman" in measured:
            cells[2:4] = f"{measured['merman']:,.2f}", f"{ours[name] / measured['merman']:.2f}"
            slower += [name] if ours[name] > measured["merman"] else []
        lines.append(f"| {' | '.join(cells)} |")
    growing = [name for name in GENERATED if ours.get(f"{name} 10000", 0) > 30 * ours.get(f"{name} 1000", 1)]
    lines += ["", f"Slower than merman: {', '.join(slower) or 'none'}.", ""]
    lines += [f"Growing faster than the text: {', '.join(growing) or 'none'}."]
    left_out = [f"Left out: {reason}." for reason in (no_merman, no_mermaid) if reason and reason != KEPT]
    lines += ["", *left_out, *([KEPT] if no_mermaid == KEPT else [])]
    return lines, not slower and not growing


def write(lines: list[str]) -> None:
    """Put the table between its marks in the page, which gets a section for it the first time."""
    page = PAGE.read_text("utf-8") if PAGE.exists() else "# Benchmarks\n"
    if BEGIN not in page:
        page = f"{page.rstrip()}\n\n## Parsing\n\n{BEGIN}\n{END}\n"
    before, _, rest = page.partition(BEGIN)
    text = "\n".join(lines).strip()
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--mermaid", type=Path)
    parser.add_argument("--keep-mermaid", action="store_true")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    texts = {name: text for name, text in cases().items() if arguments.only in name}
    with tempfile.TemporaryDirectory() as temporary:
        folder = None if arguments.keep_mermaid else arguments.mermaid or Path(temporary)
        table, met = compare(texts, arguments.rounds, folder)
    lines = [
        f"Text to AST, warm, the best of {arguments.rounds} rounds in turn, on Python {platform.python_version()}. "
        "merman 0.9 (Rust) returns JSON, mermaid.js 12.3 its database; numbers behind a name are statements.",
        "",
        *table,
    ]
    print(*lines, sep="\n")
    if arguments.write:
        write(lines)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
