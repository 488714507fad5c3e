"""The right answer beside a wrong equation: the derivative, derived from the network and proven.

`arithmetic` keeps sums and products simple, `rules` differentiates one expression, `network` follows the equations of the network,
`entries` writes components, `writing` the document's hand, `answer` puts them together.
"""

from symrnn.judging.answers.answer import Letters, backward, derived
from symrnn.judging.answers.entries import Entries
from symrnn.judging.answers.network import NetworkDerivatives, WantedDerivative
from symrnn.judging.answers.rules import NoAnswer

__all__ = ["Entries", "Letters", "NetworkDerivatives", "NoAnswer", "WantedDerivative", "backward", "derived"]
