"""What could not be proven is not tried again, and what failed only for want of something else may be."""

from __future__ import annotations

import pytest

from symrnn.language.claims import Claim
from symrnn.language.terms import Relation
from symrnn.notation import read_row
from symrnn.proving import rewriting
from symrnn.proving.lemmas import Library
from symrnn.proving.prove import Proof, Prover
from symrnn.proving.rewriting import Stuck
from symrnn.proving.translation import network_of
from symrnn.reading.definitions import Understanding, understand
from symrnn.reading.elaborate import readings

LINES = (r"s_t = \tanh(A x_t + B s_{t-1})", r"L = \sum_{t=1}^T c^T s_t")
FALSE = r"\frac{\partial s_t}{\partial s_{t-1}} = B \mathrm{diag}(1 - s_t^2)"


def understood() -> Understanding:
    return understand([relation(line) for line in (*LINES, FALSE)])


def relation(line: str) -> Relation:
    (chain,) = read_row(line)
    return Relation("=", chain.sides[0], chain.sides[-1])


def shop() -> Library:
    return Library(network_of(understood().model))


def failing(made: list[str], name: str, reason: str = "it is false") -> str:
    made.append(name)
    raise Stuck(reason)


def test_a_claim_without_a_proof_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known = understood()
    claim = readings(relation(FALSE), known.model, known.lexicon)[0][0].claim
    prover, tried, attempt = Prover(known.model), [], Prover.attempt

    def counted(self: Prover, claim: Claim) -> Proof:
        tried.append(claim)
        return attempt(self, claim)

    monkeypatch.setattr(Prover, "attempt", lambda self, claim, _: counted(self, claim))
    assert prover.prove(claim) is None and prover.prove(claim) is None
    assert tried == [claim]


def test_a_lemma_that_fails_inside_another_one_is_tried_once() -> None:
    library, made = shop(), list[str]()
    for outer in ("one", "other"):
        with pytest.raises(Stuck, match="it is false"):
            library.once((outer,), lambda: library.once(("inner",), lambda: failing(made, "inner")))
    assert made == ["inner"]


def test_a_lemma_that_fails_for_want_of_the_one_around_it_is_tried_again() -> None:
    library, made = shop(), list[str]()

    def inner() -> str:
        made.append("inner")
        return library.once(("outer",), lambda: "known")

    def outer() -> str:
        with pytest.raises(Stuck, match="need itself"):
            library.once(("inner",), inner)
        return "proven otherwise"

    assert library.once(("outer",), outer) == "proven otherwise"
    assert library.once(("inner",), inner) == "proven otherwise"
    assert made == ["inner", "inner"]


def test_what_awaits_a_lemma_through_others_is_tried_again() -> None:
    """The failure of the middle one is for want of the outer one, since the innermost is; beside it, what fails by itself is known."""
    library, made = shop(), list[str]()

    def middle() -> str:
        made.append("middle")
        for name in ("false", "in a circle"):
            with pytest.raises(Stuck):
                library.once((name,), lambda n=name: failing(made, n) if n == "false" else library.once(("outer",), str))
        raise Stuck("neither was proven")

    for _ in range(2):
        with pytest.raises(Stuck, match="neither"):
            library.once(("outer",) if not made else ("another",), lambda: library.once(("middle",), middle))
    assert made == ["middle", "false", "middle"]


def test_a_lemma_for_which_no_patience_was_left_is_tried_again() -> None:
    library, made = shop(), list[str]()

    def spent() -> str:
        patience = rewriting._patience.get()
        assert patience is not None
        patience.take(patience.left)
        return failing(made, "inner", "the search for a proof grows too long")

    for outer in ("one", "other"):
        rewriting.begin()
        with pytest.raises(Stuck):
            library.once((outer,), lambda: library.once(("inner",), spent))
    assert made == ["inner", "inner"]
