"""What the vars say about Kubernetes clusters: one cluster by vars of its own, or several in the map `clusters`.

The names are those that Terraform components for EKS use. Where two are in use for the same thing, both are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mermaid_flow import Context, MflowError, Value, Variables
from mermaid_flow.errors import did_you_mean
from mermaid_flow.inputs.paths import format_path

from . import _naming, _placement

T = TypeVar("T")

MANAGED, SELF_MANAGED, FARGATE = "Managed", "Self-Managed", "Fargate"
GROUP_MAPS = {
    "node_groups": MANAGED,
    "eks_managed_node_groups": MANAGED,
    "self_managed_node_groups": SELF_MANAGED,
    "fargate_profiles": FARGATE,
}
"""The maps in which groups of nodes stand, and what they are unless their `type` says otherwise."""

KIND_WORDS = {"managed": MANAGED, "self-managed": SELF_MANAGED, "self_managed": SELF_MANAGED, "fargate": FARGATE}
USUAL_ADDONS = ("vpc-cni", "coredns", "kube-proxy")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the vars: a cluster, or a group of nodes. `path` is "" for the vars as a whole."""

    variables: Variables
    path: str = ""

    def at(self, name: str) -> str:
        """The path of one of its entries."""
        return f"{self.path}.{name}" if self.path else name

    def get(self, kind: type[T], *names: str) -> T | None:
        """The first of these entries that is there. Raises MflowError for one of another type."""
        found = (self.variables.get(self.at(name), kind) for name in names)
        return next((value for value in found if value is not None), None)

    def entries(self, name: str) -> Iterator[tuple[str, Section]]:
        """The entries of a map of maps, each as a section. Raises MflowError."""
        for key in self.variables.get(self.at(name), dict[str, object], {}):
            entry = f"{self.at(name)}.{format_path((key,))}"
            # It is a map, or null (`workers:`), which takes what is usual.
            self.variables.get(entry, dict[str, object])
            yield key, Section(self.variables, entry)

    def unknown(self, known: Sequence[str]) -> Iterator[MflowError]:
        """An error for each entry that nothing reads."""
        entries = self.variables.get(self.path, dict[str, object]) or {}
        for name in entries:
            if name not in known:
                yield MflowError(
                    f"nothing reads {self.at(name)}",
                    code="eks.unknown",
                    where=self.variables.where(self.at(name)),
                    hint=did_you_mean(name, known) or f"it may have {', '.join(known)}",
                )


@dataclass(frozen=True, slots=True)
class Group:
    """A group of nodes, or a Fargate profile."""

    name: str
    kind: str
    section: Section
    selectors: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster. `key` is what the map `clusters` and the outputs call it, `name` what AWS does."""

    key: str
    name: str
    section: Section
    private: bool
    groups: tuple[Group, ...] = ()
    addons: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def call(self) -> str:
        """The module call of the cluster itself."""
        return f"cluster_{self.key}"

    def of_kind(self, kind: str) -> tuple[Group, ...]:
        """Its groups of one kind."""
        return tuple(group for group in self.groups if group.kind == kind)


def clusters(context: Context) -> tuple[Cluster, ...]:
    """The enabled clusters: those of the map `clusters`, or the one that the vars as a whole describe.

    Raises MflowError for entries of a wrong type.
    """
    whole = Section(context.vars)
    if context.vars.get("clusters", dict[str, object]):
        found = [(key, _naming.qualified(context, key), section) for key, section in whole.entries("clusters")]
    else:
        given = context.vars.get("cluster_name", str)
        name = _naming.qualified(context, given) if given else _naming.name_prefix(context)
        found = [("main", name, whole)]
    return tuple(
        Cluster(key, name, section, _private(section), tuple(_groups(section)), addons(section))
        for key, name, section in found
        if section.get(bool, "enabled") is not False
    )


def _private(section: Section) -> bool:
    said = section.get(bool, "private_cluster")
    return not _public_access(section) if said is None else said


def _public_access(section: Section) -> bool:
    return section.get(bool, "endpoint_public_access", "cluster_endpoint_public_access") or False


def _groups(section: Section) -> Iterator[Group]:
    for name, usual in GROUP_MAPS.items():
        for key, group in section.entries(name):
            if group.get(bool, "enabled") is not False:
                selectors = group.get(list[dict[str, object]], "selectors") or ()
                yield Group(key, _kind(group, usual), group, selectors)


def _kind(group: Section, usual: str) -> str:
    said = group.get(str, "type")
    if said is None:
        return usual
    if kind := KIND_WORDS.get(said.casefold()):
        return kind
    raise MflowError(
        f"{said!r} is no type of nodes: managed, self-managed or fargate",
        code="eks.group",
        where=group.variables.where(group.at("type")),
        hint=did_you_mean(said, KIND_WORDS),
    )


def addons(section: Section) -> Mapping[str, Mapping[str, object]]:
    """Add-ons by name, with version and role: from a list of names, or a map of names to versions or to maps."""
    given = section.variables.get(section.at("addons"))
    if given is None or given is False:
        return {}
    if isinstance(given, list):
        return {str(name): {} for name in given}
    if not isinstance(given, dict):
        return {name: {} for name in USUAL_ADDONS} if given is True else {str(given): {}}
    found: dict[str, Mapping[str, object]] = {}
    for key, said in given.items():
        if isinstance(said, dict):
            if said.get("enabled") is not False:
                found[str(said.get("name", key))] = {
                    "version": said.get("version", said.get("addon_version")),
                    "service_account_role_arn": said.get("service_account_role_arn"),
                }
        else:
            found[str(key)] = {"version": said}
    return found


def node_kinds(variables: Variables, found: Sequence[Cluster]) -> list[str]:
    """The answers to *Node Group Type?*: the var `node_group_type`, what the groups are, or else Managed."""
    said = variables.get("node_group_type")
    if said is not None:
        return [str(kind) for kind in said] if isinstance(said, list) else [str(said)]
    return list(dict.fromkeys(group.kind for cluster in found for group in cluster.groups)) or [MANAGED]


def groups_of(found: Sequence[Cluster], kind: str) -> list[tuple[Cluster, Group]]:
    """The groups of a kind; where no cluster has any, one for each cluster, called `default`, with what is usual."""
    named = [(cluster, group) for cluster in found for group in cluster.of_kind(kind)]
    if named:
        return named
    return [(cluster, Group("default", kind, Section(Variables(), "default"))) for cluster in found]


def sizes(group: Group) -> dict[str, int]:
    """Least, first and largest number of nodes. Raises MflowError when they are not in this order."""
    section = group.section
    least = section.get(int, "min_size", "min_group_size")
    first = section.get(int, "desired_size", "desired_group_size")
    most = section.get(int, "max_size", "max_group_size")
    least = least if least is not None else min([1, *(size for size in (first, most) if size is not None)])
    first = first if first is not None else max(least, min(2, most) if most is not None else 2)
    most = most if most is not None else max(first, 4)
    if 0 <= least <= first <= most and most > 0:
        return {"min_size": least, "desired_size": first, "max_size": most}
    raise MflowError(
        f"{section.path}: from {least} to {most} nodes cannot begin with {first}",
        code="eks.sizes",
        where=section.variables.where(section.path),
    )


def kubernetes_version(section: Section) -> str | None:
    """The version of a cluster, or the one that is usual for all; None leaves it to EKS. Raises MflowError."""
    names = ("kubernetes_version", "cluster_kubernetes_version", "cluster_version")
    return section.get(str, *names) or section.variables.get("default_kubernetes_version", str)


def subnets(context: Context, *sections: Section) -> Value:
    """The subnets of the first section that names its own, or those of the place. Raises MflowError."""
    for section in sections:
        # For the vars as a whole, `subnet_ids` is the place.
        if section.path and (own := section.get(list[str], "subnet_ids")):
            return own
    return _placement.placement(context).subnet_ids


def tags(context: Context, section: Section) -> dict[str, Value]:
    """The tags that a cluster or a group has beside those of everything, which it cannot change."""
    given = section.get(dict[str, object], "tags") or {}
    return {key: str(value) for key, value in given.items() if key not in _naming.tags(context)}
