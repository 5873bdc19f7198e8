"""API Gateway, both versions."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from moto.apigateway.models import Integration, RestAPI
from moto.apigateway.responses import APIGatewayResponse
from moto.apigatewayv2.models import DomainName

from mermaid_flow.terraform.emulator.corrections import Original, corrects

REGIONAL_ZONE = "Z1UJRXOUMOOFQ8"
"""The hosted zone of regional API Gateway domains in us-east-1, for alias records that point at them."""


@corrects(
    DomainName,
    "to_json",
    "moto leaves out the state that the provider waits for and what aliases point at, and invents an empty mutual TLS",
)
def describe_domain_name(original: Original, domain: DomainName) -> dict[str, Any]:
    described: dict[str, Any] = original(domain)
    region = domain.domain_name_arn.split(":")[3]
    target = hashlib.sha256(domain.domain_name.encode()).hexdigest()[:10]
    described["domainNameConfigurations"] = [
        {
            "apiGatewayDomainName": f"d-{target}.execute-api.{region}.amazonaws.com",
            "hostedZoneId": REGIONAL_ZONE,
            **configuration,
            "domainNameStatus": "AVAILABLE",
        }
        for configuration in domain.domain_name_configurations
    ]
    described["mutualTlsAuthentication"] = domain.mutual_tls_authentication or None
    return described


@corrects(
    APIGatewayResponse,
    "put_integration",
    "moto drops the id of the VPC link, so every plan wants to set it again",
)
def put_integration_with_connection(original: Original, response: APIGatewayResponse) -> Any:
    status, headers, _ = original(response)
    _, _, api, _, resource, _, method, *_ = response.path.split("/")
    integration = response.backend.get_integration(api, resource, method)
    vars(integration)["connection_id"] = response._get_param("connectionId")
    return status, headers, json.dumps(integration.to_json())


@corrects(Integration, "to_json", "like put_integration")
def describe_integration_with_connection(original: Original, integration: Integration) -> dict[str, Any]:
    return {**original(integration), "connectionId": vars(integration).get("connection_id")}


@corrects(RestAPI, "to_dict", "AWS gives a policy back with its quotes escaped, which the provider undoes")
def describe_rest_api_with_escaped_policy(original: Original, api: RestAPI) -> dict[str, Any]:
    described: dict[str, Any] = original(api)
    return {**described, "policy": json.dumps(api.policy)[1:-1]} if api.policy else described
