"""What the boxes of the RDS diagram declare for vars that the examples leave out. Nothing is run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from handlers import _databases, rds
from mermaid_flow import MflowError, Reference
from mermaid_flow.inputs.yaml_reader import load_yaml
from mermaid_flow.session.prepare import Request, check, prepare
from mermaid_flow.session.project import find_project
from mermaid_flow.testing import call
from tests.catalog.planned import Planned

ROOT = Path(__file__).parents[2]
PLACE = "region: eu-west-1\nvpc_id: vpc-1\nvpc_cidr: 10.0.0.0/16\nsubnet_ids: [subnet-1, subnet-2]\n"


def plan(folder: Path, text: str, *sets: str, place: str = PLACE) -> Planned:
    """What a run with these vars would declare, in a VPC that is there."""
    return Planned(folder, "rds", place + text, *sets)


def database(planned: Planned) -> Mapping[str, object]:
    """All inputs of the database's call."""
    return {**planned.calls["database"].inputs, **planned.configured("database")}


def test_least_vars_give_a_protected_and_encrypted_mysql(tmp_path: Path) -> None:
    planned = plan(tmp_path, "")
    expected = {
        "identifier": "rds",
        "engine": "mysql",
        "engine_version": "8.0",
        "multi_az": False,
        "backup_retention_period": 7,
        "storage_type": "gp2",
        "deletion_protection": True,
        "skip_final_snapshot": False,
        "storage_encrypted": True,
        "kms_key_id": Reference("encryption_key", "key_arn"),
        "iam_database_authentication_enabled": True,
        "enabled_cloudwatch_logs_exports": ["error", "slowquery"],
    }
    assert expected.items() <= database(planned).items()
    assert planned.calls["database"].depends_on == ("log_groups",)
    assert database(planned).get("publicly_accessible") is None
    assert {"password", "password_secret_arn"}.isdisjoint(
        name for name, value in database(planned).items() if value is not None
    )


@pytest.mark.parametrize(
    ("engine", "version", "label", "family"),
    [
        ("mysql", "8.4", "MySQL", "mysql8.4"),
        ("postgres", "16.3", "PostgreSQL", "postgres16"),
        ("postgres", "9.6.24", "PostgreSQL", "postgres9.6"),
        ("PostgreSQL", "15", "PostgreSQL", "postgres15"),
        ("mariadb", "10.11.6", "MariaDB", "mariadb10.11"),
        ("aurora-mysql", "8.0.mysql_aurora.3.05.2", "Aurora", "aurora-mysql8.0"),
        ("aurora-postgresql", "15.4", "Aurora", "aurora-postgresql15"),
        ("aurora", "8.0", "Aurora", "aurora-mysql8.0"),
        ("sqlserver-ee", "15.00.4198.2.v1", "SQL Server", "sqlserver-ee-15.0"),
        ("sqlserver", "14.00", "SQL Server", "sqlserver-se-14.0"),
        ("oracle-se2-cdb", "19", "Oracle", "oracle-se2-cdb-19"),
        ("Oracle", "19.0.0.0", "Oracle", "oracle-se2-19"),
    ],
)
def test_the_family_follows_from_engine_and_version(
    tmp_path: Path, engine: str, version: str, label: str, family: str
) -> None:
    planned = plan(tmp_path, f"engine: {engine}\nengine_version: '{version}'\n")
    assert planned.answer("EngineType") == (label,)
    assert planned.configured("parameter_group")["family"] == family
    assert database(planned)["engine_version"] == version


def test_the_path_decides_which_engine_it_is(tmp_path: Path) -> None:
    planned = plan(tmp_path, "engine: mysql\n", "EngineType=PostgreSQL")
    assert (database(planned)["engine"], database(planned)["engine_version"]) == ("postgres", "16")
    assert "option_group" not in planned.calls


def test_engines_of_one_branch_have_licences_of_their_own(tmp_path: Path) -> None:
    assert database(plan(tmp_path, "engine: oracle-ee\n"))["license_model"] == "bring-your-own-license"
    assert database(plan(tmp_path, "engine: oracle-se2\n"))["license_model"] == "license-included"
    given = "engine: oracle-se2\nlicense_model: bring-your-own-license\n"
    assert database(plan(tmp_path, given))["license_model"] == "bring-your-own-license"


def test_own_parameters_win_over_the_usual_ones(tmp_path: Path) -> None:
    planned = plan(
        tmp_path,
        "engine: postgres\nparameters:\n  - {name: rds.force_ssl, value: 0}\n"
        "  - {name: log_connections, value: true, apply_method: pending-reboot}\n",
    )
    assert planned.calls["parameter_group"].inputs["parameters"] == [
        {"name": "rds.force_ssl", "value": "0"},
        {"name": "log_connections", "value": "true", "apply_method": "pending-reboot"},
    ]


def test_a_standby_waits_when_it_is_asked_for(tmp_path: Path) -> None:
    assert database(plan(tmp_path, "multi_az: true\n"))["multi_az"] is True
    assert database(plan(tmp_path, "availability_zone: eu-west-1a\n"))["availability_zone"] == "eu-west-1a"


@pytest.mark.parametrize(
    ("text", "label", "days"),
    [
        ("", "Automated", 7),
        ("backup_retention_period: 30\n", "Automated", 30),
        ("backup_retention_period: 0\n", "Snapshots", 0),
        ("backup_strategy: Snapshots\n", "Snapshots", 0),
        ("backup_strategy: snapshot\nbackup_retention_period: 3\n", "Snapshots", 3),
        ("backup_strategy: snapshots\nengine: aurora-mysql\n", "Snapshots", 1),
    ],
)
def test_how_backups_are_made(tmp_path: Path, text: str, label: str, days: int) -> None:
    planned = plan(tmp_path, text)
    assert planned.answer("BackupStrategy") == (label,)
    assert database(planned)["backup_retention_period"] == days
    assert ("snapshot" in planned.calls) is (label == "Snapshots")


def test_nothing_is_encrypted_or_logged_that_should_not_be(tmp_path: Path) -> None:
    planned = plan(tmp_path, "storage_encrypted: false\nenabled_cloudwatch_logs_exports: []\n")
    assert {"encryption_key", "log_groups"}.isdisjoint(planned.calls)
    assert planned.calls["database"].depends_on == ()


def test_a_given_key_encrypts_all_but_the_logs(tmp_path: Path) -> None:
    planned = plan(tmp_path, "kms_key_id: arn:key\nmaster_user_secret_kms_key_id: arn:other\n")
    assert database(planned)["kms_key_id"] == "arn:key"
    assert database(planned)["master_user_secret_kms_key_id"] == "arn:other"
    assert database(planned)["performance_insights_kms_key_id"] == "arn:key"
    assert "encryption_key" not in planned.calls
    assert planned.configured("log_groups") == {}


def test_a_given_role_monitors(tmp_path: Path) -> None:
    planned = plan(tmp_path, "monitoring_interval: 15\nmonitoring_role_arn: arn:role\n")
    assert database(planned)["monitoring_role_arn"] == "arn:role"
    assert "monitoring_role" not in planned.calls


@pytest.mark.parametrize(
    ("text", "peers"),
    [
        ("", ["10.0.0.0/16"]),
        ("allowed_cidr_blocks: [10.1.0.0/16]\n", ["10.1.0.0/16"]),
        ("allowed_security_groups: [sg-1]\n", ["sg-1"]),
        ("allowed_security_groups: [sg-1]\nallowed_cidr_blocks: [10.1.0.0/16]\n", ["sg-1", "10.1.0.0/16"]),
        ("allowed_cidr_blocks: []\n", []),
    ],
)
def test_who_may_reach_it(tmp_path: Path, text: str, peers: list[str]) -> None:
    groups = plan(tmp_path, text).calls["security_group"].inputs["groups"]
    assert isinstance(groups, dict)
    rules = groups["database"]["ingress"]
    assert [peer for rule in rules for peer in rule["peers"]] == peers
    assert {rule["from_port"] for rule in rules} <= {3306}


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("password: hunter2\n", "rds.password", "password_secret_arn"),
        ("enable_rds_proxy: true\n", "rds.unsupported", "has no box for it"),
        ("identifier: a--b\n", "rds.identifier", "single hyphens"),
        ("identifier: 9lives\n", "rds.identifier", "begin with a letter"),
        ("engine: postgress\n", "decision.unknown_label", "PostgreSQL"),
        ("engine_version: 8.0\n", "inputs.type", "put it in quotes"),
        ("engine_version: '8'\n", "rds.version", "lacks its second number"),
        ("engine_version: latest\n", "rds.version", "does not begin with a number"),
        ("engine: mariadb\nengine_version: '10'\n", "rds.version", "such as 10.11"),
        ("family: postgres16\n", "rds.family", "not one of mysql"),
        ("storage_type: gp3\n", "rds.storage", "but none for 'gp3'"),
        ("storage_type: oi1\n", "rds.storage", "did you mean 'io1'?"),
        ("storage_type: io1\n", "inputs.missing", "variable 'iops' is missing"),
        ("storage_type: io1\niops: 500\n", "vars.range", "between 1000 and"),
        ("storage_type: io1\niops: 6000\n", "rds.storage", "100 GiB can have 5000 iops at most"),
        ("storage_type: io1\niops: 1000\nallocated_storage: 50\n", "vars.range", "between 100 and"),
        ("iops: 3000\n", "rds.storage", "gp2 storage takes no iops"),
        ("storage_type: standard\nmax_allocated_storage: 100\n", "rds.storage", "cannot grow"),
        ("allocated_storage: 100\nmax_allocated_storage: 50\n", "rds.storage", "begins with 100"),
        ("engine: aurora-mysql\nstorage_type: gp2\n", "rds.storage", "takes no gp2"),
        ("engine: aurora-mysql\nstorage_type: io1\niops: 3000\n", "rds.storage", "takes no io1"),
        ("engine: sqlserver-ex\nmulti_az: true\n", "rds.multi_az", "no standby for sqlserver-ex"),
        ("multi_az: true\navailability_zone: eu-west-1a\n", "rds.multi_az", "cannot be put in eu-west-1a"),
        ("engine: sqlserver-se\ndb_name: erp\n", "rds.db_name", "no first database"),
        ("engine: oracle-se2\ndb_name: ACCOUNTING\n", "rds.db_name", "up to 8"),
        ("db_name: 1st\n", "rds.db_name", "begin with a letter"),
        ("engine: postgres\nusername: Admin\n", "rds.username", "keeps the user name"),
        ("enabled_cloudwatch_logs_exports: [eror]\n", "rds.logs", "did you mean 'error'?"),
        ("enabled_cloudwatch_logs_exports: [postgresql]\n", "rds.logs", "it has error, slowquery"),
        ("backup_retention_period: 36\n", "vars.range", "between 1 and 35"),
        ("backup_strategy: both\n", "decision.unknown_label", "Automated, Snapshots"),
        ("backup_window: 04:00-05:30\n", "rds.windows", ""),
    ],
)
def test_vars_that_cannot_work_are_refused_before_anything_runs(
    tmp_path: Path, text: str, code: str, said: str
) -> None:
    if "backup_window" in text:
        text += "maintenance_window: sun:05:00-sun:06:00\n"
    with pytest.raises(MflowError) as caught:
        plan(tmp_path, text)
    assert caught.value.code == code, caught.value
    assert said in str(caught.value)
    assert caught.value.where is not None or code == "inputs.missing"


def test_a_database_that_nobody_can_reach_is_refused(tmp_path: Path) -> None:
    place = "region: eu-west-1\nvpc_id: vpc-1\nsubnet_ids: [subnet-1, subnet-2]\n"
    with pytest.raises(MflowError, match="nobody could reach"):
        plan(tmp_path, "", place=place)
    plan(tmp_path, "allowed_cidr_blocks: []\n", place=place)


def test_without_a_place_the_outputs_of_the_vpc_are_asked_during_the_run(tmp_path: Path) -> None:
    planned = plan(tmp_path, "", place="region: eu-west-1\n")
    later = [name for name, step in planned.steps.items() if step.declares_later]
    assert later == ["CreateSubnetGroup", "CreateSecurityGroup"]
    with pytest.raises(MflowError, match="there is no VPC"):
        call(rds.create_subnet_group)


def test_every_engine_belongs_to_a_branch_of_the_diagram(tmp_path: Path) -> None:
    drawn = set(re.findall(r"EngineType -->\|([^|]+)\|", (ROOT / "diagrams/rds.mmd").read_text()))
    assert set(_databases.ALIASES.values()) == drawn
    assert all(set(engine.usual_logs) <= set(engine.logs) for engine in _databases.ENGINES.values())


def test_the_reference_vars_name_every_variable() -> None:
    files = ("rds.py", "rds_settings.py", "_databases.py", "_windows.py", "_naming.py")
    text = "".join((ROOT / "handlers" / file).read_text() for file in files)
    read = set(re.findall(r'(?:\.(?:get|require)|_reading\.number)\(\s*(?:[a-z.]+, )?"([a-z_0-9]+)"', text))
    reference = load_yaml((ROOT / "vars/rds/every-variable.yaml").read_text()).value
    assert isinstance(reference, dict)
    assert read - set(reference) == set()


def test_the_reference_vars_are_all_read() -> None:
    prepared = prepare(find_project(ROOT), Request("rds", (str(ROOT / "vars/rds/every-variable.yaml"),)))
    assert check(prepared).warnings == ()
