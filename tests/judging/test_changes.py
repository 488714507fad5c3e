"""What a repair shows in colour: as little as tells it from what was written."""

from __future__ import annotations

import pytest

from symrnn.judging.edits.changes import changed_paths
from symrnn.language.terms import walk
from symrnn.notation import latex, read_term
from symrnn.showing.report.formulas import CHANGED
from symrnn.showing.report.mathml import mathml


def coloured(old: str, new: str) -> str:
    term = read_term(new)
    paths = changed_paths(read_term(old), term)
    return latex(term, dict.fromkeys(paths, "c")).replace(r"\textcolor{c}", "!")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (r"a \prod_{m=1}^{t} W f_m", r"a V (\prod_{m=1}^{t} W f_m)^\top", r"a !{V} \left(\prod_{m=1}^{t} W f_{m}\right)^{!{\top}}"),
        (r"h_{t-1}", r"\mathrm{diag}(x) \otimes h_{t-1}", r"!{\operatorname{diag}(x)} \otimes h_{t - 1}"),
        (r"x_k", r"\mathrm{diag}(1 - h_k^2) \otimes x_k", r"!{\operatorname{diag}(1 - h_{k}^{2})} \otimes x_{k}"),
        (r"y_t + a b c", r"\hat{y}_t + a b c", r"!{\hat{y}}_{t} + a b c"),
        (r"\sum_{k=1}^{t} a_k b_k", r"\sum_{k=0}^{t} a_k b_k", r"\sum_{k=!{0}}^{t} a_{k} b_{k}"),
        (r"a_t b_t c_t", r"\sum_{t=0}^{T} a_t b_t c_t", r"!{\sum_{t=0}^{T}} a_{t} b_{t} c_{t}"),
        (r"V x + b", r"V x - b", r"V x !{{} - {}} b"),
        (r"V x y", r"-V x y", r"!{-}V x y"),
        (r"\frac{a}{b} h_k", r"\frac{a}{b} h_k^+", r"\frac{a}{b} h_{k}^{!{+}}"),
        (r"a b", r"b a", r"!{b} a"),
        (r"a b c", r"a c", r"a c"),
        (r"\mathrm{diag}(p \odot q)", r"x y - z u", r"!{x y - z u}"),
    ],
)  # fmt: skip
def test_only_what_is_new_is_coloured(old: str, new: str, expected: str) -> None:
    assert coloured(old, new) == expected


def test_equal_terms_have_no_colour() -> None:
    assert changed_paths(read_term("a b"), read_term("a b")) == ()


@pytest.mark.parametrize("new", [r"a^\top b c", r"a b - c", r"\sum_{k=1}^{n} a b c", r"a^+ b c", r"-a b c"])
def test_the_page_knows_what_is_coloured(new: str) -> None:
    old, term = read_term("a b c"), read_term(new)
    made = mathml(latex(term, dict.fromkeys(changed_paths(old, term), CHANGED)), display=True)
    assert made is not None and made.count(f'class="{CHANGED}"') == 1


def test_every_path_leads_somewhere() -> None:
    old, new = read_term(r"\sum_{k=1}^t (a - b) c_k"), read_term(r"-\sum_{k=0}^t V^\top (a - b)^\top c_{k-1} + d")
    known = {path for path, _ in walk(new)}
    for path in changed_paths(old, new):
        assert (path[:-1] if path[-1:] == ("own",) else path) in known
