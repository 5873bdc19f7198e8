"""The Route53 diagram with all its example vars: zones, records and policies are what the vars ask for."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mermaid_flow.engine.record import RunRecord
from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.session.prepare import Request, check, prepare
from mermaid_flow.session.project import find_project
from mermaid_flow.terraform.local_cloud import LocalCloud
from tests.catalog.harness import ROOT, Catalog, Made, assert_every_edge_was_taken, live, live_side_by_side

ACCOUNT = "530000000001"


@pytest.mark.terraform
@pytest.mark.slow
def test_every_example_lives(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    records = live_side_by_side(
        [
            partial(live, catalog, "route53", "route53/public.yaml", look_at_public),
            partial(seen_from_two_networks, catalog),
            partial(live, catalog, "route53", "route53/bare.yaml", look_at_bare),
        ]
    )
    assert_every_edge_was_taken(records)
    route53 = catalog.client(catalog.prepare("route53", "route53/bare.yaml"), "route53")
    assert route53.list_hosted_zones()["HostedZones"] == []
    assert route53.list_health_checks()["HealthChecks"] == []


def look_at_public(made: Made) -> None:
    """Records of every type and policy, the delegation, the health check, the log."""
    route53 = made.client("route53")
    zones = made.outputs["zone_ids"]
    main, shop = records_of(route53, zones["main"]), records_of(route53, zones["shop"])
    assert values(main["example.com.", "A", ""]) == ["192.0.2.1"]
    assert values(main["example.com.", "MX", ""]) == ["10 mail1.example.com", "20 mail2.example.com"]
    assert {kind for _, kind, _ in main} == {"A", "AAAA", "CNAME", "MX", "TXT", "SRV", "CAA", "NS", "SOA"}
    assert main["home.example.com.", "A", ""]["AliasTarget"]["HostedZoneId"] == zones["main"]
    assert values(main["shop.example.com.", "NS", ""]) == sorted(made.outputs["name_servers"]["shop"])
    api = {name: record["Weight"] for (at, _, name), record in shop.items() if at == "api.shop.example.com."}
    assert api == {"blue": 70, "green": 30}
    assert shop["near.shop.example.com.", "A", "europe"]["Region"] == "eu-west-1"
    primary = shop["www.shop.example.com.", "A", "primary"]
    assert (primary["Failover"], primary["HealthCheckId"]) == ("PRIMARY", made.outputs["health_check_ids"]["shop"])
    assert shop["local.shop.example.com.", "A", "german"]["GeoLocation"] == {"CountryCode": "DE"}
    assert shop["any.shop.example.com.", "A", "one"]["MultiValueAnswer"] is True
    [health] = route53.list_health_checks()["HealthChecks"]
    assert health["HealthCheckConfig"]["FullyQualifiedDomainName"] == "www.shop.example.com"
    [log] = route53.list_query_logging_configs()["QueryLoggingConfigs"]
    assert log["HostedZoneId"] == zones["main"]
    [group] = made.client("logs").describe_log_groups(logGroupNamePrefix="/aws/route53/")["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == ("/aws/route53/example.com", 90)
    assert set(made.outputs["traffic_policy_ids"]) == {"spread"}
    tags = route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zones["main"])["ResourceTagSet"]["Tags"]
    assert {"Key": "Owner", "Value": "platform"} in tags


def seen_from_two_networks(catalog: Catalog) -> RunRecord:
    """A private zone that a second VPC, which was there before, sees too."""
    prepared = catalog.prepare("route53", "route53/private.yaml")
    prepared.target.ensure()
    other = catalog.client(prepared, "ec2").create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]["VpcId"]

    def look(made: Made) -> None:
        route53 = made.client("route53")
        zone = made.outputs["zone_ids"]["internal"]
        described = route53.get_hosted_zone(Id=zone)
        assert described["HostedZone"]["Config"]["PrivateZone"] is True
        assert other in {vpc["VPCId"] for vpc in described["VPCs"]}
        assert values(records_of(route53, zone)["db.corp.internal.", "CNAME", ""]) == ["db.example.com"]

    sets = [f"zones.internal.vpc_associations=[{other}]"]
    return live(catalog, "route53", "route53/private.yaml", look, sets=sets)


def look_at_bare(made: Made) -> None:
    """A zone with nothing but what every zone has."""
    found = records_of(made.client("route53"), made.outputs["zone_ids"]["root"])
    assert {kind for _, kind, _ in found} == {"NS", "SOA"}
    sets = made.client("route53").list_reusable_delegation_sets()["DelegationSets"]
    assert sorted(made.outputs["name_servers"]["root"]) in [sorted(each["NameServers"]) for each in sets]


def records_of(route53: Any, zone: str) -> dict[tuple[str, str, str], Any]:
    """The records of a zone by name, type and set identifier."""
    listed = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {(record["Name"], record["Type"], record.get("SetIdentifier", "")): record for record in listed}


def values(record: Any) -> list[str]:
    return sorted(value["Value"].rstrip(".") for value in record["ResourceRecords"])


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (["root_domain=not a domain"], "is not a domain name"),
        (["zones={}", "root_domain="], "there is no zone"),
        (["records.x={zone_name: rot, type: A, records: [192.0.2.1]}"], "did you mean 'root'"),
        (["records.x={type: SPF, records: [a]}"], "no box for SPF records"),
        (["records.x={type: A}"], "records or an alias"),
        (["records.x={type: A, records: [a.b.c.d]}"], "no address for A"),
        (["records.x={type: A, records: [192.0.2.1], tttl: 3}"], "did you mean 'ttl'"),
        (["records.x={type: A, records: [192.0.2.1], health_check: web}"], "no health check 'web'"),
        (
            [
                "records.x={type: A, records: [192.0.2.1]}",
                "records.y={type: A, name: example.org, records: [192.0.2.2]}",
            ],
            "the same A record",
        ),
        (["zones.a={name: a.com}", "zones.b={name: b.org, parent_zone: a}"], "is not inside the zone 'a'"),
        (["zones.a={name: a.internal, type: private, enable_query_logging: true}"], "public zones only"),
        (["zones.a={name: a.com}", "zones.b={name: b.a.com}"], "cannot share name servers"),
        (["enable_query_logging=true"], "only into us-east-1"),
        (["traffic_policies.p={document: '{'}"], "is not JSON"),
        (["traffic_policies.p={document: {}, zone_name: nowhere}"], "no zone 'nowhere'"),
    ],
)
def test_what_cannot_work_is_told_before_anything_runs(sets: list[str], message: str) -> None:
    request = Request("route53", (str(ROOT / "vars" / "route53" / "bare.yaml"),), tuple(sets))
    with pytest.raises(MflowError) as raised:
        check(prepare(find_project(ROOT), request))
    assert message in str(raised.value), str(raised.value)
    assert isinstance(raised.value, Problems | MflowError)
