"""`mflow run`: run a diagram."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from mermaid_flow.cli.database import database_option, engine_option
from mermaid_flow.cli.output import detail_option, format_option, safe
from mermaid_flow.cli.request import prepared_option, selection_options, show_warnings

if TYPE_CHECKING:
    from mermaid_flow.engine.events import RunStatus
    from mermaid_flow.session.distributed import DistributedRun
    from mermaid_flow.session.run import Run
    from mermaid_flow.session.sequence import AnyPrepared

EXIT_CODES = {"succeeded": 0, "failed": 1, "waiting": 3, "cancelled": 130, "interrupted": 130}


@click.command("run")
@click.option("--parallel", type=click.IntRange(1, 256), default=None, help="How many nodes run at once.")
@click.option("--fail-fast", is_flag=True, help="Cancel independent branches when a node fails.")
@click.option("--auto-approve", is_flag=True, help="Let nodes that wait for a person go on.")
@click.option("--no-wait", is_flag=True, help="End as waiting instead of staying for an approval.")
@click.option("--plan", "reviewed", type=click.Path(path_type=Path, dir_okay=False), help="Apply only this saved plan.")
@click.option("--from-run", "earlier", metavar="RUN", help="Take over what this earlier run did and is still valid.")
@click.option("--strict", is_flag=True, help="Warnings about the inputs are errors.")
@click.option(
    "--skip-unchanged/--no-skip-unchanged",
    default=None,
    help="Leave components alone of which nothing has changed; what was changed outside is not noticed.",
)
@engine_option
@database_option
@format_option("text", "json")
@detail_option
@selection_options
@prepared_option
def command(
    prepared: AnyPrepared,
    parallel: int | None,
    fail_fast: bool,
    auto_approve: bool,
    no_wait: bool,
    reviewed: Path | None,
    earlier: str | None,
    strict: bool,
    engine: str | None,
    database: str,
    form: str,
    detail: str | None,
) -> int:
    """Run DIAGRAM: a file, or the name of one in the project's diagrams folder."""
    from mermaid_flow.engine.options import Options
    from mermaid_flow.session.plan import compare, load
    from mermaid_flow.session.prepare import Prepared, check, not_a_flowchart
    from mermaid_flow.session.records import records_of
    from mermaid_flow.session.run import start
    from mermaid_flow.session.sequence import check_diagram

    records = records_of(prepared.project, database, engine or "")
    saved = load(reviewed) if reviewed else None
    if saved is None:
        show_warnings(check_diagram(prepared), strict)
    elif isinstance(prepared, Prepared):
        found = check(prepared)
        show_warnings(found.warnings, strict)
        compare(saved, prepared, found)
    else:
        raise not_a_flowchart(prepared.name)
    options = Options(
        parallel=parallel or prepared.project.parallel,
        fail_fast=fail_fast,
        wait=not no_wait,
        auto_approve=auto_approve,
    )
    taken_over = records.find(earlier) if earlier else None
    if records.database is not None:
        from mermaid_flow.session import distributed

        reused = taken_over.id if taken_over else None
        run_there = distributed.start(prepared, records.database, options=options, taken_over=reused, reviewed=saved)
        return follow(run_there, form, detail)
    run = start(prepared, options=options, reviewed=saved.components if saved else None, taken_over=taken_over)
    return carry_out(run, form, detail)


def follow(run: DistributedRun, form: str, detail: str | None = None) -> int:
    """Have workers carry out a run, and follow it."""
    if not run.workers:
        click.echo("no worker is running; the run is queued until `mflow worker` is started", err=True)
    return carry_out(run, form, detail)


def carry_out(run: Run | DistributedRun, form: str, detail: str | None = None) -> int:
    """Carry out a run with a reporter on it; returns the exit code. `detail` is the name of a `Detail`."""
    from mermaid_flow.render.reporters import Detail, reporting
    from mermaid_flow.session.run import model_of
    from mermaid_flow.session.telemetry import traced

    status: RunStatus
    target = run.prepared.target
    with (
        traced(run, warn_of_trace),
        reporting(
            form, run.folder, model_of(run.prepared), target.describe(), detail=Detail(detail or "normal")
        ) as report,
        handled_signals(run, report.interject),
    ):
        run.observers.append(report.event)
        status = run.carry_out()
        for notice in target.notices():
            report.notice(notice)
    return EXIT_CODES[status.value]


def warn_of_trace(message: str) -> None:
    """Say what is wrong with a run's trace; the run is not affected."""
    click.echo(f"warning: {safe(message)}", err=True)


@contextmanager
def handled_signals(run: Run | DistributedRun, tell: Callable[[str], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM ask the run to stop, more urgently each time; `tell` says what comes next."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        level = run.cancel()
        words = {
            "FINISH": "finishing what runs; Ctrl-C again interrupts it",
            "INTERRUPT": "interrupting; Terraform writes its state. Ctrl-C again gives up",
            "KILL": "giving up",
        }
        if level.name in words:
            tell(words[level.name])
        else:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
