from mermaid_flow.engine.events import EventType
from mermaid_flow.render.markdown import LONGEST, summary
from tests.render.recorded import recorded


def outputs(script):
    script.record(EventType.APPLIED, component="dev/it", add=3, change=0, destroy=1, seconds=2.0)
    script.record(EventType.OUTPUTS, component="dev/it", values={"vpc_id": "vpc-1", "subnets": ["a", "b"]})


def test_a_run_that_succeeded():
    text = summary(recorded("A{Ok?} -->|yes| B[Do it]\nA -->|no| C", more=outputs))
    assert text.startswith("## `picture`: succeeded\n")
    assert "2 succeeded, 1 not chosen. Resources: 3 added, 0 changed, 1 destroyed." in text
    assert "```mermaid\nflowchart TD\nA{Ok?}" in text
    assert "_green: succeeded; grey, dotted: not chosen_" in text
    assert "| `Ok?` | `yes` | `yes` | `vars/dev.yaml:3:7` |" in text
    assert '| `dev/it` | `subnets` | `["a", "b"]` |' in text
    assert "failed" not in text


def test_a_run_that_failed_says_why_and_what_comes_next():
    text = summary(
        recorded("A[Create it] --> B\nA -->|on error| C", {"A": {"fail": "no\nroom"}, "C": {"fail": "worse"}})
    )
    assert "### `C` failed\n" in text
    assert "### `Create it` failed, and the diagram caught it\n" in text
    assert "```text\nno\nroom\n```" in text
    assert "Hint: `look at the log`" in text
    assert "* `mflow resume 20260314-153012-k3x9`" in text


def test_visits_of_a_loop_are_counted():
    text = summary(recorded("A --> B{Again?} -->|yes| A\nB -->|no| C", {"B/2": {"labels": ["no"]}}))
    assert "| `A` | ✔ succeeded | 1.0s | `2 visits` |" in text


def test_a_long_diagram_and_many_nodes_stay_short_enough():
    many = "\n".join(f"N{i}[A node with a rather long name, number {i}] --> N{i + 1}" for i in range(900))
    text = summary(recorded(many))
    assert len(text) <= LONGEST
    assert "The diagram is too long to be shown here" in text
    assert "… and 841 more._" in text


def test_what_does_not_fit_is_said_to_be_left_out():
    def large(script):
        for number in range(9):
            values = {f"output_{number}_{i}": "x" * 190 for i in range(60)}
            script.record(EventType.OUTPUTS, component=f"c{number}", values=values)

    fates = {f"N{i}": {"fail": "long " * 1000} for i in range(60)}
    text = summary(recorded("\n".join(f"N{i}" for i in range(60)), fates, more=large))
    assert len(text) <= LONGEST
    assert text.endswith("_The rest is left out; see `mflow show 20260314-153012-k3x9`._\n")
