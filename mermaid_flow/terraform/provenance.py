"""Remembers, in a component's folder, for whom it was deployed and when, so that it can be taken down with the rest.

The record is written before Terraform first changes anything and once more when it has: a run that dies in between
leaves a component that is known to exist.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mermaid_flow.errors import MflowError

PROVENANCE_FILE = "deployed.json"


@dataclass(frozen=True, slots=True)
class Provenance:
    """`owners` are the components of the diagrams whose run deployed it first: the outermost one's, then those within.

    `nodes` are those of the outermost diagram for whose work that was. `began` and `ended` are the times of its first
    apply, in seconds since the epoch; `ended` is None while that has not come to an end. `region` is where it lies;
    empty when an older mflow deployed it.
    """

    owners: tuple[str, ...]
    began: float
    ended: float | None = None
    nodes: tuple[str, ...] = ()
    region: str = ""

    def may_need(self, other: Provenance) -> bool:
        """Whether this component was deployed when the other one was there already, and so may depend on it."""
        return other.ended is not None and other.ended <= self.began


def read(folder: Path) -> Provenance | None:
    """What is known of the component in that folder; None when it was never applied, or the record is damaged."""
    try:
        kept = json.loads((folder / PROVENANCE_FILE).read_text(encoding="utf-8"))
        ended = kept["ended"]
        nodes = tuple(kept.get("nodes", ()))
        return Provenance(
            tuple(kept["owners"]),
            float(kept["began"]),
            None if ended is None else float(ended),
            nodes,
            str(kept.get("region", "")),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def begin(folder: Path, owners: Sequence[str], nodes: Sequence[str] = (), *, region: str = "") -> None:
    """Remember that the first apply begins. A component belongs to whom it was deployed for first."""
    known = read(folder)
    if known is None:
        _write(folder, Provenance(tuple(owners), time.time(), nodes=tuple(nodes), region=region))
    elif known.region != region:  # nothing of it is elsewhere: an apply is refused then
        _write(folder, replace(known, region=region))


def stay_in_region(folder: Path, component: str, region: str) -> None:
    """Refuse to look for what is deployed in another region: Terraform would not find it, and make it again."""
    known = read(folder)
    if known is not None and known.region not in ("", region):
        raise MflowError(
            f"{component} is deployed in {known.region}, and this is for {region}",
            code="terraform.region",
            hint=f"set the variable region to {known.region}, or destroy the component there first",
        )


def end(folder: Path) -> None:
    """Remember that the first apply has ended, well or not."""
    known = read(folder)
    if known is not None and known.ended is None:
        _write(folder, replace(known, ended=time.time()))


def _write(folder: Path, provenance: Provenance) -> None:
    partial = folder / f"{PROVENANCE_FILE}.part"
    partial.write_text(json.dumps(asdict(provenance)), encoding="utf-8")
    partial.replace(folder / PROVENANCE_FILE)
