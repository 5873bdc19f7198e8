"""Lambda functions that an API calls: one that exists, the environment's, or a small one made for the purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mermaid_flow import Context, Declaration, File, MflowError, ModuleCall, Value

from . import _packages


@dataclass(frozen=True, slots=True)
class Callee:
    """A function by its name or ARN, and the alias of it that is called."""

    name: Value
    alias: str | None = None

    @property
    def full(self) -> Value:
        """The function with its alias, as one text."""
        return f"{self.name}:{self.alias}" if self.alias else self.name


def existing(said: str) -> Callee:
    """The function that a name or an ARN means; an alias may follow after a colon."""
    parts = said.split(":")
    length = 7 if parts[0] == "arn" else 1
    return Callee(":".join(parts[:length]), ":".join(parts[length:]) or None)


def of_environment(context: Context) -> Callee:
    """The function of the component `lambda` (or of the one that `lambda_component` names) in this environment."""
    component = context.vars.get("lambda_component", str, "lambda")
    outputs = context.components.open(component).outputs()
    found = outputs.get("alias_arn") or outputs.get("function_arn")
    if isinstance(found, str):
        return existing(found)
    raise MflowError(
        f"nothing says which function is called, and the component {component!r} has none",
        code="function.nowhere",
        hint="name one as `function`, give its `code`, or run the diagram lambda in this environment first",
    )


def own(context: Context, call: str, name: str, settings: Mapping[str, object]) -> tuple[list[Declaration], Callee]:
    """A small function of `code` in the vars, whose role may write its logs and nothing else. Raises MflowError."""
    runtime, handler = str(settings.get("runtime", "python3.13")), str(settings.get("handler", "index.handler"))
    content = _packages.inline_archive(str(settings["code"]), handler, runtime)
    file = File(f"{name}.zip", content)
    logs = ModuleCall(
        "log_groups",
        f"{call}_logs",
        {
            "log_groups": {"function": f"/aws/lambda/{name}"},
            "retention_in_days": context.vars.get("log_retention_days", int),
            "kms_key_id": context.vars.get("kms_key_id", str),
        },
    )
    role = ModuleCall(
        "lambda_role", f"{call}_role", {"name": name, "log_group_arn": logs.output("log_group_arns")["function"]}
    )
    function = ModuleCall(
        "lambda_function",
        call,
        {
            "name": name,
            "role_arn": role.output("role_arn"),
            "filename": file.path,
            "source_code_hash": _packages.digest(content),
            "runtime": runtime,
            "handler": handler,
        },
    )
    return [file, logs, role, function], Callee(function.output("function_name"))


def permission(call: str, statement: str, callee: Callee, source: Value) -> ModuleCall:
    """Lets API Gateway call the function on behalf of one API."""
    inputs: dict[str, Value] = {
        "statement_id": statement,
        "function_name": callee.name,
        "qualifier": callee.alias,
        "principal": "apigateway.amazonaws.com",
        "source_arn": source,
    }
    return ModuleCall("lambda_permission", call, inputs)
