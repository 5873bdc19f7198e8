"""Every finding of checkov in what the examples generate has a word in the module's README."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mermaid_flow.handlers.calls import ModuleCall
from mermaid_flow.session.project import find_project
from mermaid_flow.terraform.declarations import NodeDeclarations, write
from mermaid_flow.terraform.declared import DECLARATIONS
from tools import security_scan
from tools.security_scan import Finding

ROOT = Path(__file__).parents[2]


def test_no_finding_is_left_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.which("checkov") is None:
        pytest.skip("checkov is not installed (it is large: pip install checkov, perhaps in an environment of its own)")
    assert security_scan.main() == 0, capsys.readouterr().out


def test_examples_are_written_for_the_current_provider(tmp_path: Path) -> None:
    written = security_scan.write_examples(find_project(ROOT), tmp_path)
    assert written == len([*tmp_path.glob("*/*/versions.tf")]) >= 5
    assert 's3_bucket/aws-6"' in (tmp_path / "vpc/nat-only/SetupFlowLogs.tf").read_text()
    assert (tmp_path / "vpc/nat-only/modules/s3_bucket/aws-6/main.tf").is_file()


def test_what_runs_have_declared_is_written_for_the_current_provider(tmp_path: Path) -> None:
    project = replace(find_project(ROOT), folder=tmp_path)
    kept = project.components / "local/dev/logs"
    kept.mkdir(parents=True)
    bucket = ModuleCall("s3_bucket", "logs", {"name": "logs"})
    write(kept / DECLARATIONS, [NodeDeclarations("onboarding", "Logs", "Deploy Logs", "run-1", (bucket,))])
    assert security_scan.write_components(project, tmp_path / "written") == 1
    assert 's3_bucket/aws-6"' in (tmp_path / "written/local/dev/logs/Logs.tf").read_text()


def test_findings_are_those_in_the_library_s_modules(tmp_path: Path) -> None:
    def failed(path: str, check: str) -> dict[str, str]:
        return {"file_path": path, "check_id": check, "check_name": "Ensure it"}

    report = {
        "results": {
            "failed_checks": [
                failed("/vpc/minimal/modules/s3_bucket/aws-6/main.tf", "CKV_AWS_18"),
                failed("/vpc/nat-only/modules/s3_bucket/aws-6/main.tf", "CKV_AWS_18"),
                failed("/vpc/nat-only/modules/subnets/main.tf", "CKV_AWS_130"),
                failed("/vpc/nat-only/CreateVPC.tf", "CKV_TF_1"),
            ]
        }
    }
    found = set(security_scan.findings(report))
    assert found == {Finding("s3_bucket", "CKV_AWS_18", "Ensure it"), Finding("subnets", "CKV_AWS_130", "Ensure it")}
    assert set(security_scan.findings([])) == set()
    for module, text in {"s3_bucket": "no CKV_AWS_180", "subnets": "but (CKV_AWS_130)."}.items():
        (tmp_path / module).mkdir()
        (tmp_path / module / "README.md").write_text(text)
    assert [finding.module for finding in security_scan.unexplained(found, tmp_path)] == ["s3_bucket"]


def test_without_checkov_the_scan_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert security_scan.main() == 2
    assert "pip install checkov" in capsys.readouterr().out
