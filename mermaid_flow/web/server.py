"""Serves the page on loopback, and on nothing else."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing

import uvicorn

from mermaid_flow.errors import MflowError
from mermaid_flow.session.project import Project
from mermaid_flow.session.records import Records
from mermaid_flow.web.access import Access
from mermaid_flow.web.application import create_application

_PATIENCE = 2
"""Seconds that answers under way have to end."""


def serve(
    project: Project,
    records: Records,
    *,
    port: int = 0,
    read_only: bool = False,
    ready: Callable[[Access], None],
) -> None:
    """Serve until the process is told to stop. `port` 0 takes a free one; `ready` is called when pages can be opened.

    Raises MflowError when the port is taken.
    """
    with closing(_listening(port)) as listening:
        access = Access(listening.getsockname()[1])
        server = make_server(project, records, access, read_only=read_only)
        ready(access)
        server.run(sockets=[listening])


def make_server(project: Project, records: Records, access: Access, *, read_only: bool = False) -> uvicorn.Server:
    """The server, which does not listen yet."""
    application = create_application(project, records, access, read_only=read_only, closing=lambda: server.should_exit)
    config = uvicorn.Config(
        application, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_PATIENCE
    )
    server = uvicorn.Server(config)
    return server


def _listening(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise MflowError(
            f"cannot listen on port {port}: {error.strerror}", code="web.port", hint="choose another: --port"
        ) from error
    return listening
