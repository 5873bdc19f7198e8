"""Which variables are secrets."""

import pytest

from mermaid_flow.inputs.masking import MASK, is_secret_name
from mermaid_flow.inputs.variables import Variables


@pytest.mark.parametrize(
    "name",
    [
        *(
            "password",
            "db_password",
            "masterPassword",
            "DB_PASSWORD",
            "client-secret",
            "api_token",
            "apiToken",
            "API_KEY",
        ),
        *("private_key", "aws_secret_access_key", "credentials", "passphrase", "token2", "secrets"),
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["secret_name", "token_validity_days", "kms_key_id", "key", "tokenizer", "path", "", "…", "password_length"]
)
def test_names_that_only_describe_one(name: str) -> None:
    assert not is_secret_name(name)


def test_secrets_are_masked_at_any_depth_and_nothing_else_is() -> None:
    variables = Variables.of(
        {
            "db": {"password": "hunter2", "name": "main", "pin": 4711},
            "secrets": {"a": "one", "list": ["two", None, ""], "on": True},
            "create_api_key": True,
            "users": [{"token": "three"}],
        }
    )
    assert variables.mask(["db.pin", "no.such"]) == {
        "db": {"password": MASK, "name": "main", "pin": MASK},
        "secrets": {"a": MASK, "list": [MASK, None, MASK], "on": True},
        "create_api_key": True,
        "users": [{"token": MASK}],
    }
    assert variables.secrets(["db.pin"]) == {"hunter2", "4711", "one", "two", "three"}
    assert variables.unused() == ["db", "secrets", "create_api_key", "users"]
