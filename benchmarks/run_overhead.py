"""What `mflow run` costs over Terraform by hand: the VPC diagram against `init` and `apply` of the folder it generates.

Both sides start with an empty emulated AWS that is already up and with the provider already unpacked; they take turns.
Usage: python benchmarks/run_overhead.py [--rounds 3]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mermaid_flow.terraform.targets import LocalTarget
from mermaid_flow.terraform.toolchain import find_toolchain

ROOT = Path(__file__).parents[1]
PARTS = ("mflow.yaml", "diagrams", "handlers", "terraform", "vars")
REGION = "eu-west-1"
ALLOWED = 1.10
STATE = shutil.ignore_patterns(".terraform", "terraform.tfstate*", "declarations.json", "instance")


def timed(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> float:
    """Seconds that a command takes. Ends the benchmark with the command's output when it fails."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
    return seconds


def with_mflow(project: Path, target: LocalTarget) -> float:
    """One `mflow run` from nothing."""
    empty(target)
    shutil.rmtree(project / ".mflow" / "components", ignore_errors=True)
    return timed([sys.executable, "-m", "mermaid_flow", "run", "diagrams/vpc.mmd", "--vars", "vars/dev.yaml"], project)


def by_hand(project: Path, target: LocalTarget, folder: Path) -> float:
    """`terraform init` and `terraform apply` of a copy of the folder that mflow generated."""
    (generated,) = (path.parent for path in (project / ".mflow" / "components").rglob("declarations.json"))
    shutil.copytree(generated, folder, ignore=STATE)
    empty(target)
    for name, text in target.override_files().items():
        (folder / name).write_text(text)
    terraform, environment = str(find_toolchain().path), dict(target.environment())
    init = timed([terraform, "init", "-input=false"], folder, environment)
    return init + timed([terraform, "apply", "-input=false", "-auto-approve"], folder, environment)


def empty(target: LocalTarget) -> None:
    """An emulator that has just started and holds nothing."""
    target.cloud.reset()
    target.ensure()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        project = Path(name) / "project"
        project.mkdir()
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, project / part)
        target = LocalTarget(project, region=REGION)
        mine, hand = [], []
        try:
            for number in range(1, rounds + 1):
                mine.append(with_mflow(project, target))
                hand.append(by_hand(project, target, Path(name) / f"hand-{number}"))
                print(f"round {number}: mflow run {mine[-1]:6.2f} s   init + apply by hand {hand[-1]:6.2f} s")
        finally:
            target.cloud.stop()
    ratio = statistics.median(mine) / statistics.median(hand)
    print(
        f"median:  mflow run {statistics.median(mine):6.2f} s   init + apply by hand {statistics.median(hand):6.2f} s"
    )
    print(f"mflow takes {ratio:.3f} times as long; at most {ALLOWED:.2f} is allowed")
    sys.exit(ratio > ALLOWED)


if __name__ == "__main__":
    main()
