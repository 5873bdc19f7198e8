"""The VPC diagram with all its example vars: what the vars ask for is there, and nothing stays behind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mermaid_flow.engine.events import NodeStatus, RunStatus
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.terraform.local_cloud import LocalCloud
from tests.catalog.harness import Catalog, Made, assert_every_edge_was_taken, live, live_side_by_side, tags

EVERYWHERE = "0.0.0.0/0"
ACCOUNT = "210000000001"


@pytest.mark.terraform
@pytest.mark.slow
def test_every_example_lives(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    examples = [
        "dev.yaml",
        "vpc/nat-and-endpoints.yaml",
        "vpc/nat-only.yaml",
        "vpc/endpoints-only.yaml",
        "vpc/minimal.yaml",
    ]
    lives = [partial(live, catalog, "vpc", example, look) for example in examples]
    records = live_side_by_side([*lives, partial(change_of_mind, catalog)])
    assert_every_edge_was_taken(records)
    ec2 = catalog.client(catalog.prepare("vpc", "dev.yaml"), "ec2")
    assert [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
    assert ec2.describe_addresses()["Addresses"] == []
    assert catalog.client(catalog.prepare("vpc", "dev.yaml"), "s3").list_buckets()["Buckets"] == []


def test_a_zone_that_the_region_does_not_have_stops_the_run_before_anything_is_made(
    local_cloud: LocalCloud, tmp_path: Path
) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    prepared = catalog.prepare("vpc", "vpc/minimal.yaml", sets=['azs=["eu-west-1x"]'])
    record = catalog.run(prepared, expect=RunStatus.FAILED)
    error = record.nodes["LoadVPCConfig"].visits[0].error
    assert error is not None
    assert (error.code, error.hint) == ("vpc.zone", "it has eu-west-1a, eu-west-1b, eu-west-1c")
    assert record.nodes["CreateVPC"].status is NodeStatus.BLOCKED
    assert record.components == {}


def change_of_mind(catalog: Catalog) -> RunRecord:
    """Answers on the command line beat the vars; a later run without them takes the gateway away again."""
    sets = ["environment=indecisive"]
    first = catalog.prepare("vpc", "vpc/minimal.yaml", sets=[*sets, "NATGatewayNeeded=Yes", "EndpointsNeeded=Yes"])
    record = catalog.run(first)
    made = Made(catalog, first, record)
    assert [decision.labels for decision in record.decisions] == [("Yes",), ("Yes",)]
    assert len(made.outputs["nat_gateway_ids"]) == 1
    assert sorted(made.outputs["vpc_endpoint_ids"]) == ["dynamodb", "s3"]
    second = catalog.prepare("vpc", "vpc/minimal.yaml", sets=sets)
    after = Made(catalog, second, catalog.run(second))
    assert "nat_gateway_ids" not in after.outputs
    assert after.outputs["vpc_id"] == made.outputs["vpc_id"]
    (table,) = Network(after).tables("private")
    assert EVERYWHERE not in routes(table)
    catalog.destroy(second)
    return record


def look(made: Made) -> None:
    """Compare what the emulated AWS has with what the vars ask for."""
    network = Network(made)
    network.has_its_vpc()
    for tier in ("public", "private", "database"):
        network.has_subnets(tier)
    network.leads_out_where_it_should()
    network.has_endpoints()
    network.is_guarded()
    network.is_logged()
    network.is_tagged()


class Network:
    """One VPC as boto3 sees it."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.vars = made.vars
        self.outputs = made.outputs
        self.ec2 = made.client("ec2")
        self.filter = [{"Name": "vpc-id", "Values": [made.outputs["vpc_id"]]}]

    def tables(self, tier: str) -> list[dict[str, Any]]:
        found = {table["RouteTableId"]: table for table in self.ec2.describe_route_tables()["RouteTables"]}
        return [found[name] for name in self.outputs[f"{tier}_route_table_ids"]]

    def subnets(self, tier: str) -> list[dict[str, Any]]:
        found = {subnet["SubnetId"]: subnet for subnet in self.ec2.describe_subnets(Filters=self.filter)["Subnets"]}
        return [found[name] for name in self.outputs.get(f"{tier}_subnet_ids", [])]

    def has_its_vpc(self) -> None:
        vpc_id = self.outputs["vpc_id"]
        (vpc,) = self.ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
        assert vpc["CidrBlock"] == self.vars["vpc_cidr"]
        names = self.ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsHostnames")
        assert names["EnableDnsHostnames"]["Value"] is self.vars.get("enable_dns_hostnames", True)
        gateways = self.ec2.describe_internet_gateways(InternetGatewayIds=[self.outputs["internet_gateway_id"]])
        assert [a["VpcId"] for a in gateways["InternetGateways"][0]["Attachments"]] == [vpc_id]

    def has_subnets(self, tier: str) -> None:
        found, zones = self.subnets(tier), self.vars["azs"]
        ranges = self.vars.get(f"{tier}_subnets", [])
        assert [subnet["CidrBlock"] for subnet in found] == ranges
        assert [subnet["AvailabilityZone"] for subnet in found] == [
            zones[index % len(zones)] for index in range(len(ranges))
        ]
        public = tier == "public" and self.vars.get("map_public_ip_on_launch", True)
        assert {subnet["MapPublicIpOnLaunch"] for subnet in found} <= {public}
        if tier == "database" and found:
            groups = self.made.client("rds").describe_db_subnet_groups(
                DBSubnetGroupName=self.outputs["database_subnet_group_name"]
            )
            (group,) = groups["DBSubnetGroups"]
            assert {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} == {s["SubnetId"] for s in found}

    def leads_out_where_it_should(self) -> None:
        (public,) = self.tables("public")
        assert routes(public)[EVERYWHERE] == self.outputs["internet_gateway_id"]
        assert associated(public) == {subnet["SubnetId"] for subnet in self.subnets("public")}
        gateways = self.gateways_by_zone()
        private = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in self.subnets("private")}
        assert set().union(*map(associated, self.tables("private"))) == set(private)
        for table in self.tables("private"):
            (zone,) = {private[subnet] for subnet in associated(table)}
            nearest = gateways.get(zone) or next(iter(gateways.values()), None)
            assert routes(table).get(EVERYWHERE) == nearest
        if self.vars.get("database_subnets"):
            (database,) = self.tables("database")
            assert EVERYWHERE not in routes(database)
            assert associated(database) == {subnet["SubnetId"] for subnet in self.subnets("database")}

    def gateways_by_zone(self) -> dict[str, str]:
        """The NAT gateways of the VPC, each of which must be where the vars want it, with an address of its own."""
        public = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in self.subnets("public")}
        found = self.ec2.describe_nat_gateways(Filters=self.filter)["NatGateways"]
        by_zone = {public[g["SubnetId"]]: g["NatGatewayId"] for g in found if g["State"] == "available"}
        wanted = self.vars.get("nat_gateway_azs") or self.vars["azs"]
        if not self.vars["enable_nat_gateway"]:
            wanted = []
        elif self.vars["nat_gateway_strategy"] == "single":
            wanted = wanted[:1]
        assert sorted(by_zone) == sorted(wanted)
        assert sorted(by_zone.values()) == sorted(self.outputs.get("nat_gateway_ids", []))
        addresses = [g["NatGatewayAddresses"][0]["PublicIp"] for g in found if g["State"] == "available"]
        assert sorted(addresses) == sorted(self.outputs.get("nat_public_ips", []))
        return by_zone

    def has_endpoints(self) -> None:
        wanted = self.vars.get("vpc_endpoints", []) if self.vars.get("enable_vpc_endpoints", True) else []
        found = self.ec2.describe_vpc_endpoints(Filters=self.filter)["VpcEndpoints"]
        by_service = {e["ServiceName"].removeprefix("com.amazonaws.eu-west-1."): e for e in found}
        assert sorted(by_service) == sorted(wanted)
        all_tables = {
            table["RouteTableId"]
            for tier in ("public", "private", "database")
            if self.vars.get(f"{tier}_subnets")
            for table in self.tables(tier)
        }
        for service, endpoint in by_service.items():
            if service in ("s3", "dynamodb"):
                assert endpoint["VpcEndpointType"] == "Gateway"
                assert set(endpoint["RouteTableIds"]) == all_tables
            else:
                assert endpoint["VpcEndpointType"] == "Interface"
                assert set(endpoint["SubnetIds"]) == {subnet["SubnetId"] for subnet in self.subnets("private")}
                assert [group["GroupName"].endswith("-endpoints") for group in endpoint["Groups"]] == [True]

    def is_guarded(self) -> None:
        groups = {g["GroupId"]: g for g in self.ec2.describe_security_groups(Filters=self.filter)["SecurityGroups"]}
        default = groups[self.outputs["default_security_group_id"]]
        assert (default["IpPermissions"], default["IpPermissionsEgress"]) == ([], [])
        tiers = self.outputs["security_group_ids"]
        assert set(tiers) == {"public", "private"} | ({"database"} if self.vars.get("database_subnets") else set())
        open_to_all = {
            (group["GroupName"], rule["FromPort"])
            for group in groups.values()
            for rule in group["IpPermissions"]
            for source in rule["IpRanges"]
            if source["CidrIp"] == EVERYWHERE
        }
        assert open_to_all == {(groups[tiers["public"]]["GroupName"], 443)}
        (from_public, *from_administrators) = sorted(
            groups[tiers["private"]]["IpPermissions"], key=lambda rule: -rule["FromPort"]
        )
        assert [pair["GroupId"] for pair in from_public["UserIdGroupPairs"]] == [tiers["public"]]
        assert [(r["FromPort"], r["IpRanges"][0]["CidrIp"]) for r in from_administrators] == (
            [(22, self.vars["management_cidr"])] if "management_cidr" in self.vars else []
        )

    def is_logged(self) -> None:
        found = self.ec2.describe_flow_logs()["FlowLogs"]
        here = {log["LogDestinationType"]: log for log in found if log["ResourceId"] == self.outputs["vpc_id"]}
        wanted = {self.vars.get("flow_logs_destination_type", "cloud-watch-logs")}
        if self.vars.get("flow_logs_s3_backup"):
            wanted.add("s3")
        assert set(here) == (wanted if self.vars.get("enable_flow_logs", True) else set())
        for log in here.values():
            assert log["MaxAggregationInterval"] == self.vars.get("flow_logs_aggregation_interval", 600)
            if "flow_logs_custom_format" in self.vars:
                assert log["LogFormat"] == self.vars["flow_logs_custom_format"]
        if bucket := self.outputs.get("flow_logs_bucket_name"):
            rules = self.made.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
            assert rules[0]["Expiration"]["Days"] == self.vars["flow_logs_retention_days"]

    def is_tagged(self) -> None:
        expected = {"ManagedBy": "mermaid-flow", "Environment": self.vars["environment"], **self.vars.get("tags", {})}
        tagged = [
            *self.ec2.describe_vpcs(Filters=self.filter)["Vpcs"],
            *self.ec2.describe_subnets(Filters=self.filter)["Subnets"],
            *self.ec2.describe_security_groups(Filters=self.filter)["SecurityGroups"],
            *self.ec2.describe_vpc_endpoints(Filters=self.filter)["VpcEndpoints"],
            *(table for tier in ("public", "private") for table in self.tables(tier)),
        ]
        for resource in tagged:
            assert expected.items() <= tags(resource).items()
            assert tags(resource)["Name"].startswith(tags(tagged[0])["Name"])


def routes(table: Mapping[str, Any]) -> dict[str, str]:
    """Where a route table sends each range."""
    return {
        route["DestinationCidrBlock"]: route.get("NatGatewayId") or route["GatewayId"]
        for route in table["Routes"]
        if "DestinationCidrBlock" in route
    }


def associated(table: Mapping[str, Any]) -> set[str]:
    """The subnets that use a route table."""
    return {entry["SubnetId"] for entry in table["Associations"]}
