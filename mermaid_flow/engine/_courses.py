"""Which rules the run of a diagram follows: whoever folds a run's events asks here."""

from __future__ import annotations

from collections.abc import Mapping

from mermaid_flow.engine._course import Course
from mermaid_flow.engine._flow_course import FlowCourse
from mermaid_flow.engine._memory import Remembered
from mermaid_flow.engine._sequence_course import SequenceCourse
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.ports import Worker
from mermaid_flow.graph.model import FlowGraph
from mermaid_flow.graph.sequence import SequenceTree


def course_of(
    model: FlowGraph | SequenceTree,
    worker: Worker,
    options: Options,
    reusable: Mapping[str, Remembered] | None = None,
) -> Course:
    """The course of a run that has not begun. `reusable` are results of another run."""
    if isinstance(model, SequenceTree):
        return SequenceCourse(model, worker, options, reusable)
    return FlowCourse(model, worker, options, reusable or {})
