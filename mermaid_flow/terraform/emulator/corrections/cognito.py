"""Cognito's resource servers."""

from __future__ import annotations

from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.responses import ActionResult, EmptyResult

from mermaid_flow.terraform.emulator.corrections import replaces


@replaces(CognitoIdpResponse, "update_resource_server", "not in moto: new scopes of a server cannot be applied")
def update_resource_server(response: CognitoIdpResponse) -> ActionResult:
    server = response.backend.describe_resource_server(
        response._get_param("UserPoolId"), response._get_param("Identifier")
    )
    server.name = response._get_param("Name")
    server.scopes = response._get_param("Scopes") or []
    return ActionResult({"ResourceServer": server.to_json()})


@replaces(CognitoIdpResponse, "delete_resource_server", "not in moto: the server and so its user pool stay for ever")
def delete_resource_server(response: CognitoIdpResponse) -> ActionResult:
    pool, identifier = response._get_param("UserPoolId"), response._get_param("Identifier")
    response.backend.describe_resource_server(pool, identifier)
    del response.backend.user_pools[pool].resource_servers[identifier]
    return EmptyResult()
