"""What the nodes of all diagrams declare in one component, in this run and in those before, kept in its folder.

Nodes that this run has not renewed (yet) keep what an earlier run declared, until the end of the run drops it.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from mermaid_flow.handlers.calls import Declaration
from mermaid_flow.terraform import declarations as kept
from mermaid_flow.terraform.assembly import Assembly, assemble, check_alone
from mermaid_flow.terraform.declarations import NodeDeclarations
from mermaid_flow.terraform.errors import DeclarationsInvalid
from mermaid_flow.terraform.library import ModuleLibrary

DECLARATIONS = "declarations.json"

Key = tuple[str, str]
"""Diagram and node."""


class Declared:
    """The declarations of one component as the run `run` sees and changes them. Thread-safe.

    With `keeps` False nothing is written. `version` counts the changes that this run has made.
    """

    def __init__(self, folder: Path, library: ModuleLibrary, run: str, *, keeps: bool) -> None:
        self._folder = folder
        self._library = library
        self._run = run
        self._keeps = keeps
        self._guard = threading.RLock()
        self._known: dict[Key, NodeDeclarations] | None = None
        self._version = 0

    @property
    def version(self) -> int:
        """Changes with everything that has to be applied."""
        with self._guard:
            self._entries()
            return self._version

    def entries(self, without: Collection[Key] = ()) -> list[NodeDeclarations]:
        """All that is declared, but for what the nodes `without` do."""
        with self._guard:
            return [entry for key, entry in self._entries().items() if key not in without]

    def renewed(self) -> list[NodeDeclarations]:
        """What this run has declared."""
        return [entry for entry in self.entries() if self._is_current(entry)]

    def unrenewed(self, diagram: str) -> frozenset[Key]:
        """The nodes of the diagram for which an earlier run declared something, but this run has not."""
        entries = self.entries()
        return frozenset(entry.key for entry in entries if entry.diagram == diagram and not self._is_current(entry))

    def replace(self, diagram: str, node: str, label: str, declarations: Sequence[Declaration]) -> None:
        """Replace what the node declares. Raises DeclarationsInvalid for what can be judged at once."""
        entry = NodeDeclarations(diagram, node, label, self._run, kept.detached(declarations))
        with self._guard:
            entries = self._entries()
            if entries.get(entry.key) == entry:
                return
            others = [other for other in entries.values() if other.key != entry.key and self._is_current(other)]
            check_alone(entry, self._library, others)
            self._keep({**entries, entry.key: entry})
            self._version += 1

    def drop(self, keys: Collection[Key]) -> None:
        """Forget what these nodes declare: it is destroyed."""
        if keys:
            with self._guard:
                self._keep({key: entry for key, entry in self._entries().items() if key not in keys})

    def forget_all(self) -> None:
        """The component's folder is gone, and with it everything declared."""
        with self._guard:
            self._known = {}

    def read_again(self) -> None:
        """Another run may have changed what was read before."""
        with self._guard:
            self._known = None

    def touch(self) -> None:
        """Something else has changed that takes an apply."""
        with self._guard:
            self._version += 1

    def assembled(
        self, entries: Sequence[NodeDeclarations], *, partial: bool, forgiving: bool
    ) -> tuple[Assembly, bool]:
        """The assembly of the entries, and whether something is missing from it. Raises DeclarationsInvalid.

        In the middle of a run, what an earlier run declared gives way where it no longer fits (`forgiving`: what this
        run declared as well). Its resources must not be taken for unwanted, so an apply is then limited to the calls
        that are there.
        """
        incomplete = False
        while True:
            try:
                return assemble(entries, self._library, partial=partial), incomplete
            except DeclarationsInvalid as error:
                blamed = {node for problem in error.problems for node in problem.nodes}
                fitting = [
                    entry
                    for entry in entries
                    if entry.node not in blamed or (self._is_current(entry) and not forgiving)
                ]
                if not partial or len(fitting) == len(entries):
                    raise
                entries, incomplete = fitting, True

    def _is_current(self, entry: NodeDeclarations) -> bool:
        return entry.run == self._run

    def _entries(self) -> Mapping[Key, NodeDeclarations]:
        if self._known is None:
            self._known = {entry.key: entry for entry in kept.read(self._folder / DECLARATIONS)}
            if any(self._is_current(entry) for entry in self._known.values()):
                self._version += 1  # a resumed run: nobody knows whether they were applied
        return self._known

    def _keep(self, entries: dict[Key, NodeDeclarations]) -> None:
        if self._keeps:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            kept.write(self._folder / DECLARATIONS, list(entries.values()))
        self._known = entries
