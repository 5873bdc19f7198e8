"""The page's server in a thread of the test, and a client that talks to it as a browser would."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from mermaid_flow.session.project import find_project
from mermaid_flow.session.records import Records, records_of
from mermaid_flow.web.access import Access
from mermaid_flow.web.server import make_server

PATIENCE = 20


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.text)
        return found


@dataclass(frozen=True)
class Client:
    """Asks the server. `access` names what the server accepts, `port` is where it listens."""

    access: Access
    port: int

    @property
    def allowed(self) -> dict[str, str]:
        """The headers of somebody who may."""
        return {"Host": self.access.hosts[0], "Cookie": f"{self.access.cookie_name}={self.access.cookie}"}

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask once, with exactly these headers beside those of a form; by default with those of somebody who may."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        body = urlencode(form) if form is not None else None
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        try:
            connection.request(method, path, body, {**kind, **(self.allowed if headers is None else headers)})
            response = connection.getresponse()
            text = response.read().decode("utf-8")
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, text)
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, **fields: str) -> Answer:
        """Send a form as the page's script does."""
        headers = {**self.allowed, "Origin": f"http://{self.access.hosts[0]}", "Accept": "application/json"}
        return self.ask("POST", path, headers, {"form": self.access.form, **fields})

    def events(
        self, run: str, until: int = 0, *, until_type: str = "", after: int = 0, last: int | None = None
    ) -> list[dict[str, object]]:
        """The events of a run's stream up to the one with the number `until`, or of the type `until_type`."""
        headers = dict(self.allowed) if last is None else {**self.allowed, "Last-Event-ID": str(last)}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", f"/runs/{run}/events?after={after}", headers=headers)
        response = connection.getresponse()
        assert response.status == 200
        found: list[dict[str, object]] = []
        name = ""
        try:
            while not found or (found[-1]["seq"] != until and found[-1]["type"] != until_type):
                line = response.readline().decode("utf-8").rstrip("\n")
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: ") and not name:
                    found.append(json.loads(line.removeprefix("data: ")))
                elif not line:
                    name = ""
        finally:
            connection.close()
            response.close()
        return found


@contextmanager
def serving(
    folder: Path, *, read_only: bool = False, public: int = 0, records: Records | None = None
) -> Iterator[Client]:
    """A server for the project in `folder`. `public` is the port that browsers are told, when it is another one."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    access = Access(public or port)
    project = find_project(folder)
    server = make_server(project, records or records_of(project), access, read_only=read_only)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield Client(access, port)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        listening.close()
        assert not thread.is_alive()
