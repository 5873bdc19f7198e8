"""Makes the many small objects of an AST at little cost.

A parse makes several objects a statement and throws none of them away, so half of its time would go into two things
that Python does for each: looking through all of them for garbage again and again, and calling `object.__setattr__` for
each field of a frozen dataclass.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from copy import copy
from dataclasses import fields, make_dataclass
from typing import Any, ParamSpec, TypeVar, cast

_Fields = ParamSpec("_Fields")
_Made = TypeVar("_Made")


class CollectorPause:
    """Keeps the garbage collector from running within `with`. What is no longer referred to still goes at once.

    Threads may overlap: each that finds the collector running switches it on again, so it never stays off. The worst
    that can happen is that it runs during another thread's parse. It does not run at the end of a pause either, but
    when the next object is made: not at all for an AST that was only looked at.
    """

    __slots__ = ("_was_enabled",)

    def __enter__(self) -> None:
        self._was_enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was_enabled:
            gc.enable()


def maker_of(frozen: Callable[_Fields, _Made]) -> Callable[_Fields, _Made]:
    """What makes the same objects as this frozen dataclass with slots, in a fifth of the time.

    The fields are set on an object of a class that is not frozen. It has the same slots, and so the same layout: at the
    end the object gets the class it is meant to have.
    """
    kept = fields(cast(Any, frozen))

    def freeze(made: Any) -> None:
        made.__class__ = frozen

    thawed = make_dataclass(
        "Thawed",
        [(field.name, Any, copy(field)) for field in kept],
        namespace={"__post_init__": freeze},
        slots=True,
        repr=False,
        eq=False,
        match_args=False,
    )
    return cast("Callable[_Fields, _Made]", thawed)
