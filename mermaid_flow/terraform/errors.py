"""What goes wrong between a diagram and Terraform, told by node, so that the box that caused it can turn red."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
        return {node: problems[0] if len(problems) == 1 else Problems(problems) for node, problems in found.items()}


class TerraformFailed(RunFailed):
    """Terraform reported errors.

    `errors` holds them by node; the empty name stands for what belongs to no node. `changed` tells whether Terraform
    had begun to change anything; when it had not and the configuration itself was at fault, the exit code is 2.
    """

    def __init__(self, message: str, errors: Mapping[str, MflowError], *, changed: bool, mistake: bool = False) -> None:
        super().__init__(message, code="terraform.failed")
        self.errors = dict(errors)
        self.changed = changed
        if mistake and not changed:
            self.exit_code = MflowError.exit_code

    def __str__(self) -> str:
        return "\n".join([self.message, *(str(error) for error in self.errors.values())])


class ComponentBusy(MflowError):
    """Another run works on the component."""
