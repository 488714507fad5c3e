"""A network counted from its last step: twice is the network itself, and its lemmas are lemmas of the network."""

from __future__ import annotations

from test_coupled_states import BOTH, understood

from symrnn.proving.kernel.checker import Checker
from symrnn.proving.kernel.indices import Affine
from symrnn.proving.kernel.network import Network
from symrnn.proving.kernel.proofs import groups
from symrnn.proving.kernel.sums import inside
from symrnn.proving.kernel.terms import Ref
from symrnn.proving.lemmas import Library
from symrnn.proving.reflection import Reflection
from symrnn.proving.translation import network_of


def network() -> Network:
    return network_of(understood(BOTH).model)


def test_counted_twice_from_the_other_end_is_the_same() -> None:
    there = Reflection(network()).reflected()
    assert {key: q.recurrence for key, q in there.quantities.items() if q.recurrence} == {"a[t]": 1, "b[t]": -1}
    assert Reflection(there).reflected().quantities == network().quantities


def test_the_first_step_is_the_last_one_from_the_other_end() -> None:
    reflection = Reflection(network())
    assert reflection.time(Affine((), 1)) == Affine.of("T")
    assert reflection.tensor(Ref("x[t]", Affine.of("T", 1), ("input",))) == Ref("x[t]", Affine(), ("input",))


def test_a_lemma_on_what_runs_backwards_is_accepted_by_the_kernel() -> None:
    """∂b_s/∂v = 0, by an induction from the last step down."""
    library = Library(network())
    name = library.vanishing("b[t]", "v")
    left = library.lemmas[name].equation.left[0].factors[0][0]
    assert left.node.free >= {"T", "~s"}
    assert library.lemmas[name].equation.given >= {*inside(left.at, left.node.shape)}
    checker = Checker(network())
    for members in groups(library.lemmas.values()):
        checker.accept(*members)
    assert name in checker.context.accepted
