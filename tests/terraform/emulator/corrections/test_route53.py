from __future__ import annotations

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("route53")


def create_zone(**settings: object) -> str:
    zone: str = client("route53").create_hosted_zone(Name="example.com", CallerReference="1", **settings)["HostedZone"][
        "Id"
    ]
    return zone.rsplit("/", 1)[1]


@behaviours.shows("create_private_zone")
def a_zone_that_names_a_vpc_is_private_and_takes_others() -> bool:
    zone = create_zone(VPC={"VPCRegion": "us-east-1", "VPCId": "vpc-1"})
    client("route53").associate_vpc_with_hosted_zone(
        HostedZoneId=zone, VPC={"VPCRegion": "us-east-1", "VPCId": "vpc-2"}
    )
    found = client("route53").get_hosted_zone(Id=zone)
    return found["HostedZone"]["Config"]["PrivateZone"] and [vpc["VPCId"] for vpc in found["VPCs"]] == [
        "vpc-1",
        "vpc-2",
    ]


@behaviours.shows("take_either_arn")
def queries_are_logged_to_a_group_however_its_arn_is_written() -> bool:
    client("logs").create_log_group(logGroupName="/aws/route53/example.com")
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/route53/example.com"
    config = client("route53").create_query_logging_config(HostedZoneId=create_zone(), CloudWatchLogsLogGroupArn=arn)
    found = client("route53").get_query_logging_config(Id=config["QueryLoggingConfig"]["Id"])["QueryLoggingConfig"]
    return bool(found["CloudWatchLogsLogGroupArn"] == arn)


@pytest.mark.parametrize("correction", corrections_of("route53"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
