"""Hosted zones."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.route53.models import QueryLoggingConfig, Route53Backend
from moto.route53.responses import Route53

from mermaid_flow.terraform.emulator.corrections import Original, corrects

ALL_STREAMS = ":*"


@corrects(
    Route53,
    "create_hosted_zone",
    "a zone that names a VPC is private; moto wants to be told so as well, which the provider does not do",
)
def create_private_zone(original: Original, response: Route53) -> ActionResult:
    if response._get_param("VPC.VPCId"):
        response.params["HostedZoneConfig"] = {**(response.params.get("HostedZoneConfig") or {}), "PrivateZone": True}
    result: ActionResult = original(response)
    return result


@corrects(
    Route53Backend,
    "create_query_logging_config",
    "AWS takes a log group's ARN with and without `:*` and gives it back as it was; moto knows only the one with",
)
def take_either_arn(
    original: Original, backend: Route53Backend, hosted_zone_id: str, log_group_arn: str
) -> QueryLoggingConfig:
    with_streams = log_group_arn.removesuffix(ALL_STREAMS) + ALL_STREAMS
    config: QueryLoggingConfig = original(backend, hosted_zone_id, with_streams)
    config.cloud_watch_logs_log_group_arn = log_group_arn
    return config
