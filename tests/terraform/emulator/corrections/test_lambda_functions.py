from __future__ import annotations

import io
import zipfile

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("lambda_functions")

QUEUE = {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"}


def create_function(**settings: object) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): ...")
    role = client("iam").create_role(RoleName="this", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = {"Runtime": "python3.12", "Handler": "main.handler", "Code": {"ZipFile": package.getvalue()}}
    client("lambda").create_function(**{"FunctionName": "this", "Role": role, "Publish": True, **code, **settings})


@behaviours.shows("keep_dead_letter_config", "describe_every_setting")
def a_function_keeps_its_dead_letter_queue() -> bool:
    create_function(DeadLetterConfig=QUEUE)
    return bool(client("lambda").get_function_configuration(FunctionName="this")["DeadLetterConfig"] == QUEUE)


def images(name: str, **settings: object) -> dict[str, object]:
    role = "arn:aws:iam::123456789012:role/this"
    code = {"PackageType": "Image", "Code": {"ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/this:latest"}}
    client("lambda").create_function(FunctionName=name, Role=role, **code, **settings)
    described: dict[str, object] = client("lambda").get_function_configuration(FunctionName=name)
    return described


@behaviours.shows("describe_every_setting")
def a_function_without_image_settings_has_none() -> bool:
    client("iam").create_role(RoleName="this", AssumeRolePolicyDocument="{}")
    command = {"Command": ["main.handler"], "EntryPoint": [], "WorkingDirectory": "/var/task"}
    return "ImageConfigResponse" not in images("plain") and images("set", ImageConfig=command)[
        "ImageConfigResponse"
    ] == {"ImageConfig": command}


@behaviours.shows("update_every_setting")
def every_setting_of_a_function_can_be_changed() -> bool:
    create_function(DeadLetterConfig=QUEUE)
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    for changed in (
        {"DeadLetterConfig": {}, "ImageConfig": {"Command": ["other.handler"]}},
        {"TracingConfig": {"Mode": "Active"}, "EphemeralStorage": {"Size": 1024}, "KMSKeyArn": key},
    ):
        client("lambda").update_function_configuration(FunctionName="this", **changed)
    found = client("lambda").get_function_configuration(FunctionName="this")
    return (
        "DeadLetterConfig" not in found
        and found["TracingConfig"] == {"Mode": "Active"}
        and found["EphemeralStorage"] == {"Size": 1024}
        and found["KMSKeyArn"] == key
    )


@behaviours.shows(
    "provisioned_concurrency_path",
    "put_provisioned_concurrency_config",
    "get_provisioned_concurrency_config",
    "delete_provisioned_concurrency_config",
)
def provisioned_concurrency_is_set_and_removed() -> bool:
    create_function()
    place = {"FunctionName": "this", "Qualifier": "1"}
    client("lambda").put_provisioned_concurrency_config(**place, ProvisionedConcurrentExecutions=2)
    config = client("lambda").get_provisioned_concurrency_config(**place)
    client("lambda").delete_provisioned_concurrency_config(**place)
    with pytest.raises(client("lambda").exceptions.ProvisionedConcurrencyConfigNotFoundException):
        client("lambda").get_provisioned_concurrency_config(**place)
    return bool(config["Status"] == "READY" and config["RequestedProvisionedConcurrentExecutions"] == 2)


def feed(function: str) -> str:
    create_function()
    for alias in ("live", "next"):
        client("lambda").create_alias(FunctionName="this", Name=alias, FunctionVersion="1")
    queue = client("sqs").create_queue(QueueName="this")["QueueUrl"]
    attributes = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    fed = client("lambda").create_event_source_mapping(EventSourceArn=attributes["QueueArn"], FunctionName=function)
    return str(fed["UUID"])


FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:this"


@behaviours.shows("describe_with_qualifier")
def what_feeds_an_alias_says_so() -> bool:
    fed = client("lambda").get_event_source_mapping(UUID=feed(f"{FUNCTION}:live"))
    return bool(fed["FunctionArn"] == f"{FUNCTION}:live")


@behaviours.shows("feed_another_alias")
def another_alias_can_be_fed() -> bool:
    mapping = feed(FUNCTION)
    found = [client("lambda").get_event_source_mapping(UUID=mapping)["FunctionArn"]]
    client("lambda").update_event_source_mapping(UUID=mapping, FunctionName="this:next")
    found.append(client("lambda").get_event_source_mapping(UUID=mapping)["FunctionArn"])
    return found == [FUNCTION, f"{FUNCTION}:next"]


@pytest.mark.parametrize("correction", corrections_of("lambda_functions"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
