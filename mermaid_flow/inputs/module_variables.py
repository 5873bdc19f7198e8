"""The vars of a stack's component against the variables of the module that it instantiates.

Terraform only warns about a variable that a module does not declare, and Atmos says nothing: the setting is without
effect, and nobody notices. So the names are compared here, before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.inputs.decisions import snake_case
from mermaid_flow.inputs.paths import lookup
from mermaid_flow.inputs.variables import Variables

_ALIKE = 0.6


def check_module_variables(variables: Variables, module: str, declared: Mapping[str, bool]) -> list[MflowError]:
    """Vars that the module does not know, and variables that it requires and does not get, each with the closest name.

    `declared` are the module's variables by name, True for those without a default. Vars of the whole stack (tenant,
    region, …) are given to every component and are not reported; those of the component and its bases are. The codes
    are `inputs.unknown_variable` and `inputs.missing_variable`. Marks nothing as used.
    """
    values = variables.to_plain()
    unknown = [name for name in values if name not in declared and _meant_for_component(variables, name)]
    missing = [name for name, required in declared.items() if required and lookup(values, (name,), None) is None]
    problems = [
        MflowError(
            f"the module {module} has no variable {name!r}",
            code="inputs.unknown_variable",
            hint=closest_name(name, (each for each in declared if each not in values)),
            where=variables.where(name),
        )
        for name in unknown
    ]
    return problems + [
        MflowError(
            f"the module {module} requires the variable {name!r}",
            code="inputs.missing_variable",
            hint=closest_name(name, unknown),
        )
        for name in missing
    ]


def closest_name(name: str, candidates: Iterable[str]) -> str:
    """A hint with the closest candidate, or "". Names made of the same words are closest, in any order and form:
    `enable_flow_logs` for `vpc_flow_logs_enabled`."""
    pool = list(candidates)
    words = _words(name)
    scores = {each: len(words & _words(each)) / len(words | _words(each)) for each in pool if words | _words(each)}
    best = max(scores, key=lambda each: scores[each], default=None)
    if best is not None and scores[best] >= _ALIKE:
        return f"did you mean {best!r}?"
    return did_you_mean(name, pool)


def _meant_for_component(variables: Variables, name: str) -> bool:
    """Whether a layer of the component's own, a plain vars file or --set gave the variable."""
    stack_wide = (("vars",), ("terraform", "vars"))
    return any(
        name in layer.values and (layer.places is None or layer.prefix not in stack_wide) for layer in variables.layers
    )


def _words(name: str) -> frozenset[str]:
    """The words of a name without their endings, so that `enabled` is `enable` and `subnets` is `subnet`."""
    return frozenset(word.removesuffix("s").removesuffix("d") for word in snake_case(name).split("_") if word)
