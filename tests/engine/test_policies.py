from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.engine.policies import TRANSIENT, is_retried, read_policies, retry_delay
from mermaid_flow.engine.ports import Policy, RetryPolicy
from mermaid_flow.errors import MflowError
from tests.engine.running import graph_of

GRAPH = graph_of(
    """
    subgraph network [Network]
      subgraph subnets [Subnets]
        Pub[Public Subnet]
      end
      VPC[Create VPC]
    end
    VPC --> Pub --> EKS[Create EKS]
    """
)


def policy(node: str, *layers: object, default: dict[str, object] | None = None) -> Policy:
    return read_policies(*layers).of(GRAPH.nodes[node], GRAPH, default)


@pytest.mark.parametrize(
    "error",
    [
        "ThrottlingException: Rate exceeded",
        "api error RequestLimitExceeded: Request limit exceeded.",
        "Throttling: Rate exceeded status code: 400",
        "operation error S3: PutObject, SlowDown: Please reduce your request rate.",
        "dial tcp 1.2.3.4:443: i/o timeout",
        "read: connection reset by peer",
        "net/http: TLS handshake timeout",
        "Get https://registry.terraform.io: request canceled (Client.Timeout exceeded while awaiting headers)",
        "could not query provider registry: context deadline exceeded",
        "lookup sts.amazonaws.com: no such host",
        "unexpected EOF",
        "error response: 503 Service Unavailable",
        "OperationAborted: A conflicting conditional operation is currently in progress",
    ],
)
def test_transient_errors_are_tried_again(error: str) -> None:
    assert is_retried(RetryPolicy(attempts=2, patterns=TRANSIENT), 1, error)


@pytest.mark.parametrize(
    "error",
    [
        "AccessDenied: User is not authorized to perform ec2:CreateVpc",
        "InvalidVpcRange: The CIDR '10.0.0.0/8' is invalid.",
        "VpcLimitExceeded: The maximum number of VPCs has been reached.",
        "LimitExceededException: quota",
        "EntityAlreadyExists: Role with name x already exists.",
        "created 503 objects",
    ],
)
def test_other_errors_are_not(error: str) -> None:
    assert not is_retried(RetryPolicy(attempts=2, patterns=TRANSIENT), 1, error)


def test_attempts_bound_retries_and_no_pattern_means_any_error() -> None:
    assert is_retried(RetryPolicy(attempts=2), 1, "anything")
    assert not is_retried(RetryPolicy(attempts=2), 2, "anything")
    assert not is_retried(RetryPolicy(), 1, "anything")


@given(st.integers(1, 5000), st.floats(0, 0.999))
def test_delays_grow_up_to_the_longest(attempt: int, chance: float) -> None:
    steady = RetryPolicy(delay=2, factor=3, longest=50, jitter=False)
    assert retry_delay(steady, attempt) == min(50, 2 * 3 ** min(attempt - 1, 99))
    jittered = RetryPolicy(delay=2, factor=3, longest=50)
    assert retry_delay(jittered, attempt, lambda: chance) == pytest.approx(retry_delay(steady, attempt) * chance)


def test_a_factor_that_overflows_gives_the_longest_delay() -> None:
    assert retry_delay(RetryPolicy(delay=1, factor=1e300, longest=9, jitter=False), 99) == 9


def test_without_policies_the_default_holds() -> None:
    assert policy("VPC") == Policy()
    assert policy("VPC", None, {}) == Policy()


def test_a_handlers_decorator_gives_the_default() -> None:
    default: dict[str, object] = {"retry": {"attempts": 2}, "timeout": 5, "on_interrupted": "reconcile"}
    assert policy("VPC", default=default) == Policy(RetryPolicy(2), 5.0, "reconcile")
    assert policy("VPC", {"VPC": {"timeout": "1m"}}, default=default).timeout == 60
    assert policy("VPC", default={"retry": None, "timeout": None, "on_interrupted": None}) == Policy()


def test_a_node_beats_a_pattern_and_a_pattern_a_subgraph() -> None:
    layer = {
        "Create VPC": {"timeout": 4},
        "*": {"timeout": 1},
        "network": {"timeout": 2},
        "Subnets": {"timeout": 3},
    }
    assert policy("VPC", layer).timeout == 4
    assert policy("Pub", layer).timeout == 1
    assert policy("Pub", {"network": {"timeout": 2}, "Subnets": {"timeout": 3}}).timeout == 3
    assert policy("VPC", {"network": {"timeout": 2}, "Subnets": {"timeout": 3}}).timeout == 2
    assert policy("EKS", {"Create *": {"timeout": 8}, "EKS": {"timeout": 9}}).timeout == 9


def test_the_diagram_beats_the_project_and_keys_are_merged() -> None:
    found = policy("VPC", {"VPC": {"timeout": 1, "on_interrupted": "fail"}}, {"*": {"timeout": 2}})
    assert (found.timeout, found.on_interrupted) == (2.0, "fail")


def test_retries_are_written_as_a_number_a_name_or_in_full() -> None:
    assert policy("VPC", {"VPC": {"retry": 3}}).retry == RetryPolicy(3)
    assert policy("VPC", {"VPC": {"retry": "transient"}}).retry.patterns == TRANSIENT
    full = {
        "attempts": 4,
        "delay": "2s",
        "factor": 3,
        "longest": "1m",
        "jitter": False,
        "patterns": ["transient", "my error"],
    }
    assert policy("VPC", {"VPC": {"retry": full}}).retry == RetryPolicy(4, 2, 3, 60, False, (*TRANSIENT, "my error"))
    assert policy("VPC", {"VPC": {"retry": {"patterns": "x"}}}).retry == RetryPolicy(3, patterns=("x",))


def test_parallelism_is_per_subgraph() -> None:
    policies = read_policies({"Network": {"parallelism": 3}}, {"subnets": {"parallelism": 1}, "VPC": {"timeout": 1}})
    assert policies.parallelism(GRAPH) == {"network": 3, "subnets": 1}


@pytest.mark.parametrize(
    ("section", "message", "hint"),
    [
        ([], "policies is no mapping", ""),
        ({"VPC": 3}, "the policy of VPC is no mapping", ""),
        ({"VPC": {"retries": 3}}, "unknown key 'retries'", "did you mean 'retry'?"),
        ({"VPC": {"zzz": 3}}, "unknown key 'zzz'", "known are retry"),
        ({"VPC": {"timeout": "soon"}}, "timeout of VPC is no duration", "30s"),
        ({"VPC": {"on_interrupted": "rerunn"}}, "on_interrupted of VPC is 'rerunn'", "did you mean 'rerun'?"),
        ({"VPC": {"on_interrupted": 7}}, "on_interrupted of VPC is 7", "one of rerun"),
        ({"VPC": {"parallelism": 0}}, "parallelism of VPC is 0", "whole number"),
        ({"VPC": {"retry": True}}, "the retry of VPC is True", "whole number"),
        ({"VPC": {"retry": "always"}}, "the retry of VPC is no mapping", ""),
        ({"VPC": {"retry": {"attempt": 2}}}, "unknown key 'attempt'", "did you mean 'attempts'?"),
        ({"VPC": {"retry": {"factor": 0.5}}}, "factor in the retry of VPC is 0.5", "from 1 up"),
        ({"VPC": {"retry": {"jitter": 1}}}, "jitter in the retry of VPC is 1", "true or false"),
        ({"VPC": {"retry": {"patterns": [1]}}}, "patterns in the retry of VPC", "list of texts"),
        ({"VPC": {"retry": {"patterns": 1}}}, "patterns in the retry of VPC", "list of texts"),
        ({"VPC": {"retry": {"patterns": ["("]}}}, "pattern '(' in the retry of VPC", "regular expression"),
        ({1: {}}, "policies is no mapping", ""),
    ],
)
def test_mistakes_are_named(section: object, message: str, hint: str) -> None:
    with pytest.raises(MflowError) as caught:
        read_policies(section)
    assert message in caught.value.message
    assert hint in caught.value.hint
