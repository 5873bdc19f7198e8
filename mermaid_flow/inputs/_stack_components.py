"""What the merged files of a stack say about one component: scopes, inheritance, overrides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.inputs._stack_files import StackFile
from mermaid_flow.inputs.variables import Layer, Variables

_NOT_INHERITED = ("inherits", "type")


@dataclass(frozen=True)
class Manifest:
    """The files of a stack in merge order, the winner last."""

    files: tuple[StackFile, ...]
    overrides: tuple[tuple[StackFile, frozenset[str]], ...] = ()
    """Files with `overrides:`, and the components that they hold for: those that the file and its imports define."""

    @cached_property
    def components(self) -> tuple[str, ...]:
        """The Terraform components, in order of appearance."""
        return tuple(dict.fromkeys(name for file in self.files for name in file.components))

    def layers(self, *keys: str) -> list[Layer]:
        """The map at `keys` in each file that has one, the winner last."""
        sections = ((file, file.section(*keys)) for file in self.files)
        return [Layer(str(file.path), section, file.document, keys) for file, section in sections if section]

    def section_layers(self, name: str, section: str) -> list[Layer]:
        """All that goes into a component's `section` (vars, settings, dependencies), the winner last.

        The order is Atmos': the stack's section, that of `terraform:`, those of the bases in the order in which they
        are inherited, the component's own, overrides.
        """
        found = [*self.layers(section), *self.layers("terraform", section)]
        for each in (*self.bases(name), name):
            found += self.layers("components", "terraform", each, section)
        for file, names in self.overrides:
            if name in names:
                found += Manifest((file,)).layers("overrides", section)
                found += Manifest((file,)).layers("terraform", "overrides", section)
        return found

    def metadata(self, name: str) -> Variables:
        """A component's `metadata`: its own over that of its bases, which do not hand down `inherits` and `type`."""
        found: list[Layer] = []
        for base in self.bases(name):
            for layer in self.layers("components", "terraform", base, "metadata"):
                values = {key: value for key, value in layer.values.items() if key not in _NOT_INHERITED}
                found.append(Layer(layer.name, values, layer.places, layer.prefix))
        return Variables([*found, *self.layers("components", "terraform", name, "metadata")])

    def bases(self, name: str) -> list[str]:
        """The components that `name` inherits from, the one that wins last; a base's own bases come before it.

        Raises MflowError for a base that the stack does not define and for components that inherit from themselves.
        """
        nearest_first: list[str] = []
        self._collect_bases(name, (), nearest_first)
        return nearest_first[::-1]

    def _collect_bases(self, name: str, chain: tuple[str, ...], found: list[str]) -> None:
        chain = (*chain, name)
        own = Variables(self.layers("components", "terraform", name, "metadata"))
        inherits = own.get("inherits")
        if inherits is not None and not (
            isinstance(inherits, list) and all(isinstance(base, str) for base in inherits)
        ):
            raise MflowError(
                f"`metadata.inherits` of {name} must be a list of components",
                code="stacks.inherits",
                where=own.where("inherits"),
            )
        for index, base in reversed(list(enumerate(inherits or []))):
            where = own.where(f"inherits.{index}")
            if base not in self.components:
                raise MflowError(
                    f"{name} inherits from {base!r}, which the stack does not define",
                    code="stacks.inherits",
                    hint=did_you_mean(base, self.components),
                    where=where,
                )
            if base in chain:
                circle = " inherits from ".join((*chain[chain.index(base) :], base))
                raise MflowError(f"components inherit in a circle: {circle}", code="stacks.cycle", where=where)
            if base not in found:
                found.append(base)
                self._collect_bases(base, chain, found)
