"""What the boxes of the Lambda diagram declare for vars that the examples leave out, and what they refuse."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mermaid_flow import MflowError, Reference
from mermaid_flow.inputs.yaml_reader import load_yaml
from tests.catalog.planned import ROOT, Planned

NAME = "region: eu-west-1\nfunction_name: orders\n"
ZIP = NAME + "runtime: python3.13\nhandler: index.handle\n"
INLINE = ZIP + "inline_code: 'def handle(event, context): ...'\n"
FOLDER = ZIP + "source_dir: functions/orders\n"
IMAGE = NAME + "package_type: Image\n"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:jobs"
STREAM = "arn:aws:dynamodb:eu-west-1:123456789012:table/jobs/stream/2024-01-01T00:00:00.000"


def test_least_vars_give_a_function_with_a_role_a_log_group_and_an_alias(tmp_path: Path) -> None:
    plan = Planned(tmp_path, "lambda", INLINE)
    assert set(plan.calls) == {"role", "logs", "function", "alias"}
    assert plan.calls["function"].inputs["name"] == "orders"
    assert plan.calls["alias"].inputs["name"] == "live"
    assert set(plan.configured("function")) == {
        "package_type",
        "handler",
        "filename",
        "source_code_hash",
        "runtime",
        "environment_variables",
    }
    assert plan.configured("function")["filename"] == plan.files["orders.zip"].path == "files/orders.zip"


def test_the_name_is_made_unique_once(tmp_path: Path) -> None:
    context = "namespace: acme\nenvironment: dev\n"
    assert Planned(tmp_path, "lambda", INLINE + context).calls["function"].inputs["name"] == "acme-dev-orders"
    plan = Planned(tmp_path, "lambda", INLINE + context, "function_name=acme-dev-orders")
    assert plan.calls["function"].inputs["name"] == "acme-dev-orders"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("inline_code: 'def handle(event, context): ...'\n", "Inline"),
        ("source_dir: functions/orders\n", "Local Zip"),
        ("s3_bucket: code\ns3_key: orders.zip\n", "S3"),
        ("s3_bucket: code\nsource_dir: functions/orders\n", "S3"),
        ("source_dir: functions/orders\npackaging_method: s3\n", "S3"),
        ("source_dir: functions/orders\npackaging_type: local_zip\n", "Local Zip"),
        ("inline_code: 'x = 1'\ns3_bucket: code\npackaging_method: Inline\n", "Inline"),
    ],
)
def test_the_packaging_is_what_is_there_of_the_code(tmp_path: Path, text: str, answer: str) -> None:
    assert Planned(tmp_path, "lambda", ZIP + text).answer("PackagingType") == (answer,)


def test_an_archive_in_a_bucket_is_taken_as_it_is(tmp_path: Path) -> None:
    plan = Planned(tmp_path, "lambda", ZIP + "s3_bucket: code\ns3_key: orders.zip\ns3_object_version: '7'\n")
    code = plan.configured("function")
    assert (code["s3_bucket"], code["s3_key"], code["s3_object_version"]) == ("code", "orders.zip", "7")
    assert plan.files == {}


def test_new_code_gets_a_new_key_in_the_bucket(tmp_path: Path) -> None:
    plan = Planned(tmp_path, "lambda", FOLDER + "s3_bucket: code\ns3_key_prefix: builds/\n")
    upload = plan.calls["package"].inputs
    assert upload["bucket"] == "code"
    assert re.fullmatch(r"builds/[A-Za-z0-9_-]{43}\.zip", str(upload["key"]))
    assert plan.configured("function")["s3_key"] == Reference("package", "key")
    assert "package_bucket" not in plan.calls


def test_an_image_that_is_there_needs_no_repository(tmp_path: Path) -> None:
    uri = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:1"
    text = f"{IMAGE}image_uri: {uri}\nimage_entry_point: [/start]\narchitectures: [arm64]\n"
    plan = Planned(tmp_path, "lambda", text)
    assert "image_repository" not in plan.calls
    assert plan.configured("function") == {
        "package_type": "Image",
        "image_uri": uri,
        "image_config": {"entry_point": ["/start"]},
        "architecture": "arm64",
        "environment_variables": {},
    }


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", ("No",)),
        ("reserved_concurrent_executions: -1\n", ("No",)),
        ("reserved_concurrent_executions: 0\n", ("Yes",)),
        ("provisioned_concurrency_config: {provisioned_concurrent_executions: 2}\n", ("Provisioned",)),
        (
            "reserved_concurrent_executions: 2\n"
            "provisioned_concurrency_config: {provisioned_concurrent_executions: 2}\n",
            ("Yes", "Provisioned"),
        ),
    ],
)
def test_concurrency_can_be_reserved_and_provisioned(tmp_path: Path, text: str, answer: tuple[str, ...]) -> None:
    assert Planned(tmp_path, "lambda", INLINE + text).answer("ConfigureConcurrency") == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("event_triggers: []\n", ("None",)),
        ("event_triggers: null\n", ("None",)),
        ("event_triggers: sns\n", ("SNS",)),
        (
            "event_triggers: [api gateway, SQS]\nschedule_expression: rate(1 hour)\n",
            ("API Gateway", "EventBridge", "SQS"),
        ),
        (f"event_source_mappings: {{a: {{event_source_arn: '{QUEUE}'}}}}\n", ("SQS",)),
        (f"event_source_mappings: {{a: {{event_source_arn: '{STREAM}'}}}}\n", ("DynamoDB",)),
    ],
)
def test_triggers_are_those_named_and_those_whose_vars_are_there(
    tmp_path: Path, text: str, answer: tuple[str, ...]
) -> None:
    assert Planned(tmp_path, "lambda", INLINE + text).answer("EventTriggers") == answer


@pytest.mark.parametrize(
    ("variable", "arn", "permission"),
    [
        ("api_gateway_source_arn", "arn:aws:execute-api:eu-west-1:123456789012:abc/*", "api_gateway_permission"),
        ("cloudwatch_source_arn", "arn:aws:events:eu-west-1:123456789012:rule/nightly", "event_bridge_permission"),
        ("s3_source_arn", "arn:aws:s3:::inbox", "s3_permission"),
    ],
)
def test_a_source_of_somebody_else_gets_the_permission_only(
    tmp_path: Path, variable: str, arn: str, permission: str
) -> None:
    plan = Planned(tmp_path, "lambda", f"{INLINE}{variable}: '{arn}'\n")
    assert set(plan.calls) == {"role", "logs", "function", "alias", permission}
    inputs = plan.calls[permission].inputs
    assert (inputs["source_arn"], inputs["qualifier"]) == (arn, Reference("alias", "alias_name"))


def test_queues_and_streams_that_exist_are_connected(tmp_path: Path) -> None:
    plan = Planned(
        tmp_path,
        "lambda",
        f"{INLINE}sqs_source_arn: '{QUEUE}'\ndynamodb_source_arn: '{STREAM}'\n"
        f"event_source_mappings:\n  more jobs: {{event_source_arn: '{QUEUE}2', batch_size: 5}}\n"
        f"  changes:\n    event_source_arn: '{STREAM}'\n    starting_position: TRIM_HORIZON\n"
        "    destination_config: {on_failure: {destination_arn: 'arn:aws:sqs:eu-west-1:123456789012:failed'}}\n",
    )
    assert {name for name in plan.calls if name.startswith(("queue", "stream"))} == {
        "queue_sqs",
        "queue_more_jobs",
        "stream_dynamodb",
        "stream_changes",
    }
    assert plan.calls["queue_more_jobs"].inputs["batch_size"] == 5
    assert plan.calls["stream_dynamodb"].inputs["starting_position"] == "LATEST"
    assert plan.calls["stream_changes"].inputs["starting_position"] == "TRIM_HORIZON"
    assert plan.configured("role")["queue_arns"] == [QUEUE, f"{QUEUE}2"]
    assert plan.configured("role")["stream_arns"] == [STREAM, STREAM]


def test_a_topic_that_exists_is_subscribed_to(tmp_path: Path) -> None:
    topic = "arn:aws:sns:eu-west-1:123456789012:news"
    plan = Planned(tmp_path, "lambda", f"{INLINE}sns_source_arn: {topic}\n")
    assert plan.calls["trigger_subscription"].inputs["topic_arn"] == topic
    assert "trigger_topic" not in plan.calls


def test_without_an_alias_triggers_call_the_function(tmp_path: Path) -> None:
    plan = Planned(tmp_path, "lambda", INLINE + "create_alias: false\nevent_triggers: [SNS]\n")
    assert "alias" not in plan.calls
    assert plan.calls["trigger_subscription"].inputs["endpoint"] == Reference("function", "function_arn")
    assert plan.calls["sns_permission"].inputs["qualifier"] is None


def test_keys_and_dead_letters_come_with_the_right_to_use_them(tmp_path: Path) -> None:
    key, queue = "arn:aws:kms:eu-west-1:123456789012:key/1", "arn:aws:sqs:eu-west-1:123456789012:failed"
    plan = Planned(tmp_path, "lambda", f"{INLINE}kms_key_arn: {key}\ndead_letter_target_arn: {queue}\n")
    assert plan.configured("function")["dead_letter_target_arn"] == queue
    assert (plan.configured("role")["kms_key_arns"], plan.configured("role")["destination_arns"]) == ([key], [queue])


def test_a_function_lies_where_the_vars_say(tmp_path: Path) -> None:
    plan = Planned(
        tmp_path,
        "lambda",
        INLINE + "vpc_id: vpc-1\nsubnet_ids: [subnet-1]\nadditional_security_group_ids: [sg-2]\n",
    )
    group = Reference("function_security_group", "security_group_ids", ("function",))
    assert plan.configured("function")["security_group_ids"] == [group, "sg-2"]
    plan = Planned(tmp_path, "lambda", INLINE + "vpc_id: vpc-1\nsubnet_ids: [subnet-1]\nsecurity_group_ids: [sg-1]\n")
    assert plan.configured("function")["security_group_ids"] == ["sg-1"]
    assert "function_security_group" not in plan.calls
    plan = Planned(tmp_path, "lambda", INLINE + "vpc_access: true\n")
    assert "known during the run" in plan.steps["SetupVPCConfig"].later


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (ZIP, "lambda.packaging", "nothing says where the function's code is"),
        (ZIP + "packaging_method: tar\n", "lambda.packaging", "none of inline, s3, local"),
        (ZIP + "packaging_method: local\n", "lambda.source", "needs source_dir or filename"),
        (ZIP + "source_dir: functions/nothing\n", "lambda.source", "there is no folder 'functions/nothing'"),
        (ZIP + "source_dir: ../..\n", "lambda.source", "lies outside of the project"),
        (ZIP + "filename: README.md\n", "lambda.source", "is no zip archive"),
        (ZIP + "filename: orders.zip\n", "lambda.source", "there is no file 'orders.zip'"),
        (ZIP + "packaging_method: s3\n", "inputs.missing", "s3_bucket"),
        (NAME + "runtime: go1.x\nhandler: a.b\ninline_code: x\n", "lambda.inline", "cannot stand in the vars"),
        (NAME + "runtime: python3.13\nhandler: main\ninline_code: x\n", "lambda.handler", "a module and a function"),
        (NAME + "handler: a.b\nsource_dir: functions/orders\n", "inputs.missing", "runtime"),
        (INLINE + "package_type: Jar\n", "vars.choice", "Zip or Image"),
        (IMAGE, "inputs.missing", "image_tag"),
        (INLINE + "architectures: [x86_64, arm64]\n", "lambda.architecture", "one architecture"),
        (INLINE + "memory_size: 64\n", "vars.range", "between 128 and 10240"),
        (INLINE + "timeout: 901\n", "vars.range", "between 1 and 900"),
        (INLINE + "tracing_mode: Aktive\n", "vars.choice", "Active or PassThrough"),
        (INLINE + "event_triggers: [Kafka]\n", "lambda.trigger", "no trigger 'Kafka'"),
        (INLINE + "event_triggers: [EventBridge]\n", "lambda.trigger", "needs schedule_expression"),
        (INLINE + "event_source_mappings: {a: {}}\n", "lambda.trigger", "neither an SQS queue nor a DynamoDB stream"),
        (
            f"{INLINE}event_source_mappings: {{a: {{event_source_arn: '{QUEUE}', starting_position: LATEST}}}}\n",
            "lambda.trigger",
            "the mapping of a source of SQS has no setting 'starting_position'",
        ),
        (INLINE + "provisioned_concurrency_config: {qualifier: x}\n", "inputs.missing", "provisioned_concurrent"),
        (
            INLINE + "create_alias: false\nprovisioned_concurrency_config: {provisioned_concurrent_executions: 1}\n",
            "lambda.concurrency",
            "needs an alias",
        ),
        (
            INLINE + "alias_name: a\n"
            "provisioned_concurrency_config: {provisioned_concurrent_executions: 1, qualifier: b}\n",
            "lambda.concurrency",
            "for 'b', but the alias is 'a'",
        ),
        (
            INLINE + "reserved_concurrent_executions: 1\n"
            "provisioned_concurrency_config: {provisioned_concurrent_executions: 2}\n",
            "lambda.concurrency",
            "2 provisioned instances are more than the 1 reserved",
        ),
        (INLINE + "subnet_ids: [subnet-1]\n", "placement.half", "subnet_ids needs vpc_id"),
        (INLINE + "alias_name: '7'\n", "", "and no number"),
        (INLINE + "schedule_expression: daily\n", "", "rate(…) or cron(…)"),
        (INLINE.replace("orders", "or ders"), "lambda.name", "is no name for a function"),
        (
            INLINE + "api_gateway_authorization: COGNITO\nevent_triggers: [API Gateway]\n",
            "vars.choice",
            "AWS_IAM or NONE",
        ),
    ],
)
def test_vars_that_cannot_work_are_refused_before_anything_runs(
    tmp_path: Path, text: str, code: str, said: str
) -> None:
    with pytest.raises(MflowError) as caught:
        Planned(tmp_path, "lambda", text)
    assert said in str(caught.value)
    assert code in ("", caught.value.code)


def test_the_reference_vars_name_every_variable_and_all_are_read(tmp_path: Path) -> None:
    files = ["_function", "_container", "lambda_code", "lambda_function", "lambda_triggers"]
    text = "".join((ROOT / "handlers" / f"{file}.py").read_text() for file in files)
    read = set(re.findall(r'(?:vars|variables)\.(?:get|require)\(\s*"([a-z_0-9]+)', text))
    read |= set(re.findall(r'_(?:json|reading\.\w+)\(\s*[\w.]+, "([a-z_0-9]+)"', text))
    reference = (ROOT / "vars/lambda/every-variable.yaml").read_text()
    named = load_yaml(reference).value
    assert isinstance(named, dict)
    assert read - set(named) - {"packaging_type"} == set()  # another name for `packaging_method`
    assert Planned(tmp_path, "lambda", reference).warnings == []
