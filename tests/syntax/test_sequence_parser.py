from __future__ import annotations

import pytest

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.syntax import parse, parse_all_problems
from mermaid_flow.syntax.sequence import (
    Activation,
    Autonumber,
    Box,
    Fragment,
    Lifecycle,
    Message,
    Note,
    SequenceDiagram,
)
from mermaid_flow.syntax.sequence_parser import parse_sequence
from mermaid_flow.syntax.source import Source, Span


def diagram(text: str) -> SequenceDiagram:
    return parse_sequence(Source(f"sequenceDiagram\n{text}"))


def message(text: str) -> Message:
    (statement,) = diagram(text).body
    assert isinstance(statement, Message)
    return statement


def messages_of(text: str) -> list[str]:
    """All problems of a text without its header, as `line: message`."""
    found, problems = parse_all_problems(f"sequenceDiagram\n{text}")
    assert found is None
    return [f"{problem.where.line if problem.where else '?'}: {problem.message}" for problem in problems]


def hint_of(text: str) -> str:
    with pytest.raises(MflowError) as caught:
        diagram(text)
    return caught.value.hint


def warnings_of(text: str) -> list[str]:
    return [warning for warning, _ in diagram(text).warnings]


class TestMessages:
    @pytest.mark.parametrize(
        ("arrow", "name"),
        [
            ("->", "SOLID_OPEN"),
            ("-->", "DOTTED_OPEN"),
            ("->>", "SOLID"),
            ("-->>", "DOTTED"),
            ("-x", "SOLID_CROSS"),
            ("--X", "DOTTED_CROSS"),
            ("-)", "SOLID_POINT"),
            ("--)", "DOTTED_POINT"),
            ("<<->>", "BIDIRECTIONAL_SOLID"),
            ("<<-->>", "BIDIRECTIONAL_DOTTED"),
            ("-|\\", "SOLID_TOP"),
            ("--|/", "SOLID_BOTTOM_DOTTED"),
            ("-\\\\", "STICK_TOP"),
            ("--//", "STICK_BOTTOM_DOTTED"),
            ("/|-", "SOLID_ARROW_TOP_REVERSE"),
            ("\\|--", "SOLID_ARROW_BOTTOM_REVERSE_DOTTED"),
            ("//-", "STICK_ARROW_TOP_REVERSE"),
            ("\\\\--", "STICK_ARROW_BOTTOM_REVERSE_DOTTED"),
        ],
    )
    def test_every_arrow_has_mermaids_name(self, arrow: str, name: str) -> None:
        for text in (f"A{arrow}B: x", f"A {arrow} B : x"):
            assert (message(text).source, message(text).arrow, message(text).target) == ("A", name, "B")

    @pytest.mark.parametrize(
        ("text", "central"),
        [
            ("A()->>B: x", "CENTRAL_CONNECTION_REVERSE"),
            ("A->>()B: x", "CENTRAL_CONNECTION"),
            ("A () -->> () B: x", "CENTRAL_CONNECTION_DUAL"),
        ],
    )
    def test_a_central_connection_stands_at_either_end(self, text: str, central: str) -> None:
        assert message(text).central == central

    def test_plus_activates_the_target_and_minus_ends_the_source(self) -> None:
        call, reply = diagram("A->>+B: x\nB-->>-A: y").body
        assert isinstance(call, Message)
        assert isinstance(reply, Message)
        assert (call.activate, call.deactivate) == (True, False)
        assert (reply.activate, reply.deactivate) == (False, True)

    def test_a_text_may_be_empty_or_hold_colons(self) -> None:
        assert message("A->>B:").text == ""
        assert message("A->>B: a: b").text == "a: b"

    def test_a_text_is_what_people_read(self) -> None:
        assert message("A->>B: Hi,</br> <b>you</b> #lt;br#gt; #35;1 &lt co").text == "Hi,\nyou <br> #1 < co"

    @pytest.mark.parametrize(("prefix", "wrap"), [("wrap:", True), ("nowrap:", False), ("", None)])
    def test_wrap_is_not_part_of_the_text(self, prefix: str, wrap: bool | None) -> None:
        found = message(f"A->>B:{prefix} x")
        assert (found.text, found.wrap) == ("x", wrap)

    def test_places_are_those_of_the_source(self) -> None:
        source = Source("---\ntitle: x\n---\nsequenceDiagram\r\n  %% c\r\n  A->>B: some text  \r\n  A->>B: y\n")
        first, second = parse_sequence(source).body
        assert isinstance(first, Message)
        assert isinstance(second, Message)
        assert first.text_span is not None
        assert source.text[slice(*first.span)] == "A->>B: some text"
        assert source.text[slice(*first.text_span)] == "some text"
        assert source.text[slice(*second.span)] == "A->>B: y"

    def test_places_hold_after_a_directive_within_a_line(self) -> None:
        source = Source("sequenceDiagram\nA->>B: one %%{wrap}%%two\nA->>B: three\n")
        first, second = parse_sequence(source).body
        assert isinstance(first, Message)
        assert isinstance(second, Message)
        assert source.text[slice(*first.span)] == "A->>B: one %%{wrap}%%two"
        assert source.text[slice(*second.span)] == "A->>B: three"

    def test_names_may_hold_what_is_no_arrow(self) -> None:
        assert message("Alice (x)-y->>end_user: x").source == "Alice (x)-y"
        assert message("A#quot;B->>C: x").source == 'A"B'
        assert message("ending->>options: x").target == "options"

    def test_a_semicolon_ends_a_message(self) -> None:
        assert len(diagram("A->>B: x; B->>A: y;;\n;").body) == 2


class TestParticipants:
    def test_the_first_mention_fixes_the_order_and_a_later_alias_the_text(self) -> None:
        found = diagram("B->>A: x\nparticipant A as Alice\nactor C").participants
        assert [(p.id, p.description, p.type, p.declared) for p in found.values()] == [
            ("B", "B", "participant", False),
            ("A", "Alice", "participant", True),
            ("C", "C", "actor", True),
        ]

    def test_a_second_declaration_without_a_text_changes_nothing(self) -> None:
        assert diagram("participant A\nactor A").participants["A"].type == "participant"
        assert "stays a participant" in warnings_of("participant A\nactor A")[0]
        assert warnings_of("participant A\nparticipant A") == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("participant A as the <br/> first", ("A", "the\nfirst", "participant")),
            ("participant A as wrap: x", ("A", "x", "participant")),
            ("participant A as", ("A", "", "participant")),
            ("participant A B", ("A B", "A B", "participant")),
            ("participant end-user #1", ("end-user #1", "end-user #1", "participant")),
            ("participant A # not: this", ("A", "A", "participant")),
            ("participant A as x # a; b", ("A", "x", "participant")),
            ("participant a@b as x", None),
            ('participant A@{ "type": "database" }', ("A", "A", "database")),
            ('participant A @{ type: queue, alias: "Q 1" }', ("A", "Q 1", "queue")),
            ('actor A@{ "alias": "Q" } as Z', ("A", "Z", "actor")),
            ("participant A@{\n  type: entity\n  alias: E\n}", ("A", "E", "entity")),
            ("participant A@{ some text }", ("A", "A", "participant")),
            ("participant A@{\n- x\n}", ("A", "A", "participant")),
            ('participant A@{ "type": "database" } # note', ("A", "A", "database")),
            ('participant A@{ "type": "database" }  \n \n', ("A", "A", "database")),
            ('participant A@{ : x, "type": "database" }', ("A", "A", "database")),
        ],
    )
    def test_declarations(self, text: str, expected: tuple[str, str, str] | None) -> None:
        if expected is None:
            assert messages_of(text) == ["2: a participant's name cannot hold `@`"]
        else:
            (found,) = diagram(text).participants.values()
            assert (found.id, found.description, found.type) == expected

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("participant", "2: a name is missing here"),
            ("participant # x", "2: a name is missing here"),
            ("participant A,B", "2: a participant's name cannot hold `,`"),
            ("participant :", "2: a participant's name cannot hold `:`"),
            ("participant A@{ x", "2: this `@{` is never closed"),
            ("participant A@{}", "2: `@{}` is empty"),
            ("participant A@{ a: b } c", "2: only `as` and a text can follow here"),
            ("participant A@{ a: b } \nA->>B: x", "2: Mermaid refuses blanks between `}` and the line end"),
            ("participant A@{ a: [ }", "2: this is not valid YAML: did not find expected node content"),
            ('participant A@{\n  a: "b",\n  c: d\n}', "3: this is not valid YAML: "),
            ("destroy A as B", "2: only a name can stand here"),
            ("activate A@{ a: b }", "2: only a name can stand here"),
        ],
    )
    def test_mistakes_in_declarations(self, text: str, problem: str) -> None:
        assert any(found.startswith(problem) for found in messages_of(text)), messages_of(text)

    def test_a_yaml_mistake_is_reported_at_its_place(self) -> None:
        _, (problem,) = parse_all_problems("sequenceDiagram\nparticipant A@{ type: [ }\n")
        assert problem.where is not None
        assert (problem.where.line, problem.where.column) == (2, 25)

    def test_links_and_properties(self) -> None:
        text = (
            'links A: {"Repo": "https://r"}\nlink A: Wiki @ https://w?a=b@c\nlink A: nothing\n'
            'properties A: {"class": "x"}\ndetails A: some-id\nlinks A: not json\nproperties A: [1]'
        )
        found = diagram(text)
        assert found.participants["A"].links == {"Repo": "https://r", "Wiki": "https://w?a=b@c"}
        assert found.participants["A"].properties == {"class": "x"}
        assert [warning for warning, _ in found.warnings] == [
            "these links are not a JSON object: Mermaid ignores them",
            "these properties are not a JSON object: Mermaid ignores them",
        ]

    def test_deep_json_does_no_harm(self) -> None:
        assert len(diagram("links A: " + "[" * 100_000).warnings) == 1

    def test_create_and_destroy(self) -> None:
        found = diagram("A->>B: x\ncreate actor C as Cee\nB->>C: y\ndestroy C\nC-xA: z")
        assert [(s.actor, s.creates) for s in found.body if isinstance(s, Lifecycle)] == [("C", True), ("C", False)]
        assert found.participants["C"].type == "actor"

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("create participant C\nA->>B: x", "2: 'C' is created, but the next message does not go to it"),
            ("A->>B: x\ndestroy B\nA->>C: y", "3: 'B' is destroyed, but has no part in the next message"),
            ("A->>B: x\ncreate participant B\nA->>B: y", "3: 'B' cannot be created: it is there already"),
        ],
    )
    def test_mistakes_with_create_and_destroy(self, text: str, problem: str) -> None:
        assert messages_of(text) == [problem]

    def test_boxes(self) -> None:
        found = diagram(
            "box rgb(1, 2, 3) The <b>team</b>\nparticipant A\ndestroy A\nend\nbox Aqua\nactor B\nend\n"
            'box "Other"\nend\nparticipant C\nA->>B: x'
        )
        assert [(box.title, box.fill, box.actors) for box in found.boxes] == [
            ("The team", "rgb(1, 2, 3)", ("A",)),
            ("", "Aqua", ("B",)),
            ('"Other"', "transparent", ()),
        ]
        assert isinstance(found.boxes[0], Box)
        assert [participant.box for participant in found.participants.values()] == [0, 1, None]

    def test_a_participant_cannot_stand_in_two_boxes(self) -> None:
        text = "box a\nparticipant A\nend\nbox b\nparticipant A\nend"
        assert messages_of(text) == ["6: participant 'A' stands in two boxes"]

    def test_a_box_can_take_up_a_participant_named_before(self) -> None:
        assert diagram("participant A\nbox b\nparticipant A\nend").participants["A"].box == 0

    def test_activations_are_counted_in_the_order_of_the_text(self) -> None:
        found = diagram("activate A\ndeactivate A")
        assert found.body == (Activation("A", True, Span(16, 26)), Activation("A", False, Span(27, 39)))
        assert found.participants == {}
        text = "A->>+B: x\nalt a\nB-->>-A: y\nelse b\nB-->>-A: z\nend\ndeactivate B"
        assert messages_of(text) == ["6: 'B' is not active here", "8: 'B' is not active here"]


class TestOtherStatements:
    def test_notes(self) -> None:
        found = diagram("Note over A : x\nnote OVER A, B: y\nNote left of A: z\nNote right of C: wrap: w").body
        assert [(n.placement, n.actors, n.text, n.wrap) for n in found if isinstance(n, Note)] == [
            ("over", ("A",), "x", None),
            ("over", ("A", "B"), "y", None),
            ("left", ("A",), "z", None),
            ("right", ("C",), "w", True),
        ]

    @pytest.mark.parametrize(
        ("text", "start", "step", "visible"),
        [
            ("", None, None, True),
            (" %% c", None, None, True),
            (" 10", 10, 1, True),
            (" 10.1 .05", 10.1, 0.05, True),
            (" off", None, None, False),
        ],
    )
    def test_autonumber(self, text: str, start: float | None, step: float | None, visible: bool) -> None:
        (statement,) = diagram(f"autonumber{text}\n").body
        assert isinstance(statement, Autonumber)
        assert (statement.start, statement.step, statement.visible) == (start, step, visible)

    def test_autonumber_takes_numbers_or_off(self) -> None:
        assert messages_of("autonumber 1 off\n") == ["2: `autonumber` takes numbers or `off`, not both"]
        assert messages_of("autonumber 1.234\n") == ["2: this `autonumber` cannot be read"]
        assert messages_of("autonumber \nA->>B: x") == ["2: this `autonumber` cannot be read"]

    def test_titles_and_descriptions(self) -> None:
        found = diagram("title: A <b>b</b>\naccTitle: T\naccDescr {\n  one\n  two }\nA->>B: x")
        assert (found.title, found.acc_title, found.acc_descr) == ("A b", "T", "one\ntwo")
        assert diagram("title T\naccDescr: d; e").acc_descr == "d; e"
        assert parse_sequence(Source("---\ntitle: front\n---\nsequenceDiagram")).title == "front"
        assert messages_of("accDescr { open\nA->>B: x") == ["2: this `{` is never closed"]

    @pytest.mark.parametrize(("text", "kept"), [("{}", "first"), ("{ \n}", "first"), ("{\n\n", "")])
    def test_an_empty_description_need_not_be_closed_where_the_text_ends(self, text: str, kept: str) -> None:
        assert diagram(f"accDescr: first\naccDescr {text}").acc_descr == kept

    def test_fragments_nest(self) -> None:
        text = "par a\nA->>B: x\nand b\nloop l\nA->>B: y\nend\nend"
        source = Source(f"sequenceDiagram\n{text}")
        (found,) = parse_sequence(source).body
        assert isinstance(found, Fragment)
        assert (found.kind, [branch.text for branch in found.branches]) == ("par", ["a", "b"])
        assert source.text[slice(*found.span)] == text
        assert source.text[slice(*found.branches[1].span)] == "and b"
        (inner,) = found.branches[1].body
        assert isinstance(inner, Fragment)
        assert inner.kind == "loop"

    @pytest.mark.parametrize("kind", ["loop", "opt", "alt", "par", "par_over", "critical", "break", "rect"])
    def test_every_kind_of_fragment(self, kind: str) -> None:
        (found,) = diagram(f"{kind.upper()} some <br> text\nend").body
        assert isinstance(found, Fragment)
        assert (found.kind, found.branches[0].text) == (kind, "some\ntext")

    @pytest.mark.parametrize(("kind", "branch"), [("alt", "else"), ("par_over", "and"), ("critical", "option")])
    def test_every_kind_of_branch(self, kind: str, branch: str) -> None:
        (found,) = diagram(f"{kind} a\n{branch} b\n{branch}\nend").body
        assert isinstance(found, Fragment)
        assert [part.text for part in found.branches] == ["a", "b", ""]

    def test_comments_are_kept_with_their_places(self) -> None:
        source = Source("%% one\nsequenceDiagram\nloop # two\n  %% three\nend %% four\nA->>B: x %% text")
        comments = parse_sequence(source).comments
        assert [comment.text.strip() for comment in comments] == ["one", "two", "three", "four"]
        assert [source.text[slice(*comment.span)] for comment in comments][1] == "# two"

    def test_statements_may_follow_the_header_and_end_on_one_line(self) -> None:
        assert len(diagram("").body) == 0
        assert len(parse_sequence(Source("sequenceDiagram A->>B: x; loop y; end A->>B: z")).body) == 3

    def test_an_empty_line_with_percent_signs_before_the_header(self) -> None:
        assert isinstance(parse("%%\n\nsequenceDiagram\nA->>B: x"), SequenceDiagram)


class TestWarnings:
    @pytest.mark.parametrize(
        ("text", "warning"),
        [
            ("A->>B: a # b", "`#` starts a comment: the rest of this line is lost"),
            ("rect #fff\nend", "`#` starts a comment: the rest of this line is lost"),
            ("%A->>B: x", "a `%` at this place hides the rest of the line"),
            ("A%%B->>C: x", "a `%` at this place hides the rest of the line"),
            ("A->>B: x %% y", "`%%` is a part of the text here, not a comment"),
            ("participant A %% y", "`%%` is a part of the text here, not a comment"),
            ("> participant A", "Mermaid drops this `>`"),
        ],
    )
    def test_what_mermaid_loses_in_silence_is_a_warning(self, text: str, warning: str) -> None:
        (found,) = warnings_of(text)
        assert found.startswith(warning)


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("foo", "this is no statement of a sequence diagram"),
            ("??", "this is no statement of a sequence diagram"),
            ("A->B", "this message has no text"),
            ("A--->B: x", "`--->` is not an arrow"),
            ("A=>B: x", "`=>` is not an arrow"),
            ("A→B: x", "`→` is not an arrow"),
            ("->>B: x", "a participant's name is missing before this arrow"),
            ("A->>: x", "a participant's name is missing here"),
            ("A->>B->>C: x", "a participant's name cannot hold `->>` in a message"),
            ("A->>B,C: x", "a participant's name cannot hold `,` in a message"),
            ("A+->>B: x", "a participant's name cannot hold `+` in a message"),
            ("A()->>+B: x", "`()` and `+` cannot stand in one message"),
            ("A->>#B: x", "this message cannot be read"),
            ("A->>loop: x", "`loop` is a keyword, and a participant's name cannot begin with it in a message"),
            ("over->>B: x", "`over` is a keyword, and a participant's name cannot begin with it in a message"),
            ("end->>B: x", "`end` is a keyword, and a participant's name cannot begin with it in a message"),
            ("loop->>B: x", "`loop` is a keyword, and a participant's name cannot begin with it in a message"),
            ("note->>B: x", "`note` is a keyword, and a participant's name cannot begin with it in a message"),
            ("Note A: x", "this `Note` cannot be read"),
            ("create A", "this `create` cannot be read"),
            ("end", "this `end` closes nothing"),
            ("else x", "`else` stands outside of `alt`"),
            ("and x", "`and` stands outside of `par`"),
            ("option x", "`option` stands outside of `critical`"),
            ("sequenceDiagram", "a second `sequenceDiagram` cannot stand here"),
            ("loop x\nA->>B: y", "this `loop` is never closed"),
        ],
    )
    def test_what_is_wrong_is_said(self, text: str, problem: str) -> None:
        assert messages_of(text) == [f"2: {problem}"]

    @pytest.mark.parametrize(
        ("text", "hint"),
        [
            ("A--->B: x", "did you mean `-->`?"),
            ("A→B: x", "the common arrows are `->>` and `-->>`"),
            ("A->>B: a; b", "a `;` ends a statement: write `#59;` for the sign in a text"),
            ("partcipant A", "did you mean 'participant'?"),
            ("par x\nelse y\nend", "the branches of `par` begin with `and`"),
        ],
    )
    def test_what_was_meant_is_said(self, text: str, hint: str) -> None:
        assert hint_of(text) == hint

    def test_all_mistakes_are_reported_in_the_order_of_the_text(self) -> None:
        text = "foo\nA->>B: x\nA->B\nalt a\nand b\nend\nparticipant A:B\nA->>B: x"
        assert [problem.split(":")[0] for problem in messages_of(text)] == ["2", "4", "6", "8"]
        with pytest.raises(Problems):
            diagram(text)

    def test_one_mistake_is_one_problem(self) -> None:
        assert messages_of("lop x\nA->>B: y\nend") == ["2: this is no statement of a sequence diagram"]
        assert messages_of("A->+B: x\nfoo\nB-->>-A: y") == ["3: this is no statement of a sequence diagram"]
        assert messages_of("A->B\nB-->>-A: y") == ["2: this message has no text"]
        open_box = "box a\nparticipant A\nA->>B: x\nNote over A: y\nloop z\nend\n"
        assert messages_of(open_box) == ["4: a box holds only participants"]

    def test_every_open_block_is_named(self) -> None:
        assert messages_of("loop a\nalt b") == ["2: this `loop` is never closed", "3: this `alt` is never closed"]

    @pytest.mark.parametrize("text", ["", "A->>B: x", "sequencediagram\nA->>B: x", ";sequenceDiagram"])
    def test_without_a_header_there_is_no_diagram(self, text: str) -> None:
        with pytest.raises(MflowError, match="a sequence diagram begins with `sequenceDiagram`"):
            parse_sequence(Source(text))

    def test_problems_are_not_without_end(self) -> None:
        _, problems = parse_all_problems("sequenceDiagram\n" + "foo;" * 100_000)
        assert len(problems) == 100

    def test_nesting_is_bounded(self) -> None:
        _, problems = parse_all_problems("sequenceDiagram\n" + "loop\n" * 5_000 + "end\n" * 5_000)
        assert [problem.message for problem in problems] == ["more than 100 blocks stand inside one another"]


LONG = 300_000


@pytest.mark.parametrize(
    "text",
    [
        "A->>B: x\n" * (LONG // 9),
        "A->>B: x;" * (LONG // 9),
        "A" * LONG,
        "A-" * (LONG // 2),
        "A(" * (LONG // 2),
        "A->>" + " \n" * (LONG // 2),
        "participant A@{ x: y\n" * (LONG // 21),
        "participant A#" + " " * LONG + ":",
        "accDescr {\n" * (LONG // 11),
        "accTitle" + " " * LONG,
        "Note over A" + "," * LONG,
        "loop\n" * (LONG // 5),
        "foo\n" * (LONG // 4),
        "A->>B: " + "<a" * (LONG // 2),
        "A->>B: " + "#a" * (LONG // 2),
        "A->>B: " + "<br>" * (LONG // 4),
        "box " + "rgb(" * (LONG // 4) + "\nend",
        "<" * LONG,
        "A->>B: x\n%% c\n" * (LONG // 14),
        "autonumber " + "1" * LONG,
    ],
    ids=lambda text: text[:12].strip(),
)
def test_long_texts_take_no_more_than_linear_time(text: str) -> None:
    """With a quadratic step somewhere, one of these would run for minutes."""
    diagram, problems = parse_all_problems(f"sequenceDiagram\n{text}")
    assert (diagram is None) == bool(problems)
