"""The emulator's web application: every AWS service of moto, corrected when it is first used, and mflow's own pages.

AWS has one endpoint per service; here one port answers for all. moto finds the service in the request's signature.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from mermaid_flow.terraform.emulator.corrections import correct

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Flask

Reply: TypeAlias = Iterable[bytes]

_ACCOUNT_KEY = re.compile(r"Credential=(\d{12})/")


def new_instance_id() -> str:
    """A name for one life of the emulated cloud: while it stays the same, what was created is still there."""
    return secrets.token_hex(8)


@dataclass
class Gate:
    """Lets requests run side by side and a snapshot alone. Knows when the last request was and whether one changed
    anything since the last snapshot (every request may: AWS has no telling reads from writes)."""

    running: int = 0
    closed: bool = False
    last_request: float = field(default_factory=time.monotonic)
    dirty: bool = False
    _condition: threading.Condition = field(default_factory=threading.Condition)

    @contextlib.contextmanager
    def request(self) -> Iterator[None]:
        """Held while a request is answered; waits while a snapshot is taken."""
        with self._condition:
            self._condition.wait_for(lambda: not self.closed)
            self.running += 1
            self.dirty = True
        try:
            yield
        finally:
            with self._condition:
                self.running -= 1
                self.last_request = time.monotonic()
                self._condition.notify_all()

    @contextlib.contextmanager
    def alone(self, patience: float) -> Iterator[None]:
        """Held while nothing else runs. Goes ahead after `patience` seconds: a long poll must not block the end."""
        with self._condition:
            self.closed = True
            self._condition.wait_for(lambda: self.running == 0, timeout=patience)
        try:
            yield
        finally:
            with self._condition:
                self.closed = False
                self.dirty = False
                self._condition.notify_all()


class Application:
    """The WSGI application. `instance` changes when somebody empties the cloud through moto's own reset page."""

    def __init__(self, instance: str, project: str, status: Callable[[], dict[str, object]]) -> None:
        self.instance = instance
        self.project = project
        self.gate = Gate()
        self._status = status
        # moto makes the application of a service when it is first asked for, one at a time.
        self._dispatcher = DomainDispatcherApplication(_corrected_service)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Reply:
        if not _from_here(environ):
            return _refuse(start_response)
        path = environ.get("PATH_INFO", "")
        if path in ("/mflow/instance", "/mflow/status"):
            details = self._status() if path == "/mflow/status" else {}
            return _json(start_response, {"instance": self.instance, "project": self.project, **details})
        with self.gate.request():
            if path == "/moto-api/reset":
                self.instance = new_instance_id()
            if match := _ACCOUNT_KEY.search(environ.get("HTTP_AUTHORIZATION", "")):
                environ.setdefault("HTTP_X_MOTO_ACCOUNT_ID", match[1])
            # The whole reply is built inside the gate: a generator would go on while a snapshot is taken.
            with contextlib.closing(self._dispatcher(environ, start_response)) as reply:
                return list(reply)


def _corrected_service(service: str) -> Flask:
    correct(service)
    return create_backend_app(service)  # type: ignore[arg-type]  # moto lists its services as literals


def _from_here(environ: WSGIEnvironment) -> bool:
    """False for what a web page in the user's browser may send: from another origin, or by a name of its own."""
    host = environ.get("HTTP_HOST", "")
    origin = environ.get("HTTP_ORIGIN")
    name, _, port = host.rpartition(":")
    name = name if port.isdigit() else host
    return (name in ("127.0.0.1", "localhost") or name.endswith(".localhost")) and origin in (None, f"http://{host}")


def _refuse(start_response: StartResponse) -> Reply:
    start_response("403 Forbidden", [("Content-Type", "text/plain")])
    return [b"The local cloud answers programs of this machine only.\n"]


def _json(start_response: StartResponse, body: dict[str, object]) -> Reply:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]
