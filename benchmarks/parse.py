"""Seconds from text to AST, side by side with merman (Rust) and, where it is installed, mermaid.js under jsdom.

Usage: python benchmarks/parse.py [--mermaid FOLDER] [--repeat N] [--only NAME]

merman comes with `pip install merman`. FOLDER is one in which `npm install mermaid@12.3.0 jsdom` was run. Diagrams are
the ten of this repository, and generated ones of 100, 1,000 and 10,000 statements. All parsers read the same text in
turn in one run; the best of the repetitions counts, all warm. Ends with 1 when we are slower than merman or do not grow
linearly.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mermaid_flow.syntax import parse

HERE = Path(__file__).parent
SIZES = (100, 1_000, 10_000)


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
    "flowchart chain": chain_flowchart,
    "flowchart stages": styled_flowchart,
    "sequence messages": messages,
    "sequence calls": calls,
    "sequence conversations": conversations,
}


def cases() -> dict[str, str]:
    """The texts by name."""
    texts = {path.stem: path.read_text("utf-8") for path in sorted((HERE.parent / "diagrams").glob("*.mmd"))}
    for name, generate in GENERATED.items():
        texts.update({f"{name} {size}": generate(size) for size in SIZES})
    return texts


def best(read: Callable[[str], object], text: str, repeat: int) -> float:
    """Seconds of the quickest of several runs."""
    times = []
    for _ in range(repeat):
        began = time.perf_counter()
        read(text)
        times.append(time.perf_counter() - began)
    return min(times)


def mermaid_seconds(folder: Path, texts: dict[str, str], repeat: int) -> dict[str, float]:
    """What mermaid.js takes for each text, in a node process of its own that has warmed up."""
    command = ["node", str(HERE / "parse_mermaid.mjs"), str(folder), str(repeat)]
    answer = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    seconds: dict[str, float] = json.loads(answer.stdout)
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mermaid", type=Path)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    from merman import Merman

    merman = Merman()
    texts = {name: text for name, text in cases().items() if arguments.only in name}
    peers = mermaid_seconds(arguments.mermaid, texts, max(1, arguments.repeat // 3)) if arguments.mermaid else {}
    ours: dict[str, float] = {}
    slower = []
    print(f"{'diagram':30} {'mflow ms':>10} {'merman ms':>10} {'ratio':>6} {'mermaid.js ms':>14}")
    for name, text in texts.items():
        parse(text)
        ours[name] = best(parse, text, arguments.repeat)
        theirs = best(lambda it: merman.parse_json(it, None), text, arguments.repeat)
        if ours[name] > theirs:
            slower.append(name)
        peer = f"{peers[name] * 1000:14.2f}" if name in peers else ""
        print(f"{name:30} {ours[name] * 1000:10.2f} {theirs * 1000:10.2f} {ours[name] / theirs:6.2f} {peer}")
    growing = [
        name for name in GENERATED if f"{name} 10000" in ours and ours[f"{name} 10000"] > 20 * ours[f"{name} 1000"]
    ]
    print(f"slower than merman: {', '.join(slower) or 'none'}")
    print(f"growing faster than the text: {', '.join(growing) or 'none'}")
    return 1 if slower or growing else 0


if __name__ == "__main__":
    sys.exit(main())
