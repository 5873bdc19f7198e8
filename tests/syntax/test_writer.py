from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mermaid_flow.errors import MflowError
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.documents import read_document
from mermaid_flow.syntax.source import Source
from mermaid_flow.syntax.writer import format_document, format_source, same_meaning
from tests.syntax.diagrams import flowcharts, sequence_diagrams, soups

ROWS = Path(__file__).parents[3] / "shared" / "conformance"


def formatted(text: str) -> str:
    return format_source(Source(text))


def check_that_formatting_is_safe(text: str) -> None:
    written = formatted(text)
    assert same_meaning(parse(text), parse(written))
    assert formatted(written) == written


SEQUENCE = """\
sequenceDiagram; autonumber   10  5
 A ->> B : hi # there
    loop   x # c
note   over A , B:x
%% a comment



   ALT y
  A-x+B:
   else
     accDescr {
     foo
        bar }
     accTitle:   T
  end %% done
end
  create  participant  C   as   Text <br> more ; A()->>C: x
Participant D@{
   type: database
   }
destroy   C
C--xA: bye
activate  A ; deactivate A
links  A : {"a": "b"}
title:  The title
<
box  Aqua   T
actor E as #quot;E#quot;
end
"""

SEQUENCE_FORMATTED = """\
sequenceDiagram
    autonumber 10 5
    A->>B: hi # there
    loop x # c
        Note over A,B: x
        %% a comment

        alt y
            A-x+B:
        else
            accDescr {
                foo
                bar
            }
            accTitle: T
        end %% done
    end
    create participant C as Text <br> more
    A()->>C: x
    participant D@{
   type: database
   }
    destroy C
    C--xA: bye
    activate A
    deactivate A
    links A: {"a": "b"}
    title: The title
    <
    box Aqua T
        actor E as #quot;E#quot;
    end
"""

FLOWCHART = """\
---
title:   x
config:
   theme: base
---
%%{init: {
   "a": 1}}%%

%% hello


flowchart   LR;
A-->B;B  --  some text --> C&D   & E
   -->F -->  |yes|   G
subgraph  S [Title]
   direction TB
%% inner
A{{x}}==>|y|   Q["multi
   line"]


end
accDescr {
  one
 two }
accTitle:  T #9829;
style   A fill:#f00;
class A,B foo;classDef foo fill:#f9f
click A "http://x" "t"
"""

FLOWCHART_FORMATTED = """\
---
title:   x
config:
   theme: base
---
%%{init: {
   "a": 1}}%%

%% hello

flowchart LR
    A --> B
    B -- some text --> C&D & E --> F -->|yes| G
    subgraph S [Title]
        direction TB
        %% inner
        A{{x}} ==>|y| Q["multi
   line"]

    end
    accDescr {
        one
        two
    }
    accTitle: T #9829;
    style A fill:#f00
    class A,B foo
    classDef foo fill:#f9f
    click A "http://x" "t"
"""


class TestLayout:
    @pytest.mark.parametrize(
        ("text", "expected"), [(SEQUENCE, SEQUENCE_FORMATTED), (FLOWCHART, FLOWCHART_FORMATTED)], ids=["seq", "flow"]
    )
    def test_the_canonical_layout(self, text: str, expected: str) -> None:
        assert formatted(text) == expected
        assert formatted(expected) == expected
        check_that_formatting_is_safe(text)

    def test_line_ends_stay_as_they_are(self) -> None:
        assert formatted("graph TD\r\nA-->B\r\n\r\n\r\nB-->C") == ("graph TD\r\n    A --> B\r\n\r\n    B --> C\r\n")
        assert formatted("---\r\ntitle: x\r\n---\r\ngraph TD\r\n").startswith("---\r\ntitle: x\r\n---\r\n")

    def test_a_text_that_does_not_parse_is_not_touched(self) -> None:
        with pytest.raises(MflowError):
            formatted("flowchart TD\nA[")

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                "%%{init: {}}%%\n%% c\nsequenceDiagram\nA->>B: x",
                "%%{init: {}}%%\n%% c\nsequenceDiagram\n    A->>B: x\n",
            ),
            (
                "sequenceDiagram %%{init: {}}%%%% c\nA->>B: x",
                "sequenceDiagram\n    %%{init: {}}%%\n    %% c\n    A->>B: x\n",
            ),
            ("sequenceDiagram\nactor A@{ type: queue }  ", "sequenceDiagram\n    actor A@{ type: queue }\n"),
            (
                "sequenceDiagram\nactor A@{ type: queue } ;A->>B: x",
                "sequenceDiagram\n    actor A@{ type: queue }\n    A->>B: x\n",
            ),
        ],
    )
    def test_comments_keep_their_places_and_blanks_behind_data_go(self, text: str, expected: str) -> None:
        assert format_source(Source(text)) == expected
        assert format_source(Source(expected)) == expected

    def test_blanks_that_count_stay(self) -> None:
        # With the blank the id of this subgraph is `subGraph0`.
        assert formatted("graph TD\nsubgraph S \nA\nend") == "graph TD\n    subgraph S \n        A\n    end\n"

    def test_what_would_change_its_meaning_stays_as_it_was(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from mermaid_flow.syntax import _flowchart_writer

        # A formatter with a fault: it writes a wrong arrow.
        real = _flowchart_writer._piece
        monkeypatch.setattr(_flowchart_writer, "_piece", lambda lexeme: real(lexeme).replace("-->", "---"))
        assert formatted("graph TD\nA  ---  B\nC  -->  D\nE  ---  F") == (
            "graph TD\n    A --- B\n    C  -->  D\n    E --- F\n"
        )

    def test_nothing_is_changed_when_nothing_is_safe(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from mermaid_flow.syntax import writer

        monkeypatch.setattr(writer, "lay_out", lambda *_: "no diagram")
        assert formatted("graph TD\n  A") == "graph TD\n  A"


class TestDocuments:
    def test_only_the_fences_of_a_markdown_file_change(self, tmp_path: Path) -> None:
        path = tmp_path / "a.md"
        text = (
            "# Title\n\n*  item\n\n   ```mermaid\n   graph TD\n   A-->B\n\n\n   B-->C\n   ```\n\n> ~~~mermaid\n"
            "> sequenceDiagram\n>\n> A->>B:x\n> ~~~\n\n```mermaid\ngraph TD\nA[\n```\n\n```mermaid\npie\n```\nend"
        )
        path.write_text(text)
        changed, problems = format_document(read_document(path))
        assert changed == (
            "# Title\n\n*  item\n\n   ```mermaid\n   graph TD\n       A --> B\n\n       B --> C\n   ```\n\n"
            "> ~~~mermaid\n> sequenceDiagram\n>\n>     A->>B: x\n> ~~~\n\n"
            "```mermaid\ngraph TD\nA[\n```\n\n```mermaid\npie\n```\nend"
        )
        assert [problem.where.line if problem.where else 0 for problem in problems] == [21, 25]

    def test_a_mermaid_file_is_formatted_whole(self, tmp_path: Path) -> None:
        path = tmp_path / "a.mmd"
        path.write_bytes("\ufeffgraph TD\nA-->B".encode())
        document = read_document(path)
        changed, problems = format_document(document)
        assert (changed, problems) == ("graph TD\n    A --> B\n", [])
        assert document.encode(changed).startswith(b"\xef\xbb\xbf")

    def test_a_file_that_cannot_be_read_is_a_problem(self, tmp_path: Path) -> None:
        assert len(format_document(read_document(tmp_path / "no.mmd"))[1]) == 1


SHORT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class TestMeaning:
    @SHORT
    @given(sequence_diagrams())
    def test_sequence_diagrams_keep_their_meaning(self, text: str) -> None:
        check_that_formatting_is_safe(text)

    @SHORT
    @given(flowcharts())
    def test_flowcharts_keep_their_meaning(self, text: str) -> None:
        check_that_formatting_is_safe(text)

    @SHORT
    @given(st.one_of(soups, st.text(max_size=200)))
    def test_whatever_parses_keeps_its_meaning(self, text: str) -> None:
        try:
            parse(text)
        except MflowError:
            return
        check_that_formatting_is_safe(text)

    @pytest.mark.skipif(not ROWS.is_dir(), reason="the conformance rows are not next to this repository")
    def test_all_conformance_rows_keep_their_meaning(self) -> None:
        for path in sorted(ROWS.glob("*.jsonl")):
            for row in map(json.loads, path.read_text().splitlines()):
                try:
                    parse(row["text"])
                except MflowError:
                    continue
                check_that_formatting_is_safe(row["text"])


@pytest.mark.parametrize("text", ["A --> B;" * 4000, "subgraph S \nA\nend\n" * 1500, "A & B;" * 4000, ";" * 50_000])
def test_long_texts_take_no_more_than_linear_time(text: str) -> None:
    """With a quadratic step somewhere, one of these would run for minutes."""
    assert re.match("graph TD", formatted("graph TD\n" + text))
