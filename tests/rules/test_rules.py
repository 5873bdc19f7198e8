"""Every rule finds its bad example and nothing in its good one; docs/rules.md shows the same examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.graph.model import Node
from mermaid_flow.rules.catalog import all_rules
from mermaid_flow.rules.fixes import apply_fixes
from mermaid_flow.rules.rule import FAMILIES, Diagnostic, Rule
from mermaid_flow.rules.validate import validate_source, worst
from mermaid_flow.syntax.source import Source
from tools import rules_page

PLAIN = [rule for rule in all_rules() if not rule.needs]


def names(text: str) -> list[str]:
    return [diagnostic.rule for diagnostic in validate_source(Source(text, "x.mmd"))]


@pytest.mark.parametrize("rule", PLAIN, ids=lambda rule: rule.id)
def test_a_rule_finds_its_bad_example_and_nothing_in_its_good_one(rule: Rule) -> None:
    found = [diagnostic for diagnostic in validate_source(Source(rule.bad, "x.mmd")) if diagnostic.rule == rule.id]
    assert found
    for diagnostic in found:
        assert diagnostic.where is not None and diagnostic.where.path == "x.mmd"
        assert diagnostic.message
        assert diagnostic.severity is rule.severity
    assert names(rule.good) == []


def test_ids_and_names_are_unique_and_belong_to_families() -> None:
    rules = all_rules()
    assert len({rule.id for rule in rules}) == len({rule.name for rule in rules}) == len(rules)
    assert {rule.family() for rule in rules} == set(FAMILIES.values())
    assert [rule.id for rule in rules] == sorted(rule.id for rule in rules)


def test_the_page_of_rules_is_fresh() -> None:
    assert rules_page.PAGE.read_text(encoding="utf-8") == rules_page.page()


@pytest.mark.parametrize("rule", [rule for rule in PLAIN if rule.id in ("MF203", "MF602", "MF603")], ids=lambda r: r.id)
def test_a_repair_mends_its_finding(rule: Rule) -> None:
    found = [diagnostic for diagnostic in validate_source(Source(rule.bad)) if diagnostic.rule == rule.id]
    text, mended = apply_fixes(rule.bad, found)
    assert (mended, text) == (len(found), rule.good)


def test_a_class_beside_something_else_on_its_line_is_left_to_people() -> None:
    [diagnostic] = validate_source(Source("flowchart TD\nclassDef a fill:red; A[x] --> B[y]"))
    assert (diagnostic.rule, diagnostic.fix) == ("MF602", None)


def test_overlapping_repairs_are_made_one_at_a_time() -> None:
    bad = "graph TD\n    A[x] --> B[y]"
    found = validate_source(Source(bad))
    assert apply_fixes(bad, [*found, *found]) == ("flowchart TD\n    A[x] --> B[y]", 1)


def test_every_mistake_of_a_text_is_reported() -> None:
    assert names("flowchart TD\n    A[x --> B\n    C --> D\n    E{y --> F").count("MF101") >= 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flowchart TD\n    ProdA[x] --> ProdB[y]\n    ProdC --> ProdB", []),
        ("flowchart TD\n    Deploy[x] --> Verify[y]\n    Depoly --> Verify", ["MF203"]),
        ("flowchart TD\n    subgraph Deploys\n    A[x]\n    end\n    Deploys --> Deploy[y]", []),
        ("flowchart TD\n    A --> B", []),
    ],
)
def test_only_a_likely_typo_is_called_one(text: str, expected: list[str]) -> None:
    assert [name for name in names(text) if name == "MF203"] == expected


def test_invisible_links_are_for_the_layout_and_no_finding() -> None:
    assert names("flowchart TD\n    A[x] ~~~ B[y]") == []


def test_a_product_of_edges_is_reported_once() -> None:
    assert names("flowchart TD\n    A[x] & B[y] --- C[z] & D[w]").count("MF205") == 1


def test_replies_inside_fragments_know_the_calls_before_them() -> None:
    alternatives = "alt x\nB-->>A: Yes\nelse y\nC-->>A: No\nend\n"
    text = f"sequenceDiagram\nA->>B: Ask\n{alternatives}A->>A: think\nloop z\nA->>C: q\nend\nC-->>A: r"
    found = [d for d in validate_source(Source(text)) if d.rule == "MF351"]
    assert [d.where.line for d in found if d.where] == [6]


def test_activations_in_branches_count_as_mermaid_counts_them() -> None:
    text = "sequenceDiagram\nactivate A\nalt x\nA->>+B: Ask\nB-->>-A: Yes\nend\ndeactivate A"
    assert names(text) == []


def test_the_gravest_severity_is_known() -> None:
    assert worst(validate_source(Source("graph TD\n A[x] --> B[y]"))) == "info"
    assert worst(validate_source(Source("nothing"))) == "error"
    assert worst([]) is None


@dataclass
class KnownFacts:
    """A project that knows what the test says."""

    bound: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    diagrams: tuple[str, ...] = ()
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[MflowError, ...] = ()

    def is_bound(self, node: Node) -> bool:
        return node.label in self.bound

    def binding_problem(self, node: Node) -> MflowError | None:
        return MflowError("two handlers") if node.label in self.ambiguous else None

    def has_diagram(self, name: str) -> bool:
        return name in self.diagrams

    def is_message_bound(self, participant: tuple[str, ...], text: str) -> bool:
        return text in self.bound

    def suggestion(self, label: str) -> str:
        return ""

    def answers(self, node: Node) -> tuple[str, ...]:
        return self.values.get(node.id, ())

    def input_problems(self) -> Sequence[MflowError]:
        return self.problems


def with_facts(text: str, facts: KnownFacts) -> list[Diagnostic]:
    return validate_source(Source(text, "x.mmd"), facts=lambda _: facts)


CHART = (
    "flowchart TD\n    A[Make] --> B{Kind?}\n    B -->|One| C[[Other]]\n    B -->|Two| D[Tell]\n"
    "    C --> E([End])\n    D --> E"
)


def test_boxes_that_nothing_is_bound_to_are_found() -> None:
    found = with_facts(CHART, KnownFacts())
    assert [(d.rule, d.where.line) for d in found if d.where] == [
        ("MF401", 2),
        ("MF402", 2),
        ("MF404", 3),
        ("MF401", 4),
    ]
    assert with_facts(CHART, KnownFacts(bound=("Make", "Kind?", "Tell"), diagrams=("Other",))) == []


def test_a_decision_with_a_default_needs_no_binding() -> None:
    text = CHART.replace("|Two|", "|else|")
    assert with_facts(text, KnownFacts(bound=("Make", "Tell"), diagrams=("Other",))) == []


def test_equally_close_handlers_are_found() -> None:
    facts = KnownFacts(bound=("Make", "Kind?", "Tell", "Other"), ambiguous=("Make",))
    assert [d.rule for d in with_facts(CHART, facts)] == ["MF403"]


def test_values_that_no_branch_takes_are_found() -> None:
    facts = KnownFacts(bound=("Make", "Kind?", "Tell", "Other"), values={"B": ("one", "two", "three")})
    [found] = with_facts(CHART, facts)
    assert (found.rule, "three" in found.message, "one" in found.message) == ("MF303", True, False)


def test_problems_of_the_vars_are_told_by_kind() -> None:
    problems = tuple(MflowError("x", code=code) for code in ("inputs.missing", "inputs.unread", "decision.unanswered"))
    facts = KnownFacts(bound=("Make", "Kind?", "Tell", "Other"), problems=problems)
    assert [d.rule for d in with_facts(CHART, facts)] == ["MF501", "MF502", "MF503"]


def test_messages_that_nothing_takes_are_found_and_replies_are_none() -> None:
    text = "sequenceDiagram\nA->>B: Plan\nB->>A: Return the plan\nB->>C: Return to sender\nB-->>A: Done"
    found = with_facts(text, KnownFacts(bound=("Plan",)))
    assert [(d.rule, d.where.line) for d in found if d.where] == [("MF405", 4)]
