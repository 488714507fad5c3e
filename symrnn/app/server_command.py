"""The command that serves editors."""

from __future__ import annotations

from importlib.util import find_spec
from pkgutil import resolve_name

import click

from symrnn.language.errors import InputError


@click.command("server")
def server_command() -> int:
    """Serve an editor: a language server over standard input and output."""
    if find_spec("pygls") is None:
        raise InputError("the language server needs pygls; install it with: pip install 'symrnn[server]'")
    resolve_name("symrnn.app.server:server")().start_io()
    return 0
