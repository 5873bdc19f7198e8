"""Killed in the middle of an apply: the lock is freed, what was created is found again, and the end state is right."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from mermaid_flow.handlers.calls import ModuleCall
from mermaid_flow.terraform.component import TerraformComponent
from mermaid_flow.terraform.errors import TerraformFailed
from mermaid_flow.terraform.progress import ApplySummary, TerraformWarning
from mermaid_flow.terraform.reconcile import ADOPTED_FILE
from mermaid_flow.terraform.targets import LocalTarget
from tests.cloud import Terraform
from tests.terraform.sandbox import MODULES, Sandbox

pytestmark = pytest.mark.terraform

NETWORK = """
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "name" { type = string }
variable "wait" { type = string }

resource "aws_vpc" "this" { cidr_block = "10.0.0.0/16" }

resource "aws_subnet" "this" {
  for_each   = toset(["10.0.0.0/24", "10.0.1.0/24"])
  vpc_id     = aws_vpc.this.id
  cidr_block = each.key
}

resource "aws_route_table" "this" { vpc_id = aws_vpc.this.id }

resource "aws_route_table_association" "this" {
  for_each       = aws_subnet.this
  subnet_id      = each.value.id
  route_table_id = aws_route_table.this.id
}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" }
  }] })
}

resource "terraform_data" "before" {
  depends_on = [aws_route_table_association.this, aws_iam_role.this]
}

resource "terraform_data" "last" {
  depends_on = [terraform_data.before]
  provisioner "local-exec" { command = var.wait }
}
"""
"""Everything is there when the last resource begins, which then waits."""

ROLE = NETWORK[: NETWORK.index('resource "aws_vpc"')] + NETWORK[NETWORK.index('resource "aws_iam_role"') :].replace(
    "aws_route_table_association.this, ", ""
)

MADE = {
    "module.net.aws_vpc.this",
    'module.net.aws_subnet.this["10.0.0.0/24"]',
    'module.net.aws_subnet.this["10.0.1.0/24"]',
    "module.net.aws_route_table.this",
    'module.net.aws_route_table_association.this["10.0.0.0/24"]',
    'module.net.aws_route_table_association.this["10.0.1.0/24"]',
    "module.net.aws_iam_role.this",
}

DIE = """
import json, os, signal, sys
from pathlib import Path
from mermaid_flow.handlers.calls import Backend, ModuleCall
from mermaid_flow.terraform.local_cloud import LocalCloud
from mermaid_flow.terraform.targets import LocalTarget
from tests.terraform.sandbox import BareTarget, Sandbox

given = json.loads(sys.argv[1])

def die(event):
    if getattr(event, "state", "") == "started" and (event.action, event.address) == ("create", given["where"]):
        for note in component.folder.glob("running-*.json"):
            os.kill(json.loads(note.read_text())["pid"], signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path(given["folder"])
target = BareTarget()
if given["cloud"]:
    project, cache, account = given["cloud"]
    target = LocalTarget(folder, account=account, cloud=LocalCloud(Path(project), cache=Path(cache)))
component = Sandbox(folder, target).components("run-1", observe=die).open("web")
if given["settings"]:
    component.keep_state_in(Backend("s3", given["settings"]))
component.declare("A", [ModuleCall(*given["call"])])
component.apply()
"""


def run_is_killed(
    sandbox: Sandbox,
    where: str,
    module: str,
    inputs: Mapping[str, object],
    settings: Mapping[str, object] | None = None,
    cloud: tuple[str, str, str] | None = None,
) -> None:
    """A run and its Terraform die when `where` begins; all that Terraform has started has ended, too."""
    given = {
        "folder": str(sandbox.folder),
        "where": where,
        "call": [module, "net", inputs],
        "settings": settings,
        "cloud": cloud,
    }
    died = subprocess.run([sys.executable, "-c", DIE, json.dumps(given)], cwd=Path(__file__).parents[2], check=False)
    assert died.returncode == -9
    lock = sandbox.folder / "components/.locks/local/acme/web.lock"
    waiting = os.open(sandbox.folder / "fifo", os.O_RDWR)  # what the provisioner reads, if it was begun
    os.write(waiting, b"go\n")
    subprocess.run(["flock", str(lock), "true"], check=True, timeout=60)
    os.close(waiting)


def warnings(sandbox: Sandbox) -> list[str]:
    return [event.message for event in sandbox.heard(TerraformWarning)]


def added(sandbox: Sandbox) -> int:
    return sum(summary.add for summary in sandbox.heard(ApplySummary))


def notes(component: TerraformComponent) -> list[Path]:
    return list(component.folder.glob("running-*"))


class Cloud:
    """A project on the emulated AWS whose state is kept in S3, in which a run is killed."""

    def __init__(self, folder: Path, target: LocalTarget, locking: Mapping[str, object]) -> None:
        self.target = target
        self.bucket = f"states-{target.account}"
        self.settings = {"bucket": self.bucket, "key": "web.tfstate", "region": target.region, **locking}
        self.sandbox = Sandbox(folder, target)  # type: ignore[arg-type]  # as good a target as the bare one
        self.sandbox.write_modules({**MODULES, "network": NETWORK, "role": ROLE})
        os.mkfifo(folder / "fifo")
        self.ec2, self.iam, self.s3 = (self.client(service) for service in ("ec2", "iam", "s3"))
        self.s3.create_bucket(Bucket=self.bucket)
        self.client("dynamodb").create_table(
            TableName="locks",
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.target.cloud.endpoint,
            region_name=self.target.region,
            aws_access_key_id=self.target.account,
            aws_secret_access_key="local",
        )

    def run_is_killed(self, where: str, module: str, inputs: Mapping[str, object]) -> None:
        cloud = (str(self.target.cloud.project), str(self.target.cloud.private.parents[1]), self.target.account)
        run_is_killed(self.sandbox, where, module, inputs, self.settings, cloud)

    def is_whole(self, component: TerraformComponent) -> None:
        """Everything is there once, and in the state."""
        own = [{"Name": "is-default", "Values": ["false"]}]
        (vpc,) = self.ec2.describe_vpcs(Filters=own)["Vpcs"]
        here = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
        assert len(self.ec2.describe_subnets(Filters=here)["Subnets"]) == 2
        tables = self.ec2.describe_route_tables(Filters=here)["RouteTables"]
        assert len(tables) == 2, "the VPC's own and the component's"
        assert sorted(len([a for a in table["Associations"] if "SubnetId" in a]) for table in tables) == [0, 2]
        assert len(self.iam.list_roles()["Roles"]) == 1
        assert set(component.terraform("state", "list").split()) >= MADE
        Terraform(component.folder, self.target).plan_is_clean()


@pytest.mark.slow
def test_a_run_with_its_state_in_s3_is_killed_and_resumed(tmp_path: Path, local_target: LocalTarget) -> None:
    cloud = Cloud(tmp_path, local_target, {"use_lockfile": True})
    inputs = {"name": f"role-{cloud.target.account}", "wait": f"read line < {cloud.sandbox.folder}/fifo"}
    cloud.run_is_killed("module.net.terraform_data.last", "network", inputs)
    assert "Contents" not in cloud.s3.list_objects_v2(Bucket=cloud.bucket, Prefix="web.tfstate/"), "no state was saved"
    component = cloud.sandbox.components("run-1").open("web")
    component.declare("A", [ModuleCall("network", "net", {**inputs, "wait": "true"})])
    component.apply(prune=True)
    freed, *others = warnings(cloud.sandbox)
    assert freed.startswith("freed the lock ")
    assert {warning.partition(" (")[0] for warning in others if "is in the state now" in warning} == MADE | {
        "module.net.terraform_data.before"
    }
    assert others[-1].startswith("module.net.terraform_data.last was being created")
    assert added(cloud.sandbox) == 1, "only what had not been created"
    cloud.is_whole(component)
    assert notes(component) == []


def test_what_is_not_found_by_its_id_is_left_to_the_user(tmp_path: Path, local_target: LocalTarget) -> None:
    """The log is made to tell of another id, so that the role is not found by it and collides."""
    cloud = Cloud(tmp_path, local_target, {"use_lockfile": True})
    name = f"role-{local_target.account}"
    cloud.run_is_killed(
        "module.net.terraform_data.last", "role", {"name": name, "wait": f"read line < {tmp_path}/fifo"}
    )
    log = log_of(cloud.sandbox)
    log.write_text(log.read_text().replace(f'"id_value":"{name}"', '"id_value":"another"'))
    component = cloud.sandbox.components("run-1").open("web")
    component.declare("A", [ModuleCall("role", "net", {"name": name, "wait": "true"})])
    with pytest.raises(TerraformFailed) as collided:
        component.apply()
    (told,) = [warning for warning in warnings(cloud.sandbox) if "aws_iam_role" in warning]
    assert "(another) was created by a run that died, and the state cannot be told of it" in told
    (error,) = collided.value.all
    block = f'import {{\n    to = module.net.aws_iam_role.this\n    id = "{name}"\n  }}\n'
    assert block in error.hint
    (component.folder / "imports.tf").write_text(block)
    cloud.sandbox.events.clear()
    component.apply()
    assert added(cloud.sandbox) == 1, "only what had not been created"
    assert "module.net.aws_iam_role.this" in component.terraform("state", "list")


def test_a_lock_that_somebody_else_has_is_left_alone(tmp_path: Path, local_target: LocalTarget) -> None:
    cloud = Cloud(tmp_path, local_target, {"dynamodb_table": "locks"})
    cloud.run_is_killed("module.net.terraform_data.this", "script", {"command": f"read line < {tmp_path}/fifo"})
    component = cloud.sandbox.components("run-1").open("web")
    (note,) = notes(component)
    kept = json.loads(note.read_text())
    note.write_text(json.dumps({**kept, "who": "somebody@elsewhere"}))
    component.declare("A", [ModuleCall("script", "net", {"command": "true"})])
    with pytest.raises(TerraformFailed) as refused:
        component.apply()
    (error,) = refused.value.all
    assert "Error acquiring the state lock" in error.message
    assert "`terraform force-unlock " in error.hint
    with pytest.raises(TerraformFailed):
        component.apply()  # and it stays so
    note.write_text(json.dumps(kept))
    component.apply()
    assert warnings(cloud.sandbox)[0].startswith("freed the lock")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = Sandbox(tmp_path)
    sandbox.write_modules(MODULES)
    os.mkfifo(tmp_path / "fifo")
    return sandbox


SWAP = """
variable "name" { type = string }
variable "command" { type = string }

resource "terraform_data" "swapped" { triggers_replace = var.name }

resource "terraform_data" "this" {
  depends_on       = [terraform_data.swapped]
  triggers_replace = var.name
  provisioner "local-exec" { command = var.command }
}
"""


def swapped(sandbox: Sandbox) -> TerraformComponent:
    """The component of a run that was killed when it had replaced a resource, which the state does not know."""
    sandbox.write_modules({"swap": SWAP})
    components = sandbox.components("run-0")
    component = components.open("web")
    component.declare("A", [ModuleCall("swap", "net", {"name": "old", "command": "true"})])
    component.apply()
    components.close()
    sandbox.events.clear()
    known = (component.folder / "terraform.tfstate").read_bytes()
    inputs = {"name": "new", "command": f"read line < {sandbox.folder}/fifo"}
    run_is_killed(sandbox, "module.net.terraform_data.this", "swap", inputs)
    (component.folder / "terraform.tfstate").write_bytes(known)
    component = sandbox.components("run-1").open("web")
    component.declare("A", [ModuleCall("swap", "net", {**inputs, "command": "true"})])
    return component


def test_what_was_replaced_gives_way_to_its_replacement(sandbox: Sandbox) -> None:
    component = swapped(sandbox)
    component.apply(prune=True)
    assert any("swapped (" in warning and "is in the state now" in warning for warning in warnings(sandbox))
    assert component.terraform("state", "list").split() == [
        "module.net.terraform_data.swapped",
        "module.net.terraform_data.this",
    ]


def test_a_replacement_whose_predecessor_is_still_there_is_told_of(sandbox: Sandbox) -> None:
    """The log is made to tell nothing of the predecessor's end."""
    component = swapped(sandbox)
    log = log_of(sandbox)
    log.write_text(
        "".join(line for line in log.read_text().splitlines(keepends=True) if '"action":"delete"' not in line)
    )
    component.apply(prune=True)
    assert any(warning.endswith("it still has the one that was replaced") for warning in warnings(sandbox))


def killed(sandbox: Sandbox) -> TerraformComponent:
    """The component of a run that was killed in the middle, its state kept here; declared once more."""
    waiting = {"command": f"read line < {sandbox.folder}/fifo"}
    run_is_killed(sandbox, "module.net.terraform_data.this", "script", waiting)
    component = sandbox.components("run-1").open("web")
    component.declare("A", [ModuleCall("script", "net", {"command": "true"})])
    return component


def test_a_state_in_the_folder_has_what_was_created_and_its_lock_is_free(sandbox: Sandbox) -> None:
    component = killed(sandbox)
    component.apply(prune=True)
    (warning,) = warnings(sandbox)
    assert warning.startswith("module.net.terraform_data.this was being created by a run that died")
    assert added(sandbox) == 1
    assert notes(component) == []


def test_what_a_lost_state_knew_is_adopted(sandbox: Sandbox) -> None:
    component = killed(sandbox)
    lost = json.loads((component.folder / "terraform.tfstate").read_text())
    (component.folder / "terraform.tfstate").unlink()
    component.apply(prune=True)
    first, _ = warnings(sandbox)
    assert first.startswith("module.net.terraform_data.before (")
    assert first.endswith(") was created by a run that died, and is in the state now")
    known = json.loads((component.folder / "terraform.tfstate").read_text())
    assert ids(known)["before"] == ids(lost)["before"]
    assert not (component.folder / ADOPTED_FILE).exists()


def ids(state: dict[str, Any]) -> dict[str, str]:
    return {resource["name"]: resource["instances"][0]["attributes"]["id"] for resource in state["resources"]}


def test_what_is_adopted_is_destroyed_with_the_rest(sandbox: Sandbox) -> None:
    component = killed(sandbox)
    (component.folder / "terraform.tfstate").unlink()
    component.destroy()
    assert sum(summary.destroy for summary in sandbox.heard(ApplySummary)) == 1
    assert not component.folder.exists()


def log_of(sandbox: Sandbox) -> Path:
    return sandbox.folder / "logs/local/acme/web.log"


def test_what_cannot_be_adopted_is_told(sandbox: Sandbox) -> None:
    """The log is made to tell of ids that no import takes, which no resource without a provider has."""
    component = killed(sandbox)
    (component.folder / "terraform.tfstate").unlink()
    log = log_of(sandbox)
    before = '"addr":"module.net.terraform_data.before"'
    log.write_text(
        "".join(
            re.sub('"id_value":"[^"]+"', '"id_value":""', line) if before in line else line
            for line in log.read_text().splitlines(keepends=True)
        )
    )
    component.apply(prune=True)
    assert "the state cannot be told of it: by what id is not known" in warnings(sandbox)[0]
    assert added(sandbox) == 2


def test_a_run_with_a_state_of_another_life_of_the_target_leaves_nothing_behind(sandbox: Sandbox) -> None:
    component = killed(sandbox)
    (component.folder / "instance").write_text("another")
    sandbox.target.instance = "this"
    component.apply(prune=True)
    assert [warning for warning in warnings(sandbox) if "run that died" in warning] == []
    assert added(sandbox) == 2
