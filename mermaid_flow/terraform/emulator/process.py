"""The emulator's life: take the port, answer, save what changed when nobody asks anything, save again, end.

It ends on SIGTERM or SIGINT, when the process that it was started for is gone, or when it was idle for long enough.
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import select
import signal
import sys
import threading
import time
from pathlib import Path

from moto import settings
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from mermaid_flow.terraform.emulator.application import Application, new_instance_id
from mermaid_flow.terraform.emulator.corrections import EVERY_SERVICE, correct
from mermaid_flow.terraform.emulator.snapshot import load, save
from mermaid_flow.terraform.emulator.summary import resources

HOST = "127.0.0.1"
SNAPSHOT_AFTER = 5.0
"""Seconds without a request after which changes are saved, so that a killed emulator loses little."""
PATIENCE = 3.0
"""Seconds that a snapshot waits for running requests; longer ones are long polls, which change nothing."""

SETTINGS = {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # roles attach AWS's own policies by their ARN
    # boto3 inside moto must never look for the user's credentials or for an instance's metadata.
    "AWS_ACCESS_KEY_ID": "emulator",
    "AWS_SECRET_ACCESS_KEY": "emulator",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}

log = logging.getLogger("mflow.emulator")


def main(arguments: list[str] | None = None) -> None:
    """Run one emulator until it is told to end. The exit code is 0 then, and 1 when the port is not to be had."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    os.environ.update(SETTINGS, MOTO_PORT=str(options.port))
    # moto has read its environment by now; its 60 seconds would make every certificate wait.
    settings.ACM_VALIDATION_WAIT = 1
    correct(EVERY_SERVICE)
    Emulator(options).run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mermaid_flow.terraform.emulator", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True, help="loopback port to answer on")
    parser.add_argument("--project", default="", help="whose cloud this is: repeated in answers to its owner")
    parser.add_argument("--ready", type=int, metavar="FD", help="file descriptor to write to once the port answers")
    parser.add_argument("--state", type=Path, help="file to load at the start and to save to; nothing is kept without")
    parser.add_argument("--idle-exit", type=float, metavar="SECONDS", help="end after so long without a request")
    parser.add_argument("--parent", type=int, metavar="PID", help="end when this process ends")
    return parser


class Emulator:
    """One emulator process, after its command line."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.started = time.time()
        self.application = Application(new_instance_id(), options.project, self.status)

    def status(self) -> dict[str, object]:
        """What `mflow local status` shows: process id, start (epoch seconds), memory (bytes), resources by kind."""
        return {
            "pid": os.getpid(),
            "started": self.started,
            "memory": _resident_memory(),
            "resources": resources(),
        }

    def run(self) -> None:
        """Serve until a signal, the parent's end or idleness; then save."""
        ends = self._ends()
        read_end, write_end = os.pipe()
        ends.register(read_end, select.POLLIN)
        for number in (signal.SIGTERM, signal.SIGINT):
            # A pipe, not an event: a handler may interrupt the very wait that it has to wake.
            signal.signal(number, lambda *_: os.write(write_end, b"."))
        server = self._server()
        if self.options.state and (instance := load(self.options.state)):
            self.application.instance = instance
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        log.info("instance %s answers on http://%s:%d", self.application.instance, HOST, self.options.port)
        if self.options.ready is not None:
            os.write(self.options.ready, b".")
            os.close(self.options.ready)
        self._watch(ends)
        server.shutdown()
        self.save()

    def _server(self) -> BaseWSGIServer:
        try:
            return make_server(
                HOST, self.options.port, self.application, threaded=True, request_handler=MotoRequestHandler
            )
        except (OSError, SystemExit) as error:  # werkzeug exits by itself on a port that is taken
            log.error("port %d of %s is not to be had: %s", self.options.port, HOST, error)
            sys.exit(1)

    def _ends(self) -> select.poll:
        """What to wait on for the end: the parent process, if there is one."""
        ends = select.poll()
        if self.options.parent is not None:
            try:
                ends.register(os.pidfd_open(self.options.parent), select.POLLIN)
            except ProcessLookupError:
                log.error("process %d, which this emulator was started for, is gone", self.options.parent)
                sys.exit(1)
        return ends

    def _watch(self, ends: select.poll) -> None:
        """Wait for the end; save meanwhile whenever changes have settled."""
        gate = self.application.gate
        while not ends.poll(1000):
            idle = time.monotonic() - gate.last_request
            if self.options.idle_exit is not None and idle > self.options.idle_exit and not gate.running:
                log.info("idle for %.0f s: ending", idle)
                return
            if gate.dirty and idle > SNAPSHOT_AFTER and not gate.running:
                self.save()

    def save(self) -> None:
        """Write the snapshot if there is something new to save."""
        gate = self.application.gate
        if self.options.state is None or not gate.dirty:
            return
        with gate.alone(PATIENCE):
            save(self.options.state, self.application.instance)


def _resident_memory() -> int:
    """Bytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
