"""The entry point: the command that is meant, of which alone the modules are loaded."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pkgutil import resolve_name

import click

from symrnn import __version__
from symrnn.app.outcome import finished

#: Each command with the place of its function, and what `symrnn --help` says about it.
COMMANDS = {
    "cache": ("symrnn.app.cache_command:cache_command", "Forget what was found before."),
    "check": ("symrnn.app.check_command:check_command", "Give every equation of the files a verdict."),
    "code": ("symrnn.app.code_command:code_command", "Is this code the gradient of that loss?"),
    "compile": ("symrnn.running.command:compile_command", "Print the loss and its gradients as NumPy."),
    "derive": ("symrnn.app.derive_command:derive_command", "Derive every gradient of a network, proven line by line."),
    "server": ("symrnn.app.server_command:server_command", "Serve an editor: verdicts while you write."),
    "report": ("symrnn.app.report_command:report_command", "Write a report as LaTeX, PDF or one HTML page."),
}


class _Commands(click.Group):
    """Commands that are loaded when they are called: what reads and proves documents takes half a second to load."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        gc.disable()  # hundreds of modules are garbage to nobody
        command: click.Command = resolve_name(COMMANDS[cmd_name][0])
        gc.freeze()
        gc.enable()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, prog_name="symrnn", message="%(prog)s %(version)s")
@click.pass_context
def commands(context: click.Context) -> None:
    """Proof-read derivations of back-propagation in recurrent networks."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def run(arguments: Sequence[str]) -> int:
    """Run symrnn with `arguments`, print, and return the exit status."""
    return finished(commands, arguments, "symrnn")


def main() -> None:
    """The command of the arguments of this process."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices are small: threads that wait for one cost more than they save
    status = run(sys.argv[1:])
    gc.freeze()  # the process ends: a last search for garbage would look through all that it has made
    sys.exit(status)
