"""What `mflow drift` takes for 100 components, against `xargs -P 2` over `terraform plan -detailed-exitcode`.

Five small components are deployed to an emulated AWS; their folders, initialised and with state, stand 20 times each.
Both sides look at the very same folders and take turns. Memory is that of all processes together, sampled.
Usage: python benchmarks/drift.py [--components 100] [--rounds 1] [--write]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mermaid_flow.terraform.targets import LocalTarget  # noqa: E402
from mermaid_flow.terraform.toolchain import find_toolchain  # noqa: E402
from tests.drift_project import KINDS, write_drift_project  # noqa: E402

ALLOWED = 0.6
PER_ENVIRONMENT = len(KINDS) * 2
BEGIN, END = "<!-- drift:begin -->", "<!-- drift:end -->"


class Measured:
    """Seconds and the most memory, in MiB, of a command and everything that it starts."""

    def __init__(
        self, command: Sequence[str], folder: Path, given: str = "", environment: dict[str, str] | None = None
    ):
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.most = 0.0
        over = threading.Event()
        sampler = threading.Thread(target=self._sample, args=(process.pid, over))
        sampler.start()
        self.output = process.communicate(given.encode())[0].decode()
        self.seconds = time.perf_counter() - start
        self.code = process.returncode
        over.set()
        sampler.join()

    def _sample(self, root: int, over: threading.Event) -> None:
        while not over.wait(0.5):
            self.most = max(self.most, sum(map(_memory, _family(root))))


def _family(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except OSError:
            continue
    found, ahead = [root], [root]
    while ahead:
        for child in parents.get(ahead.pop(), []):
            found.append(child)
            ahead.append(child)
    return found


def _memory(process: int) -> float:
    """MiB that the process has for itself, and its share of what it shares."""
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def deploy(project: Path, components: int) -> list[Path]:
    """Deploy one component of each kind, and make copies of the folders; the folders."""
    top = project / ".mflow/components/local"
    for kind in KINDS:
        sets = [f"environment=env00,kind={kind}".replace(",", " --set ")]
        arguments = ["run", "deploy", "--component", kind, "--set", *" ".join(sets).split(" ")]
        done = Measured([sys.executable, "-m", "mermaid_flow", *arguments], project)
        if done.code:
            sys.exit(done.output)
    folders = [top / "env00" / kind for kind in KINDS]
    for number in range(len(KINDS), components):
        copy = top / f"env{number // PER_ENVIRONMENT:02}" / f"{KINDS[number % len(KINDS)]}{number:03}"
        shutil.copytree(folders[number % len(KINDS)], copy, symlinks=True)
        folders.append(copy)
    return folders


def by_hand(project: Path, target: LocalTarget, folders: list[Path]) -> Measured:
    """Plain Terraform in every folder, two at a time."""
    terraform = str(find_toolchain().path)
    command = [
        "xargs",
        "-P",
        "2",
        "-I{}",
        terraform,
        "-chdir={}",
        "plan",
        "-detailed-exitcode",
        "-input=false",
        "-no-color",
    ]
    done = Measured(command, project, "\n".join(map(str, folders)) + "\n", dict(target.environment()))
    if done.code:
        sys.exit(done.output[-3000:])
    return done


def with_mflow(project: Path, folders: list[Path]) -> Measured:
    """`mflow drift`; it has to find every component in sync."""
    done = Measured([sys.executable, "-m", "mermaid_flow", "drift", "--format", "json", "--exit-code"], project)
    counts = json.loads(done.output[done.output.index("{") : done.output.rindex("}") + 1])["counts"]
    if done.code or counts["in sync"] != len(folders):
        sys.exit(done.output[-3000:])
    return done


def table(components: int, mflow: list[Measured], plain: list[Measured]) -> str:
    """The figures as Markdown."""
    seconds = [statistics.median(each.seconds for each in side) for side in (mflow, plain)]
    memory = [max(each.most for each in side) for side in (mflow, plain)]
    cores = os.cpu_count()
    return f"""{components} components of 1 to 5 resources, all in sync, on the emulated AWS, {cores} cores. \
Memory is the most that all processes of a side held together (PSS), without the emulator.

| | seconds | MiB |
|---|---:|---:|
| **`mflow drift`** | {seconds[0]:.1f} | {memory[0]:.0f} |
| `xargs -P 2 terraform plan -detailed-exitcode` | {seconds[1]:.1f} | {memory[1]:.0f} |

mflow takes {seconds[0] / seconds[1]:.2f} of the time."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--components", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    arguments = parser.parse_args()
    mflow: list[Measured] = []
    plain: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        project = write_drift_project(Path(folder))
        target = LocalTarget(project)
        target.ensure()
        try:
            folders = deploy(project, arguments.components)
            for _ in range(arguments.rounds):
                plain.append(by_hand(project, target, folders))
                print(f"xargs {plain[-1].seconds:.1f} s, {plain[-1].most:.0f} MiB", flush=True)
                mflow.append(with_mflow(project, folders))
                print(f"mflow {mflow[-1].seconds:.1f} s, {mflow[-1].most:.0f} MiB", flush=True)
        finally:
            target.cloud.stop()
    text = table(arguments.components, mflow, plain)
    print(text)
    if arguments.write:
        page = ROOT / "docs/benchmarks.md"
        before, _, rest = page.read_text().partition(BEGIN)
        page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")
    ratio = statistics.median(m.seconds for m in mflow) / statistics.median(p.seconds for p in plain)
    sys.exit(0 if ratio <= ALLOWED else f"{ratio:.2f} is over {ALLOWED}")


if __name__ == "__main__":
    main()
