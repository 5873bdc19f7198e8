"""The boxes of the API Gateway diagram that say what endpoints lead to: one for each kind of integration."""

from __future__ import annotations

import json
import re
from typing import cast

from mermaid_flow import (
    Configure,
    Context,
    Declaration,
    MflowError,
    ModuleCall,
    Reference,
    Value,
    configure,
    decision,
)

from . import _api, _functions, _placement
from ._api import Endpoint

JSON = "application/json"
_INVOCATION = re.compile(r"arn:[a-z-]+:apigateway:.*/functions/(?P<function>.+)/invocations")


@decision("Integration Type?", diagram="api-gateway")
def integration_type(context: Context) -> list[str]:
    """Every kind that an entry of `api_integrations` is of; several can be."""
    return list(dict.fromkeys(endpoint.kind for endpoint in _api.endpoints(context.vars)))


@configure("Setup Lambda Integration", diagram="api-gateway")
def setup_lambda_integration(context: Context) -> list[Declaration]:
    """Functions behind endpoints: `function`, a small one from `code`, or the environment's; with the permission."""
    integrations: dict[str, dict[str, Value]] = {}
    declared: list[Declaration] = []
    callees: dict[_functions.Callee, None] = {}
    for number, endpoint in enumerate(_api.endpoints(context.vars, _api.LAMBDA), 1):
        made, callee = _callee(context, endpoint, number)
        declared += made
        callees[callee] = None
        integration: dict[str, Value] = {"type": "AWS_PROXY", "function": callee.full, "method": "POST"}
        if _api.kind(context) == _api.HTTP:
            integration["payload_format_version"] = endpoint.text("payload_format_version") or "2.0"
        integrations[endpoint.key] = integration | endpoint.shared(_api.kind(context))
    for number, callee in enumerate(callees, 1):
        statement = f"Allow-{_api.name(context)}"
        declared.append(_functions.permission(f"permission_{number}", statement, callee, _api.CALLS_ARN))
    return [*declared, _leading_to(integrations)]


def _callee(context: Context, endpoint: Endpoint, number: int) -> tuple[list[Declaration], _functions.Callee]:
    if endpoint.text("code"):
        return _functions.own(context, f"function_{number}", f"{_api.name(context)}-{number}", endpoint.settings)
    if said := endpoint.text("function"):
        return [], _functions.existing(said)
    if uri := endpoint.text("uri"):
        if match := _INVOCATION.fullmatch(uri):
            return [], _functions.existing(match["function"])
        raise MflowError(
            f"{uri!r} does not say how a function is invoked",
            code="api.integration",
            where=context.vars.where(f"{endpoint.place}.uri"),
            hint="name the function by its name or ARN, as `function`",
        )
    return [], _functions.of_environment(context)


@configure("Setup HTTP Integration", diagram="api-gateway")
def setup_http_integration(context: Context) -> Configure:
    """Servers on the internet behind endpoints, by their `uri`."""
    integrations: dict[str, dict[str, Value]] = {}
    for endpoint in _api.endpoints(context.vars, _api.WEB):
        uri = _uri(context, endpoint)
        if not uri.startswith(("http://", "https://")):
            raise MflowError(
                f"{uri!r} is no URL",
                code="api.integration",
                where=context.vars.where(f"{endpoint.place}.uri"),
                hint="https://…",
            )
        integrations[endpoint.key] = _proxy(context, endpoint, uri)
    return _leading_to(integrations)


@configure("Setup VPC Link Integration", diagram="api-gateway")
def setup_vpc_link_integration(context: Context) -> list[Declaration]:
    """Load balancers in a VPC behind endpoints, by a link: `connection_id`, or one that this box makes.

    The link of an HTTP API lies in the subnets of the VPC; that of a REST API leads to the network load balancer
    `vpc_link_load_balancer_arn`.
    """
    integrations: dict[str, dict[str, Value]] = {}
    declared: list[Declaration] = []
    for endpoint in _api.endpoints(context.vars, _api.VPC_LINK):
        link: Value = endpoint.text("connection_id", "vpc_link_id") or context.vars.get("vpc_link_id", str)
        if link is None:
            declared = declared or _link(context)
            link = next(call for call in declared if isinstance(call, ModuleCall) and call.name == "vpc_link").output(
                "vpc_link_id"
            )
        integrations[endpoint.key] = _proxy(context, endpoint, _uri(context, endpoint)) | {"vpc_link_id": link}
    return [*declared, _leading_to(integrations)]


def _link(context: Context) -> list[Declaration]:
    name = _api.name(context)
    if _api.kind(context) == _api.REST:
        balancer = context.vars.require("vpc_link_load_balancer_arn", str)
        return [ModuleCall("rest_api_vpc_link", "vpc_link", {"name": name, "load_balancer_arn": balancer})]
    place = _placement.placement(context)
    groups: Value = cast("Value", context.vars.get("vpc_link_security_group_ids", list[str]))
    declared = _placement.own_network(context)
    if groups is None:
        ports = context.vars.get("vpc_link_ports", list[int], [80, 443])
        peers = [place.vpc_cidr or "0.0.0.0/0"]  # the vars can name a VPC and not its range
        egress: list[Value] = [
            {"description": "To load balancers", "from_port": port, "to_port": port, "peers": peers} for port in ports
        ]
        group: dict[str, Value] = {"description": f"The link of the API {name}", "egress": egress}
        made = ModuleCall(
            "security_groups",
            "vpc_link_security_group",
            {"name": name, "vpc_id": place.vpc_id, "groups": {"link": group}},
        )
        declared.append(made)
        groups = [made.output("security_group_ids")["link"]]
    link: dict[str, Value] = {"name": name, "subnet_ids": place.subnet_ids, "security_group_ids": groups}
    return [*declared, ModuleCall("http_api_vpc_link", "vpc_link", link)]


@configure("Setup AWS Service Integration", diagram="api-gateway")
def setup_service_integration(context: Context) -> list[Declaration]:
    """Services of AWS behind endpoints, called with a role that may do what `allow` says.

    A REST API names an action (`service: dynamodb:action/PutItem`) and writes the request (`request_templates`); an
    HTTP API has ready-made ones (`subtype: SQS-SendMessage`).
    """
    integrations: dict[str, dict[str, Value]] = {}
    statements: list[Value] = []
    for endpoint in _api.endpoints(context.vars, _api.SERVICE):
        allowed = endpoint.settings.get("allow")
        credentials: Value = endpoint.text("credentials_arn")
        if credentials is None:
            if not isinstance(allowed, list):
                raise MflowError(
                    f"{endpoint.key} calls a service and nothing allows it",
                    code="api.integration",
                    where=context.vars.where(endpoint.place),
                    hint="allow: [{actions: [sqs:SendMessage], resources: [arn:…]}], or credentials_arn",
                )
            statements += allowed
            credentials = Reference("service_role", "role_arn")
        integrations[endpoint.key] = _service(context, endpoint) | {"credentials_arn": credentials}
    if statements:
        inputs: dict[str, Value] = {"name": _api.name(context), "statements": statements}
        return [ModuleCall("api_service_role", "service_role", inputs), _leading_to(integrations)]
    return [_leading_to(integrations)]


def _service(context: Context, endpoint: Endpoint) -> dict[str, Value]:
    """The call of a service, as the one or the other kind of API makes it."""
    shared = endpoint.shared(_api.kind(context))
    if _api.kind(context) == _api.HTTP:
        subtype = endpoint.text("subtype", "integration_subtype")
        if subtype is None:
            raise MflowError(
                f"{endpoint.key}: an HTTP API calls services by a subtype",
                code="api.unsupported",
                where=context.vars.where(endpoint.place),
                hint="such as subtype: SQS-SendMessage; a REST API can call every action",
            )
        return {"type": "AWS_PROXY", "subtype": subtype, **shared}
    service, uri = endpoint.text("service"), endpoint.text("uri")
    if service is None and uri is None:
        raise MflowError(
            f"{endpoint.key} does not say which service it calls",
            code="api.integration",
            where=context.vars.where(endpoint.place),
            hint="such as service: dynamodb:action/PutItem, or sqs:path/ACCOUNT/QUEUE",
        )
    status = endpoint.text("status_code") or "200"
    method = endpoint.text("integration_http_method") or "POST"
    return {"type": "AWS", "service": service, "uri": uri, "method": method, "status_code": status, **shared}


@configure("Setup Mock Integration", diagram="api-gateway")
def setup_mock_integration(context: Context) -> Configure:
    """Endpoints that answer by themselves: `status_code` and `response`."""
    first = _api.endpoints(context.vars, _api.MOCK)[0]
    _api.only(context, _api.REST, "mock integrations", first.place, "api_type: REST, or another type of integration")
    integrations: dict[str, dict[str, Value]] = {}
    for endpoint in _api.endpoints(context.vars, _api.MOCK):
        status = endpoint.text("status_code") or "200"
        response = endpoint.settings.get("response", {})
        body = response if isinstance(response, str) else json.dumps(response)
        integrations[endpoint.key] = {
            "type": "MOCK",
            "request_templates": {JSON: json.dumps({"statusCode": int(status)})},
            "status_code": status,
            "response_templates": {JSON: body},
        }
    return _leading_to(integrations)


def _uri(context: Context, endpoint: Endpoint) -> str:
    if (uri := endpoint.text("uri")) is not None:
        return uri
    raise MflowError(
        f"{endpoint.key} does not say where it leads to: it needs a uri",
        code="api.integration",
        where=context.vars.where(endpoint.place),
    )


def _proxy(context: Context, endpoint: Endpoint, uri: str) -> dict[str, Value]:
    method = endpoint.text("integration_http_method") or endpoint.method
    return {"type": "HTTP_PROXY", "uri": uri, "method": method, **endpoint.shared(_api.kind(context))}


def _leading_to(integrations: dict[str, dict[str, Value]]) -> Configure:
    return Configure("endpoints", {"integrations": integrations})
