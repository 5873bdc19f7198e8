import pytest

from mermaid_flow.web.access import Access, right_form
from tests.web.gated import GatedRun
from tests.web.serving import Client


@pytest.fixture
def shown(client: Client, run: GatedRun) -> str:
    """The address of a run that waits for an approval."""
    run.start()
    run.gates.open("Check", "Network", "Api", "Web")
    seen = [event["type"] for event in client.events(run.id, until_type="node_waiting")]
    assert seen[-1] == "node_waiting"
    return f"/runs/{run.id}"


def test_the_secrets_differ_and_are_not_shown():
    access, other = Access(1234), Access(1234)
    secrets = {access.token, access.cookie, access.form, other.token, other.cookie, other.form}
    assert len(secrets) == 6
    assert min(map(len, secrets)) >= 40
    assert access.token not in repr(access)


def test_the_printed_address_is_exchanged_for_a_cookie_that_scripts_and_other_sites_cannot_use(client):
    answer = client.ask("GET", f"/?token={client.access.token}", {"Host": client.access.hosts[0]})
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{client.access.cookie_name}={client.access.cookie}; ")
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert client.access.token not in cookie


@pytest.mark.parametrize(
    "address", ["/", "/?token=wrong", "/?token=", "/?token=%ff%00", "/runs/latest", "/static/run.js", "/page.css"]
)
def test_without_the_cookie_nothing_is_shown(client, shown, address):
    for cookie in ({}, {"Cookie": f"{client.access.cookie_name}=wrong"}, {"Cookie": f"mflow_1={client.access.cookie}"}):
        answer = client.ask("GET", address, {"Host": client.access.hosts[0], **cookie})
        assert answer.status == 403
        assert answer.text == "open the address that mflow ui printed; it has a token in it\n"
        assert "set-cookie" not in answer.headers


def test_the_token_opens_only_the_first_page(client, shown):
    answer = client.ask("GET", f"{shown}?token={client.access.token}", {"Host": client.access.hosts[0]})
    assert answer.status == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
def test_under_another_name_nothing_is_shown(client, shown, host):
    headers = {**client.allowed, "Host": host.format(port=client.port)}
    for address in ("/", f"/?token={client.access.token}", shown, "/static/run.js"):
        answer = client.ask("GET", address, headers)
        assert answer.status == 421
        assert "release" not in answer.text


def test_localhost_is_a_name_of_the_server(client):
    assert client.ask("GET", "/", {**client.allowed, "Host": f"localhost:{client.port}"}).status == 200


def test_every_answer_forbids_scripts_in_pages_and_everything_from_elsewhere(client, shown):
    for address in ("/", shown, "/static/run.js", "/nothing", "/runs/nothing", f"{shown}/report.html"):
        headers = client.get(address).headers
        policy = headers["content-security-policy"].split("; ")
        assert policy[:3] == ["default-src 'none'", "script-src 'self'", "style-src 'self'"]
        assert {"frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= set(policy)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    assert "content-security-policy" in client.ask("GET", "/", {"Host": "evil.example"}).headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_show_and_do_nothing(client, shown, method):
    headers = {**client.allowed, "Origin": f"http://{client.access.hosts[0]}"}
    for address in ("/", shown, f"{shown}/state"):
        answer = client.ask(method, address, headers, {"form": client.access.form})
        assert answer.status == 405
        assert "release" not in answer.text
    assert client.ask("GET", f"{shown}/approve", client.allowed).status == 405


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://localhost:{port}", "https://127.0.0.1:{port}"]
)
def test_another_origin_changes_nothing(client, shown, run, origin):
    headers = client.allowed if origin is None else {**client.allowed, "Origin": origin.format(port=client.port)}
    before = len(run.record().events)
    answer = client.ask("POST", f"{shown}/approve", headers, {"form": client.access.form, "node": "Sure"})
    assert answer.status == 403
    assert len(run.record().events) == before


def test_a_form_without_the_pages_token_changes_nothing(client, shown, run):
    headers = {**client.allowed, "Origin": f"http://{client.access.hosts[0]}"}
    before = len(run.record().events)
    for form in ({"node": "Sure"}, {"node": "Sure", "form": "wrong"}, {"node": "Sure", "form": client.access.token}):
        assert client.ask("POST", f"{shown}/approve", headers, form).status == 403
    assert client.ask("POST", f"{shown}/approve", headers, {"comment": "x" * 100_000}).status == 413
    assert len(run.record().events) == before


def test_the_token_of_forms_is_compared_as_it_is():
    access = Access(1)
    assert right_form(access, access.form)
    assert not right_form(access, "\ud800")
