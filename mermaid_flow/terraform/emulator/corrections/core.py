"""What all services of moto share. Applied when the emulator starts, before any service is used."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import BaseModel

from mermaid_flow.terraform.emulator.corrections import replaces


@replaces(
    BaseModel,
    "__new__",
    "moto remembers everything that was ever created, also what is deleted, for a page of its own: memory only grows",
)
def create_without_remembering(kind: type[BaseModel], *_: Any, **__: Any) -> BaseModel:
    return object.__new__(kind)
