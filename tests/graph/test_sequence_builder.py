"""Which messages are calls, replies and steps; what loops repeat over; what is refused."""

from __future__ import annotations

import pytest

from mermaid_flow.errors import Problems
from mermaid_flow.graph.model import Role
from mermaid_flow.graph.sequence import (
    Attempt,
    Break,
    Call,
    Choice,
    Lifetime,
    Loop,
    Parallel,
    Reply,
    SequenceTree,
    Step,
    instance,
    node_of,
    step_of,
)
from mermaid_flow.graph.sequence_builder import build_sequence, deviations, rebuild_sequence, repetition
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source


def built(text: str, *bound: str, living: bool = True) -> SequenceTree:
    """The tree of a diagram in which only messages with the texts `bound` have handlers."""
    if "sequenceDiagram" not in text:
        text = "sequenceDiagram\n" + text
    diagram = parse(Source(text, "talk.mmd"))
    assert isinstance(diagram, SequenceDiagram)
    return build_sequence(
        diagram, "talk", has_handler=lambda _, said: said in bound, has_life=lambda _participant, _creates: living
    )


def steps(text: str, *bound: str) -> list[Step]:
    return list(built(text, *bound).steps())


def problems(text: str) -> list[str]:
    with pytest.raises(Problems) as raised:
        built(text)
    return [str(problem.message) for problem in raised.value.problems]


class TestMessages:
    def test_a_message_is_a_call_and_a_dotted_one_brings_its_value_back(self) -> None:
        call, reply = steps("A->>B: ask\nB-->>A: told")
        assert isinstance(call, Call)
        assert isinstance(reply, Reply)
        assert reply.to == call.id == "1"

    @pytest.mark.parametrize("word", ["Return x", "returns it", "Respond", "Responds with x"])
    def test_a_message_back_that_says_so_is_a_reply(self, word: str) -> None:
        assert isinstance(steps(f"A->>B: ask\nB->>A: {word}")[1], Reply)

    @pytest.mark.parametrize("text", ["B->>A: Returned goods", "B->>A: more", "B->>C: Return x", "C->>A: Return x"])
    def test_other_messages_are_calls(self, text: str) -> None:
        assert isinstance(steps(f"A->>B: ask\n{text}")[1], Call)

    def test_a_handler_makes_it_a_call(self) -> None:
        assert isinstance(steps("A->>B: ask\nB->>A: Return x", "Return x")[1], Call)

    def test_a_message_to_oneself_answers_nothing(self) -> None:
        assert isinstance(steps("A->>A: ask\nA->>A: Return x")[1], Call)

    def test_the_innermost_open_call_is_answered_and_is_over_then(self) -> None:
        text = "A->>B: one\nA->>B: two\nB->>A: Return 2\nB->>A: Return 1\nB-->>A: nothing open"
        replies = [step.to for step in steps(text) if isinstance(step, Reply)]
        assert replies == ["2", "1", None]

    def test_calls_of_a_branch_are_over_with_it(self) -> None:
        found = steps("opt c\nA->>B: ask\nend\nB->>A: Return x")
        assert isinstance(found[2], Call)

    def test_a_person_approves_unless_a_handler_does(self) -> None:
        text = "actor P\nA->>P: Sign"
        assert [step.role for step in steps(text) if isinstance(step, Call)] == [Role.MANUAL]
        assert [step.role for step in steps(text, "Sign") if isinstance(step, Call)] == [Role.ACTION]

    def test_an_arrow_drawn_backwards_goes_backwards(self) -> None:
        [call] = steps("A /|- B: ask")
        assert isinstance(call, Call)
        assert (call.source, call.target) == ("B", "A")


class TestLifetimes:
    def test_set_up_comes_first_and_tear_down_after_the_last_message(self) -> None:
        text = "A->>A: x\ncreate participant B\nA->>B: hi\ndestroy B\nA->>B: bye\nA->>A: y"
        ids = [step.id for step in built(text).body]
        assert ids == ["1", "create1", "2", "3", "destroy1", "4"]

    def test_nothing_happens_without_a_handler(self) -> None:
        text = "A->>A: x\ncreate participant B\nA->>B: hi"
        assert [step.id for step in built(text, living=False).body] == ["1", "2"]


class TestFragments:
    def test_every_fragment_has_its_step(self) -> None:
        text = """loop For each x
        A->>B: 1
        end
        opt c
        A->>B: 2
        end
        alt c
        A->>B: 3
        else
        A->>B: 4
        end
        par p
        A->>B: 5
        and q
        A->>B: 6
        end
        critical t
        A->>B: 7
        option o
        A->>B: 8
        end
        break c
        A->>B: 9
        end
        rect rgb(1,2,3)
        A->>B: 10
        end
        Note over A: nothing
        autonumber"""
        found = built(text).body
        kinds = [type(step) for step in found]
        assert kinds == [Loop, Choice, Choice, Parallel, Attempt, Break, Call]
        assert [step.id for step in found] == ["loop1", "opt1", "alt1", "par1", "critical1", "break1", "10"]

    @pytest.mark.parametrize(
        ("text", "kind", "subject"),
        [
            ("For each environment", "each", "environment"),
            ("for every available zone of the region", "each", "available zone"),
            ("each of the nodes", "each", "nodes"),
            ("for all regions in scope", "each", "regions"),
            ("3 times", "times", "3"),
            ("retry count times", "times", "retry count"),
            ("while busy", "while", "busy"),
            ("Repeat until all is well", "until", "all is well"),
        ],
    )
    def test_what_a_loop_repeats_over(self, text: str, kind: str, subject: str) -> None:
        assert repetition(text) == (kind, subject)

    def test_what_cannot_run_is_told_all_at_once(self) -> None:
        text = "loop Every minute\nA->>B: 1\nend\nopt\nA->>B: 2\nend\n"
        text += "alt c\nA->>B: 3\nelse\nA->>B: 4\nelse d\nA->>B: 5\nend"
        assert problems(text) == [
            "it is not clear what the loop 'Every minute' repeats over",
            "a condition is missing",
            "a condition is missing",
        ]

    def test_laps_are_independent_unless_a_break_leaves_the_loop(self) -> None:
        loop = "loop For each x\n{}\nend"
        inner = "break c\nA->>B: 1\nend"
        [free, _] = steps(loop.format("A->>B: 1"))
        assert isinstance(free, Loop)
        assert free.independent
        [bound, *_] = steps(loop.format(f"rect red\n{inner}\nend"))
        assert isinstance(bound, Loop)
        assert not bound.independent
        [deeper, *_] = steps(loop.format(f"opt d\n{inner}\nend"))
        assert isinstance(deeper, Loop)
        assert deeper.independent


class TestSettings:
    HEAD = "---\nmflow: {}\n---\nsequenceDiagram\nloop For each x\nA->>B: 1\nend\nloop while y\nA->>B: 2\nend"

    def test_bounds_and_parallelism_are_by_text_or_id(self) -> None:
        text = self.HEAD.replace("{}", "{max_laps: {loop2: 7}, parallel: {For each x: 4}}")
        loops = built(text).loops()
        assert (loops["loop1"].parallel, loops["loop2"].max_laps, loops["loop1"].max_laps) == (4, 7, 10)
        loops = built(self.HEAD.replace("{}", "{max_laps: 3, parallel: 2}")).loops()
        assert [(loop.max_laps, loop.parallel) for loop in loops.values()] == [(3, 2), (3, 2)]

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ("{max_laps: 0}", "`mflow.max_laps` is 0"),
            ("{parallel: {loop1: true}}", "`mflow.parallel.loop1` is True"),
            ("{parallel: {loop9: 2}}", "the front matter names 'loop9', which is no loop of the diagram"),
            ("[1]", "`mflow` in the front matter is not a mapping"),
        ],
    )
    def test_settings_that_make_no_sense(self, settings: str, said: str) -> None:
        assert problems(self.HEAD.replace("{}", settings)) == [said]


def test_ids_lead_from_laps_to_steps_and_back() -> None:
    assert instance("8", (2, 3)) == "8-2-3"
    assert step_of("loop2-1") == "loop2"
    [call] = steps("A->>B: ask")
    assert node_of(call, (2,)).id == "1-2"
    assert node_of(steps("par x\nA->>B: 1\nend")[0]).label == ""


def test_a_tree_is_built_again_from_what_deviated() -> None:
    text = """---
mflow: {max_laps: 4, parallel: 3}
---
sequenceDiagram
actor P
create participant D
A->>D: hi
A->>P: Sign
loop For each x
  A->>B: ask
  B->>A: Return x
  alt c
    B->>A: Return y
  end
  critical t
    A->>B: 1
  option o
    B->>A: Return z
  end
  break e
    A->>B: 2
  end
  par q
    A->>B: 3
  end
end"""
    tree = built(text, "Return y", "Sign")
    lifetimes = [step for step in tree.steps() if isinstance(step, Lifetime)]
    assert [step.text for step in lifetimes] == ["create D"]
    again = rebuild_sequence(tree.diagram, tree.name, deviations(tree))
    assert [type(step) for step in again.steps()] == [type(step) for step in tree.steps()]
    assert again.loops()["loop1"].parallel == 3
    roles = {step.id: step.role for step in again.steps() if isinstance(step, Call)}
    assert roles == {step.id: step.role for step in tree.steps() if isinstance(step, Call)}
