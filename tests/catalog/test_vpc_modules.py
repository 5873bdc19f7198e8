"""The network modules in a life of their own: applied together, looked at, planned again, changed and destroyed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from mermaid_flow.terraform.targets import LocalTarget
from tests.cloud import Terraform

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "terraform" / "modules"

ZONES = ["eu-west-1a", "eu-west-1b"]
EVERYWHERE = "0.0.0.0/0"

NETWORK = """
module "vpc" {
  source               = "MODULES/vpc"
  name                 = "net"
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = false # the provider waits 10 seconds for true
  dhcp_options         = { domain_name = "net.internal" }
  default_security_group_ingress_rules = [{ from_port = 0, to_port = 0, protocol = "-1", self = true }]
  tags                 = { Owner = "platform" }
}
module "internet_gateway" {
  source = "MODULES/internet_gateway"
  name   = "net"
  vpc_id = module.vpc.vpc_id
}
module "public_subnets" {
  source             = "MODULES/subnets"
  name               = "net-public"
  vpc_id             = module.vpc.vpc_id
  cidr_blocks        = ["10.0.0.0/24", "10.0.1.0/24"]
  availability_zones = var.zones
}
module "private_subnets" {
  source             = "MODULES/subnets"
  name               = "net-private"
  vpc_id             = module.vpc.vpc_id
  cidr_blocks        = ["10.0.10.0/24", "10.0.11.0/24", "10.0.12.0/24", "10.0.13.0/24"]
  availability_zones = var.zones
  tags               = { Owner = "platform" }
}
module "database_subnets" {
  source             = "MODULES/subnets"
  name               = "net-database"
  vpc_id             = module.vpc.vpc_id
  cidr_blocks        = ["10.0.20.0/24", "10.0.21.0/24"]
  availability_zones = var.zones
}
module "database_subnet_group" {
  source     = "MODULES/db_subnet_group"
  name       = "Net-database"
  subnet_ids = module.database_subnets.subnet_ids
}
module "nat_gateway" {
  source             = "MODULES/nat_gateway"
  name               = "net"
  strategy           = var.strategy
  availability_zones = var.zones
  subnets            = module.public_subnets.subnets
  depends_on         = [module.internet_gateway]
}
module "public_route_tables" {
  source              = "MODULES/route_tables"
  name                = "net-public"
  vpc_id              = module.vpc.vpc_id
  subnets             = module.public_subnets.subnets
  default_route       = "internet_gateway"
  internet_gateway_id = module.internet_gateway.internet_gateway_id
}
module "private_route_tables" {
  source                  = "MODULES/route_tables"
  name                    = "net-private"
  vpc_id                  = module.vpc.vpc_id
  subnets                 = module.private_subnets.subnets
  one_per_az              = true
  default_route           = "nat_gateway"
  nat_gateway_ids_by_zone = module.nat_gateway.nat_gateway_ids_by_zone
}
module "database_route_tables" {
  source  = "MODULES/route_tables"
  name    = "net-database"
  vpc_id  = module.vpc.vpc_id
  subnets = module.database_subnets.subnets
}
module "database_network_acl" {
  source              = "MODULES/network_acl"
  name                = "net-database"
  vpc_id              = module.vpc.vpc_id
  subnet_ids          = module.database_subnets.subnet_ids
  allowed_cidr_blocks = [module.vpc.cidr_block]
}
module "vpc_endpoints" {
  source          = "MODULES/vpc_endpoints"
  name            = "net"
  vpc_id          = module.vpc.vpc_id
  vpc_cidr_block  = module.vpc.cidr_block
  region          = "eu-west-1"
  services        = ["s3", "sts"]
  route_table_ids = [module.private_route_tables.route_table_ids, module.database_route_tables.route_table_ids]
  subnet_ids      = module.private_subnets.subnet_ids_one_per_az
}
module "security_groups" {
  source = "MODULES/security_groups"
  name   = "net"
  vpc_id = module.vpc.vpc_id
  groups = {
    front = {
      description = "Reached from everywhere"
      ingress     = [{ description = "HTTPS", from_port = 443, to_port = 443, peers = ["0.0.0.0/0"] }]
      egress      = [{ description = "To the back", from_port = 8080, to_port = 8081, peers = ["back"] }]
    }
    back = {
      description = "Reached from the front"
      ingress     = [{ description = "From the front", from_port = 8080, to_port = 8081, peers = ["front"] }]
    }
  }
}
module "flow_logs" {
  source            = "MODULES/flow_logs"
  name              = "net-flow-logs"
  vpc_id            = module.vpc.vpc_id
  retention_in_days = 30
}
module "bucket" {
  source       = "MODULES/s3_bucket/aws-3"
  name         = "Net-flow-logs"
  log_delivery = true
}
module "flow_logs_in_bucket" {
  source           = "MODULES/flow_logs"
  name             = "net-flow-logs-archive"
  vpc_id           = module.vpc.vpc_id
  destination_type = "s3"
  bucket_arn       = module.bucket.bucket_arn
  traffic_type     = "REJECT"
}
variable "zones" { type = list(string) }
variable "strategy" { type = string }
output "all" {
  value = {
    vpc               = module.vpc
    internet_gateway  = module.internet_gateway
    public_subnets    = module.public_subnets
    private_subnets   = module.private_subnets
    database_subnets  = module.database_subnets
    database_group    = module.database_subnet_group
    nat_gateway       = module.nat_gateway
    public_tables     = module.public_route_tables
    private_tables    = module.private_route_tables
    database_tables   = module.database_route_tables
    database_acl      = module.database_network_acl
    endpoints         = module.vpc_endpoints
    security_groups   = module.security_groups
    flow_logs         = module.flow_logs
    bucket            = module.bucket
    archive           = module.flow_logs_in_bucket
  }
}
"""


def write_root(folder: Path, text: str, **variables: object) -> None:
    """A root module that calls the catalog's modules, as a person would write it."""
    (folder / "main.tf").write_text(text.replace("MODULES", str(MODULES)))
    (folder / "terraform.tfvars.json").write_text(json.dumps(variables))


def tags(resource: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}


@pytest.mark.terraform
def test_the_network_modules_make_a_network(local_target: LocalTarget, tmp_path: Path) -> None:
    local_target.region = "eu-west-1"
    root = tmp_path / "root"
    root.mkdir()
    write_root(root, NETWORK, zones=ZONES, strategy="one_per_az")
    terraform = Terraform(root, local_target)
    terraform.init()
    terraform.apply()
    terraform.plan_is_clean()
    look = Look(local_target, terraform)
    look.at_the_vpc()
    look.at_the_subnets()
    look.at_the_routes()
    look.at_the_guards()
    look.at_the_flow_logs()

    # From a gateway in each zone to a single one: all private tables now lead to that one.
    write_root(root, NETWORK, zones=ZONES, strategy="single")
    terraform.apply()
    terraform.plan_is_clean()
    made = look.made()
    gateway = made["nat_gateway"]["nat_gateway_ids_by_zone"]
    assert list(gateway) == ["eu-west-1a"]
    for table in look.tables(made["private_tables"]["route_table_ids"]):
        assert look.routes(table)[EVERYWHERE] == gateway["eu-west-1a"]
    terraform.destroy()
    assert look.ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["net"]}])["Vpcs"] == []


class Look:
    """What the emulated AWS has, beside what the modules say that they made."""

    def __init__(self, target: LocalTarget, terraform: Terraform) -> None:
        environment = target.environment()
        self.terraform = terraform
        self.session = boto3.Session(
            environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], region_name=target.region
        )
        self.endpoint = environment["AWS_ENDPOINT_URL"]
        self.ec2 = self.client("ec2")

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.endpoint)

    def made(self) -> dict[str, Any]:
        made = self.terraform.outputs()["all"]
        assert isinstance(made, dict)
        return made

    def tables(self, ids: list[str]) -> list[dict[str, Any]]:
        found = {table["RouteTableId"]: table for table in self.ec2.describe_route_tables()["RouteTables"]}
        return [found[name] for name in ids]

    @staticmethod
    def routes(table: dict[str, Any]) -> dict[str, str]:
        return {
            route.get("DestinationCidrBlock", "prefix list"): route.get("NatGatewayId") or route["GatewayId"]
            for route in table["Routes"]
        }

    def at_the_vpc(self) -> None:
        made = self.made()["vpc"]
        (vpc,) = self.ec2.describe_vpcs(VpcIds=[made["vpc_id"]])["Vpcs"]
        assert vpc["CidrBlock"] == "10.0.0.0/16" == made["cidr_block"]
        assert tags(vpc) == {"Name": "net", "Owner": "platform"}
        (options,) = self.ec2.describe_dhcp_options(DhcpOptionsIds=[vpc["DhcpOptionsId"]])["DhcpOptions"]
        values = {entry["Key"]: entry["Values"][0]["Value"] for entry in options["DhcpConfigurations"]}
        assert values["domain-name"] == "net.internal"
        (group,) = self.ec2.describe_security_groups(GroupIds=[made["default_security_group_id"]])["SecurityGroups"]
        assert [peer["GroupId"] for rule in group["IpPermissions"] for peer in rule["UserIdGroupPairs"]] == [
            group["GroupId"]
        ]
        assert group["IpPermissionsEgress"] == []
        (gateway,) = self.ec2.describe_internet_gateways(
            InternetGatewayIds=[self.made()["internet_gateway"]["internet_gateway_id"]]
        )["InternetGateways"]
        assert [attachment["VpcId"] for attachment in gateway["Attachments"]] == [made["vpc_id"]]

    def at_the_subnets(self) -> None:
        made = self.made()
        found = {subnet["SubnetId"]: subnet for subnet in self.ec2.describe_subnets()["Subnets"]}
        private = [found[name] for name in made["private_subnets"]["subnet_ids"]]
        assert [(subnet["CidrBlock"], subnet["AvailabilityZone"]) for subnet in private] == [
            ("10.0.10.0/24", "eu-west-1a"),
            ("10.0.11.0/24", "eu-west-1b"),
            ("10.0.12.0/24", "eu-west-1a"),
            ("10.0.13.0/24", "eu-west-1b"),
        ]
        assert tags(private[1]) == {"Name": "net-private-eu-west-1b", "Owner": "platform"}
        assert made["private_subnets"]["subnet_ids_one_per_az"] == made["private_subnets"]["subnet_ids"][:2]
        (group,) = self.client("rds").describe_db_subnet_groups(
            DBSubnetGroupName=made["database_group"]["db_subnet_group_name"]
        )["DBSubnetGroups"]
        assert group["DBSubnetGroupName"] == "net-database"
        assert {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} == set(
            made["database_subnets"]["subnet_ids"]
        )

    def at_the_routes(self) -> None:
        made = self.made()
        gateways = {
            gateway["NatGatewayId"]: gateway["SubnetId"] for gateway in self.ec2.describe_nat_gateways()["NatGateways"]
        }
        by_zone = made["nat_gateway"]["nat_gateway_ids_by_zone"]
        public = {subnet["availability_zone"]: subnet["id"] for subnet in made["public_subnets"]["subnets"].values()}
        assert {zone: gateways[gateway] for zone, gateway in by_zone.items()} == public
        (table,) = self.tables(made["public_tables"]["route_table_ids"])
        assert self.routes(table)[EVERYWHERE] == made["internet_gateway"]["internet_gateway_id"]
        assert {entry["SubnetId"] for entry in table["Associations"]} == set(made["public_subnets"]["subnet_ids"])
        for zone, name in made["private_tables"]["route_table_ids_by_zone"].items():
            (table,) = self.tables([name])
            assert self.routes(table)[EVERYWHERE] == by_zone[zone]
            subnets = made["private_subnets"]["subnets"].values()
            there = {subnet["id"] for subnet in subnets if subnet["availability_zone"] == zone}
            assert {entry["SubnetId"] for entry in table["Associations"]} == there
        (table,) = self.tables(made["database_tables"]["route_table_ids"])
        assert EVERYWHERE not in self.routes(table)
        endpoints = {e["VpcEndpointId"]: e for e in self.ec2.describe_vpc_endpoints()["VpcEndpoints"]}
        s3, sts = (endpoints[made["endpoints"]["endpoint_ids"][service]] for service in ("s3", "sts"))
        assert (s3["VpcEndpointType"], s3["ServiceName"]) == ("Gateway", "com.amazonaws.eu-west-1.s3")
        assert set(s3["RouteTableIds"]) == {
            *made["private_tables"]["route_table_ids"],
            *made["database_tables"]["route_table_ids"],
        }
        assert (sts["VpcEndpointType"], sts["PrivateDnsEnabled"]) == ("Interface", True)
        assert set(sts["SubnetIds"]) == set(made["private_subnets"]["subnet_ids_one_per_az"])

    def at_the_guards(self) -> None:
        made = self.made()
        groups = {group["GroupId"]: group for group in self.ec2.describe_security_groups()["SecurityGroups"]}
        front, back = (groups[made["security_groups"]["security_group_ids"][key]] for key in ("front", "back"))
        assert front["GroupName"] == "net-front"
        assert [(r["FromPort"], r["IpRanges"][0]["CidrIp"]) for r in front["IpPermissions"]] == [(443, EVERYWHERE)]
        for rules, peer in ((front["IpPermissionsEgress"], back), (back["IpPermissions"], front)):
            (rule,) = rules
            assert (rule["FromPort"], rule["ToPort"]) == (8080, 8081)
            assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [peer["GroupId"]]
        assert back["IpPermissionsEgress"] == []
        (rule,) = groups[made["endpoints"]["security_group_id"]]["IpPermissions"]
        assert (rule["FromPort"], rule["ToPort"], rule["IpRanges"][0]["CidrIp"]) == (443, 443, "10.0.0.0/16")
        (acl,) = self.ec2.describe_network_acls(NetworkAclIds=[made["database_acl"]["network_acl_id"]])["NetworkAcls"]
        allowed = {(e["Egress"], e["CidrBlock"]) for e in acl["Entries"] if e["RuleAction"] == "allow"}
        assert allowed == {(True, "10.0.0.0/16"), (False, "10.0.0.0/16")}
        assert {a["SubnetId"] for a in acl["Associations"]} == set(made["database_subnets"]["subnet_ids"])

    def at_the_flow_logs(self) -> None:
        made = self.made()
        logs = {log["FlowLogId"]: log for log in self.ec2.describe_flow_logs()["FlowLogs"]}
        group = made["flow_logs"]["log_group_name"]
        log = logs[made["flow_logs"]["flow_log_id"]]
        assert log["LogDestination"].endswith(f":log-group:{group}")
        assert (log["ResourceId"], log["TrafficType"]) == (made["vpc"]["vpc_id"], "ALL")
        assert log["DeliverLogsPermissionArn"] == made["flow_logs"]["role_arn"]
        (found,) = self.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        assert found["retentionInDays"] == 30
        policy = self.client("iam").get_role_policy(RoleName="net-flow-logs", PolicyName="write-flow-logs")
        assert policy["PolicyDocument"]["Statement"][0]["Resource"].endswith(f":log-group:{group}:*")
        archive = logs[made["archive"]["flow_log_id"]]
        assert (archive["LogDestination"], archive["TrafficType"]) == (made["bucket"]["bucket_arn"], "REJECT")
        s3, bucket = self.client("s3"), made["bucket"]["bucket_name"]
        assert bucket.startswith("net-flow-logs-")
        assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        statements = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
        assert [statement["Sid"] for statement in statements] == [
            "RefusePlainHttp",
            "DeliverLogs",
            "LookBeforeDelivery",
        ]


@pytest.mark.terraform
@pytest.mark.parametrize(
    ("module", "arguments", "complaint"),
    [
        ("vpc", {"name": "x", "cidr_block": "10.0.0.1/16"}, "first one of the range"),
        ("vpc", {"name": "x", "cidr_block": "10.0.0.0/8"}, "between /16 and /28"),
        ("vpc", {"name": "x", "cidr_block": "fd00::/16"}, "IPv4 range"),
        ("subnets", {"cidr_blocks": ["10.0.0.0/24", "10.0.0.0/24"]}, "different from each other"),
        ("subnets", {"cidr_blocks": []}, "at least one range"),
        ("nat_gateway", {"strategy": "one_per_zone"}, "single or one_per_az"),
        ("route_tables", {"default_route": "somewhere"}, "internet_gateway, nat_gateway or"),
        ("vpc_endpoints", {"services": ["com.amazonaws.eu-west-1.s3"]}, "short name"),
        (
            "security_groups",
            {
                "groups": {
                    "a": {
                        "description": "A",
                        "ingress": [{"description": "A", "from_port": 1, "to_port": 1, "peers": ["b"]}],
                    }
                }
            },
            "neither an IPv4 range nor",
        ),
        ("flow_logs", {"destination_type": "kafka"}, "cloud-watch-logs or s3"),
        ("flow_logs", {"retention_in_days": 2}, "must be one of"),
    ],
)
def test_a_module_refuses_what_cannot_work(
    module: str, arguments: dict[str, object], complaint: str, local_target: LocalTarget, tmp_path: Path
) -> None:
    needed = {
        "subnets": {"name": "x", "vpc_id": "vpc-1", "cidr_blocks": ["10.0.0.0/24"], "availability_zones": ZONES},
        "nat_gateway": {"name": "x", "availability_zones": ZONES, "subnets": {}},
        "route_tables": {"name": "x", "vpc_id": "vpc-1", "subnets": {}},
        "vpc_endpoints": {"name": "x", "vpc_id": "v", "vpc_cidr_block": "10.0.0.0/16", "region": "r"},
        "security_groups": {"name": "x", "vpc_id": "vpc-1"},
        "flow_logs": {"name": "x", "vpc_id": "vpc-1"},
    }.get(module, {})
    root = tmp_path / "root"
    root.mkdir()
    call = {"source": str(MODULES / module), **needed, **arguments}
    (root / "main.tf.json").write_text(json.dumps({"module": {"it": call}}))
    terraform = Terraform(root, local_target)
    terraform.init()
    said = terraform.run("plan", "-no-color", "-json", expect=(1,))
    diagnostics = [json.loads(line) for line in said.splitlines() if '"diagnostic"' in line]
    assert any(complaint in json.dumps(entry) for entry in diagnostics), said
