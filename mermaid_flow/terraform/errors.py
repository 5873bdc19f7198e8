"""What goes wrong between a diagram and Terraform, told by node, so that the box that caused it can turn red."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mermaid_flow.errors import Location, MflowError, Problems, RunFailed


class DeclarationProblem(MflowError):
    """A mistake in what nodes declare: a module, an argument or a value. `nodes` are the nodes it is about."""

    def __init__(self, message: str, *, nodes: tuple[str, ...], hint: str = "", where: Location | None = None) -> None:
        super().__init__(f"{' and '.join(nodes)}: {message}", code="terraform.declaration", hint=hint, where=where)
        self.nodes = nodes


class DeclarationsInvalid(Problems):
    """What the nodes of a component declare does not fit together. Nothing was changed."""

    problems: tuple[DeclarationProblem, ...]

    def __init__(self, problems: Iterable[DeclarationProblem]) -> None:
        super().__init__(problems)
        self.code = "terraform.declaration"

    @property
    def errors(self) -> Mapping[str, MflowError]:
        """By node: its one problem, or all of them."""
        found: dict[str, list[DeclarationProblem]] = {}
        for problem in self.problems:
            for node in problem.nodes:
                found.setdefault(node, []).append(problem)
        return {node: _together(problems) for node, problems in found.items()}


class TerraformFailed(RunFailed):
    """Terraform reported errors.

    `errors` holds them by node: its own, and those that belong to no node. It is empty when no node is to blame; `all`
    has every error once. `changed` tells whether Terraform had begun to change anything; when it had not and the
    configuration itself was at fault (`mistake`), the exit code is 2.
    """

    def __init__(
        self, message: str, found: Iterable[tuple[str, MflowError]], *, changed: bool, mistake: bool = False
    ) -> None:
        """`found` are pairs of node and error; the node is empty where none is to blame."""
        super().__init__(message, code="terraform.failed")
        pairs = tuple(found)
        self.all = tuple(error for _, error in pairs)
        self.errors: Mapping[str, MflowError] = {
            node: _together([error for other, error in pairs if other in (node, "")]) for node, _ in pairs if node
        }
        if not self.errors:
            # Nobody else will tell what happened.
            self.message = "\n".join([message, *map(str, self.all)])
        self.changed = changed
        if mistake and not changed:
            self.exit_code = MflowError.exit_code

    def __str__(self) -> str:
        return "\n".join([self.message, *map(str, self.all if self.errors else ())])


def _together(errors: Sequence[MflowError]) -> MflowError:
    return errors[0] if len(errors) == 1 else Problems(errors)


class ComponentBusy(MflowError):
    """Another run works on the component."""
