"""symrnn proof-reads derivations of back-propagation in recurrent networks."""

__version__ = "0.1.0"
