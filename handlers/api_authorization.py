"""The boxes of the API Gateway diagram that say who may call the API.

Not every kind of API has every kind of authorizer. A user pool of Cognito serves both: a REST API asks it, an HTTP API
checks its tokens as those of any issuer (JWT). JWT is for HTTP APIs only, and so is TOKEN for REST APIs.
"""

from __future__ import annotations

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

from . import _api, _functions, _reading

ALIASES = {
    "COGNITO_USER_POOLS": "Cognito",
    "TOKEN": "Lambda",
    "REQUEST": "Lambda",
    "CUSTOM": "Lambda",
    "AWS_IAM": "IAM",
}


@decision("Authorization Type?", diagram="api-gateway", aliases=ALIASES)
def authorization_type(context: Context) -> str | None:
    """What `authorizer_type` says: COGNITO_USER_POOLS, JWT, TOKEN or REQUEST (Lambda), IAM; null is None."""
    return context.vars.get("authorizer_type", str)


@configure("Setup Cognito Authorizer", diagram="api-gateway")
def setup_cognito_authorizer(context: Context) -> list[Declaration]:
    """Users of `cognito_user_pool_arns`, or of a pool that this box makes."""
    variables = context.vars
    pools = cast("list[Value]", variables.get("cognito_user_pool_arns", list[str], []))
    audience = cast("list[Value]", variables.get("jwt_audience", list[str], []))
    issuer: Value = None
    scopes: Value = cast("Value", variables.get("authorization_scopes", list[str]))
    declared: list[Declaration] = []
    if pools:
        issuer = _issuer(context, pools)
    else:
        granted = cast("Value", variables.get("cognito_scopes", dict[str, str]))
        pool = ModuleCall(
            "cognito_user_pool",
            "user_pool",
            {
                "name": _api.name(context),
                "scopes": granted,
                "domain_prefix": variables.get("cognito_domain_prefix", str),
                "mfa": _reading.choice(variables, "cognito_mfa", ("OFF", "OPTIONAL", "ON"), "OPTIONAL"),
            },
        )
        client = pool.output("client_id")
        pools, issuer, audience = [pool.output("user_pool_arn")], pool.output("issuer"), audience or [client]
        scopes = scopes or (pool.output("scope_names") if granted else None)
        declared = [
            pool,
            Output("user_pool_id", pool.output("user_pool_id"), "Id of the user pool"),
            Output("user_pool_client_id", client, "Id of the client that callers sign in with"),
        ]
    if _api.kind(context) == _api.HTTP:
        authorizer = _authorizer(context, {"type": "JWT", "issuer": issuer, "audience": audience})
        return [*declared, authorizer, _asking("JWT", scopes)]
    authorizer = _authorizer(context, {"type": "COGNITO_USER_POOLS", "user_pool_arns": pools})
    return [*declared, authorizer, _asking("COGNITO_USER_POOLS", scopes)]


def _issuer(context: Context, pools: list[Value]) -> str | None:
    """Who issues the tokens of a pool, which an HTTP API must know; it also takes no more than one pool."""
    if _api.kind(context) == _api.REST:
        return None
    parts = str(pools[0]).split(":")
    if len(pools) > 1 or len(parts) != 6 or not context.vars.get("jwt_audience", list[str]):
        raise MflowError(
            "an HTTP API takes one user pool, by its ARN, with its clients as jwt_audience",
            code="api.authorization",
            where=context.vars.where("cognito_user_pool_arns"),
        )
    return f"https://cognito-idp.{parts[3]}.amazonaws.com/{parts[5].partition('/')[2]}"


@configure("Setup JWT Authorizer", diagram="api-gateway")
def setup_jwt_authorizer(context: Context) -> list[Declaration]:
    """Who has a token of `jwt_issuer` for `jwt_audience`, with one of `authorization_scopes` where some are named."""
    hint = "api_type: HTTP, or authorizer_type: COGNITO_USER_POOLS or TOKEN"
    _api.only(context, _api.HTTP, "JWT authorizers", "authorizer_type", hint)
    variables = context.vars
    words = "an https:// URL"
    variables.require("jwt_issuer", str)
    inputs: dict[str, Value] = {
        "type": "JWT",
        "issuer": _reading.shaped(variables, "jwt_issuer", r"https://\S+", words),
        "audience": cast("Value", variables.require("jwt_audience", list[str])),
    }
    scopes = cast("Value", variables.get("authorization_scopes", list[str]))
    return [_authorizer(context, inputs), _asking("JWT", scopes)]


@configure("Setup Lambda Authorizer", diagram="api-gateway")
def setup_lambda_authorizer(context: Context) -> list[Declaration]:
    """Whom a function lets in: `lambda_authorizer_function`, `lambda_authorizer_uri`, or `lambda_authorizer_code`."""
    variables = context.vars
    said = variables.get("authorizer_type", str, "").upper()
    if said == "TOKEN":
        _api.only(context, _api.REST, "TOKEN authorizers", "authorizer_type", "authorizer_type: REQUEST")
    kind = "TOKEN" if said == "TOKEN" else "REQUEST"
    declared: list[Declaration] = []
    inputs: dict[str, Value] = {
        "type": kind,
        "credentials_arn": variables.get("lambda_authorizer_role_arn", str),
        "result_ttl_seconds": _reading.number(variables, "authorizer_result_ttl_in_seconds", 0, 3600),
    }
    callee: _functions.Callee | None = None
    if uri := variables.get("lambda_authorizer_uri", str):
        inputs["authorizer_uri"] = uri
    elif function := variables.get("lambda_authorizer_function", str):
        callee = _functions.existing(function)
    else:
        settings = {
            "code": variables.require("lambda_authorizer_code", str),
            "runtime": variables.get("lambda_authorizer_runtime", str, "python3.13"),
            "handler": variables.get("lambda_authorizer_handler", str, "index.handler"),
        }
        declared, callee = _functions.own(context, "authorizer_function", f"{_api.name(context)}-auth", settings)
    if callee is not None:
        inputs["function"] = callee.full
        statement = f"Authorize-{_api.name(context)}"
        source = Reference("api", "authorizers_arn")
        declared.append(_functions.permission("authorizer_permission", statement, callee, source))
    return [*declared, _authorizer(context, inputs), _asking("CUSTOM")]


@configure("Setup IAM Authorization", diagram="api-gateway")
def setup_iam_authorization(context: Context) -> list[Declaration]:
    """Whoever signs calls and may make them; a policy to attach to callers says so."""
    policy = ModuleCall("api_invoke_policy", "invoke_policy", {"name": _api.name(context), "calls_arn": _api.CALLS_ARN})
    arn = Output("invoke_policy_arn", policy.output("policy_arn"), "Policy that lets whoever has it call the API")
    return [policy, arn, _asking("AWS_IAM")]


def _authorizer(context: Context, inputs: dict[str, Value]) -> ModuleCall:
    """The authorizer of the API, which is of the one or the other kind."""
    source = context.vars.get("authorizer_identity_source", str)
    own: dict[str, Value] = {"api_id": _api.API_ID, "name": _api.name(context)}
    if _api.kind(context) == _api.REST:
        return ModuleCall("rest_api_authorizer", "authorizer", {**own, **inputs, "identity_source": source})
    # The two kinds of API write the same place differently.
    sources: Value = [source.replace("method.request.", "$request.")] if source else None
    return ModuleCall("http_api_authorizer", "authorizer", {**own, **inputs, "identity_sources": sources})


def _asking(authorization: str, scopes: Value = None) -> Configure:
    """The endpoints ask for it. Whose signature AWS checks itself needs no authorizer."""
    authorizer = None if authorization == "AWS_IAM" else Reference("authorizer", "authorizer_id")
    return Configure(
        "endpoints",
        {"authorization": authorization, "authorizer_id": authorizer, "authorization_scopes": scopes},
    )
