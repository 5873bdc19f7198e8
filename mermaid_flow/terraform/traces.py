"""What commands that died had done, as far as their words in the log tell: Terraform says the id of all it creates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mermaid_flow.terraform.running import Abandoned


@dataclass(frozen=True, slots=True)
class Traces:
    """What happened to resources, by address.

    `made` has the id of every one that was created and not destroyed again, `replaced` those of them whose predecessor
    was destroyed, `begun` those whose creation has no end.
    """

    made: dict[str, str] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)


def read_traces(abandoned: Iterable[Abandoned]) -> Traces:
    """What the commands did, in order. A log that is gone tells nothing."""
    traces = Traces()
    destroying: dict[str, str] = {}
    for command in abandoned:
        for kind, hook in _hooks(command):
            _follow(traces, destroying, kind, hook)
    return traces


def _follow(traces: Traces, destroying: dict[str, str], kind: str, hook: Mapping[str, Any]) -> None:
    address = str(hook["resource"]["addr"])
    shown = str(hook["id_value"]) if hook.get("id_key") == "id" else ""
    match kind, hook.get("action"):
        case "apply_start", "create":
            traces.begun.add(address)
        case "apply_complete", "create":
            traces.begun.discard(address)
            traces.made[address] = shown
        case "apply_start", "delete":
            destroying[address] = shown
        case "apply_complete", "delete" if traces.made.get(address) == destroying.get(address):
            del traces.made[address]
        case "apply_complete", "delete":
            traces.replaced.add(address)


def _hooks(command: Abandoned) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What it said of resources, up to where the next command in the same log began."""
    if command.log is None or not command.log.is_file():
        return
    versions = 0
    with command.log.open("rb") as log:
        log.seek(command.offset)
        for line in log:
            try:
                message = json.loads(line)
                kind, hook = str(message["type"]), message.get("hook")
            except (ValueError, KeyError, TypeError):
                continue  # no message of Terraform, or one that was cut short
            versions += kind == "version"
            if versions > 1:
                return
            if isinstance(hook, dict):
                yield kind, hook
