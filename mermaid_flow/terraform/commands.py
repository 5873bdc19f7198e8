"""The Terraform commands that mflow needs, run in a component's folder, with their errors led back to nodes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform.errors import TerraformFailed
from mermaid_flow.terraform.process import TerraformProcess
from mermaid_flow.terraform.progress import ApplySummary, Attribution, Observe, ProgressReader, TerraformWarning
from mermaid_flow.terraform.state_lock import lock_hint, lock_in, was_ours

PLAN_FILE = "plan.tfplan"
STATE_FILE = "terraform.tfstate"
_RESCUED_STATE = "errored.tfstate"
_MARKER = ".terraform/mflow.json"  # goes when .terraform goes
_NEEDS_INIT = re.compile(
    r"Required plugins are not installed|Module not installed|Module source has changed|Backend initialization required"
    r"|Inconsistent dependency lock file|Initialization required|Missing required provider|Provider dependency changes"
)
_FRAME = re.compile(r"^[╷│╵]? ?")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Requirements:
    """What `init` depends on, as digests: it runs again when one of them has changed."""

    providers: str
    modules: str
    backend: str
    place: str = ""
    """Where the backend keeps the state; when only the rest of `backend` changes, the state stays where it is."""


@dataclass(frozen=True, slots=True)
class OutputValue:
    """An output as it is, and whether it must be masked where people see it."""

    value: object
    sensitive: bool


class TerraformCommands:
    """Terraform in the folder of one component. Not for two threads at once."""

    def __init__(
        self, component: str, folder: Path, process: TerraformProcess, observe: Observe, parallelism: int
    ) -> None:
        self.attribution = Attribution(folder)
        """Set by the owner whenever the root module changes."""
        self._component = component
        self._folder = folder
        self._process = process
        self._observe = observe
        self._parallelism = f"-parallelism={parallelism}"
        self._requirements: Requirements | None = None

    def initialise(self, wanted: Requirements) -> None:
        """Run `init` unless the folder is initialised for exactly this, and bring home a state that was stranded."""
        self._requirements = wanted
        if (known := self._marker()) != wanted:
            self._init(wanted, known)
        rescued = self._folder / _RESCUED_STATE
        if rescued.is_file():
            # The last apply could not save its state where it belongs, and left it here.
            self.text("state", "push", _RESCUED_STATE)
            rescued.unlink()

    def _init(self, wanted: Requirements, known: Requirements | None) -> None:
        arguments = ["init", "-input=false", "-no-color"]
        if known is not None and known.providers != wanted.providers:
            arguments.append("-upgrade")
        if wanted.backend or (known is not None and known.backend):
            here = self._folder / STATE_FILE
            moves = known.place != wanted.place if known is not None else here.is_file() and here.stat().st_size > 0
            # Only a state that is known to be this component's is copied over what a new backend may already hold.
            arguments.append("-force-copy" if moves else "-reconfigure")
        self._unlocking(lambda: self._init_once(arguments))
        marker = self._folder / _MARKER
        marker.parent.mkdir(exist_ok=True)
        marker.write_text(json.dumps(asdict(wanted)), encoding="utf-8")

    def _init_once(self, arguments: Sequence[str]) -> None:
        lines: list[str] = []
        if self._process.stream(arguments, lines.append) != 0:
            raise self._failed("init", [("", self._plain_error(lines))], changed=False)

    def apply(self, options: Sequence[str] = ()) -> ApplySummary:
        """Plan and apply in one go, with further options such as `-target`."""
        return self._change(["apply", "-json", "-input=false", "-auto-approve", self._parallelism, *options])

    def apply_plan(self) -> ApplySummary:
        """Apply the plan that `plan` saved."""
        try:
            return self._change(["apply", "-json", "-input=false", self._parallelism, PLAN_FILE])
        finally:
            (self._folder / PLAN_FILE).unlink(missing_ok=True)

    def destroy(self) -> ApplySummary:
        """Destroy everything in the state."""
        return self._change(["destroy", "-json", "-input=false", "-auto-approve", self._parallelism])

    def plan(self, *options: str, keep: bool = False) -> dict[str, Any]:
        """Plan, and return what `show -json` tells of it. `keep` leaves the file for an apply."""
        try:
            self._report(["plan", "-json", "-input=false", f"-out={PLAN_FILE}", self._parallelism, *options])
            return self._json("show", "-json", PLAN_FILE)
        finally:
            if not keep:
                (self._folder / PLAN_FILE).unlink(missing_ok=True)

    def compare(self, *options: str) -> dict[str, Any] | None:
        """Plan with a refresh. What `show -json` tells of it, or None when neither drift nor changes were found."""
        found = False
        reader = self._reader()

        def line(text: str) -> None:
            nonlocal found
            found = found or '"type":"resource_drift"' in text
            reader.line(text)

        arguments = ["plan", "-json", "-input=false", "-detailed-exitcode", f"-out={PLAN_FILE}", self._parallelism]
        try:
            code = self._process.stream([*arguments, *options], line)
            if code not in (0, 2):
                raise self._refused("plan", reader)
            return self._json("show", "-json", PLAN_FILE) if found or code else None
        finally:
            (self._folder / PLAN_FILE).unlink(missing_ok=True)

    def preview(self, *options: str) -> dict[str, Any]:
        """Plan like `plan`, without anybody hearing of it; a lock that a command of ours left is freed."""
        try:
            planning = ["plan", "-json", "-input=false", f"-out={PLAN_FILE}", self._parallelism, *options]
            self._unlocking(lambda: self._quietly(planning))
            return self._json("show", "-json", PLAN_FILE)
        finally:
            (self._folder / PLAN_FILE).unlink(missing_ok=True)

    def _quietly(self, arguments: Sequence[str]) -> None:
        reader = ProgressReader(self._component, self.attribution, lambda _event: None)
        if self._process.stream(arguments, reader.line) != 0:
            raise self._refused(arguments[0], reader)

    def adopt(self, addresses: Iterable[str]) -> None:
        """Apply no more than what import blocks say of these addresses, without anybody hearing of it."""
        targets = (f"-target={address}" for address in addresses)
        self._quietly(["apply", "-json", "-input=false", "-auto-approve", self._parallelism, *targets])

    def validate(self) -> None:
        """Let Terraform check the configuration without touching anything. Raises TerraformFailed."""
        result = self._process.capture(["validate", "-json"])
        reader = self._reader()
        for diagnostic in json.loads(result.output)["diagnostics"]:
            reader.line(json.dumps({"type": "diagnostic", "diagnostic": diagnostic}))
        if reader.errors:
            raise self._failed("validate", reader.errors, changed=False, mistake=True)

    def outputs(self) -> dict[str, OutputValue]:
        """The outputs of the last apply."""
        shown = self._json("output", "-json")
        return {name: OutputValue(entry["value"], entry["sensitive"]) for name, entry in shown.items()}

    def text(self, *arguments: str) -> str:
        """What any other command prints. It is not logged."""
        return self._unlocking(lambda: self._text_once(arguments))

    def _text_once(self, arguments: Sequence[str]) -> str:
        result = self._process.capture(arguments)
        if result.code != 0:
            raise self._failed(arguments[0], [("", self._plain_error(result.errors.splitlines()))], changed=False)
        return result.output

    def _unlocking(self, attempt: Callable[[], _Result]) -> _Result:
        """The attempt's result; once more when only a lock was in its way that a command of ours left when it died."""
        try:
            return attempt()
        except TerraformFailed as failure:
            lock = lock_in(str(failure))
            if lock is None or not was_ours(lock, self._process.running.abandoned()):
                raise
            self._text_once(["force-unlock", "-force", lock.id])
            message = (
                f"freed the lock {lock.id} of the state {lock.path}: a terraform of ours had taken it at {lock.since}"
                " and was killed"
            )
            self._observe(TerraformWarning(self._component, "", message))
            return attempt()

    def _json(self, *arguments: str) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.text(*arguments))
        return shown

    def _change(self, arguments: Sequence[str]) -> ApplySummary:
        start = time.monotonic()
        reader = self._report(arguments)
        summary = ApplySummary(self._component, *(reader.changes or (0, 0, 0)), time.monotonic() - start)
        self._observe(summary)
        return summary

    def _report(self, arguments: Sequence[str]) -> ProgressReader:
        """Run a command that reports as JSON; once more after `init` where Terraform asks for that."""
        reader = self._reader()
        code = self._process.stream(arguments, reader.line)
        asks_for_init = any(_NEEDS_INIT.search(error.message) for _, error in reader.errors)
        if code != 0 and asks_for_init and self._requirements is not None:
            (self._folder / _MARKER).unlink(missing_ok=True)
            self.initialise(self._requirements)
            reader = self._reader()
            code = self._process.stream(arguments, reader.line)
        if code != 0:
            raise self._refused(arguments[0], reader)
        return reader

    def _refused(self, command: str, reader: ProgressReader) -> TerraformFailed:
        errors = reader.errors or [("", self._plain_error(reader.plain[-20:]))]
        mistake = bool(reader.errors) and reader.only_configuration
        return self._failed(command, errors, changed=reader.changed, mistake=mistake)

    def _reader(self) -> ProgressReader:
        return ProgressReader(self._component, self.attribution, self._observe)

    def _failed(
        self, command: str, errors: Sequence[tuple[str, MflowError]], *, changed: bool, mistake: bool = False
    ) -> TerraformFailed:
        message = f"terraform {command} failed for the component {self._component}"
        return TerraformFailed(message, errors, changed=changed, mistake=mistake)

    def _marker(self) -> Requirements | None:
        try:
            return Requirements(**json.loads((self._folder / _MARKER).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _plain_error(self, lines: Sequence[str]) -> MflowError:
        """What a command said in text for people, without the frame that Terraform draws around errors."""
        text = "\n".join(_FRAME.sub("", _COLOUR.sub("", line)).rstrip() for line in lines)
        start = text.find("Error: ")
        said = text[max(start, 0) :].strip() or "it ended without a word"
        return MflowError(said, code="terraform.error", hint=lock_hint(said, self._folder))
