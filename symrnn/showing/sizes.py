"""The options of commands that say how many steps a network has and how large its axes are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from symrnn.judging.judgement import LARGEST_SIZE, MOST_STEPS, Options

Command = TypeVar("Command", bound=Callable[..., object])
_SIZE = click.IntRange(1, LARGEST_SIZE)
_STEPS = click.IntRange(1, MOST_STEPS)


def with_sizes(command: Command, steps: str = "Time steps.") -> Command:
    """A command that takes a number of steps, which `steps` explains, and the size of each axis."""
    for option in (
        click.option("--input", "input_", metavar="N", type=_SIZE, help="Size of the input."),
        click.option("--classes", metavar="N", type=_SIZE, help="Number of classes."),
        click.option("--hidden", metavar="N", type=_SIZE, help="Size of the state."),
        click.option("--steps", metavar="N", type=_STEPS, default=Options.steps, show_default=True, help=steps),
    ):
        command = option(command)
    return command
