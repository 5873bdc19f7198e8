"""The boxes of the API Gateway diagram that publish the API: its domain, keys, logs, stage, CORS and dashboard."""

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
    Skipped,
    Value,
    configure,
    decision,
)

from . import _api, _reading

CORS = ("allow_origins", "allow_methods", "allow_headers", "expose_headers", "max_age", "allow_credentials")


@decision("Custom Domain?", diagram="api-gateway")
def custom_domain(context: Context) -> bool:
    """Yes when `domain_name` is there."""
    return bool(context.vars.get("domain_name", str))


@configure("Setup Custom Domain", diagram="api-gateway")
def setup_custom_domain(context: Context) -> list[Declaration]:
    """`domain_name` for the stage, with `certificate_arn` or a certificate of its own, and its record in `zone_id`.

    Without a zone there is no record: whoever has it makes one that leads to `domain_target`.
    """
    variables = context.vars
    domain = variables.require("domain_name", str)
    zone = variables.get("zone_id", str) or variables.get("route53_zone_id", str)
    certificate: Value = variables.get("certificate_arn", str)
    kind = _api.endpoint_type(context)
    if kind == "PRIVATE":
        raise MflowError(
            "a private API has no domain of its own", code="api.unsupported", where=variables.where("domain_name")
        )
    declared: list[Declaration] = []
    if certificate is None:
        if zone is None:
            raise MflowError(
                f"{domain} needs a certificate",
                code="api.domain",
                where=variables.where("domain_name"),
                hint="set certificate_arn, or zone_id to have one made",
            )
        made = ModuleCall("acm_certificate", "certificate", {"domain_name": domain, "zone_id": zone})
        declared.append(made)
        certificate = made.output("certificate_arn")
    inputs: dict[str, Value] = {
        "domain_name": domain,
        "certificate_arn": certificate,
        "api_id": _api.API_ID,
        "stage_name": _api.STAGE_NAME,
        "base_path": variables.get("base_path", str),
    }
    rest = _api.kind(context) == _api.REST
    call = ModuleCall(
        "rest_api_domain" if rest else "http_api_domain",
        "domain",
        {**inputs, "endpoint_type": kind} if rest else inputs,
    )
    if zone is not None:
        alias: dict[str, Value] = {
            "name": call.output("target_domain_name"),
            "zone_id": call.output("target_zone_id"),
        }
        record: dict[str, Value] = {"zone": "domain", "name": domain, "type": "A", "alias": alias}
        records: dict[str, Value] = {"zone_ids": {"domain": zone}, "records": {"domain": record}}
        declared.append(ModuleCall("route53_records", "domain_record", records))
    return [
        *declared,
        call,
        Output("domain_url", call.output("url"), "URL of the API under its own domain"),
        Output("domain_target", call.output("target_domain_name"), "Where the record of the domain leads"),
    ]


@decision("API Keys?", diagram="api-gateway")
def api_keys(context: Context) -> bool:
    """Yes with `create_api_key`, `create_usage_plan` or `api_keys`."""
    variables = context.vars
    asked = (variables.get(name, bool, False) for name in ("create_api_key", "create_usage_plan"))
    return any(asked) or bool(variables.get("api_keys", list[str]))


@configure("Setup API Keys & Usage Plans", diagram="api-gateway")
def setup_api_keys(context: Context) -> list[Declaration]:
    """A key for each of `api_keys`, or one; and the plan that says how often their owners may call."""
    _api.only(context, _api.REST, "API keys", "create_api_key", "api_type: REST, or an authorizer instead")
    variables, name = context.vars, _api.name(context)
    quota: dict[str, Value] = {
        "limit": _reading.number(variables, "usage_plan_quota_limit", 1, 2_000_000_000) or 1000,
        "offset": _reading.number(variables, "usage_plan_quota_offset", 0, 2_000_000_000) or 0,
        "period": _reading.choice(variables, "usage_plan_quota_period", ("DAY", "WEEK", "MONTH"), "MONTH"),
    }
    call = ModuleCall(
        "api_keys",
        "api_keys",
        {
            "name": name,
            "key_names": cast("Value", variables.get("api_keys", list[str]) or [name]),
            "api_id": _api.API_ID,
            "stage_name": _api.STAGE_NAME,
            "quota": quota,
            "throttle_burst_limit": _reading.number(variables, "usage_plan_throttle_burst_limit", 0, 1_000_000),
            "throttle_rate_limit": variables.get("usage_plan_throttle_rate_limit", float),
        },
    )
    return [
        call,
        Configure("endpoints", {"api_key_required": True}),
        Output("api_key_ids", call.output("key_ids"), "Ids of the API keys, by name"),
    ]


@configure("Configure Logging", diagram="api-gateway")
def configure_logging(context: Context) -> list[Declaration] | Skipped:
    """A line about each call, kept for `log_retention_days`; of a REST API, also what went wrong inside."""
    variables = context.vars
    if not variables.get("enable_logging", bool, True):
        return Skipped("enable_logging is false")
    name = _api.name(context)
    group = ModuleCall(
        "log_groups",
        "logs",
        {
            "log_groups": {"access": f"/aws/apigateway/{name}"},
            "retention_in_days": variables.get("log_retention_days", int),
            "kms_key_id": variables.get("kms_key_id", str),
        },
    )
    settings: dict[str, Value] = {
        "log_group_arn": group.output("log_group_arns")["access"],
        "log_format": variables.get("log_format", str),
    }
    declared: list[Declaration] = [
        group,
        Output("log_group_name", group.output("log_group_names")["access"], "Where calls are written down"),
    ]
    if _api.kind(context) == _api.REST:
        settings["logging_level"] = _reading.choice(variables, "logging_level", ("OFF", "ERROR", "INFO"), "ERROR")
        if _has_account(context):
            declared.append(ModuleCall("api_gateway_account", "account", {"name": f"{name}-api-logs"}))
    return [*declared, Configure("stage", settings)]


def _has_account(context: Context) -> bool:
    """Whether the setting of the account that lets REST APIs write logs is made here."""
    wanted = (context.vars.get(name, bool, True) for name in ("enable_logging", "create_api_gateway_account"))
    return _api.kind(context) == _api.REST and all(wanted)


@configure("Create Deployment/Stage", diagram="api-gateway")
def create_deployment(context: Context) -> list[Declaration]:
    """The stage `stage_name`, v1 by default. A changed REST API is deployed anew; an HTTP API always is."""
    variables = context.vars
    rest = _api.kind(context) == _api.REST
    inputs: dict[str, Value] = {
        "api_id": _api.API_ID,
        "name": variables.get("stage_name", str, "v1"),
        "stage_variables": cast("Value", variables.get("stage_variables", dict[str, str])),
        "metrics_enabled": variables.get("metrics_enabled", bool),
        "throttling_burst_limit": _reading.number(variables, "throttling_burst_limit", 0, 1_000_000),
        "throttling_rate_limit": variables.get("throttling_rate_limit", float),
    }
    if rest:
        cached = variables.get("enable_caching", bool, False)
        inputs |= {
            "fingerprints": [Reference(call, "fingerprint") for call in ("endpoints", "api")],
            "tracing_enabled": variables.get("tracing_enabled", bool),
            "cache_size_gb": variables.get("cache_size_gb", str, "0.5") if cached else None,
            "cache_ttl_seconds": _reading.number(variables, "cache_ttl_seconds", 0, 3600) if cached else None,
        }
    # API Gateway refuses a stage with logs in an account that does not let it write any.
    after = ("account",) if _has_account(context) else ()
    call = ModuleCall("rest_api_stage" if rest else "http_api_stage", "stage", inputs, depends_on=after)
    return [
        call,
        Output("stage_name", call.output("stage_name"), "Name of the stage"),
        Output("invoke_url", call.output("invoke_url"), "URL of the stage"),
    ]


@configure("Configure CORS", diagram="api-gateway")
def configure_cors(context: Context) -> Configure | Skipped:
    """Which pages of other origins may call: `cors_configuration`; none without it."""
    given = context.vars.get("cors_configuration", dict[str, object])
    if not given:
        return Skipped("no cors_configuration: pages of other origins cannot call the API")
    settings = {name: value for name in CORS if (value := given.get(name)) is not None}
    origins = settings.get("allow_origins")
    rest = _api.kind(context) == _api.REST
    if rest and not (isinstance(origins, list) and len(origins) == 1):
        raise MflowError(
            "a REST API gives browsers a fixed answer: allow_origins must be one origin, or '*'",
            code="api.cors",
            where=context.vars.where("cors_configuration.allow_origins"),
            hint="an HTTP API can have several",
        )
    return Configure("endpoints" if rest else "api", {"cors": cast("Value", settings)})


@configure("Create CloudWatch Dashboard", diagram="api-gateway")
def create_dashboard(context: Context) -> list[Declaration] | Skipped:
    """Calls, errors and latency in graphs, unless `create_dashboard` is false."""
    if not context.vars.get("create_dashboard", bool, True):
        return Skipped("create_dashboard is false")
    name = _api.name(context)
    inputs: dict[str, Value] = {
        "name": name,
        "rest": _api.kind(context) == _api.REST,
        "api_id": _api.API_ID,
        "api_name": name,
        "stage_name": _api.STAGE_NAME,
    }
    call = ModuleCall("api_dashboard", "dashboard", inputs)
    return [call, Output("dashboard_name", call.output("dashboard_name"), "Name of the dashboard")]
