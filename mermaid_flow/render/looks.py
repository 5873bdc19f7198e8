"""How a state looks, in one place: the same colours, signs and words in Mermaid, SVG, pages and on the terminal.

The colours tell the states apart for colour-blind eyes too, and never alone: borders differ in width and dashes, and
a failure is the only dark box. Boxes bring their own text colour and lines are of middle lightness, so that a drawing
can be read on a white page and on a dark one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from mermaid_flow.engine.events import EdgeStatus, NodeStatus
from mermaid_flow.engine.record import NodeRecord, RunRecord


class Look(StrEnum):
    """What a box shows. The value is part of the class names that are written into diagrams."""

    SUCCEEDED = "succeeded"
    NOTHING_TO_DO = "nothing_to_do"
    """It ran and found, on purpose, that there was nothing to do: a *Skip …* box."""
    FAILED = "failed"
    RUNNING = "running"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    """Not chosen: all ways to it were decided against."""
    NOT_REACHED = "not_reached"
    """Blocked by a failure, or the run ended or has not come so far."""


@dataclass(frozen=True, slots=True)
class BoxStyle:
    """Colours are CSS hex colours, `width` is the border's in pixels, `dash` an SVG dash array or empty."""

    fill: str
    stroke: str
    color: str
    width: int
    dash: str = ""

    @property
    def css(self) -> str:
        """As a `classDef` takes it."""
        dash = f",stroke-dasharray:{self.dash}" if self.dash else ""
        return f"fill:{self.fill},stroke:{self.stroke},stroke-width:{self.width}px,color:{self.color}{dash}"


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How an arrow is drawn."""

    stroke: str
    width: int
    dash: str = ""

    @property
    def css(self) -> str:
        """As a `linkStyle` takes it."""
        dash = f",stroke-dasharray:{self.dash}" if self.dash else ""
        return f"stroke:{self.stroke},stroke-width:{self.width}px{dash}"


BOXES: Mapping[Look, BoxStyle] = MappingProxyType(
    {
        Look.SUCCEEDED: BoxStyle("#d3f0e4", "#00805f", "#04241b", 2),
        Look.NOTHING_TO_DO: BoxStyle("#eef6f2", "#4f9c83", "#1f4d3f", 2, "9 3"),
        Look.FAILED: BoxStyle("#b93a05", "#6e2100", "#ffffff", 4),
        Look.RUNNING: BoxStyle("#cfe4fb", "#0b63b8", "#07223f", 4),
        Look.WAITING: BoxStyle("#fff0b0", "#946f00", "#3a2c00", 3, "12 4"),
        Look.CANCELLED: BoxStyle("#eadff5", "#7a4ba3", "#2e1745", 3, "6 3"),
        Look.SKIPPED: BoxStyle("#e6e8eb", "#878e96", "#5a6169", 1, "3 4"),
        Look.NOT_REACHED: BoxStyle("#ffffff", "#6b7178", "#24292f", 1),
    }
)

LINES: Mapping[EdgeStatus, LineStyle] = MappingProxyType(
    {
        EdgeStatus.TAKEN: LineStyle("#00866a", 2),
        EdgeStatus.FAILED: LineStyle("#d9480f", 2, "9 4"),
        EdgeStatus.SKIPPED: LineStyle("#8b929a", 1, "2 5"),
        EdgeStatus.PENDING: LineStyle("#7b828a", 1),
    }
)

SIGNS: Mapping[Look, str] = MappingProxyType(
    {
        Look.SUCCEEDED: "✔",
        Look.NOTHING_TO_DO: "↷",
        Look.FAILED: "✘",
        Look.RUNNING: "▶",
        Look.WAITING: "?",
        Look.CANCELLED: "■",
        Look.SKIPPED: "–",
        Look.NOT_REACHED: "·",
    }
)

WORDS: Mapping[Look, str] = MappingProxyType(
    {
        Look.SUCCEEDED: "succeeded",
        Look.NOTHING_TO_DO: "nothing to do",
        Look.FAILED: "failed",
        Look.RUNNING: "running",
        Look.WAITING: "waiting",
        Look.CANCELLED: "cancelled",
        Look.SKIPPED: "not chosen",
        Look.NOT_REACHED: "not reached",
    }
)

APPEARANCES: Mapping[Look, str] = MappingProxyType(
    {
        Look.SUCCEEDED: "green",
        Look.NOTHING_TO_DO: "pale green, dashed",
        Look.FAILED: "dark red",
        Look.RUNNING: "blue",
        Look.WAITING: "yellow, dashed",
        Look.CANCELLED: "violet, dashed",
        Look.SKIPPED: "grey, dotted",
        Look.NOT_REACHED: "white",
    }
)
"""The boxes in words, for legends that cannot draw."""

_STATUSES: Mapping[NodeStatus, Look] = MappingProxyType(
    {
        NodeStatus.PENDING: Look.NOT_REACHED,
        NodeStatus.READY: Look.NOT_REACHED,
        NodeStatus.BLOCKED: Look.NOT_REACHED,
        NodeStatus.RUNNING: Look.RUNNING,
        NodeStatus.WAITING: Look.WAITING,
        NodeStatus.SUCCEEDED: Look.SUCCEEDED,
        NodeStatus.FAILED: Look.FAILED,
        NodeStatus.SKIPPED: Look.SKIPPED,
        NodeStatus.CANCELLED: Look.CANCELLED,
    }
)

# An arrow drawn to a subgraph stands for several dependencies: it shows the first of these that one of them has.
_PRECEDENCE = (EdgeStatus.FAILED, EdgeStatus.TAKEN, EdgeStatus.PENDING, EdgeStatus.SKIPPED)


def look_of(status: NodeStatus, skipped: str | None = None) -> Look:
    """How a node looks; `skipped` is the reason why it did nothing, on purpose."""
    look = _STATUSES[status]
    return Look.NOTHING_TO_DO if skipped is not None and look is Look.SUCCEEDED else look


def node_look(node: NodeRecord) -> Look:
    """How a recorded node looks now."""
    return look_of(node.status, node.last.skipped if node.last else None)


def arrow_statuses(record: RunRecord) -> dict[int, EdgeStatus]:
    """The status of each arrow that takes part, by its index in the drawing (what `linkStyle` counts)."""
    found: dict[int, EdgeStatus] = {}
    for edge in record.graph.edges if record.graph else ():
        if edge.kind == "none":
            continue
        status = record.edges[edge.index]
        if status is EdgeStatus.FAILED and record.nodes[edge.source].status is not NodeStatus.FAILED:
            status = EdgeStatus.PENDING  # all that follows a failure would be as loud as the failure
        for index in edge.drawn:
            found[index] = min(found.get(index, status), status, key=_PRECEDENCE.index)
    return dict(sorted(found.items()))
