"""``symrnn train``: gradient descent on a text with the compiled gradients."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from symrnn.language.errors import InputError
from symrnn.running.training.curve import as_picture, check_matplotlib, in_terminal
from symrnn.running.training.descent import Descent, Settings
from symrnn.running.training.files import check_target, save
from symrnn.running.training.text import Text, read, sample

_STEPS = 2000
_MOST_STEPS = 10**9
_LARGEST_STATE = 4096
_BETWEEN_UPDATES = 20


class _Positive(click.ParamType):  # type: ignore[type-arg]
    """A finite number above zero."""

    name = "number"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(value)
        except ValueError:
            self.fail(f"{value!r} is no number", param, ctx)
        if not 0 < number < math.inf:
            self.fail(f"{value} is not above 0", param, ctx)
        return number


@click.command("train")
@click.argument("text", required=False, metavar="[TEXT]")
@click.option("--steps", metavar="N", type=click.IntRange(1, _MOST_STEPS), help=f"Updates; {_STEPS} unless --epochs is given.")
@click.option("--epochs", metavar="N", type=click.IntRange(1, _MOST_STEPS), help="Passes through the text, instead of --steps.")
@click.option(
    "--hidden",
    metavar="N",
    type=click.IntRange(1, _LARGEST_STATE),
    default=Settings.hidden,
    show_default=True,
    help="Size of the state.",
)
@click.option(
    "--rate",
    metavar="A",
    type=_Positive(),
    default=Settings.rate,
    show_default=True,
    help="The rate α of the update rules.",
)
@click.option(
    "--length",
    metavar="N",
    type=click.IntRange(1, 100_000),
    default=Settings.length,
    show_default=True,
    help="Characters in an unrolled piece; the state is carried over.",
)
@click.option("--clip", metavar="A", type=_Positive(), help="Largest norm of the gradient; no clipping without it.")
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0),
    default=Settings.seed,
    show_default=True,
    help="Seed of the first parameters and of the sample.",
)
@click.option("--save", "save_to", metavar="FILE.npz", help="Write the parameters there.")
@click.option(
    "--sample",
    "count",
    metavar="N",
    type=click.IntRange(1, 1_000_000),
    help="Print so many characters that the network makes up.",
)
@click.option("--plot", "plot_to", metavar="FILE.png", help="Write the loss curve there instead of drawing it in the terminal.")
@click.option("--no-progress", is_flag=True, help="No progress bar.")
def train_command(
    text: str | None,
    steps: int | None,
    epochs: int | None,
    hidden: int,
    rate: float,
    length: int,
    clip: float | None,
    seed: int,
    save_to: str | None,
    count: int | None,
    plot_to: str | None,
    no_progress: bool,
) -> None:
    """Train a character-level network on a text file with the compiled gradients; without a file, on a short sample.

    The parameters follow the rules W ← W − α ∂L/∂W, and so do U and V.
    """
    if steps is not None and epochs is not None:
        raise InputError("--steps and --epochs do not go together; give one of them")
    learnt = Text.of(sample() if text is None else read(text))
    _check_targets(save_to, plot_to)
    descent = Descent(learnt, Settings(hidden, rate, seed, length, clip))
    total = steps or (_STEPS if epochs is None else epochs * learnt.steps_per_pass(length))
    _run(descent, total, silent=no_progress or not sys.stderr.isatty())
    if save_to is not None:
        save(save_to, descent.params, learnt.characters)
    if plot_to is not None:
        as_picture(descent.losses, plot_to)
    for line in _report(descent, save_to, plot_to, count):
        click.echo(line)


def _check_targets(save_to: str | None, plot_to: str | None) -> None:
    if save_to is not None:
        check_target(save_to, "--save")
    if plot_to is not None:
        check_matplotlib()
        check_target(plot_to, "--plot")


def _run(descent: Descent, total: int, *, silent: bool) -> None:
    if silent:
        for _ in range(total):
            descent.step()
        return
    with _bar(total) as (progress, task):
        for number in range(total):
            loss = descent.step()
            if number % _BETWEEN_UPDATES == 0 or number == total - 1:
                progress.update(task, completed=number + 1, description=f"loss {loss:.3f}")


@contextmanager
def _bar(total: int) -> Iterator[tuple[Progress, TaskID]]:
    """A bar on standard error that is gone when the work is done."""
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress, progress.add_task("", total=total)


def _report(descent: Descent, save_to: str | None, plot_to: str | None, count: int | None) -> Iterator[str]:
    text, losses = descent.text, descent.losses
    yield f"{len(text.numbers)} characters, {len(text.characters)} different ones; {len(losses)} steps"
    yield f"loss per character: {losses[0]:.4f} at the first step, {losses[-1]:.4f} at the last"
    if plot_to is None:
        yield in_terminal(losses)
    else:
        yield f"loss curve: {plot_to}"
    if save_to is not None:
        yield f"parameters: {save_to}"
    if count is not None:
        yield _printable(descent.sample(count))


def _printable(text: str) -> str:
    """A text without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)
