"""The event triggers of the Lambda diagram: what calls the function.

A trigger makes its own source: an API, a rule, a bucket, a queue, a topic, a table. Where a var names one that exists
(`sns_source_arn`, `event_source_mappings`, …) it is connected. A bucket, a rule and an API that exist belong to
somebody else, who says there what they call: here they only get the permission.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import cast

from mermaid_flow import (
    Configure,
    Context,
    Declaration,
    MflowError,
    ModuleCall,
    Output,
    Reference,
    Value,
    configure,
    decision,
)
from mermaid_flow.errors import did_you_mean

from . import _function, _reading

QUEUE_SETTINGS = ("enabled", "batch_size", "maximum_batching_window_in_seconds")
STREAM_SETTINGS = (
    *QUEUE_SETTINGS,
    "starting_position",
    "maximum_retry_attempts",
    "maximum_record_age_in_seconds",
    "bisect_batch_on_function_error",
    "parallelization_factor",
    "destination_config",
)
SETTINGS = {_function.QUEUE: QUEUE_SETTINGS, _function.STREAM: STREAM_SETTINGS}
"""What the mapping of a queue and of a stream takes, under the names that Terraform has for it."""

POLL_FACTOR = 6
"""How many timeouts of the function a message should stay hidden while it is worked on, as AWS advises."""


@decision("Event Triggers?", diagram="lambda")
def event_triggers(context: Context) -> list[str]:
    """The kinds in `event_triggers`, and those whose own vars are there (`schedule_expression`, `s3_source_arn`, …)."""
    return _function.triggers(context.vars)


@configure("Setup API Gateway Trigger", diagram="lambda")
def setup_api_gateway_trigger(context: Context) -> list[Declaration]:
    """An HTTP API whose calls are signed (`api_gateway_authorization: NONE` opens it), or a permission for an API."""
    variables = context.vars
    if source := variables.get("api_gateway_source_arn", str):
        return [_permission(context, "api_gateway", "apigateway.amazonaws.com", source)]
    name = _function.name(context)
    api = ModuleCall("http_api", "trigger_api", {"name": name, "description": f"Calls the function {name}"})
    integration: dict[str, Value] = {
        "type": "AWS_PROXY",
        "uri": _function.target(variables).invoke_arn,
        "method": "POST",
        "payload_format_version": "2.0",
    }
    routes = ModuleCall(
        "http_api_routes",
        "trigger_routes",
        {
            "api_id": api.output("api_id"),
            "integrations": {variables.get("api_gateway_route_key", str, "$default"): integration},
            "authorization": _reading.choice(variables, "api_gateway_authorization", ("AWS_IAM", "NONE"), "AWS_IAM"),
        },
    )
    logs = ModuleCall(
        "log_groups",
        "trigger_logs",
        {
            "log_groups": {"access": f"/aws/apigateway/{name}"},
            "retention_in_days": variables.get("log_retention_days", int),
            "kms_key_id": variables.get("kms_key_id", str),
        },
    )
    stage = ModuleCall(
        "http_api_stage",
        "trigger_stage",
        {"api_id": api.output("api_id"), "log_group_arn": logs.output("log_group_arns")["access"]},
    )
    permission = _permission(context, "api_gateway", "apigateway.amazonaws.com", api.output("calls_arn"))
    url = Output("api_url", stage.output("invoke_url"), "URL that calls the function")
    return [api, routes, logs, stage, permission, url]


@configure("Setup EventBridge Trigger", diagram="lambda")
def setup_event_bridge_trigger(context: Context) -> list[Declaration]:
    """A rule for `schedule_expression` or `event_pattern`, or a permission for the rule `cloudwatch_source_arn`."""
    variables = context.vars
    if source := variables.get("cloudwatch_source_arn", str):
        return [_permission(context, "event_bridge", "events.amazonaws.com", source)]
    schedule = _reading.shaped(variables, "schedule_expression", r"(rate|cron)\(.+\)", "rate(…) or cron(…)")
    pattern = _json(context, "event_pattern")
    if schedule is None and pattern is None:
        raise MflowError(
            "an EventBridge trigger needs schedule_expression, event_pattern or cloudwatch_source_arn",
            code="lambda.trigger",
            where=variables.where("event_triggers"),
        )
    name = _function.name(context)
    rule = ModuleCall(
        "event_rule",
        "trigger_rule",
        {
            "name": name,
            "description": f"Calls the function {name}",
            "schedule_expression": schedule,
            "event_pattern": pattern,
            "event_bus_name": variables.get("event_bus_name", str),
            "target_arn": _function.target(variables).function_arn,
            "input": _json(context, "schedule_input"),
        },
    )
    permission = _permission(context, "event_bridge", "events.amazonaws.com", rule.output("rule_arn"))
    return [rule, permission, Output("event_rule_arn", rule.output("rule_arn"), "ARN of the rule that calls")]


@configure("Setup S3 Trigger", diagram="lambda")
def setup_s3_trigger(context: Context) -> list[Declaration]:
    """A bucket that tells of new objects (`s3_events`, `s3_filter_prefix`, …), or a permission for `s3_source_arn`."""
    variables = context.vars
    if source := variables.get("s3_source_arn", str):
        return [_permission(context, "s3", "s3.amazonaws.com", source, this_account=True)]
    bucket = ModuleCall("s3_bucket", "trigger_bucket", {"name": _function.name(context)})
    permission = _permission(context, "s3", "s3.amazonaws.com", bucket.output("bucket_arn"), this_account=True)
    notification = ModuleCall(
        "s3_notification",
        "trigger_notification",
        {
            "bucket": bucket.output("bucket_name"),
            "function_arn": _function.target(variables).function_arn,
            "events": cast("Value", variables.get("s3_events", list[str])),
            "filter_prefix": variables.get("s3_filter_prefix", str),
            "filter_suffix": variables.get("s3_filter_suffix", str),
        },
        depends_on=(permission.name,),
    )
    name = Output("trigger_bucket_name", bucket.output("bucket_name"), "Bucket whose objects the function is told of")
    return [bucket, permission, notification, name]


@configure("Setup SQS Trigger", diagram="lambda")
def setup_sqs_trigger(context: Context) -> list[Declaration]:
    """The queues of `sqs_source_arn` and `event_source_mappings`; without them a queue, and one for its failures."""
    variables = context.vars
    existing = dict(_existing(context, _function.QUEUE, "sqs_source_arn"))
    declared: list[Declaration] = []
    sources: dict[str, Value] = {key: str(mapping["event_source_arn"]) for key, mapping in existing.items()}
    if not existing:
        timeout = _reading.number(variables, "timeout", 1, 900) or 3
        hidden = _reading.number(variables, "sqs_visibility_timeout_seconds", timeout, 43200)
        queue = ModuleCall(
            "sqs_queue",
            "trigger_queue",
            {"name": _function.name(context), "visibility_timeout_seconds": hidden or POLL_FACTOR * timeout},
        )
        declared = [queue, Output("queue_url", queue.output("queue_url"), "URL of the queue that feeds the function")]
        existing, sources = {"queue": _own_settings(context, _function.QUEUE)}, {"queue": queue.output("queue_arn")}
    feeds = [_feed(context, key, mapping, sources[key], "queue") for key, mapping in existing.items()]
    return [*declared, *feeds, Configure("role", {"queue_arns": list(sources.values())})]


@configure("Setup SNS Trigger", diagram="lambda")
def setup_sns_trigger(context: Context) -> list[Declaration]:
    """A subscription to the topic `sns_source_arn`, or to one that this box makes; `sns_filter_policy` limits it."""
    variables = context.vars
    topic: Value = variables.get("sns_source_arn", str)
    declared: list[Declaration] = []
    if topic is None:
        made = ModuleCall("sns_topic", "trigger_topic", {"name": _function.name(context)})
        topic = made.output("topic_arn")
        declared = [made, Output("topic_arn", topic, "ARN of the topic that calls the function")]
    permission = _permission(context, "sns", "sns.amazonaws.com", topic)
    subscription = ModuleCall(
        "sns_subscription",
        "trigger_subscription",
        {
            "topic_arn": topic,
            "endpoint": _function.target(variables).function_arn,
            "filter_policy": _json(context, "sns_filter_policy"),
        },
        depends_on=(permission.name,),
    )
    return [*declared, permission, subscription]


@configure("Setup DynamoDB Trigger", diagram="lambda")
def setup_dynamodb_trigger(context: Context) -> list[Declaration]:
    """The streams of `dynamodb_source_arn` and `event_source_mappings`; without them a table with a stream."""
    variables = context.vars
    existing = dict(_existing(context, _function.STREAM, "dynamodb_source_arn"))
    declared: list[Declaration] = []
    sources: dict[str, Value] = {key: str(mapping["event_source_arn"]) for key, mapping in existing.items()}
    if not existing:
        table = ModuleCall(
            "dynamodb_table",
            "trigger_table",
            {
                "name": _function.name(context),
                "hash_key": {"name": variables.get("dynamodb_hash_key", str, "id")},
                "stream_view_type": variables.get("dynamodb_stream_view_type", str, "NEW_AND_OLD_IMAGES"),
            },
        )
        declared = [table, Output("table_name", table.output("table_name"), "Table whose changes feed the function")]
        existing, sources = {"stream": _own_settings(context, _function.STREAM)}, {"stream": table.output("stream_arn")}
    feeds = [
        _feed(context, key, {"starting_position": "LATEST", **mapping}, sources[key], "stream")
        for key, mapping in existing.items()
    ]
    return [*declared, *feeds, Configure("role", {"stream_arns": list(sources.values())})]


def _permission(
    context: Context, trigger: str, principal: str, source: Value, *, this_account: bool = False
) -> ModuleCall:
    """Lets one source call the function, by its alias where it has one."""
    inputs: dict[str, Value] = {
        "statement_id": f"Allow-{trigger.replace('_', '-')}",
        "function_name": Reference("function", "function_name"),
        "qualifier": _function.target(context.vars).qualifier,
        "principal": principal,
        "source_arn": source,
        "this_account_only": this_account or None,
    }
    return ModuleCall("lambda_permission", f"{trigger}_permission", inputs)


def _existing(context: Context, service: str, variable: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The queues or streams that exist already, by key."""
    if arn := context.vars.get(variable, str):
        yield service.lower(), {"event_source_arn": arn}
    for key, mapping in _function.mappings(context.vars).items():
        if _function.service_of(mapping, key, context.vars) != service:
            continue
        for setting in mapping:
            if setting not in ("event_source_arn", *SETTINGS[service]):
                raise MflowError(
                    f"the mapping of a source of {service} has no setting {setting!r}",
                    code="lambda.trigger",
                    where=context.vars.where(f"event_source_mappings.{key}.{setting}"),
                    hint=did_you_mean(setting, SETTINGS[service]),
                )
        yield key, mapping


def _own_settings(context: Context, service: str) -> dict[str, object]:
    """How the function is fed from a source of its own: `sqs_batch_size`, `dynamodb_starting_position`, …."""
    settings = {setting: context.vars.get(f"{service.lower()}_{setting}") for setting in SETTINGS[service]}
    return {setting: value for setting, value in settings.items() if value is not None}


def _feed(context: Context, key: str, mapping: Mapping[str, object], source: Value, kind: str) -> ModuleCall:
    """The mapping that feeds the function from a queue or a stream. It needs the role's right to read first."""
    own: dict[str, Value] = {
        "event_source_arn": source,
        "function_arn": _function.target(context.vars).function_arn,
    }
    inputs = {**cast("Mapping[str, Value]", mapping), **own}
    name = re.sub(r"\W", "_", key)
    return ModuleCall("lambda_event_source", f"{kind}_{name}", inputs, depends_on=("role",))


def _json(context: Context, variable: str) -> str | None:
    """A var that is JSON for AWS: written as a map, or as text."""
    value = context.vars.get(variable)
    return value if value is None or isinstance(value, str) else json.dumps(value, separators=(",", ":"))
