"""What a run of one of the catalog's diagrams would declare with given vars. Nothing is run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mermaid_flow.handlers.calls import Configure, File, ModuleCall, Output
from mermaid_flow.session.prepare import Request, check, prepare
from mermaid_flow.session.project import find_project

ROOT = Path(__file__).parents[2]


class Planned:
    """The walk of a diagram with the vars of `text`, a YAML document. Raises MflowError when they cannot work."""

    def __init__(self, folder: Path, diagram: str, text: str, *sets: str) -> None:
        file = folder / "vars.yaml"
        file.write_text(text)
        self.prepared = prepare(find_project(ROOT), Request(diagram, (str(file),), sets))
        walk = check(self.prepared)
        declared = [declaration for step in walk.steps for declaration in step.declarations]
        self.steps = {step.node.id: step for step in walk.steps}
        self.warnings = [warning.message for warning in walk.warnings]
        self.calls = {d.name: d for d in declared if isinstance(d, ModuleCall)}
        self.files = {d.name: d for d in declared if isinstance(d, File)}
        self.outputs = {d.name for d in declared if isinstance(d, Output)}

    def answer(self, node: str) -> tuple[str, ...]:
        """The labels that a decision picks."""
        found = self.steps[node].answer
        assert found is not None
        return found.labels

    def configured(self, call: str) -> Mapping[str, object]:
        """Everything that boxes set on a call, but for what its own box does."""
        return {
            name: value
            for step in self.steps.values()
            for declaration in step.declarations
            if isinstance(declaration, Configure) and declaration.call == call
            for name, value in declaration.inputs.items()
            if value is not None
        }
