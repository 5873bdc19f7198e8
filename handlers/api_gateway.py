"""The API Gateway diagram: a REST API or an HTTP API, its endpoints, its stage and what belongs to them.

Whichever kind it is, the API is the module call `api`, its endpoints are `endpoints` and its stage is `stage`, so that
the boxes in between configure the same calls. Who may call, what endpoints lead to and how the API is published have
modules of their own.

Some wishes do not go with every kind, and are refused before anything runs: JWT authorizers, automatic deployment and
ready-made calls of services are for HTTP APIs; API keys, usage plans, mock integrations, TOKEN authorizers, caches and
edge or private endpoints are for REST APIs.

What differs on the local target: nothing answers calls there. It is looked at what API Gateway was told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from mermaid_flow import (
    Context,
    Declaration,
    MflowError,
    ModuleCall,
    Output,
    Reference,
    Value,
    check,
    configure,
    decision,
)

from . import _api, _placement, _reading


@check(diagram="api-gateway")
def the_wishes_have_boxes(context: Context) -> Iterator[MflowError]:
    """What no box fulfils, and what cannot be right about the VPC."""
    variables = context.vars
    if variables.get("enable_waf", bool, False):
        yield MflowError(
            "enable_waf is true, but the API Gateway diagram has no box for it",
            code="api.unsupported",
            where=variables.where("enable_waf"),
            hint="set it to false, or draw the box and bind a handler to it",
        )
    if not variables.get("auto_deploy", bool, True):
        yield MflowError(
            "auto_deploy is false, but an HTTP API is deployed at once here",
            code="api.unsupported",
            where=variables.where("auto_deploy"),
            hint="leave it out; a REST API is deployed by the run that changes it",
        )
    yield from _placement.problems(variables)


@configure("Load API Gateway Configuration", diagram="api-gateway")
def load_configuration(context: Context) -> dict[str, object]:
    """The API's name in the account, and every endpoint with what it leads to."""
    return {
        "name": _api.name(context),
        "endpoints": {endpoint.key: endpoint.kind for endpoint in _api.endpoints(context.vars)},
    }


@decision("API Type?", diagram="api-gateway", aliases={"REST": "REST API", "HTTP": "HTTP API"})
def api_type(context: Context) -> str:
    """What `api_type` says: REST, the default, or HTTP."""
    return _reading.choice(context.vars, "api_type", (_api.REST, _api.HTTP), _api.REST)


@configure("Create REST API", diagram="api-gateway")
def create_rest_api(context: Context) -> list[Declaration | Mapping[str, object]]:
    """The REST API, reached as `endpoint_type` says."""
    variables = context.vars
    inputs: dict[str, Value] = {
        "name": _api.name(context),
        "description": variables.get("description", str),
        "endpoint_type": _api.endpoint_type(context),
        "vpc_endpoint_ids": cast("Value", variables.get("vpc_endpoint_ids", list[str])),
        "api_key_source": _reading.choice(variables, "api_key_source", ("HEADER", "AUTHORIZER"), "HEADER"),
        "binary_media_types": cast("Value", variables.get("binary_media_types", list[str])),
        "minimum_compression_size": _compression(context),
        "disable_execute_api_endpoint": variables.get("disable_execute_api_endpoint", bool),
    }
    return [ModuleCall("rest_api", "api", inputs), *_outputs(), {"api_type": _api.REST}]


@configure("Create HTTP API", diagram="api-gateway")
def create_http_api(context: Context) -> list[Declaration | Mapping[str, object]]:
    """The HTTP API."""
    if (said := _api.endpoint_type(context)) != "REGIONAL":
        raise MflowError(
            f"an HTTP API is regional, not {said}",
            code="api.unsupported",
            where=context.vars.where("endpoint_type"),
            hint="leave endpoint_type out, or api_type: REST",
        )
    inputs: dict[str, Value] = {
        "name": _api.name(context),
        "description": context.vars.get("description", str),
        "disable_execute_api_endpoint": context.vars.get("disable_execute_api_endpoint", bool),
    }
    return [ModuleCall("http_api", "api", inputs), *_outputs(), {"api_type": _api.HTTP}]


def _outputs() -> list[Declaration]:
    return [
        Output("api_id", _api.API_ID, "Id of the API"),
        Output("execution_arn", Reference("api", "execution_arn"), "What permissions about the API name"),
    ]


def _compression(context: Context) -> int | None:
    size = _reading.number(context.vars, "minimum_compression_size", -1, 10485760)
    return None if size == -1 else size


@configure("Configure REST Endpoints", diagram="api-gateway")
def configure_rest_endpoints(context: Context) -> ModuleCall:
    """A resource for each part of a path and a method for each endpoint; parameters in braces are required."""
    endpoints = _api.endpoints(context.vars)
    methods: dict[str, Value] = {
        endpoint.key: {
            "path": endpoint.path,
            "method": endpoint.method,
            "api_key_required": endpoint.needs_key,
            "request_parameters": cast("Value", endpoint.settings.get("required_parameters", {})),
        }
        for endpoint in endpoints
    }
    inputs: dict[str, Value] = {
        "api_id": _api.API_ID,
        "root_resource_id": Reference("api", "root_resource_id"),
        "endpoints": methods,
        "open_endpoints": _open(endpoints),
    }
    return ModuleCall("rest_api_endpoints", "endpoints", inputs)


@configure("Configure HTTP Routes", diagram="api-gateway")
def configure_http_routes(context: Context) -> ModuleCall:
    """A route for each endpoint."""
    endpoints = _api.endpoints(context.vars)
    return ModuleCall("http_api_routes", "endpoints", {"api_id": _api.API_ID, "open_endpoints": _open(endpoints)})


def _open(endpoints: Sequence[_api.Endpoint]) -> list[Value]:
    return [endpoint.key for endpoint in endpoints if endpoint.is_open]
