"""What a check makes is gone when its report is: a process that checks document after document does not grow."""

from __future__ import annotations

import gc
from fractions import Fraction

from symrnn.deciding.evaluate import World
from symrnn.judging.check import check, keeping_everything
from symrnn.language.terms import Num, Relation, Sub, Sym
from symrnn.proving.workshop import Workshop
from symrnn.reading.document import read_text
from symrnn.reading.elaborate import Elaborator
from symrnn.reading.lexicon import Lexicon

TEXT = r"""
$$ s_t = \tanh(A x_t + B s_{t-1}), \quad o_t = C s_t, \quad p_t = \mathrm{softmax}(o_t) $$
$$ L_t = -q_t^T \log p_t, \quad L = \sum_{t=1}^T L_t $$
$$ \frac{\partial s_t}{\partial s_{t-1}} = B \mathrm{diag}(1 - s_t^2) \tag{turned} $$
$$ \frac{\partial s_t}{\partial s_k} = \prod_{i=k+1}^t \mathrm{diag}(1 - s_i^2) B \tag{product} $$
$$ \frac{\partial L}{\partial s_t} = A^T (p_t - q_t) \tag{other} $$
$$ \frac{\partial s_t}{\partial s_k} = s_t + s_k \tag{refused} $$
"""
LARGE = (World, Elaborator, Workshop)


def test_nothing_large_waits_for_a_search_for_garbage() -> None:
    document = read_text(TEXT, "text", "markdown")
    gc.collect()
    before = {id(thing) for thing in gc.get_objects() if isinstance(thing, LARGE)}
    with keeping_everything():
        assert [j.verdict.word for j in check(document).judgements][-4:] == ["wrong", "proven", "wrong", "wrong"]
        assert not [thing for thing in gc.get_objects() if isinstance(thing, LARGE) and id(thing) not in before]


def test_little_waits_for_a_search_for_garbage() -> None:
    """Of all objects that a check makes and drops, a hundred or so: a renderer and a reader of proofs are circles."""
    document = read_text(TEXT, "text", "markdown")
    check(document)
    gc.collect()
    with keeping_everything():
        check(document)
        assert gc.collect() < 2_000


def test_the_formulas_that_a_search_has_tried_are_let_go() -> None:
    """Not more of them live after eight claims than after four."""
    living: list[int] = []

    def count(position: int, of: int, label: str) -> None:
        living.append(sum(isinstance(thing, Relation) for thing in gc.get_objects()))

    again = TEXT.split("\n", 3)[-1].replace("B", "2 B").replace("A^T", "B^T")
    check(read_text(TEXT + again, "text", "markdown"), progress=count)
    once, twice = living[9], living[-1]
    assert once > 500 and twice < 1.2 * once


def test_a_lexicon_lets_terms_go() -> None:
    lexicon = Lexicon(frozenset("t"), frozenset("t"), frozenset(), "T")
    for number in range(50_000):
        term = Sub(Sym("h"), (Num(Fraction(number)),))
        found = lexicon.occurrence(term)
        assert found is not None and found.indices == term.indices and lexicon.occurrence(term) is found
    assert len(lexicon._met) < 20_000
