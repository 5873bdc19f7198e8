import os
import signal
import socket
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest

from mermaid_flow.cli import main as cli
from mermaid_flow.errors import MflowError
from mermaid_flow.render import report
from mermaid_flow.session.project import find_project
from mermaid_flow.session.records import Records
from mermaid_flow.web import server
from tests.web.serving import Client


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mflow", "ui", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_the_command_prints_the_address_and_serves_until_it_is_interrupted(project):
    process = subprocess.Popen(
        [sys.executable, "-m", "mermaid_flow", "ui", "--no-open"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert process.stdout.readline() == "Ctrl-C ends the page; runs go on without it\n"
    port = int(address.removeprefix("http://127.0.0.1:").partition("/")[0])
    path = address.partition(str(port))[2]
    answer = Client(server.Access(port), port).ask("GET", path, {"Host": f"127.0.0.1:{port}"})
    assert answer.status == 303
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert "Traceback" not in said


def test_the_browser_is_opened_unless_it_may_not(project, monkeypatch, capsys):
    opened: list[str] = []
    monkeypatch.chdir(project)
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: None)
    assert run(monkeypatch) == 0
    assert opened == [capsys.readouterr().out.splitlines()[0]]
    assert run(monkeypatch, "--no-open", "--read-only") == 0
    assert len(opened) == 1


def test_it_listens_on_this_machine_only(project, monkeypatch):
    heard: list[tuple[str, int]] = []
    monkeypatch.setattr("uvicorn.Server.run", lambda _server, sockets: heard.extend(s.getsockname() for s in sockets))
    server.serve(find_project(project), Records(project), ready=lambda _access: None)
    assert [host for host, _ in heard] == ["127.0.0.1"]


def test_a_port_that_is_taken_is_a_mistake_that_is_told(project):
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(MflowError, match="cannot listen on port") as error,
    ):
        server.serve(find_project(project), Records(project), port=other.getsockname()[1], ready=lambda _access: None)
    assert error.value.hint == "choose another: --port"


@pytest.mark.parametrize(("module", "extra"), [("uvicorn", "web"), ("jinja2", "render")])
def test_a_missing_extra_is_named(project, monkeypatch, capsys, module, extra):
    monkeypatch.chdir(project)
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "mermaid_flow.web.server")
    report.environment.cache_clear()
    assert run(monkeypatch, "--no-open") != 0
    assert f"mermaid-flow[{extra}]" in capsys.readouterr().err


def test_what_the_page_is_made_of_is_in_the_package():
    folder = Path(server.__file__).parent
    assert {file.name for file in (folder / "static").iterdir()} >= {"run.js", "runs.js", "page.css", "icon.svg"}
    assert (folder / "templates" / "run.html").is_file()
