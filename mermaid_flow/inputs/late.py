"""Values that nobody knows yet: outputs of other components, which exist once those are applied."""

from __future__ import annotations

from dataclasses import dataclass

from mermaid_flow.errors import Location


@dataclass(frozen=True, slots=True)
class LateBound:
    """A reference to an output of another component, as `!terraform.output vpc/main vpc_id` writes it.

    It stands in the vars as a value. Who runs components replaces it by the output; at plan time it is unknown. `stack`
    is None for the component's own stack; `output` is the name, or a path into the output such as `.ids[0]`.
    """

    component: str
    output: str
    stack: str | None = None
    where: Location | None = None

    def __str__(self) -> str:
        return f"(known after apply: {self.component} {self.output})"
