"""Puts a component right after a Terraform command in it was killed.

Terraform saves a state that is kept in a backend every 20 seconds only. Killed in between, it leaves its lock behind,
and forgets what it had created: the next apply would be refused, and then create everything a second time. The log
still has every id, so that what is missing can be imported before the next apply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mermaid_flow.terraform import hcl
from mermaid_flow.terraform.commands import TerraformCommands
from mermaid_flow.terraform.errors import TerraformFailed
from mermaid_flow.terraform.hcl import Expression
from mermaid_flow.terraform.import_ids import import_id
from mermaid_flow.terraform.root_module import GENERATED
from mermaid_flow.terraform.running import RunningCommands
from mermaid_flow.terraform.traces import read_traces

ADOPTED_FILE = "mflow_adopted.tf"
"""Import blocks, there only while this works."""


@dataclass(frozen=True, slots=True)
class _Missing:
    """A resource that is declared and not in the state, with those of its arguments that are known."""

    type: str
    arguments: Mapping[str, object]
    replaces: bool
    """Whether the state has another one in its place."""


def reconcile(
    terraform: TerraformCommands,
    running: RunningCommands,
    folder: Path,
    tell: Callable[[str, str], None],
    limits: Sequence[str] = (),
) -> None:
    """Free the lock of commands that died, and import what they created and the state does not know.

    The component's `folder` is initialised. `limits` are options for a plan of a part of the component. `tell` gets an
    address and what became of it. Raises TerraformFailed when the state is locked by somebody else, or nothing can be
    planned.
    """
    abandoned = running.abandoned()
    if not abandoned:
        return
    traces = read_traces(abandoned)
    adoption = _Adoption(terraform, folder / ADOPTED_FILE, traces.made, limits)
    adoption.look()  # this takes the lock, and frees it where it is ours
    if replaced := traces.made.keys() & traces.replaced:
        for address in sorted(replaced):
            with suppress(TerraformFailed):  # the state may know already that it is gone
                terraform.text("state", "rm", address)
        adoption.look()
    adoption.carry_out()
    for address, by in adoption.adopted.items():
        tell(address, f"{address} ({by}) was created by a run that died, and is in the state now")
    for address, why in adoption.refused.items():
        shown = traces.made[address]
        tell(address, f"{address} ({shown}) was created by a run that died, and the state cannot be told of it: {why}")
    for address in sorted(traces.begun & adoption.missing.keys()):
        tell(address, f"{address} was being created by a run that died: if it is there, the state does not know of it")
    if not adoption.refused:  # else there is more to do next time, unless they have been created anew by then
        running.forget()


class _Adoption:
    """Brings what was made into the state, by import blocks in `file`."""

    def __init__(
        self, terraform: TerraformCommands, file: Path, made: Mapping[str, str], limits: Sequence[str]
    ) -> None:
        self.missing: dict[str, _Missing] = {}
        self.adopted: dict[str, str] = {}
        """The ids by address."""
        self.refused: dict[str, str] = {}
        """The reasons by address."""
        self._terraform = terraform
        self._file = file
        self._made = made
        self._limits = limits

    def look(self) -> None:
        """See what is missing. Raises TerraformFailed."""
        plan = self._terraform.preview(*self._limits)
        self.missing = {
            found["address"]: _Missing(found["type"], found["change"]["after"], "delete" in found["change"]["actions"])
            for found in plan.get("resource_changes", ())
            if found["mode"] == "managed" and "create" in found["change"]["actions"]
        }

    def carry_out(self) -> None:
        """Import all that can be imported."""
        made = {address: shown for address, shown in self._made.items() if address in self.missing}
        try:
            while found := self._importable(made):
                self._try(found)
            if self.adopted:
                self._import()
        finally:
            self._file.unlink(missing_ok=True)
        for address in sorted(made.keys() - self.adopted.keys() - self.refused.keys()):
            self.refused[address] = "by what id is not known"

    def _importable(self, made: Mapping[str, str]) -> dict[str, str]:
        """The ids of those that have not been tried. Some are known only when others are, as those of associations."""
        found: dict[str, str] = {}
        for address in sorted(made.keys() & self.missing.keys() - self.adopted.keys() - self.refused.keys()):
            resource = self.missing[address]
            if resource.replaces:
                self.refused[address] = "it still has the one that was replaced"
            elif by := import_id(resource.type, made[address], resource.arguments):
                found[address] = by
        return found

    def _try(self, found: dict[str, str]) -> None:
        """See by a plan which of them can be imported."""
        while found:
            self._write({**self.adopted, **found})
            try:
                self.look()
            except TerraformFailed as failure:
                blamed = _blamed(failure, found)
                self.refused.update(blamed)
                found = {address: by for address, by in found.items() if address not in blamed}
            else:
                self.adopted.update(found)
                return

    def _import(self) -> None:
        self._write(self.adopted)
        try:
            self._terraform.adopt(self.adopted)
        except TerraformFailed as failure:  # what they depend on is in its way; the apply that follows says so, too
            self._file.unlink()
            self.look()
            for address in self.adopted.keys() & self.missing.keys():
                del self.adopted[address]
                self.refused[address] = failure.all[0].message

    def _write(self, wanted: Mapping[str, str]) -> None:
        blocks = (hcl.block("import", [], [("to", Expression(to)), ("id", by)]) for to, by in sorted(wanted.items()))
        self._file.write_text("\n".join([f"{GENERATED}.\n", *blocks]), encoding="utf-8")


def _blamed(failure: TerraformFailed, found: Mapping[str, str]) -> dict[str, str]:
    """Those that the errors name by address or id, with the error; all of them when none is named."""
    messages = [error.message for error in failure.all]
    named = {
        address: message
        for address, by in found.items()
        for message in messages
        if f'"{address}"' in message or by in message
    }
    return named or dict.fromkeys(found, messages[0])
