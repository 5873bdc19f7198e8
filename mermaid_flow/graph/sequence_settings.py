"""What a sequence diagram says about its own execution in its front matter.

---
mflow:
  max_laps: 20                          # of loops with a condition; or per loop: {loop2: 50}
  parallel: {For each component: 4}     # laps over items that run at once; or one number for all loops
---
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mermaid_flow.errors import MflowError, Problems, did_you_mean
from mermaid_flow.graph.settings import DEFAULT_MAX_LAPS
from mermaid_flow.syntax.sequence import SequenceDiagram
from mermaid_flow.syntax.source import Source


@dataclass(frozen=True, slots=True)
class SequenceSettings:
    """`laps` and `parallelism` are by a loop's id or text; the other two hold for the loops that they do not name."""

    max_laps: int = DEFAULT_MAX_LAPS
    parallel: int = 1
    laps: Mapping[str, int] = field(default_factory=dict)
    parallelism: Mapping[str, int] = field(default_factory=dict)

    def max_laps_of(self, loop: str, text: str) -> int:
        """How many laps a loop with a condition may take."""
        return self.laps.get(loop, self.laps.get(text, self.max_laps))

    def parallel_of(self, loop: str, text: str) -> int:
        """How many laps of a loop over items run at once."""
        return self.parallelism.get(loop, self.parallelism.get(text, self.parallel))

    def unknown(self, loops: Mapping[str, str], source: Source) -> Iterator[MflowError]:
        """An error for each name that is no loop: `loops` are the loops' texts by id."""
        known = [*loops, *loops.values()]
        for name in dict.fromkeys([*self.laps, *self.parallelism]):
            if name not in known:
                hint = did_you_mean(name, known) or "name a loop by its text or its id, such as loop1"
                message = f"the front matter names {name!r}, which is no loop of the diagram"
                yield MflowError(message, code="graph.settings", hint=hint, where=source.location((0, 0)))


def sequence_settings(diagram: SequenceDiagram) -> SequenceSettings:
    """Read the diagram's front matter. Raises Problems with one MflowError for each setting that makes no sense."""
    mflow = diagram.front_matter.get("mflow")
    if mflow is None:
        return SequenceSettings()
    where = diagram.source.location((0, 0))
    if not isinstance(mflow, Mapping):
        raise Problems([MflowError("`mflow` in the front matter is not a mapping", code="graph.settings", where=where)])
    problems: list[MflowError] = []

    def counts(key: str, default: int) -> tuple[int, dict[str, int]]:
        given = mflow.get(key, default)
        named = given if isinstance(given, Mapping) else {}
        for name, number in named.items() if isinstance(given, Mapping) else [("", given)]:
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                shown = f"mflow.{key}.{name}" if name else f"mflow.{key}"
                message, hint = f"`{shown}` is {number!r}", "it is a whole number from 1, or one for each loop"
                problems.append(MflowError(message, code="graph.settings", hint=hint, where=where))
        own = {str(name): number for name, number in named.items() if isinstance(number, int)}
        return (default if isinstance(given, Mapping) else given), own

    max_laps, laps = counts("max_laps", DEFAULT_MAX_LAPS)
    parallel, parallelism = counts("parallel", 1)
    if problems:
        raise Problems(problems)
    return SequenceSettings(max_laps, parallel, laps, parallelism)
