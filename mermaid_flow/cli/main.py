"""The command `mflow`: a table of commands, each in a file of its own that is imported only when it is called."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys

import click

from mermaid_flow import __version__
from mermaid_flow.errors import MflowError

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("mermaid_flow.cli.run", "Run a diagram."),
    "validate": ("mermaid_flow.cli.validate", "Check diagrams, their bindings and inputs."),
    "render": ("mermaid_flow.cli.render", "Draw the executed path of a run."),
    "plan": ("mermaid_flow.cli.plan", "Show what a run would do, without doing it."),
    "resume": ("mermaid_flow.cli.resume", "Go on with a run that failed, was stopped or waits."),
    "worker": ("mermaid_flow.cli.worker", "Carry out runs together with workers on other machines."),
    "approve": ("mermaid_flow.cli.approve", "Let a node go on that waits for a person."),
    "reject": ("mermaid_flow.cli.approve:rejection", "Refuse a node that waits for a person."),
    "runs": ("mermaid_flow.cli.runs", "List the runs of this project."),
    "ui": ("mermaid_flow.cli.ui", "Watch and steer the runs of this project in a browser."),
    "show": ("mermaid_flow.cli.show", "Show one run: nodes, decisions, resources, logs."),
    "diff": ("mermaid_flow.cli.diff", "Compare two runs or two diagrams."),
    "drift": ("mermaid_flow.cli.drift", "Report what differs from what is declared."),
    "destroy": ("mermaid_flow.cli.destroy", "Take a diagram's component down again."),
    "parse": ("mermaid_flow.cli.parse", "Print a diagram's syntax tree as JSON."),
    "graph": ("mermaid_flow.cli.graph", "Print a diagram's executable model."),
    "fmt": ("mermaid_flow.cli.fmt", "Format diagrams without changing their meaning."),
    "explain": ("mermaid_flow.cli.explain", "Show where a variable's value comes from."),
    "init": ("mermaid_flow.cli.init", "Copy the AWS catalog as a project of your own."),
    "local": ("mermaid_flow.cli.local", "Start, stop, reset the emulated AWS on this machine."),
    "toolchain": ("mermaid_flow.cli.toolchain", "Find or install Terraform."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' one-line help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute or "command")
        assert isinstance(command, click.Command)  # noqa: S101 - a mistake in the table above
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click's, with a suggestion for a mistyped command."""
        from mermaid_flow.errors import did_you_mean

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS)
            ctx.fail(f"there is no command {args[0]!r}" + (f"; {hint}" if hint else "; see mflow --help"))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table's help lines instead of importing every command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mflow")
def mflow() -> None:
    """Run Mermaid diagrams: the drawing is the program."""


def main() -> None:
    """Entry point: runs a command and turns what a user can cause into a message and an exit code."""
    atexit.register(gc.freeze)  # to look for garbage once more takes a tenth of a short command's time
    try:
        status = mflow.main(standalone_mode=False)
        code = status if isinstance(status, int) else 0
    except MflowError as error:
        from mermaid_flow.render.escaping import visible

        click.secho("error: ", fg="red", bold=True, nl=False, err=True)
        click.echo(visible(error), err=True)
        code = error.exit_code
    except click.exceptions.Exit as finished:
        code = finished.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = 130
    except BrokenPipeError:
        # The reader went away (`mflow runs | head`): nothing more to say, and Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
