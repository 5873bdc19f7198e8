"""What all formats print: the findings of all files, and the texts to show excerpts of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mermaid_flow.rules.rule import Diagnostic, Severity


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of one call. `files` counts the files that were looked at, `diagrams` the diagrams in them."""

    diagnostics: Sequence[Diagnostic]
    files: int
    diagrams: int

    def count(self, severity: Severity) -> int:
        """How many findings are of this severity."""
        return sum(diagnostic.severity is severity for diagnostic in self.diagnostics)

    @property
    def summary(self) -> str:
        """One line: what was looked at and what was found."""
        what = f"{self.diagrams} diagram{'s' * (self.diagrams != 1)} in {self.files} file{'s' * (self.files != 1)}"
        counts = [(self.count(severity), severity.value) for severity in Severity]
        found = ", ".join(f"{count} {name}{'s' * (count != 1)}" for count, name in counts if count)
        return f"{what}: {found or 'no findings'}"
