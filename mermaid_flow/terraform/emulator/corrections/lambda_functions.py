"""Lambda functions: settings that moto forgets, what feeds an alias, and provisioned concurrency."""

from __future__ import annotations

from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import EventSourceMapping, ImageConfig, LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.urls import url_paths
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from mermaid_flow.terraform.emulator.corrections import Original, Paths, corrects, replaces

DEAD_LETTER = "dead_letter_config"
"""The attribute that keeps a function's dead-letter queue; moto has none."""


@corrects(LambdaFunction, "__init__", "moto drops DeadLetterConfig, so every plan wants to set it again")
def keep_dead_letter_config(
    original: Original, function: LambdaFunction, account_id: str, spec: dict[str, Any], *rest: Any, **named: Any
) -> None:
    original(function, account_id, spec, *rest, **named)
    vars(function)[DEAD_LETTER] = spec.get("DeadLetterConfig")


@corrects(
    LambdaFunction,
    "update_configuration",
    "moto ignores changes of the dead-letter queue, the image's settings, tracing, storage and the key",
)
def update_every_setting(original: Original, function: LambdaFunction, updates: dict[str, Any]) -> dict[str, Any]:
    original(function, updates)
    if "DeadLetterConfig" in updates:
        vars(function)[DEAD_LETTER] = updates["DeadLetterConfig"]
    if "ImageConfig" in updates:
        function.image_config = ImageConfig(updates["ImageConfig"])
    if "TracingConfig" in updates:
        function.tracing_config = updates["TracingConfig"]
    if "EphemeralStorage" in updates:
        function.ephemeral_storage = updates["EphemeralStorage"]["Size"]
    if "KMSKeyArn" in updates:
        function.kms_key_arn = updates["KMSKeyArn"]
    return function.get_configuration()


@corrects(
    LambdaFunction,
    "get_configuration",
    "moto drops DeadLetterConfig and invents an empty image configuration, which the provider wants to remove",
)
def describe_every_setting(original: Original, function: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    described: dict[str, Any] = original(function, on_create)
    if (dead_letter := vars(function).get(DEAD_LETTER)) and dead_letter.get("TargetArn"):
        described["DeadLetterConfig"] = dead_letter
    image = function.image_config
    if not (image.cmd or image.entry_point or image.working_directory):
        described.pop("ImageConfigResponse", None)
    return described


@corrects(EventSourceMapping, "get_configuration", "moto forgets which alias or version of the function is fed")
def describe_with_qualifier(original: Original, mapping: EventSourceMapping) -> dict[str, Any]:
    described: dict[str, Any] = original(mapping)
    function = ":".join(mapping.function_arn.split(":")[:7])
    for known_as in (function, function.rpartition(":")[2]):
        if mapping.function_name.startswith(f"{known_as}:"):
            described["FunctionArn"] = mapping.function_name.replace(known_as, function, 1)
    return described


@corrects(LambdaBackend, "update_event_source_mapping", "like get_configuration, when another alias is to be fed")
def feed_another_alias(
    original: Original, backend: LambdaBackend, uuid: str, spec: dict[str, Any]
) -> EventSourceMapping | None:
    mapping: EventSourceMapping | None = original(backend, uuid, spec)
    if mapping is not None and "FunctionName" in spec:
        mapping.function_name = spec["FunctionName"]
    return mapping


provisioned_concurrency_path = Paths(
    url_paths,
    LambdaResponse.dispatch,
    (r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency/?$",),
    "moto has no provisioned concurrency",
)


@replaces(LambdaResponse, "put_provisioned_concurrency_config", "moto has no provisioned concurrency")
def put_provisioned_concurrency_config(response: LambdaResponse) -> ActionResult:
    count = response._get_param("ProvisionedConcurrentExecutions")
    config = {
        "RequestedProvisionedConcurrentExecutions": count,
        "AvailableProvisionedConcurrentExecutions": count,
        "AllocatedProvisionedConcurrentExecutions": count,
        "Status": "READY",
        "LastModified": utcnow().strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }
    function = response.backend.get_function(response._get_param("FunctionName"))
    _concurrency(function)[response._get_param("Qualifier")] = config
    return ActionResult(config)


@replaces(LambdaResponse, "get_provisioned_concurrency_config", "moto has no provisioned concurrency")
def get_provisioned_concurrency_config(response: LambdaResponse) -> ActionResult:
    function = response.backend.get_function(response._get_param("FunctionName"))
    config = _concurrency(function).get(response._get_param("Qualifier"))
    if config is None:
        raise ProvisionedConcurrencyConfigNotFound
    return ActionResult(config)


@replaces(LambdaResponse, "delete_provisioned_concurrency_config", "moto has no provisioned concurrency")
def delete_provisioned_concurrency_config(response: LambdaResponse) -> ActionResult:
    function = response.backend.get_function(response._get_param("FunctionName"))
    _concurrency(function).pop(response._get_param("Qualifier"), None)
    return EmptyResult()


class ProvisionedConcurrencyConfigNotFound(LambdaClientError):
    """Lambda's answer for a qualifier without provisioned concurrency."""

    code = 404

    def __init__(self) -> None:
        super().__init__("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found")


def _concurrency(function: LambdaFunction) -> dict[str, dict[str, Any]]:
    """Provisioned concurrency by qualifier, kept on the function so that it goes with it."""
    found: dict[str, dict[str, Any]] = vars(function).setdefault("provisioned_concurrency", {})
    return found
