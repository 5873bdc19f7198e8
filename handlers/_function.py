"""What the vars say about a Lambda function where more than one box needs to know it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mermaid_flow import Context, MflowError, Reference, Variables
from mermaid_flow.errors import did_you_mean

from . import _naming, _packages, _reading

INLINE, S3, LOCAL = "Inline", "S3", "Local Zip"
PACKAGING = {"inline": INLINE, "s3": S3, "local": LOCAL, "local zip": LOCAL, "zip": LOCAL}

API_GATEWAY, EVENT_BRIDGE, BUCKET, QUEUE, TOPIC, STREAM = "API Gateway", "EventBridge", "S3", "SQS", "SNS", "DynamoDB"
TRIGGER_VARIABLES = {
    API_GATEWAY: ("api_gateway_source_arn",),
    EVENT_BRIDGE: ("schedule_expression", "event_pattern", "cloudwatch_source_arn"),
    BUCKET: ("s3_source_arn",),
    QUEUE: ("sqs_source_arn",),
    TOPIC: ("sns_source_arn",),
    STREAM: ("dynamodb_source_arn",),
}
"""The vars that ask for a trigger by being there, whether or not `event_triggers` names it."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SERVICES = {"sqs": QUEUE, "dynamodb": STREAM}


@dataclass(frozen=True, slots=True)
class Target:
    """What a trigger calls: the alias, or the function as it is where there is none."""

    function_arn: Reference
    invoke_arn: Reference
    qualifier: Reference | None


def name(context: Context) -> str:
    """The function's name in the account. Raises MflowError."""
    full = _naming.qualified(context, context.vars.require("function_name", str))
    if _NAME.fullmatch(full):
        return full
    raise MflowError(
        f"{full!r} is no name for a function: up to 64 letters, digits, - and _",
        code="lambda.name",
        where=context.vars.where("function_name"),
    )


def packaging(variables: Variables) -> str:
    """How the code comes to Lambda: what `packaging_method` says, or what is there of it. Raises MflowError."""
    said = variables.get("packaging_method", str) or variables.get("packaging_type", str)
    if said is not None:
        if found := PACKAGING.get(" ".join(said.casefold().replace("_", " ").split())):
            return found
        raise MflowError(
            f"packaging_method {said!r} is none of inline, s3, local",
            code="lambda.packaging",
            where=variables.where("packaging_method"),
            hint=did_you_mean(said, PACKAGING),
        )
    for variable, found in (("inline_code", INLINE), ("s3_bucket", S3), ("filename", LOCAL), ("source_dir", LOCAL)):
        if variables.get(variable) is not None:
            return found
    raise MflowError(
        "nothing says where the function's code is",
        code="lambda.packaging",
        hint="set one of inline_code, source_dir, filename, or s3_bucket and s3_key",
    )


def local_archive(context: Context) -> bytes | None:
    """The archive of the code in `source_dir` or `filename`; None when neither is there. Raises MflowError."""
    for variable, make in (("source_dir", _packages.folder_archive), ("filename", _packages.made_archive)):
        said = context.vars.get(variable, str)
        if said is None:
            continue
        path = _inside(context, variable, said)
        try:
            return make(path)
        except MflowError as error:
            error.where = error.where or context.vars.where(variable)
            raise
    return None


def _inside(context: Context, variable: str, said: str) -> Path:
    project = context.run.project.resolve()
    path = (project / said).resolve()
    wanted = "folder" if variable == "source_dir" else "file"
    if not path.is_relative_to(project):
        raise MflowError(
            f"{variable} {said!r} lies outside of the project",
            code="lambda.source",
            where=context.vars.where(variable),
        )
    if not (path.is_dir() if wanted == "folder" else path.is_file()):
        raise MflowError(
            f"there is no {wanted} {said!r} in the project",
            code="lambda.source",
            where=context.vars.where(variable),
        )
    return path


def alias_name(variables: Variables) -> str | None:
    """The alias by which the function is called; None with `create_alias: false`. Raises MflowError."""
    if not variables.get("create_alias", bool, True):
        return None
    words = "up to 128 letters, digits, - and _, and no number"
    names = (
        _reading.shaped(variables, variable, r"(?!\d+$)[A-Za-z0-9_-]{1,128}", words)
        for variable in ("alias_name", "provisioned_concurrency_config.qualifier")
    )
    return next(filter(None, names), "live")


def target(variables: Variables) -> Target:
    """What triggers call."""
    if alias_name(variables) is None:
        return Target(Reference("function", "function_arn"), Reference("function", "invoke_arn"), None)
    return Target(Reference("alias", "alias_arn"), Reference("alias", "invoke_arn"), Reference("alias", "alias_name"))


def concurrency(variables: Variables) -> list[str]:
    """The answers to *Configure Concurrency?*: reserved, provisioned, both or none. Raises MflowError."""
    answers = []
    if (limit := reserved(variables)) is not None and limit >= 0:
        answers.append("Yes")
    if variables.get("provisioned_concurrency_config", dict[str, object]):
        answers.append("Provisioned")
    return answers


def reserved(variables: Variables) -> int | None:
    """Calls that may run at a time; -1 and None are no limit. Raises MflowError."""
    return _reading.number(variables, "reserved_concurrent_executions", -1, 1_000_000)


def provisioned(variables: Variables) -> int:
    """Instances of the alias that are kept warm.

    Raises MflowError, also when there is no alias, it has another name, or fewer calls may run.
    """
    config = "provisioned_concurrency_config"
    count = f"{config}.provisioned_concurrent_executions"
    variables.require(count, int)
    warm = _reading.number(variables, count, 1, 1_000_000) or 1
    alias, qualifier, limit = alias_name(variables), variables.get(f"{config}.qualifier", str), reserved(variables)
    wrong = ""
    if alias is None:
        wrong, where = "provisioned concurrency needs an alias, and create_alias is false", "create_alias"
    elif qualifier not in (None, alias):
        wrong, where = f"{config} is for {qualifier!r}, but the alias is {alias!r}", f"{config}.qualifier"
    elif limit is not None and 0 <= limit < warm:
        wrong, where = f"{warm} provisioned instances are more than the {limit} reserved calls at a time", count
    if wrong:
        raise MflowError(wrong, code="lambda.concurrency", where=variables.where(where))
    return warm


def triggers(variables: Variables) -> list[str]:
    """What calls the function: `event_triggers`, and every trigger that a var of its own asks for.

    Raises MflowError.
    """
    given = variables.get("event_triggers")
    listed = [given] if isinstance(given, str) else variables.get("event_triggers", list[str], [])
    known = {_letters(trigger): trigger for trigger in TRIGGER_VARIABLES}
    found = []
    for index, said in enumerate(listed):
        if _letters(said) in ("none", "no", "skip", ""):
            continue
        if _letters(said) not in known:
            raise MflowError(
                f"the diagram has no trigger {said!r}",
                code="lambda.trigger",
                where=variables.where(f"event_triggers.{index}") or variables.where("event_triggers"),
                hint=did_you_mean(said, known.values()) or f"it has {', '.join(known.values())}",
            )
        found.append(known[_letters(said)])
    asked = [trigger for trigger, names in TRIGGER_VARIABLES.items() if any(variables.get(name) for name in names)]
    mapped = [service_of(mapping, key, variables) for key, mapping in mappings(variables).items()]
    return list(dict.fromkeys([*found, *asked, *mapped]))


def mappings(variables: Variables) -> Mapping[str, Mapping[str, object]]:
    """The var `event_source_mappings`: queues and streams that exist already, by keys of the user's own."""
    return variables.get("event_source_mappings", dict[str, dict[str, object]], {})


def service_of(mapping: Mapping[str, object], key: str, variables: Variables) -> str:
    """The trigger that an event source mapping belongs to. Raises MflowError for what the diagram has no box for."""
    arn = str(mapping.get("event_source_arn", ""))
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service in _SERVICES:
        return _SERVICES[service]
    raise MflowError(
        f"event_source_mappings.{key} names {arn!r}, which is neither an SQS queue nor a DynamoDB stream",
        code="lambda.trigger",
        where=variables.where(f"event_source_mappings.{key}"),
    )


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
