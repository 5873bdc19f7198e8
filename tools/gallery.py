"""Writes docs/gallery.md: every diagram of the catalog, run for real and drawn as it was run; and the README's picture.

    python -m tools.gallery [DIAGRAM …]

Each diagram is run with one of its example vars against an emulated AWS of its own, with its state in a temporary
folder, so that nothing of this project's own runs and components is touched. Without arguments all are run, which
takes some minutes; with arguments only those, and the other pictures stay as they are.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mermaid_flow.engine.events import RunStatus
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.render.closing import closing_lines
from mermaid_flow.render.drawing import png, svg
from mermaid_flow.render.escaping import markdown
from mermaid_flow.render.looks import APPEARANCES, WORDS, Look
from mermaid_flow.render.mermaid import executed_diagram
from mermaid_flow.render.summary import answers, counts_line, total_changes
from mermaid_flow.session.prepare import Request
from mermaid_flow.session.project import Project, find_project
from mermaid_flow.session.run import start
from mermaid_flow.session.sequence import check_diagram, prepare_diagram
from mermaid_flow.terraform.local_cloud import LocalCloud
from mermaid_flow.terraform.targets import LocalTarget

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "gallery.md"
IMAGES = ROOT / "docs" / "images"
FACTS = IMAGES / "gallery.json"
README_PICTURE = "vpc"
LIVED_IN = "drift"
"""The diagram that is run where others have been run before, and somebody has changed something by hand."""

REGION = "eu-west-1"
"""Where the examples are at home."""

EXAMPLES = {
    "vpc": "dev.yaml",
    "rds": "rds/postgres.yaml",
    "lambda": "lambda/inline.yaml",
    "route53": "route53/public.yaml",
    "eks": "eks/private-managed.yaml",
    "api-gateway": "api-gateway/rest-with-cognito.yaml",
    "state": "state/bootstrap.yaml",
}
"""Vars files below `vars/`; of a diagram that is not named here, the first of its own folder."""

SETTINGS = {
    LIVED_IN: (f"region={REGION}",),
    # The example takes over a log group that is not there in an empty account.
    "state": ("imports=[]",),
}
"""What a picture's run is given beside its vars file."""

HEAD = """# Gallery

The diagrams of the catalog as they were run; `mflow render RUN -o FILE` draws such a picture of any run. Thick arrows
were followed, dotted ones decided against. The boxes:

{legend}
"""
FOOT = """
---

Made by `python -m tools.gallery`.
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """What the page says of a picture."""

    diagram: str
    vars: str
    outcome: str
    answers: tuple[str, ...]


def main(arguments: Sequence[str]) -> None:
    project = find_project(ROOT)
    names = [file.stem for file in project.diagram_files()]
    pictures = _kept()
    IMAGES.mkdir(exist_ok=True)
    for name in arguments or names:
        with tempfile.TemporaryDirectory() as folder:
            picture, record = _picture(replace(project, folder=Path(folder)), name)
            pictures[name] = picture
            text = executed_diagram(record)
            (IMAGES / f"{name}.svg").write_text(svg(text), encoding="utf-8")
            if name == README_PICTURE:
                (IMAGES / f"{name}.png").write_bytes(png(text, 1))
            print(f"{name}: {picture.outcome}")
    drawn = [pictures[name] for name in names if name in pictures]
    FACTS.write_text(json.dumps([asdict(picture) for picture in drawn], indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(_page(drawn), encoding="utf-8")


def _kept() -> dict[str, Picture]:
    """What the last time said, for the diagrams that are not drawn this time."""
    known = json.loads(FACTS.read_text(encoding="utf-8")) if FACTS.is_file() else []
    return {facts["diagram"]: Picture(**{**facts, "answers": tuple(facts["answers"])}) for facts in known}


def _picture(project: Project, name: str) -> tuple[Picture, RunRecord]:
    own = sorted((ROOT / "vars" / name).glob("*.yaml"))
    example = EXAMPLES.get(name) or (f"{name}/{own[0].name}" if own else "")
    record = _carried_out(project, name, example)
    changes = total_changes(record)
    outcome = counts_line(record) + (f"; {changes.add} resources created" if changes.add else "")
    given = tuple(f"{found.question}: {found.answer}" for found in answers(record) if found.answer)
    return Picture(name, example, outcome, given), record


def _carried_out(project: Project, name: str, example: str) -> RunRecord:
    """The record of a real run."""
    cloud = LocalCloud(project.folder, keep=False)
    try:
        if name == LIVED_IN:
            for other in ("vpc", "lambda"):
                _run(project, cloud, other, EXAMPLES[other])
            _change_by_hand(cloud)
        return _run(project, cloud, name, example, *SETTINGS.get(name, ()))
    finally:
        cloud.stop()


def _run(project: Project, cloud: LocalCloud, name: str, example: str, *sets: str) -> RunRecord:
    files = (str(ROOT / "vars" / example),) if example else ()
    prepared = prepare_diagram(project, Request(name, files, sets, target="local"))
    check_diagram(prepared)
    prepared = replace(prepared, target=LocalTarget(project.folder, region=prepared.target.region, cloud=cloud))
    run = start(prepared, options=Options(wait=False, auto_approve=True))
    status = run.carry_out()
    record = RunRecord.open(run.folder)
    if status is not RunStatus.SUCCEEDED:
        raise SystemExit("\n".join(line.text for line in closing_lines(record)))
    return record


def _change_by_hand(cloud: LocalCloud) -> None:
    """Give the VPC another owner, behind Terraform's back."""
    import boto3  # noqa: PLC0415 - one picture needs it

    target = LocalTarget(cloud.project, region=REGION, cloud=cloud)
    environment = target.environment()
    ec2 = boto3.client(
        "ec2",
        region_name=target.region,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    vpcs = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]
    ec2.create_tags(Resources=vpcs, Tags=[{"Key": "Owner", "Value": "somebody else"}])


def _page(pictures: Sequence[Picture]) -> str:
    legend = "\n".join(f"* {APPEARANCES[look]}: {WORDS[look]}" for look in Look)
    parts = [HEAD.format(legend=legend)]
    for picture in pictures:
        parts.append(f"\n## {picture.diagram}\n\n")
        vars_file = f" with `vars/{picture.vars}`" if picture.vars else ""
        parts.append(f"Run on the local target{vars_file}: {picture.outcome}.\n\n")
        parts += [f"* {markdown(answer)}\n" for answer in picture.answers]
        parts.append("\n" if picture.answers else "")
        parts.append(f"![The diagram {picture.diagram} as it was run](images/{picture.diagram}.svg)\n")
    return "".join([*parts, FOOT])


if __name__ == "__main__":
    main(sys.argv[1:])
