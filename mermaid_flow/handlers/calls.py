"""What a handler hands back: plain data that describes module calls. Nothing here knows Terraform's process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Reference:
    """A typed reference to an output of another module call of the same component: `module.<call>.<output>`.

    `path` holds further steps: strings become attributes or keys, integers become indexes, "*" a splat.
    A Reference is the only way to write anything but a literal into the generated HCL.
    """

    call: str
    output: str
    path: tuple[str | int, ...] = ()

    def __getitem__(self, step: str | int) -> Reference:
        return Reference(self.call, self.output, (*self.path, step))


FILES = "files"
"""The folder beside the root module in which declared files lie."""

Value: TypeAlias = "None | bool | int | float | str | Reference | Sequence[Value] | Mapping[str, Value]"
"""What a module argument can be. Strings are literals: `${` in them is escaped, never interpreted."""


@dataclass(frozen=True, slots=True)
class ModuleCall:
    """One `module "<name>"` block. `module` names a folder of the module library. `name` is unique in the component.

    `depends_on` names other calls. Inputs with the value None are left out, so that the module's default holds.
    """

    module: str
    name: str
    inputs: Mapping[str, Value] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()

    def output(self, name: str) -> Reference:
        """A reference to one of this call's outputs."""
        return Reference(self.name, name)


@dataclass(frozen=True, slots=True)
class Configure:
    """Further inputs for a module call that this or another node declares, before or after.

    It is written as `locals` into the node's own file, so that the box can be found from the argument.
    The call `"*"` stands for every call of the component whose module has these variables: *Tag All Resources*.
    Two nodes that set the same input to different values are an error; maps (tags) are merged.
    """

    call: str
    inputs: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Output:
    """An output of the component, for other components and for people."""

    name: str
    value: Value
    description: str = ""
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A file that module calls need, such as the archive of a function's code. It lies beside the root module.

    It is written before Terraform works and removed when no node declares it any more. `name` is one file name.
    """

    name: str
    content: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """Where it is, seen from the root module: what a module's `filename` or `source` argument takes."""
        return f"{FILES}/{self.name}"


@dataclass(frozen=True, slots=True)
class Import:
    """Something that exists already and that a module call takes over: `to` is its address in the component.

    An address is written as Terraform writes it: `module.logs.aws_cloudwatch_log_group.this["app"]`. `id` is what the
    provider knows the thing by. Once it is imported the declaration changes nothing.
    """

    to: str
    id: str


_ACCESS = frozenset({"assume_role", "dynamodb_table", "encrypt", "kms_key_id", "profile", "region", "use_lockfile"})


@dataclass(frozen=True, slots=True)
class Backend:
    """Where a component's state lives when it is not a file in its folder: the type (`s3`) and its settings.

    `own_storage` says that the component itself makes what holds its state; the state is brought home before the
    component is destroyed.
    """

    type: str
    settings: Mapping[str, Value]
    own_storage: bool = False

    @property
    def place(self) -> Mapping[str, Value]:
        """The settings that say where the state is, without those that only say how to get at it."""
        return {name: value for name, value in self.settings.items() if name not in _ACCESS}


@dataclass(frozen=True, slots=True)
class Skipped:
    """The node did nothing, on purpose: a *Skip …* box. `reason` is recorded and shown."""

    reason: str


Declaration: TypeAlias = ModuleCall | Configure | Output | File | Import
HandlerResult: TypeAlias = (
    "None | Mapping[str, object] | Declaration | Skipped | Sequence[Declaration | Mapping[str, object]]"
)
"""What a handler may return. Mappings are the node's values (JSON), merged in order."""


@dataclass(frozen=True, slots=True)
class Result:
    """A handler's return value, sorted out."""

    values: Mapping[str, object] = field(default_factory=dict)
    declarations: tuple[Declaration, ...] = ()
    skipped: str | None = None
