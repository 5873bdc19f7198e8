"""The time that a flowchart takes grows with its length and not faster, whatever is in it.

Work in Python is counted. Work in regular expressions cannot be, so texts that are long enough for anything faster than
linear growth to take minutes are read by a process that is allowed far less.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from mermaid_flow.syntax import parse_all_problems

# What is repeated, and what stands before and after it.
LONG_TEXTS = {
    "id": ("A-", "", ""),
    "unclosed brackets": ("A[", "", ""),
    "unclosed quotes": ('A["', "", ""),
    "one unclosed quote": ("x", 'A["', ""),
    "empty quotes": ('""', "A[", "x"),
    "round brackets": ("(", "A", ""),
    "plain link texts": ("A -- ", "", ""),
    "plain link texts on lines": ("A -- x\n", "", ""),
    "thick link texts": ("A == ", "", ""),
    "dotted link texts": ("A -. ", "", ""),
    "labels": ("A -->|", "", ""),
    "groups": ("A & ", "", ""),
    "chain": ("A-->", "", "B"),
    "chain with a mistake": ("A --> ", "", "B C"),
    "semicolons": (";", "", ""),
    "blanks": (" ", "A", "x"),
    "blank lines": (" \n", "A", "["),
    "dashes": ("-", "A ", ""),
    "dots": (".", "A", "x"),
    "equals signs": ("=", "A ", "y"),
    "tildes": (" ~", "A[", ""),
    "directives": ("%%{a ", "", ""),
    "tags": ("<a ", "A[", '] ="'),
    "tags in a label": ("<script></script>", 'A["', '"]'),
    "open tags in a label": ("<a", 'A["', '"]'),
    "codes": ("#a", 'A["', '"]'),
    "fences": ("---\n", "", ""),
    "edge ids": ("A a@ ", "", ""),
    "data": ("@{ a: b }", "A", ""),
    "slopes": ("/", "A[/", ""),
    "style": (",a:b", "style A a:b", "("),
    "style signs": ("#", "style A a:", ""),
    "style colours": ("style A fill:#f;", "", ""),
    "class": (",A", "class A", " c ("),
    "link style": (",0", "A-->B\nlinkStyle 0", " a:b"),
    "titles": ("a ", "subgraph ", "="),
    "directions": ("A[direction LR] ", "", ""),
    "descriptions": ("accDescr{", "", ""),
    "arguments": ("x", "click A call f(", ""),
    "mistakes": ("A B\n", "", ""),
    "letters": ("é", "", ""),
}
# What makes a list, a tree or a table grow.
MANY_STATEMENTS: dict[str, Callable[[int], str]] = {
    "nodes and edges": lambda n: "".join(f"N{i}[a] --> N{i + 1}\n" for i in range(n)),
    "one node defined over and over": lambda n: "A[|a:b|x]:::c\nstyle A a:b\nclass A c\n" * n,
    "one subgraph over and over": lambda n: "subgraph S\nA\nend\n" * n,
    "subgraphs": lambda n: "".join(f"subgraph S{i}\nA{i} --> B\nend\n" for i in range(n)),
    "edges with ids": lambda n: "".join(f"A e{i}@--> B\ne{i}@{{ animate: true }}\n" for i in range(n)),
    "comments": lambda n: "A --> B\n%% c\n" * n,
    "carriage returns": lambda n: "A --> B\r\n" * n,
    "many groups": lambda n: "A & B & C --> A & B & C\n" * n,
    "lines with a direction": lambda n: "A[direction LR]\n" * n,
    "links": lambda n: "A --> B\n" * n + "".join(f"linkStyle {i} a:b\n" for i in range(n)),
}


def text_of(name: str, count: int) -> str:
    if name in MANY_STATEMENTS:
        return MANY_STATEMENTS[name](count)
    repeated, before, after = LONG_TEXTS[name]
    return before + repeated * count + after


def work(text: str) -> int:
    """How many functions are called while a text is read, those that are written in C included."""
    count = 0

    def calls(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(calls)
    try:
        parse_all_problems(f"flowchart TD\n{text}")
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", [*LONG_TEXTS, *MANY_STATEMENTS])
def test_twice_the_text_is_at_most_twice_the_work(name: str) -> None:
    parse_all_problems(text_of(name, 2))
    once, twice = work(text_of(name, 200)), work(text_of(name, 400))
    assert twice <= 2.1 * once + 200


def test_no_regular_expression_goes_over_a_long_text_again_and_again() -> None:
    texts = [before + repeated * (200_000 // len(repeated)) + after for repeated, before, after in LONG_TEXTS.values()]
    code = (
        "import resource, sys\n"
        "from mermaid_flow.syntax import parse_all_problems\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (60, 60))\n"
        "for text in sys.stdin.read().split('\\0'):\n"
        "    parse_all_problems('flowchart TD\\n' + text)\n"
    )
    pytest.importorskip("resource", reason="this system cannot limit a process's time")
    subprocess.run([sys.executable, "-c", code], input="\0".join(texts), text=True, check=True)
