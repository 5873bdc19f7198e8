from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.syntax import parse, parse_all_problems
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seed"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("graph TD\nA", Flowchart),
        ("\n\n  flowchart LR\nA", Flowchart),
        ("---\ntitle: x\n---\n%% c\n%%{init: {}}%%\nflowchart-elk TD\nA", Flowchart),
        ("sequenceDiagram\nA->>B: x", SequenceDiagram),
        ("%% c\nsequenceDiagram\nA->>B: x", SequenceDiagram),
    ],
)
def test_the_first_word_tells_the_kind(text: str, kind: type) -> None:
    assert isinstance(parse(text), kind)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "there is no diagram", "begin with"),
        ("%% only a comment", "there is no diagram", "begin with"),
        ("pie title x", "pie diagrams do not run", ""),
        ("stateDiagram-v2\n", "stateDiagram-v2 diagrams do not run", ""),
        ("xychart-beta\n", "xychart-beta diagrams do not run", ""),
        ("flowchrat TD\nA", "cannot begin with 'flowchrat'", "did you mean 'flowchart'?"),
        ("A --> B", "cannot begin with 'A'", "begin with"),
        ("---\n---\ngraph TD", "cannot begin with '---'", "begin with"),
        ("(x)", "cannot begin with '('", "begin with"),
    ],
)
def test_a_text_of_no_kind_that_runs_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(MflowError, match=message.replace("(", r"\(")) as caught:
        parse(text)
    assert hint in caught.value.hint
    assert caught.value.where is not None


def test_several_problems_are_raised_together_and_returned_in_order() -> None:
    text = "graph TD\nA -> B\nC[x"
    with pytest.raises(Problems) as caught:
        parse(text)
    diagram, problems = parse_all_problems(Source(text, path="x.mmd"))
    assert diagram is None
    assert [str(problem.where) for problem in problems] == ["x.mmd:2:3", "x.mmd:3:2"]
    assert len(caught.value.problems) == 2


def test_front_matter_that_cannot_be_read_is_the_only_problem() -> None:
    diagram, problems = parse_all_problems("---\na: [\n---\ngraph TD\nA -> B")
    assert diagram is None
    assert [problem.code for problem in problems] == ["front_matter"]


def test_the_grammars_are_loaded_on_first_use() -> None:
    code = "import sys, mermaid_flow.syntax; assert 'lark' not in sys.modules; assert 'yaml' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed diagrams are not beside this repository")
def test_the_ten_seed_diagrams_parse_without_warnings() -> None:
    paths = sorted(SEEDS.glob("*.mmd"))
    assert len(paths) == 10
    for path in paths:
        assert parse(Source(path.read_text("utf-8"), str(path))).warnings == ()
