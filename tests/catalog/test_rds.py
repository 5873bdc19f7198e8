"""The RDS diagram with all its example vars: each database is what the vars ask for, and nothing stays behind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from handlers._databases import ENGINES
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.terraform.local_cloud import LocalCloud
from tests.catalog.harness import Catalog, Made, assert_every_edge_was_taken, live, live_side_by_side, tags

ACCOUNT = "220000000001"
PREFIX = "arn:aws:kms:eu-west-1:220000000001:key/"


@pytest.mark.terraform
@pytest.mark.slow
def test_every_example_lives(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    examples = ["rds/mysql.yaml", "rds/aurora.yaml", "rds/sqlserver.yaml", "rds/mariadb.yaml"]
    lives = [partial(live, catalog, "rds", example, look) for example in examples]
    placed = [partial(with_what_is_there, catalog), partial(in_the_vpc_of_its_environment, catalog)]
    records = live_side_by_side([*lives, *placed])
    assert_every_edge_was_taken(records)
    rds = catalog.client(catalog.prepare("rds", examples[0]), "rds")
    assert rds.describe_db_instances()["DBInstances"] == []
    assert rds.describe_db_clusters()["DBClusters"] == []
    assert rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"] == []
    assert rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"] == []
    secrets = catalog.client(catalog.prepare("rds", examples[0]), "secretsmanager")
    assert [secret["Name"] for secret in secrets.list_secrets()["SecretList"]] == ["mine"]


def with_what_is_there(catalog: Catalog) -> RunRecord:
    """Oracle with a key and a password that exist already."""
    prepared = catalog.prepare("rds", "rds/oracle.yaml")
    prepared.target.ensure()
    key = catalog.client(prepared, "kms").create_key()["KeyMetadata"]["Arn"]
    secret = catalog.client(prepared, "secretsmanager").create_secret(
        Name="mine", SecretString=json.dumps({"password": "Correct-Horse-1"})
    )["ARN"]

    def look_at_both(made: Made) -> None:
        look(made)
        assert Database(made).described["KmsKeyId"] == key
        assert made.outputs["db_master_user_secret_arn"] == secret
        assert "Correct-Horse-1" not in everything_recorded(made)

    sets = [f"kms_key_id={key}", f"password_secret_arn={secret}"]
    return live(catalog, "rds", "rds/oracle.yaml", look_at_both, sets=sets)


def in_the_vpc_of_its_environment(catalog: Catalog) -> RunRecord:
    """PostgreSQL without a word on where: the database subnets of the environment's VPC, for its private tier."""
    where = ["environment=staging", "namespace=acme"]
    ranges = ["azs=[eu-west-1a, eu-west-1b]", "public_subnets=[10.60.0.0/24, 10.60.4.0/24]"]
    ranges += ["private_subnets=[10.60.1.0/24, 10.60.5.0/24]", "database_subnets=[10.60.2.0/24, 10.60.6.0/24]"]
    network = catalog.prepare("vpc", "vpc/minimal.yaml", sets=[*where, *ranges])
    vpc = Made(catalog, network, catalog.run(network)).outputs

    def look_where_it_lies(made: Made) -> None:
        look(made)
        group = Database(made).described["DBSubnetGroup"]
        assert group["VpcId"] == vpc["vpc_id"]
        assert {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} == set(vpc["database_subnet_ids"])
        assert Database(made).ingress_peers() == [private]

    private = vpc["security_group_ids"]["private"]
    sets = ["create_network=false", f"allowed_security_groups=[{private}]"]
    try:
        return live(catalog, "rds", "rds/postgres.yaml", look_where_it_lies, sets=sets)
    finally:
        catalog.destroy(network)


def look(made: Made) -> None:
    """Compare what the emulated AWS has with what the vars ask for."""
    database = Database(made)
    database.is_the_engine()
    database.stands_by()
    database.is_backed_up()
    database.is_stored()
    database.is_logged()
    database.is_encrypted()
    database.is_guarded()
    database.has_its_groups()
    database.keeps_its_password()
    database.is_tagged()


class Database:
    """One database as boto3 sees it: `described` is the instance or the cluster."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.vars = made.vars
        self.outputs = made.outputs
        self.rds = made.client("rds")
        self.engine = ENGINES[str(made.vars["engine"])]
        self.identifier = self.outputs["db_identifier"]
        if self.engine.is_cluster:
            (self.described,) = self.rds.describe_db_clusters(DBClusterIdentifier=self.identifier)["DBClusters"]
        else:
            (self.described,) = self.rds.describe_db_instances(DBInstanceIdentifier=self.identifier)["DBInstances"]

    def is_the_engine(self) -> None:
        parts = [self.vars.get(name) for name in ("namespace", "environment", "identifier")]
        assert self.identifier == "-".join(str(part) for part in parts if part)
        assert self.described["Engine"] == self.vars["engine"]
        assert self.described["EngineVersion"] == self.vars.get("engine_version", self.engine.version)
        assert self.described["MasterUsername"] == self.vars.get("username", "dbadmin")
        name = self.described.get("DatabaseName" if self.engine.is_cluster else "DBName")
        assert (name or None) == self.vars.get("db_name")
        assert self.outputs["db_port"] == self.vars.get("port", self.engine.port)
        assert self.described["DeletionProtection"] is False
        assert not self.described.get("PubliclyAccessible")

    def stands_by(self) -> None:
        wanted = self.vars.get("multi_az", False)
        if self.engine.is_cluster:
            assert len(self.described["DBClusterMembers"]) == (2 if wanted else 1)
        else:
            assert self.described["MultiAZ"] is wanted
            assert self.described["DBInstanceClass"] == self.vars["instance_class"]
        if zone := self.vars.get("availability_zone"):
            assert self.described["AvailabilityZone"] == zone

    def is_backed_up(self) -> None:
        automated = self.vars.get("backup_strategy", "automated") == "automated"
        automated = automated and self.vars.get("backup_retention_period", 7) > 0
        days = self.vars.get("backup_retention_period", 7) if automated else int(self.engine.is_cluster)
        assert self.described["BackupRetentionPeriod"] == days
        assert self.described["PreferredBackupWindow"] == self.vars.get("backup_window", "03:00-04:00")
        window = self.vars.get("maintenance_window", "sun:05:00-sun:06:00").lower()
        assert self.described["PreferredMaintenanceWindow"] == window
        assert [snapshot.split(":")[-1] for snapshot in self.snapshots()] == (
            [] if automated else [f"{self.identifier}-baseline"]
        )

    def snapshots(self) -> Sequence[str]:
        """ARNs of the snapshots that are there, which the component must name in its output."""
        kind = {"SnapshotType": "manual"}
        if self.engine.is_cluster:
            listed = self.rds.describe_db_cluster_snapshots(DBClusterIdentifier=self.identifier, **kind)
            found = [snapshot["DBClusterSnapshotArn"] for snapshot in listed["DBClusterSnapshots"]]
        else:
            listed = self.rds.describe_db_snapshots(DBInstanceIdentifier=self.identifier, **kind)
            found = [snapshot["DBSnapshotArn"] for snapshot in listed["DBSnapshots"]]
        assert found == ([self.outputs["db_snapshot_arn"]] if "db_snapshot_arn" in self.outputs else [])
        return found

    def is_stored(self) -> None:
        if self.engine.is_cluster:
            return
        kind = self.vars.get("storage_type", "gp2")
        assert self.described["StorageType"] == kind
        assert self.described["AllocatedStorage"] == self.vars.get("allocated_storage", 20)
        assert self.described.get("MaxAllocatedStorage") == self.vars.get("max_allocated_storage")
        assert self.described.get("Iops") == self.vars.get("iops")

    def is_logged(self) -> None:
        wanted = self.vars.get("enabled_cloudwatch_logs_exports", list(self.engine.usual_logs))
        assert sorted(self.described.get("EnabledCloudwatchLogsExports", [])) == sorted(wanted)
        kind = "cluster" if self.engine.is_cluster else "instance"
        prefix = f"/aws/rds/{kind}/{self.identifier}/"
        groups = self.made.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
        assert sorted(group["logGroupName"] for group in groups) == sorted(prefix + log for log in wanted)
        for group in groups:
            assert group["retentionInDays"] == self.vars.get("cloudwatch_log_group_retention_in_days", 365)
            assert group["kmsKeyId"] == self.outputs["db_kms_key_arn"]

    def is_encrypted(self) -> None:
        assert self.described["StorageEncrypted"] is True
        assert self.described["KmsKeyId"].startswith(PREFIX)
        if "kms_key_id" not in self.vars:
            assert self.described["KmsKeyId"] == self.outputs["db_kms_key_arn"]
            kms = self.made.client("kms")
            assert kms.get_key_rotation_status(KeyId=self.described["KmsKeyId"])["KeyRotationEnabled"] is True

    def is_guarded(self) -> None:
        groups = [group["VpcSecurityGroupId"] for group in self.described["VpcSecurityGroups"]]
        assert groups == [self.outputs["db_security_group_id"]]
        if "allowed_cidr_blocks" in self.vars:
            assert self.ingress_peers() == self.vars["allowed_cidr_blocks"]

    def ingress_peers(self) -> list[str]:
        """Who may reach the database, each at its port only."""
        (group,) = self.made.client("ec2").describe_security_groups(GroupIds=[self.outputs["db_security_group_id"]])[
            "SecurityGroups"
        ]
        rules = group["IpPermissions"]
        assert {(rule["FromPort"], rule["ToPort"]) for rule in rules} == {(self.outputs["db_port"],) * 2}
        assert group["IpPermissionsEgress"] == []
        ranges = [peer["CidrIp"] for rule in rules for peer in rule["IpRanges"]]
        return [*ranges, *(peer["GroupId"] for rule in rules for peer in rule["UserIdGroupPairs"])]

    def has_its_groups(self) -> None:
        name = self.outputs["db_parameter_group_name"]
        if self.engine.is_cluster:
            assert self.described["DBClusterParameterGroup"] == name
            listed = self.rds.describe_db_cluster_parameters(DBClusterParameterGroupName=name)["Parameters"]
        else:
            assert [group["DBParameterGroupName"] for group in self.described["DBParameterGroups"]] == [name]
            listed = self.rds.describe_db_parameters(DBParameterGroupName=name)["Parameters"]
        values = {parameter["ParameterName"]: parameter["ParameterValue"] for parameter in listed}
        given = {parameter["name"]: str(parameter["value"]) for parameter in self.vars.get("parameters", [])}
        assert values == {**self.engine.parameters, **given}
        if not self.engine.has_options:
            assert "db_option_group_name" not in self.outputs
            return
        (membership,) = self.described["OptionGroupMemberships"]
        assert membership["OptionGroupName"] == self.outputs["db_option_group_name"]
        (group,) = self.rds.describe_option_groups(OptionGroupName=membership["OptionGroupName"])["OptionGroupsList"]
        assert group["EngineName"] == self.engine.name
        assert [option["OptionName"] for option in group["Options"]] == [
            option["option_name"] for option in self.vars.get("options", [])
        ]

    def keeps_its_password(self) -> None:
        """It is in Secrets Manager, and in nothing that mflow keeps of the run."""
        secrets = self.made.client("secretsmanager")
        text = secrets.get_secret_value(SecretId=self.outputs["db_master_user_secret_arn"])["SecretString"]
        secret = json.loads(text)
        assert len(secret["password"]) >= 15
        assert secret["password"] not in everything_recorded(self.made)
        if "password_secret_arn" not in self.vars:
            assert secret["username"] == self.described["MasterUsername"]
            described = secrets.describe_secret(SecretId=self.outputs["db_master_user_secret_arn"])
            assert described["KmsKeyId"] == self.described["KmsKeyId"]

    def is_tagged(self) -> None:
        found = tags({"Tags": self.described["TagList"]})
        assert found["ManagedBy"] == "mermaid-flow"
        assert found["Environment"] == self.vars["environment"]
        assert found.items() >= self.vars.get("tags", {}).items()


def everything_recorded(made: Made) -> str:
    """All text of the run's record, its logs included."""
    files = [path for path in made.record.path.rglob("*") if path.is_file()]
    assert files
    return "\n".join(path.read_text(errors="replace") for path in files)
