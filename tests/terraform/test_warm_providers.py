"""When components may share a provider process, and when they must not."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from mermaid_flow.terraform import warm_providers
from mermaid_flow.terraform.root_module import GENERATED
from mermaid_flow.terraform.warm_providers import SOURCE, WarmProviders

PROVIDER = """#!{python}
import sys, time
open({pids!r}, "a").write(str(__import__("os").getpid()) + "\\n")
print("Provider started\\n\\n\\tTF_REATTACH_PROVIDERS='{{\\"pid\\": 1}}'", flush=True)
sys.stdin.read()
time.sleep(60)
"""


def component(folder: Path, pids: Path, *, version: str = "3.39.0", region: str = "a", **files: str) -> Path:
    """An initialised folder whose provider is a script."""
    binary = folder / ".terraform/providers" / SOURCE / version / "linux_amd64/terraform-provider-aws_v3"
    binary.parent.mkdir(parents=True)
    binary.write_text(PROVIDER.format(python=sys.executable, pids=str(pids)))
    binary.chmod(0o755)
    (folder / "versions.tf").write_text(f'{GENERATED}\nprovider "aws" {{\n  region = "{region}"\n}}\n')
    for name, text in files.items():
        (folder / f"{name}.tf").write_text(text)
    return folder


@pytest.fixture
def pids(tmp_path: Path) -> Path:
    return tmp_path / "pids"


def started(pids: Path) -> list[int]:
    return [int(line) for line in pids.read_text().split()] if pids.is_file() else []


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_components_alike_share_one_process_that_ends_with_the_run(tmp_path: Path, pids: Path) -> None:
    warm = WarmProviders()
    both = [warm.environment(component(tmp_path / name, pids), os.environ) for name in ("a", "b")]
    assert both[0]["TF_REATTACH_PROVIDERS"] == '{"pid": 1}'
    assert both[0] == both[1]
    [pid] = started(pids)
    assert is_running(pid)
    warm.close()
    assert not is_running(pid)
    warm.close()


def test_another_version_or_configuration_has_a_process_of_its_own(tmp_path: Path, pids: Path) -> None:
    warm = WarmProviders()
    for folder in (
        component(tmp_path / "a", pids),
        component(tmp_path / "b", pids, version="3.40.0"),
        component(tmp_path / "c", pids, region="b"),
    ):
        assert warm.environment(folder, os.environ)
    warm.close()
    assert len(started(pids)) == 3


@pytest.mark.parametrize(
    "text",
    [
        'resource "aws_sqs_queue" "mine" {}\n',
        f'{GENERATED}\nprovider "aws" {{\n  alias = "other"\n}}\n',
    ],
)
def test_what_could_be_configured_otherwise_shares_nothing(tmp_path: Path, pids: Path, text: str) -> None:
    warm = WarmProviders()
    assert warm.environment(component(tmp_path / "a", pids, own=text), os.environ) == {}
    assert started(pids) == []


def test_modules_with_providers_of_their_own_and_folders_without_a_provider_share_nothing(
    tmp_path: Path, pids: Path
) -> None:
    warm = WarmProviders()
    folder = component(tmp_path / "a", pids)
    (folder / "modules/x").mkdir(parents=True)
    (folder / "modules/x/main.tf").write_text('provider "aws" {\n}\n')
    assert warm.environment(folder, os.environ) == {}
    (tmp_path / "empty").mkdir()
    assert warm.environment(tmp_path / "empty", os.environ) == {}


def test_a_provider_that_says_nothing_is_not_used(tmp_path: Path, pids: Path) -> None:
    folder = component(tmp_path / "a", pids)
    [binary] = folder.rglob("terraform-provider-aws*")
    binary.write_text(f"#!{sys.executable}\n")
    warm = WarmProviders()
    assert warm.environment(folder, os.environ) == {}
    warm.close()


def test_the_provider_ends_with_the_process_that_wanted_it(tmp_path: Path, pids: Path) -> None:
    folder = component(tmp_path / "a", pids)
    code = f"""
        import os, signal, sys
        sys.path.insert(0, {str(Path(__file__).parents[2])!r})
        from pathlib import Path
        from mermaid_flow.terraform.warm_providers import WarmProviders
        WarmProviders().environment(Path({str(folder)!r}), os.environ)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    [pid] = started(pids)
    descriptor = os.pidfd_open(pid) if is_running(pid) else None
    if descriptor is not None:
        import select

        ready, _, _ = select.select([descriptor], [], [], 30)
        assert ready
        os.close(descriptor)


def test_a_provider_that_stays_silent_is_given_up(tmp_path: Path, pids: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = component(tmp_path / "a", pids)
    [binary] = folder.rglob("terraform-provider-aws*")
    binary.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    monkeypatch.setattr(warm_providers, "_PATIENCE", 0.1)
    warm = WarmProviders()
    assert warm.environment(folder, os.environ) == {}
    warm.close()
