from __future__ import annotations

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("cognito")


def create_resource_server() -> dict[str, str]:
    pool = client("cognito-idp").create_user_pool(PoolName="this")["UserPool"]["Id"]
    place = {"UserPoolId": pool, "Identifier": "https://api.example.com"}
    scopes = [{"ScopeName": "read", "ScopeDescription": "Read"}]
    client("cognito-idp").create_resource_server(**place, Name="this", Scopes=scopes)
    return place


@behaviours.shows("update_resource_server")
def a_resource_server_gets_other_scopes() -> bool:
    place = create_resource_server()
    scopes = [{"ScopeName": "write", "ScopeDescription": "Write"}]
    client("cognito-idp").update_resource_server(**place, Name="renamed", Scopes=scopes)
    server = client("cognito-idp").describe_resource_server(**place)["ResourceServer"]
    return bool(server["Name"] == "renamed" and server["Scopes"] == scopes)


@behaviours.shows("delete_resource_server")
def a_resource_server_can_be_deleted() -> bool:
    place = create_resource_server()
    client("cognito-idp").delete_resource_server(**place)
    return (
        client("cognito-idp").list_resource_servers(UserPoolId=place["UserPoolId"], MaxResults=5)["ResourceServers"]
        == []
    )


@pytest.mark.parametrize("correction", corrections_of("cognito"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
