from __future__ import annotations

from moto import mock_aws

from mermaid_flow.terraform.emulator.summary import resources
from tests.terraform.emulator.corrections.behaviours import client


def test_what_somebody_made_is_counted_by_kind_and_what_was_there_is_not() -> None:
    with mock_aws():
        client("ec2").describe_vpcs()
        client("datapipeline").list_pipelines()
        assert resources() == {}
        for name in ("one", "two"):
            client("sqs").create_queue(QueueName=name, tags={"Name": name})
        vpc = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        client("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "mine"}])
        assert resources() == {"ec2:vpc": 1, "sqs:queue": 2}
