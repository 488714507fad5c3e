"""symrnn proof-reads derivations of back-propagation in recurrent networks."""

from pkgutil import resolve_name

__version__ = "0.1.0"


def load_ipython_extension(ipython: object) -> None:
    """What IPython calls for ``%load_ext symrnn``."""
    resolve_name("symrnn.app.notebook:load")(ipython)
