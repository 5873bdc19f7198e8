"""Drift detection from end to end: real components in three environments, changed behind Terraform's back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

from mermaid_flow.engine.events import RunStatus
from mermaid_flow.engine.options import Options
from mermaid_flow.session import prepare
from mermaid_flow.session.prepare import Request
from mermaid_flow.session.project import find_project
from mermaid_flow.session.run import component_settings, start
from mermaid_flow.terraform.targets import LocalTarget
from mermaid_flow.terraform.workspace import TerraformComponents
from tests.cli.conftest import Mflow
from tests.drift_project import write_drift_project

pytestmark = pytest.mark.terraform

KINDS = {
    "dev": ("queue", "topic", "logs", "network"),
    "test": ("queue", "topic", "logs", "bucket"),
    "prod": ("queue", "topic", "network", "bucket"),
}


@pytest.fixture
def drifting(tmp_path: Path, local_target: LocalTarget, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The drift project as the current folder, on the shared emulator."""
    folder = write_drift_project(tmp_path / "drifting")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(prepare, "make_target", lambda *_: local_target)
    return folder


def request(environment: str, kind: str, *sets: str) -> Request:
    return Request("deploy", (), (f"environment={environment}", f"kind={kind}", *sets), "local", kind)


def deploy(folder: Path, environment: str, kind: str) -> None:
    prepared = prepare.prepare(find_project(folder), request(environment, kind))
    assert start(prepared, options=Options()).carry_out() is RunStatus.SUCCEEDED


def deploy_all(folder: Path) -> None:
    wanted = [(environment, kind) for environment, kinds in KINDS.items() for kind in kinds]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: deploy(folder, *each), wanted))


def declare_only(folder: Path, environment: str, kind: str, *sets: str) -> None:
    """What a run leaves behind that was interrupted before it could apply."""
    prepared = prepare.prepare(find_project(folder), request(environment, kind, *sets))
    [step] = [step for step in prepare.check(prepared).steps if step.declarations]
    settings = component_settings(prepared, "interrupted", folder / "logs", lambda _report: None)
    components = TerraformComponents(settings, diagram="deploy", labels={}, environment=prepared.environment)
    components.open(kind).declare(step.node.id, step.declarations)
    components.close()


def client(target: LocalTarget, service: str) -> Any:
    environment = target.environment()
    return boto3.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=target.region,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key="local",
    )


def state_ids(folder: Path, component: str) -> dict[str, str]:
    """Ids by resource type, from a component's state."""
    state = json.loads((folder / ".mflow/components/local" / component / "terraform.tfstate").read_text())
    return {resource["type"]: resource["instances"][0]["attributes"]["id"] for resource in state["resources"]}


def change_outside(folder: Path, target: LocalTarget) -> None:
    """A tag, a route, an open security group and a bucket policy."""
    sqs, ec2 = client(target, "sqs"), client(target, "ec2")
    url = sqs.get_queue_url(QueueName="dev-queue")["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"Owner": "mallory"})
    ec2.delete_route(RouteTableId=state_ids(folder, "dev/network")["aws_route_table"], DestinationCidrBlock="0.0.0.0/0")
    ec2.authorize_security_group_ingress(
        GroupId=state_ids(folder, "prod/network")["aws_security_group"],
        IpProtocol="tcp",
        FromPort=22,
        ToPort=22,
        CidrIp="0.0.0.0/0",
    )
    client(target, "s3").delete_bucket_policy(Bucket="test-bucket")


def found_in(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What differs, by component and resource type: the two sides with their action and attributes."""
    return {
        component["component"]: {
            resource["type"]: {
                side: (part["action"], [each["path"] for each in part["attributes"]])
                for side in ("outside", "unapplied")
                if (part := resource[side])
            }
            for resource in component["resources"]
        }
        for environment in report["environments"]
        for component in environment["components"]
        if component["kind"] != "in sync"
    }


def detect(mflow: Mflow, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = mflow("drift", "--format", "json", *arguments)
    return done.code, json.loads(done.out)


@pytest.mark.slow
def test_the_report_names_exactly_what_differs_and_a_run_repairs_it(
    drifting: Path, mflow: Mflow, local_target: LocalTarget
) -> None:
    deploy_all(drifting)
    code, report = detect(mflow, "--exit-code")
    assert (code, found_in(report)) == (0, {})
    assert report["counts"]["in sync"] == 12

    change_outside(drifting, local_target)
    declare_only(drifting, "prod", "topic", "tags={Owner: platform, Cost: '7'}")
    code, report = detect(mflow, "--exit-code")
    assert code == 2
    assert found_in(report) == {
        "dev/queue": {"aws_sqs_queue": {"outside": ("update", ["tags.Owner"])}},
        "dev/network": {"aws_route": {"outside": ("delete", [])}},
        "prod/network": {"aws_security_group": {"outside": ("update", ["ingress"])}},
        "test/bucket": {"aws_s3_bucket_policy": {"outside": ("update", ["policy"])}},
        "prod/topic": {"aws_sns_topic": {"unapplied": ("update", ["tags.Cost"])}},
    }
    kinds = {each["component"]: each["kind"] for env in report["environments"] for each in env["components"]}
    assert kinds["prod/topic"] == "not yet applied"
    assert kinds["dev/queue"] == "changed outside"
    code, one = detect(mflow, "--env", "prod", "--component", "topic")
    assert (code, list(found_in(one))) == (0, ["prod/topic"]), "without --exit-code drift is no failure"

    for component in found_in(report):
        deploy(drifting, *component.split("/"))
    code, report = detect(mflow, "--exit-code")
    assert (code, found_in(report)) == (0, {})


def test_a_component_that_cannot_be_checked_is_not_in_sync_and_stops_no_other(drifting: Path, mflow: Mflow) -> None:
    deploy(drifting, "dev", "queue")
    deploy(drifting, "dev", "logs")
    state = drifting / ".mflow/components/local/dev/queue/terraform.tfstate"
    state.write_text("{ broken")
    code, report = detect(mflow, "--exit-code")
    assert code == 1
    assert (report["counts"]["not checked"], report["counts"]["in sync"]) == (1, 1)
    [environment] = report["environments"]
    assert "terraform plan failed" in environment["components"][1]["error"]
    for form in ("text", "md", "html"):
        assert "not checked" in mflow("drift", "--format", form).out


def test_what_was_never_deployed_is_not_yet_applied(drifting: Path, mflow: Mflow) -> None:
    (drifting / "vars.yaml").write_text("environments: [{name: dev, components: [queue]}]\n")
    code, report = detect(mflow, "--exit-code", "--vars", "vars.yaml")
    assert code == 2
    assert report["environments"][0]["components"][0]["missing"] is True


@pytest.fixture
def with_stacks(drifting: Path) -> Path:
    """The drift project with two stacks, each of a queue and a topic."""
    with (drifting / "mflow.yaml").open("a") as project:
        project.write("stacks: stacks\n")
    (drifting / "stacks").mkdir()
    for name in ("dev", "prod"):
        (drifting / "stacks" / f"{name}.yaml").write_text(
            f"vars: {{environment: {name}, region: eu-west-1}}\n"
            "components: {terraform: {queue: {vars: {}}, topic: {vars: {}}}}\n"
        )
    return drifting


def looked_at(report: dict[str, Any]) -> list[str]:
    return [component["component"] for environment in report["environments"] for component in environment["components"]]


def test_stacks_and_variables_are_chosen_on_the_command_line(with_stacks: Path, mflow: Mflow) -> None:
    deploy(with_stacks, "prod", "queue")
    assert looked_at(detect(mflow)[1]) == ["dev/queue", "dev/topic", "prod/queue", "prod/topic"]
    code, report = detect(mflow, "--stack", "prod", "--exit-code")
    assert (code, looked_at(report), report["counts"]["in sync"]) == (2, ["prod/queue", "prod/topic"], 1)
    code, report = detect(mflow, "--stack", "prod", "--stack", "dev", "--component", "queue")
    assert (code, looked_at(report)) == (0, ["prod/queue", "dev/queue"])
    code, report = detect(mflow, "--set", "environments=[prod]")
    assert (code, looked_at(report)) == (0, ["prod/queue"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stack", "prd"), "there is no stack 'prd' in stacks\n  hint: did you mean 'prod'?"),
        (("--stack", "prod", "--set", "enviroments=[dev]"), "hint: did you mean 'environments'?"),
        (("--stack", "prod", "--component", "topc"), "there is no component 'topc'\n  did you mean 'topic'?"),
        (("--set", "only_stacks=[prd]"), "there is no stack 'prd'"),
    ],
)
def test_what_is_chosen_and_is_not_there_is_told(
    with_stacks: Path, mflow: Mflow, arguments: tuple[str, ...], said: str
) -> None:
    wrong = mflow("drift", *arguments)
    assert (wrong.code, wrong.out) == (1, "")
    assert said in wrong.err


def test_mistakes_never_end_as_drift_does(drifting: Path, mflow: Mflow) -> None:
    assert mflow("drift", "--fromat", "json").code == 1
    (drifting / "vars.yaml").write_text("environments: [3]\n")
    wrong = mflow("drift", "--vars", "vars.yaml")
    assert (wrong.code, "vars.yaml:1:16" in wrong.err) == (1, True)
    unknown = mflow("drift", "--env", "nowhere")
    assert (unknown.code, unknown.out) == (1, "")
    assert "there is no environment 'nowhere'" in unknown.err
