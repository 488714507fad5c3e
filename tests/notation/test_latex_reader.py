r"""LaTeX is read as it was written: each construct against the tree it must give, each mistake against its place."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from time import process_time

import pytest
from lark import Lark

from symrnn.language.terms import (
    Add,
    Apply,
    Big,
    Cases,
    Compare,
    Deriv,
    Elided,
    Ellipsis,
    Extremum,
    Frac,
    Given,
    Hadamard,
    Indicator,
    Mark,
    Mul,
    Neg,
    Norm,
    Num,
    Outer,
    Pow,
    Stack,
    Sub,
    Sup,
    Sym,
    Term,
    Transpose,
)
from symrnn.notation import Chain, Unreadable, parsing, read_row, read_term, tables, unicode

a, b, c, d, e, f, h, i, j, k, m, n, o, p, q, s, t, v, x, y, z = (Sym(letter) for letter in "abcdefhijkmnopqstvxyz")
A, E, K, L, T, U, V, W = (Sym(letter) for letter in "AEKLTUVW")
ALPHA, DELTA, SIGMA, THETA = (Sym(name) for name in ("alpha", "delta", "sigma", "theta"))
TANH, SOFTMAX, DIAG, LOG, EXP = (Sym(name) for name in ("tanh", "softmax", "diag", "log", "exp"))
ZERO, ONE, TWO, HALF = (Num(Fraction(text)) for text in ("0", "1", "2", "1/2"))
ONES = Sym("1", "", "bb")
SAME, OTHER = Compare("=", i, k), Compare("!=", i, k)


def sub(base: Term, *indices: Term) -> Sub:
    return Sub(base, indices)


def sup(base: Term, *indices: Term) -> Sup:
    return Sup(base, indices)


def mul(*factors: Term) -> Mul:
    return Mul(factors)


def add(*terms: Term) -> Add:
    return Add(terms)


def hat(letter: Sym, *indices: Term) -> Term:
    accented = Sym(letter.name, "hat", letter.style)
    return Sub(accented, indices) if indices else accented


def word(name: str) -> Sym:
    return Sym(name, "", "text")


def before(letter: Term) -> Term:
    return add(letter, Neg(ONE))


def big(index: Term, lower: Term | None, upper: Term | None, body: Term, *conditions: Compare) -> Big:
    return Big("sum", index, lower, upper, conditions, body)


def prod(index: Term, lower: Term | None, upper: Term | None, body: Term, *conditions: Compare) -> Big:
    return Big("prod", index, lower, upper, conditions, body)


def tanh_slope(time: Term) -> Term:
    """``diag(1 - tanh^2(U x_m + W h_{m-1}))``."""
    inside = add(mul(U, sub(x, time)), mul(W, sub(h, before(time))))
    return Apply(DIAG, add(ONE, Neg(Pow(Apply(TANH, inside), TWO))))


def sides(source: str) -> tuple[Term | None, ...]:
    """The sides of a row that holds one relation chain of equations."""
    (chain,) = read_row(source)
    assert set(chain.operators) <= {"="}
    return chain.sides


# What stands in the notes, after the repair of "\{h_t}" and "\\\".

YI, YK, LI, ZI, ZK, HI = sub(y, i), sub(y, k), sub(L, i), sub(z, i), sub(z, k), sub(h, i)
HYI, HYK = hat(y, i), hat(y, k)
EXP_I, EXP_K = Pow(e, ZI), Pow(e, ZK)
EXP_SUM = big(k, ONE, K, Pow(e, sub(s, k)))
SOFTMAX_I = Frac(EXP_I, EXP_SUM)
DYI_DZK = Deriv(YI, ZK)
DL_DW, DL_DV = Deriv(L, W), Deriv(L, V)
LOSS_CHAIN = mul(Deriv(LI, YI), Deriv(YI, ZI), Deriv(ZI, V))
SLOPES = prod(m, add(k, ONE), i, mul(Transpose(W), tanh_slope(m)))


def notes_step(number: int) -> tuple[Term, Term]:
    at = Num(Fraction(number))
    return Deriv(sub(L, at), hat(y, at)), Deriv(hat(y, at), sub(h, at))


H1, H2 = sub(h, ONE), sub(h, TWO)
EXPLICIT_2 = Deriv(Mark(H2, "+"), W)
EXPLICIT_K = Deriv(Mark(sub(h, k), "+"), W)
TO_HIDDEN = (Deriv(LI, HYI), Deriv(HYI, HI))
ERROR = add(HYI, Neg(YI))

NOTES: list[tuple[str, tuple[Term | None, ...]]] = [
    (
        r"\textrm{softmax}({z_i}) = \frac{e^{z_i}}{\sum_{k=1}^{K}e^{z_k}}",
        (Apply(SOFTMAX, ZI), Frac(EXP_I, big(k, ONE, K, EXP_K))),
    ),
    (
        r"\tanh({x}) = \frac{2}{1+e^{-2x}} - 1",
        (Apply(TANH, x), add(Frac(TWO, add(ONE, Pow(e, Neg(mul(TWO, x))))), Neg(ONE))),
    ),
    (
        r"{h_t} = \tanh(U{x_t} + W{h_{t-1}})",
        (sub(h, t), Apply(TANH, add(mul(U, sub(x, t)), mul(W, sub(h, before(t)))))),
    ),
    (r"{y_t} = \textrm{softmax}(V{h_t})", (sub(y, t), Apply(SOFTMAX, mul(V, sub(h, t))))),
    (r"{L_t} = -{y_t}\log\hat{{y_t}}", (sub(L, t), Neg(mul(sub(y, t), Apply(LOG, hat(y, t)))))),
    (r"{z_t} = {V{h_t}}", (sub(z, t), mul(V, sub(h, t)))),
    (r"{y_t} = \textrm{softmax}(z_t)", (sub(y, t), Apply(SOFTMAX, sub(z, t)))),
    (r"{W} = {W} - \alpha{\frac{\partial L}{\partial W}}", (W, add(W, Neg(mul(ALPHA, DL_DW))))),
    (r"{V} = {U} - \alpha{\frac{\partial L}{\partial V}}", (V, add(U, Neg(mul(ALPHA, DL_DV))))),
    (r"{U} = {U} - \alpha{\frac{\partial L}{\partial U}}", (U, add(U, Neg(mul(ALPHA, Deriv(L, U)))))),
    (
        r"{\frac{\partial {L}}{\partial V}} & = {\frac{\partial {L_0}}{\partial V}}"
        r" + {\frac{\partial {L_1}}{\partial V}} + ... + {\frac{\partial {L_T}}{\partial V}} \\",
        (DL_DV, add(Deriv(sub(L, ZERO), V), Deriv(sub(L, ONE), V), Ellipsis(), Deriv(sub(L, T), V))),
    ),
    (r"& = \sum_{i=0}^{T}{\frac{\partial {L_i}}{\partial V}} \\", (None, big(i, ZERO, T, Deriv(LI, V)))),
    (
        r"\tag{1.1}\label{eq:par_L_V} & = \sum_{i=0}^{T}\frac{\partial {L_i}}{\partial {y_i}}"
        r"\frac{\partial {y_i}}{\partial {z_i}}\frac{\partial {z_i}}{\partial {V}}",
        (None, big(i, ZERO, T, LOSS_CHAIN)),
    ),
    (
        r"\frac{\partial {L_i}}{\partial {y_i}} & = \frac{\partial }{\partial {y_i}}{(-{y_i}\log \hat{y_i})} \\",
        (Deriv(LI, YI), Deriv(Neg(mul(YI, Apply(LOG, HYI))), YI, "partial", True)),
    ),
    (
        r"& = -{y_i}\frac{\partial }{\partial {y_i}}{\log \hat{y_i}}\\",
        (None, Neg(mul(YI, Deriv(Apply(LOG, HYI), YI, "partial", True)))),
    ),
    (r"& = -{y_i}\frac{1}{\hat{y_i}} \\", (None, Neg(mul(YI, Frac(ONE, HYI))))),
    (r"\tag{1.2}\label{eq:W} & = -\frac{y_i}{\hat{y_i}}", (None, Neg(Frac(YI, HYI)))),
    (
        r"\frac{\partial {y_i}}{\partial {z_k}} & = \frac{\partial }{\partial {z_k}}"
        r"(\frac{e^{z_i}}{\sum_{k=1}^{K}e^{s_k}})\\",
        (DYI_DZK, Deriv(SOFTMAX_I, ZK, "partial", True)),
    ),
    (
        r"& = \frac{e^{z_i}}{\sum_{k=1}^{K}e^{s_k}} - {e^{z_i}}\left(\frac{{e^{z_i}}}"
        r"{(\sum_{k=1}^{K}e^{s_k})^2}\right) \\",
        (None, add(SOFTMAX_I, Neg(mul(EXP_I, Frac(EXP_I, Pow(EXP_SUM, TWO)))))),
    ),
    (
        r"& = \frac{e^{z_i}}{\sum_{k=1}^{K}e^{s_k}} - \left(\frac{{e^{z_i}}}{(\sum_{k=1}^{K}e^{s_k})}\right)^2 \\",
        (None, add(SOFTMAX_I, Neg(Pow(SOFTMAX_I, TWO)))),
    ),
    (r"& = \hat{y_i}\left( 1 - \hat{y_i}\right)", (None, mul(HYI, add(ONE, Neg(HYI))))),
    (
        r"& = \frac{0 - {e^{z_i}}{e^{z_k}}}{(\sum_{k=1}^{K}e^{s_k})^2} \\",
        (None, Frac(add(ZERO, Neg(mul(EXP_I, EXP_K))), Pow(EXP_SUM, TWO))),
    ),
    (r"& = -\hat{y_i}\hat{y_k}", (None, Neg(mul(HYI, HYK)))),
    (
        r"\frac{\partial {L_i}}{\partial {z_i}} & = -\frac{y_i}{\hat{y_i}}\begin{cases}"
        "\n    "
        r"\hat{y_i}\left( 1 - \hat{y_i}\right), & \text{if $i = k$}.\\"
        "\n    "
        r"-\hat{y_i}\hat{y_k}, & \text{otherwise}."
        "\n  "
        r"\end{cases}\\",
        (
            Deriv(LI, ZI),
            Neg(
                mul(
                    Frac(YI, HYI),
                    Cases(((mul(HYI, add(ONE, Neg(HYI))), (SAME,)), (Neg(mul(HYI, HYK)), ()))),
                )
            ),
        ),
    ),
    (
        r"\frac{\partial {L_i}}{\partial {z_k}} & = -{y_i} + {y_i}\hat{y_i} + \sum_{i \neq k}{y_i}\hat{y_k} \\",
        (Deriv(LI, ZK), add(Neg(YI), mul(YI, HYI), big(i, None, None, mul(YI, HYK), OTHER))),
    ),
    (
        r"& = -{y_k} + \hat{y_k}\left({y_k} + \sum_{i \neq k}{{y_i}}\right)",
        (None, add(Neg(YK), mul(HYK, add(YK, big(i, None, None, YI, OTHER))))),
    ),
    (
        r"\frac{\partial {L_i}}{\partial {z_k}} & =  -{y_k} + \hat{y_k}\left(\sum_{i=1}^{k}{{y_i}}\right) \\",
        (Deriv(LI, ZK), add(Neg(YK), mul(HYK, big(i, ONE, k, YI)))),
    ),
    (
        r"\frac{\partial {z_i}}{\partial {V}} & = \frac{\partial}{\partial {V}}(V{h_i}) \\",
        (Deriv(ZI, V), Deriv(mul(V, HI), V, "partial", True)),
    ),
    (
        r"\frac{\partial {L}}{\partial {V}} & = \sum_{i=0}^{T}(\hat{y_i} - {y_i}) \otimes {h_i}",
        (DL_DV, big(i, ZERO, T, Outer((ERROR, HI)))),
    ),
    (
        r"{\frac{\partial {h_2}}{\partial W}} = \frac{\partial {h_2^+}}{\partial {W}}"
        r" + \frac{\partial {h_2}}{\partial {h_1}}\frac{\partial {h_1}}{\partial {W}}",
        (Deriv(H2, W), add(EXPLICIT_2, mul(Deriv(H2, H1), Deriv(H1, W)))),
    ),
    (
        r"{\frac{\partial {L_2}}{\partial W}} & = \frac{\partial {L_2}}{\partial \hat{y_2}}"
        r"\frac{\partial \hat{y_2}}{\partial {h_2}} \left( \frac{\partial {h_2^+}}{\partial {W}}"
        r" + \frac{\partial {h_2}}{\partial {h_1}}\frac{\partial {h_1}}{\partial {W}}\right)\\",
        (
            Deriv(sub(L, TWO), W),
            mul(*notes_step(2), add(EXPLICIT_2, mul(Deriv(H2, H1), Deriv(H1, W)))),
        ),
    ),
    (
        r"\frac{\partial {L_i}}{\partial {W}} = \sum_{k=1}^{i}\frac{\partial {L_i}}{\partial \hat{y_i}}"
        r"\frac{\partial \hat{y_i}}{\partial {h_i}}"
        "\n"
        r"\frac{\partial \hat{h_i}}{\partial {h_k}}\frac{\partial {h_k^+}}{\partial {W}} \\",
        (Deriv(LI, W), big(k, ONE, i, mul(*TO_HIDDEN, Deriv(hat(h, i), sub(h, k)), EXPLICIT_K))),
    ),
    (
        r"\frac{\partial {L}}{\partial {W}} = \sum_{i=1}^{T}\sum_{k=1}^{i}\frac{\partial {L_i}}{\partial \hat{y_i}}"
        r"\frac{\partial \hat{y_i}}{\partial {h_i}}\left(\prod_{m=k+1}^{i}"
        r" \frac{\partial {h_m}}{\partial {h_{m-1}}}\right)\frac{\partial {h_k^+}}{\partial {W}}",
        (
            DL_DW,
            big(
                i,
                ONE,
                T,
                big(
                    k,
                    ONE,
                    i,
                    mul(*TO_HIDDEN, prod(m, add(k, ONE), i, Deriv(sub(h, m), sub(h, before(m)))), EXPLICIT_K),
                ),
            ),
        ),
    ),
    (
        r"\frac{\partial h_m}{\partial h_{m-1}} = W^Tdiag(1-\tanh^2(Ux_m + Wh_{m-1}))",
        (Deriv(sub(h, m), sub(h, before(m))), mul(Transpose(W), tanh_slope(m))),
    ),
    (
        r"\tag{2.4}\label{eq:complete_W} \frac{\partial {L}}{\partial {W}} = \sum_{i=1}^{T}\sum_{k=1}^{i}"
        r"(\hat{y_i} - {y_i})\left(\prod_{m=k+1}^{i} W^Tdiag(1-\tanh^2(Ux_m + Wh_{m-1}))\right)\otimes {h_{k-1}}",
        (DL_DW, big(i, ONE, T, big(k, ONE, i, Outer((mul(ERROR, SLOPES), sub(h, before(k))))))),
    ),
    (r"\frac{\partial {h_k^+}}{\partial {U}} = {x_{k}}", (Deriv(Mark(sub(h, k), "+"), U), sub(x, k))),
    (r"\textrm{i} = \textrm{k}", (i, k)),
]


@pytest.mark.parametrize(("source", "expected"), NOTES)
def test_rows_of_the_notes(source: str, expected: tuple[Term | None, ...]) -> None:
    assert sides(source) == expected


def test_a_remark_is_cut_out_of_the_formula_it_stands_behind() -> None:
    source = r"& = -{y_k} + \hat{y_k} \left(\because \sum_{i=1}^{k} = 1\right)"
    chain, remark = read_row(source)
    assert chain.sides == (None, add(Neg(YK), HYK))
    assert [source[start:stop] for start, stop in chain.spans] == ["", r"-{y_k} + \hat{y_k}"]
    assert remark == Chain((big(i, ONE, k, Elided()), ONE), ("=",), remark.spans, "remark")
    assert [source[start:stop] for start, stop in remark.spans] == [r"\sum_{i=1}^{k}", "1"]


@pytest.mark.parametrize(
    ("source", "head"),
    [
        (r"a = b \ (\in \mathbb{R}^{n})", None),
        (r"a = b \quad \left(\in \mathbb{R}^{n}\right)", None),
        (r"a = b \; (a \in \mathbb{R}^n)", Sym("a")),
        (r"a = b \quad (c = 0)", Sym("c")),
    ],
)
def test_a_relation_in_brackets_behind_a_formula_is_a_chain_of_its_own(source: str, head: Term | None) -> None:
    first, behind = read_row(source)
    assert [source[start:stop] for start, stop in first.spans] == ["a", "b"]
    assert behind.sides[0] == head and len(behind.sides) == 2


@pytest.mark.parametrize("source", [r"a = \mathbb{1} \, (b = c)", r"a = f (b) \, c"])
def test_brackets_that_belong_to_a_formula_stay_in_it(source: str) -> None:
    assert [len(chain.sides) for chain in read_row(source)] == [2]


def test_a_remark_in_words_leaves_no_chain() -> None:
    assert [chain.sides for chain in read_row(r"a = b (\because \text{see above})")] == [(a, b)]


NABLA_NEXT = Deriv(L, sup(h, add(t, ONE)), "nabla", True)
OTHER_AUTHORS: list[tuple[str, tuple[Term | None, ...]]] = [
    (r"\boldsymbol{h}^{(t)} = \tanh(\boldsymbol{a}^{(t)})", (sup(h, t), Apply(TANH, sup(a, t)))),
    (
        r"\nabla_{\boldsymbol{h}^{(t)}} L = \boldsymbol W^\top (\nabla_{h^{(t+1)}} L)"
        r" \operatorname{diag}(1-(h^{(t+1)})^2)",
        (
            Deriv(L, sup(h, t), "nabla", True),
            mul(
                Transpose(W),
                NABLA_NEXT,
                Apply(DIAG, add(ONE, Neg(Pow(sup(h, add(t, ONE)), TWO)))),
            ),
        ),
    ),
    (
        r"(\nabla_{o^{(t)}} L)_i = \hat y_i^{(t)} - \mathbf{1}_{i=y^{(t)}}",
        (
            sub(Deriv(L, sup(o, t), "nabla", True), i),
            add(sup(hat(y, i), t), Neg(Indicator(Compare("=", i, sup(y, t))))),
        ),
    ),
    (
        r"a^{<t>} = \tanh(W_{aa} a^{<t-1>} + W_{ax}x^{<t>} + b_a)",
        (
            sup(a, t),
            Apply(
                TANH,
                add(
                    mul(sub(W, mul(a, a)), sup(a, before(t))),
                    mul(sub(W, mul(a, x)), sup(x, t)),
                    sub(b, a),
                ),
            ),
        ),
    ),
    (
        r"\frac{\partial \mathbf{x}_t}{\partial \mathbf{x}_k} = "
        r"\prod_{t\geq i > k}\frac{\partial x_i}{\partial x_{i-1}}",
        (
            Deriv(sub(x, t), sub(x, k)),
            prod(i, None, None, Deriv(sub(x, i), sub(x, before(i))), Compare(">=", t, i), Compare(">", i, k)),
        ),
    ),
    (
        r"\partial L/\partial \mathbf{h}_t = \mathbf{W}_{hh}^\top \partial L/\partial \mathbf{h}_{t+1}",
        (Deriv(L, sub(h, t)), mul(Transpose(sub(W, mul(h, h))), Deriv(L, sub(h, add(t, ONE))))),
    ),
    (
        r"L = -\sum_t \sum_k y_{t,k} \log \hat y_{t,k}",
        (
            L,
            Neg(big(t, None, None, big(k, None, None, mul(sub(y, t, k), Apply(LOG, hat(y, t, k)))))),
        ),
    ),
]


@pytest.mark.parametrize(("source", "expected"), OTHER_AUTHORS)
def test_rows_of_other_authors(source: str, expected: tuple[Term | None, ...]) -> None:
    assert sides(source) == expected


TERMS: dict[str, Term] = {
    # letters and fonts
    r"\mathbf{W}": W,
    r"\bm h": h,
    r"\vec{h}": h,
    r"\mathsf{T}": T,
    r"\mathit{x}": x,
    r"\text{L}": L,
    r"{\bf W}": W,
    r"\mathbf{h_t}": sub(h, t),
    r"\mathbf{\hat{y}}_t": hat(y, t),
    r"\boldsymbol{\theta}": THETA,
    r"\varphi": Sym("varphi"),
    r"\ell": Sym("ell"),
    "σ": SIGMA,
    r"\mathcal{L}_t": sub(Sym("L", "", "cal"), t),
    r"\mathcal{L_t}": sub(Sym("L", "", "cal"), t),
    r"\mathcal L": Sym("L", "", "cal"),
    r"L_{\text{total}}": sub(L, word("total")),
    r"L_{\text{from output}}": sub(L, word("from-output")),
    r"\mathrm{loss}": word("loss"),
    r"{\rm loss}": word("loss"),
    r"\boldsymbol{Wx}": mul(W, x),
    r"\mathbf{Wx}_{t-1}": mul(W, sub(x, before(t))),
    r"\mathbf 1": ONES,
    r"\mathbf{0}": ZERO,
    r"0.5": HALF,
    r"10^9": Pow(Num(Fraction(10)), Num(Fraction(9))),
    # accents
    r"\hat{y_t}": hat(y, t),
    r"\hat{{y_t}}": hat(y, t),
    r"\hat y_t": hat(y, t),
    r"\bar{h}_{t}": sub(Sym("h", "bar"), t),
    r"\overline{h}": Sym("h", "bar"),
    r"\widehat{y}": hat(y),
    r"\widetilde{c}": Sym("c", "tilde"),
    r"\tilde{c}^{(t)}": sup(Sym("c", "tilde"), t),
    r"\dot x": Sym("x", "dot"),
    # scripts
    r"y_{t,k}": sub(y, t, k),
    r"y_{tk}": sub(y, mul(t, k)),
    r"h_{t - 1,j}": sub(h, before(t), j),
    r"W_{hh}": sub(W, mul(h, h)),
    r"W_{\text{hh}}": sub(W, word("hh")),
    r"\delta_{ij}": sub(DELTA, mul(i, j)),
    r"x_12": mul(sub(x, ONE), TWO),
    r"h^{(t)}": sup(h, t),
    r"h^{\langle t \rangle}": sup(h, t),
    r"h^{<t>}": sup(h, t),
    r"a^{[l]}": sup(a, Sym("l")),
    r"h^{(t)}_i": sup(sub(h, i), t),
    r"h_i^{(t)}": sup(sub(h, i), t),
    r"h^{(t)\top}": Transpose(sup(h, t)),
    r"W^{k-1,k}": sup(W, add(k, Neg(ONE)), k),
    r"\delta_t^{h,\text{later}}": sup(sub(DELTA, t), h, Sym("later", "", "text")),
    r"h^t": Pow(h, t),
    r"x_t^2": Pow(sub(x, t), TWO),
    r"h^2_t": Pow(sub(h, t), TWO),
    r"h_t^T": Transpose(sub(h, t)),
    r"h^T_t": Transpose(sub(h, t)),
    r"W^{T}": Transpose(W),
    r"W^\top": Transpose(W),
    r"W^{\mathsf T}": Transpose(W),
    r"W^{\mathrm{T}}": Transpose(W),
    r"W^\intercal": Transpose(W),
    r"W^{T-1}": Pow(W, before(T)),
    r"h'": Mark(h, "'"),
    r"h''": Mark(h, "''"),
    r"h^{\prime}": Mark(h, "'"),
    r"h^{\prime\prime}": Mark(h, "''"),
    r"h_t'": Mark(sub(h, t), "'"),
    r"f'_t": Mark(sub(f, t), "'"),
    r"h_k^+": Mark(sub(h, k), "+"),
    r"h^{+}": Mark(h, "+"),
    r"W^*": Mark(W, "*"),
    r"W^{*}": Mark(W, "*"),
    r"(V h)_i": sub(mul(V, h), i),
    r"[h]_i": sub(h, i),
    r"{h_t}_i": sub(sub(h, t), i),
    r"e^{-x}": Pow(e, Neg(x)),
    r"e^{(z_i)}": Pow(e, ZI),
    r"e^{(t)}": sup(e, t),
    r"x{} {y}": mul(x, y),
    r"Loss_t": sub(Sym("Loss", "", "text"), t),
    r"dhraw h": mul(Sym("dhraw", "", "text"), h),
    r"closs": mul(Sym("c"), Sym("l"), Sym("o"), Sym("s"), Sym("s")),
    r"\sum \exp(x)": mul(Transpose(Sym("1", "", "bb")), Apply(Sym("exp"), x)),
    r"\sum h_t": Big("sum", t, None, None, (), sub(h, t)),
    r"{f}(x)": Apply(f, x),
    # products
    r"a b c": mul(a, b, c),
    r"a (b c)": mul(a, mul(b, c)),
    r"\{a\} [b]": mul(a, b),
    r"a \cdot b \cdot c": Mul((a, b, c), "cdot"),
    r"a \times b": Mul((a, b), "times"),
    r"a * b": Mul((a, b), "times"),
    r"a \cdot b \times c": Mul((Mul((a, b), "cdot"), c), "times"),
    r"a \cdot -b": Mul((a, Neg(b)), "cdot"),
    r"a b \cdot c": Mul((mul(a, b), c), "cdot"),
    r"a \odot b \odot c": Hadamard((a, b, c)),
    r"a \circ b": Hadamard((a, b)),
    r"a \odot b \otimes c": Outer((Hadamard((a, b)), c)),
    r"a \cdot b \odot c": Hadamard((Mul((a, b), "cdot"), c)),
    r"a \odot -b": Hadamard((a, Neg(b))),
    r"a \oslash b": Frac(a, b),
    r"a b \oslash c \odot d": Hadamard((Frac(Mul((a, b)), c), d)),
    r"a ⊙ b · c": Hadamard((a, Mul((b, c), "cdot"))),
    r"\mathbb{R}^{m \times n}": Pow(Sym("R", "", "bb"), Mul((m, n), "times")),
    # sums
    r"a + b - c": add(a, b, Neg(c)),
    r"a + (b + c)": add(a, add(b, c)),
    r"-a b": Neg(mul(a, b)),
    r"-a \odot b": Neg(Hadamard((a, b))),
    r"a - -b": add(a, Neg(Neg(b))),
    r"+ a - b": add(a, Neg(b)),
    r"a + \cdots + b": add(a, Ellipsis(), b),
    r"a_1 \ldots a_n": mul(sub(a, ONE), Ellipsis(), sub(a, n)),
    # fractions
    r"\frac12": Frac(ONE, TWO),
    r"\dfrac{a}{b}": Frac(a, b),
    r"\tfrac a b": Frac(a, b),
    r"2/3": Frac(TWO, Num(Fraction(3))),
    r"a/b c": mul(Frac(a, b), c),
    r"a/b/c": Frac(Frac(a, b), c),
    r"1/T \sum_t L_t": mul(Frac(ONE, T), big(t, None, None, sub(L, t))),
    r"x^\frac12": Pow(x, Frac(ONE, TWO)),
    # derivatives
    r"\frac{\partial L}{\partial W}": DL_DW,
    r"\frac{{\partial L}}{{\partial W}}": DL_DW,
    r"\frac{d L}{d W}": Deriv(L, W, "d"),
    r"\frac{\mathrm{d} L}{\mathrm d W}": Deriv(L, W, "d"),
    r"dL/dW": Deriv(L, W, "d"),
    r"d x": mul(d, x),
    r"\frac{d_h}{d_x}": Frac(sub(d, h), sub(d, x)),
    r"\frac{d}{k}": Frac(d, k),
    r"\partial L_t/\partial h_t": Deriv(sub(L, t), sub(h, t)),
    r"\frac{\partial}{\partial V}(V h)": Deriv(mul(V, h), V, "partial", True),
    r"\frac\partial{\partial V} a b \cdot c": Mul((Deriv(mul(a, b), V, "partial", True), c), "cdot"),
    r"\frac{d}{dV}(V h)": Deriv(mul(V, h), V, "d", True),
    r"d/dV (V h)": Deriv(mul(V, h), V, "d", True),
    r"\frac{\partial h_k^+}{\partial W}": EXPLICIT_K,
    r"\frac{\partial^+ h_k}{\partial W}": Deriv(sub(h, k), W, "partial+"),
    r"\frac{\partial^{+} h_k}{\partial W}": Deriv(sub(h, k), W, "partial+"),
    r"\frac{\partial L}{\partial W}^T": Transpose(DL_DW),
    r"\nabla_W L": Deriv(L, W, "nabla", True),
    r"\nabla_{W} L b": mul(Deriv(L, W, "nabla", True), b),
    r"\nabla_W \sum_t L_t": Deriv(big(t, None, None, sub(L, t)), W, "nabla", True),
    # sums and products with an index
    r"\sum_{i=0}^{T} a_i": big(i, ZERO, T, sub(a, i)),
    r"\sum\limits_{i=0}^T a_i": big(i, ZERO, T, sub(a, i)),
    r"\sum^{T}_{t=1} a_t": big(t, ONE, T, sub(a, t)),
    r"\sum_{t} a": big(t, None, None, a),
    r"\sum_t a": big(t, None, None, a),
    r"\sum_{i \neq k} a": big(i, None, None, a, OTHER),
    r"\sum_{i=1, i \ne k}^{K} a": big(i, ONE, K, a, OTHER),
    r"\sum_{\substack{i=1 \\ i \ne k}}^{K} a": big(i, ONE, K, a, OTHER),
    r"\sum_{j: j \ne i} a": big(j, None, None, a, Compare("!=", j, i)),
    r"\sum_{1 \le k \le t} a": big(k, None, None, a, Compare("<=", ONE, k), Compare("<=", k, t)),
    r"\sum_{k<t} a": big(k, None, None, a, Compare("<", k, t)),
    r"\sum_{i,j} a": big(i, None, None, big(j, None, None, a)),
    r"\sum_{i,j=1}^n a": big(i, ONE, n, big(j, ONE, n, a)),
    r"\prod_{m=k+1}^{i} W": prod(m, add(k, ONE), i, W),
    r"\sum_i a_i b \otimes c + d": add(big(i, None, None, Outer((mul(sub(a, i), b), c))), d),
    r"a \sum_i b c": mul(a, big(i, None, None, mul(b, c))),
    r"a \odot \sum_i b \odot c": Hadamard((a, big(i, None, None, Hadamard((b, c))))),
    r"a \cdot \sum_i b": Mul((a, big(i, None, None, b)), "cdot"),
    r"\sum_k -a b + c": add(big(k, None, None, Neg(mul(a, b))), c),
    r"(\sum_i) a": mul(big(i, None, None, Elided()), a),
    # functions
    r"\tanh(x)": Apply(TANH, x),
    r"\tanh x y": mul(Apply(TANH, x), y),
    r"\tanh^2(x)": Pow(Apply(TANH, x), TWO),
    r"\tanh^{2} x": Pow(Apply(TANH, x), TWO),
    r"\tanh'(x)": Apply(Mark(TANH, "'"), x),
    r"\sigma(x)": Apply(SIGMA, x),
    r"\sigma{(x)}": Apply(SIGMA, x),
    r"\sigma'(x)": Apply(Mark(SIGMA, "'"), x),
    r"\sigma_h(x)": Apply(sub(SIGMA, h), x),
    r"f'_t(x)": Apply(Mark(sub(f, t), "'"), x),
    r"f(x)": Apply(f, x),
    r"h(x)": mul(h, x),
    r"\sigma x": mul(SIGMA, x),
    r"y \log \hat y_t": mul(y, Apply(LOG, hat(y, t))),
    r"\log x^2": Apply(LOG, Pow(x, TWO)),
    r"\log(p)^2": Pow(Apply(LOG, p), TWO),
    r"\log \operatorname{softmax}(z)": Apply(LOG, Apply(SOFTMAX, z)),
    r"\log \frac{a}{b}": Apply(LOG, Frac(a, b)),
    r"\log \sum_k a b": Apply(LOG, big(k, None, None, mul(a, b))),
    r"\log p/q": Frac(Apply(LOG, p), q),
    r"\ln x": Apply(Sym("ln"), x),
    r"\exp\left(x\right)": Apply(EXP, x),
    r"\operatorname{diag}(1-h_t^2)": Apply(DIAG, add(ONE, Neg(Pow(sub(h, t), TWO)))),
    r"diag[x]": Apply(DIAG, x),
    r"\mathrm{diag}\{x\}": Apply(DIAG, x),
    r"diag\left(x\right)": Apply(DIAG, x),
    r"W^Tdiag(x)": mul(Transpose(W), Apply(DIAG, x)),
    r"softmax(V h)_i": sub(Apply(SOFTMAX, mul(V, h)), i),
    r"tanh(x)": Apply(TANH, x),
    r"log(x)": Apply(LOG, x),
    r"\text{ReLU}(x)": Apply(Sym("relu"), x),
    r"\operatorname{tr}(A)": Apply(Sym("tr"), A),
    r"\operatorname*{tr} A": Apply(Sym("tr"), A),
    r"{\rm softmax}(z)": Apply(SOFTMAX, z),
    r"\tanh": TANH,
    # what a quantity depends on
    r"E_t(y_t, \hat{y}_t)": Given(sub(E, t), (sub(y, t), hat(y, t))),
    r"{E_t}\left(y_t, \hat{y_t}\right)": Given(sub(E, t), (sub(y, t), hat(y, t))),
    r"L(y, \hat y)": Given(L, (y, hat(y))),
    r"\ell(y_t, o_t)": Given(Sym("ell"), (sub(y, t), sub(o, t))),
    r"\mathcal{L}(\theta, x)": Given(Sym("L", "", "cal"), (THETA, x)),
    r"f(x_t, h_{t-1}, v)": Given(f, (sub(x, t), sub(h, before(t)), v)),
    r"f(x; \theta)": Given(f, (x, THETA)),
    r"f'_t(a, b)": Given(Mark(sub(f, t), "'"), (a, b)),
    r"\hat{y}_t(a, b)_i^2": Pow(sub(Given(hat(y, t), (a, b)), i), TWO),
    r"\sigma(a, b)": Given(SIGMA, (a, b)),
    r"f(f(a), b)": Given(f, (Apply(f, a), b)),
    r"f(f(a, b))": Apply(f, Given(f, (a, b))),
    r"a f(a, b) c": mul(a, Given(f, (a, b)), c),
    r"\log p(a, b)": Apply(LOG, Given(p, (a, b))),
    r"\frac{dL(a, b)}{dW}": Deriv(Given(L, (a, b)), W, "d"),
    r"dL(a, b)/dW": Deriv(Given(L, (a, b)), W, "d"),
    r"\partial L(a, b)/\partial W": Deriv(Given(L, (a, b)), W),
    # indicators, norms, cases
    r"\mathbb{1}": ONES,
    r"W[a, b]": mul(W, Stack(((a, b),))),
    r"[\, a \;\; b_{x-y} \quad c \,]": Stack(((a, Sub(b, (add(x, Neg(y)),)), c),)),
    r"inputs[t]": Given(word("inputs"), (Sym("t"),)),
    r"[a \; b] c": mul(mul(a, b), c),
    r"W \cdot [a; b]": Mul((W, Stack(((a,), (b,)))), "cdot"),
    r"\begin{bmatrix} a & b \\ b & a \\ \end{bmatrix}": Stack(((a, b), (b, a)), "bmatrix"),
    r"\left[\begin{array}{cc} a & b \end{array}\right]": Stack(((a, b),), "array"),
    r"W_{[i,k]}": sub(W, i, k),
    r"h_{b[i]}": sub(h, b, i),
    "W(2)": Given(W, (Num(Fraction(2)),)),
    r"\mathbb{1}[i=k]": Indicator(SAME),
    r"\mathbb{1}_{i=k}": Indicator(SAME),
    r"\mathbf{1}_{\{i=k\}}": Indicator(SAME),
    r"\mathbb{1}\{i \neq k\}": Indicator(OTHER),
    r"\mathbf{1}(i=k, i \neq k)": mul(Indicator(SAME), Indicator(OTHER)),
    r"\mathbf{1}_n": sub(ONES, n),
    "max(a, b)": Extremum("max", (a, b)),
    r"\max(a, b)": Extremum("max", (a, b)),
    r"\min\left\{a, b, v\right\}": Extremum("min", (a, b, v)),
    r"\max(0, a) b": mul(Extremum("max", (Num(Fraction(0)), a)), b),
    r"\max a": Apply(Sym("max"), a),
    r"\nabla L": Deriv(Sym("L"), Elided(), "nabla", True),
    r"59{,}000": Num(Fraction(59000)),
    r"\sum_{k \in \{1, \dots, n\}} a": Big("sum", k, Num(Fraction(1)), n, (), a),
    r"\sum_{i \in \{a, b\}} W_i": Add((sub(W, a), sub(W, b))),
    r"\prod_{i \in \{a, b\}} W_i": mul(sub(W, a), sub(W, b)),
    r"\sum \delta_{k_t}": Big("sum", t, None, None, (), Sub(Sym("delta"), (sub(k, t),))),
    r"\|a\|_F": Norm(a, "F"),
    r"\|a\|_\infty": Norm(a, "infty"),
    r"\| v \|": Norm(v),
    r"\lVert v\rVert": Norm(v),
    r"\|v\|_2": Norm(v),
    r"\|v\|^2": Pow(Norm(v), TWO),
    r"\|v\|_2^2": Pow(Norm(v), TWO),
    r"\| a \| \| b \|": mul(Norm(a), Norm(b)),
    r"\left\| \left\| a \right\| b \right\|": Norm(mul(Norm(a), b)),
    r"\left\Vert a \right\Vert_2": Norm(a),
    r"|a|": Norm(a),
    r"\[ |a| \]": Norm(a),
    r"|a| |v|^2": mul(Norm(a), Pow(Norm(v), TWO)),
    r"\left|a\right|_2 \lvert v \rvert": mul(Norm(a), Norm(v)),
    r"\begin{cases} a & i = k \\ b & \text{for } i \ne k \end{cases}": Cases(((a, (SAME,)), (b, (OTHER,)))),
    r"\begin{cases} a, & \text{if } i = k, \\ b & \text{else} \end{cases}": Cases(((a, (SAME,)), (b, ()))),
    r"\begin{cases} a, \text{if } i = k \\ b, \text{otherwise.} \end{cases}": Cases(((a, (SAME,)), (b, ()))),
    r"\begin{cases} a & i = k \text{ and } j < l \\ b & \mathrm{otherwise} \end{cases}": Cases(
        ((a, (SAME, Compare("<", j, Sym("l")))), (b, ()))
    ),
    r"\left\{\begin{array}{ll} a & i = k \\ b & \text{otherwise} \end{array}\right.": Cases(((a, (SAME,)), (b, ()))),
    # what carries no meaning
    r"\displaystyle a \, b \; c \! ~": mul(a, b, c),
    r"\left[ a \right] \bigl( b \bigr) \Big( c \Big)": mul(a, b, c),
    r"\textcolor{red}{a} \color{blue} b": mul(a, b),
    r"\mathbb{1}[\textcolor{red}{i = k}]": Indicator(SAME),
    r"\sum_{i=1, \textcolor{red}{i \neq k}}^K a": big(i, ONE, K, a, OTHER),
    r"\begin{cases} a & \text{if } \textcolor{red}{i = k} \\ b & \text{else} \end{cases}": Cases(((a, (SAME,)), (b, ()))),
    r"\underbrace{a}_{\text{an error}} \overbrace{b}^{2} \boxed{c}": mul(a, b, c),
    "a % the first \\foo\n b": mul(a, b),
    r"a \label{eq:a} \nonumber": a,
}


@pytest.mark.parametrize("source", TERMS)
def test_terms(source: str) -> None:
    assert read_term(source) == TERMS[source]


@pytest.mark.parametrize(
    ("sign", "operator"),
    {
        "=": "=",
        ":=": ":=",
        r"\equiv": ":=",
        r"\triangleq": ":=",
        r"\coloneqq": ":=",
        r"\stackrel{\text{def}}{=}": ":=",
        r"\overset{\mathrm{def}}{=}": ":=",
        r"\overset{(1)}{=}": "=",
        r"\leftarrow": "<-",
        r"\gets": "<-",
        r"\approx": "~",
        r"\sim": "~",
        r"\propto": "oc",
        r"\neq": "!=",
        r"\ne": "!=",
        r"\not=": "!=",
        "<": "<",
        r"\lt": "<",
        r"\le": "<=",
        r"\leq": "<=",
        ">": ">",
        r"\gt": ">",
        r"\ge": ">=",
        r"\geq": ">=",
        r"\in": "in",
    }.items(),
)
def test_relation_signs(sign: str, operator: str) -> None:
    (chain,) = read_row(f"a {sign} b")
    assert (chain.sides, chain.operators, chain.kind) == ((a, b), (operator,), "relation")


@pytest.mark.parametrize(
    "source",
    [
        "a = b, c = d",
        r"a = b \quad c = d.",
        r"a = b, \qquad c = d;",
        r"a = b \text{ and } c = d",
        r"a = b, \quad \text{where} \quad c = d",
        "a = b; c = d",
        r"a = b \implies c = d \\",
    ],
)
def test_a_row_of_several_chains(source: str) -> None:
    assert [chain.sides for chain in read_row(source)] == [(a, b), (c, d)]


@pytest.mark.parametrize(
    ("source", "letter", "first", "values"),
    [
        (r"t = 1, \dots, T", t, ONE, r"1, \dots, T"),
        (r"k = 1, 2, \dots, K.", k, ONE, r"1, 2, \dots, K"),
        ("i = 1,...,n", i, ONE, "1,...,n"),
        (r"t = 1, \dots T", t, ONE, r"1, \dots T"),
        (r"t = 1 \dots T", t, ONE, r"1 \dots T"),
        (r"t = T, T-1, \dots, 1", t, T, r"T, T-1, \dots, 1"),
        (r"t = 1, 2, \dots", t, ONE, r"1, 2, \dots"),
        ("i = 0, 1", i, ZERO, "0, 1"),
    ],
)
def test_a_range_of_an_index_is_one_chain(source: str, letter: Term, first: Term, values: str) -> None:
    (chain,) = read_row(source)
    assert (chain.kind, chain.sides, chain.operators) == ("range", (letter, first), ("=",))
    assert [source[start:stop] for start, stop in chain.spans] == [letter.name, values]


def test_a_range_stands_beside_equations() -> None:
    source = r"a = b, \quad t = 1, \dots, T, i = 0, 1, c = d, \text{ for } k = 1, \dots, K"
    chains = read_row(source)
    assert [chain.kind for chain in chains] == ["relation", "range", "range", "relation", "range"]
    assert [chain.sides for chain in chains] == [(a, b), (t, ONE), (i, ZERO), (c, d), (k, ONE)]


@pytest.mark.parametrize(
    "source", [r"y = a_1 \ldots a_n", r"y = 1 + \dots + n", "y = a, b", "y = 1, z = 2", r"y_t = 1, \dots", "y = 1"]
)
def test_what_is_no_range(source: str) -> None:
    assert "range" not in {chain.kind for chain in read_row(source)}


@pytest.mark.parametrize("source", ["a=b," * 2_000, "t=1,2," * 2_000, "t=1" + ",2" * 4_000, "{i=k}," * 2_000])
def test_a_row_of_many_chains_is_read_in_time(source: str) -> None:
    started = process_time()
    assert read_row(source)
    assert process_time() - started < 10


def test_a_coloured_relation_is_read() -> None:
    assert [chain.sides for chain in read_row(r"a = b, \textcolor{red}{i \neq k}")] == [(a, b), (i, k)]


def test_a_word_that_is_a_quantity_does_not_end_a_chain() -> None:
    assert sides(r"\text{loss} = \text{error} + 1") == (word("loss"), add(word("error"), ONE))


def test_braces_around_a_sign_do_not_hide_it() -> None:
    assert sides("a {=} b {+} {c}") == (a, add(b, c))


def test_spans_and_kinds() -> None:
    source = r"& \text{so} \; L_t = \left( a \right) < b, \quad x y."
    chain, alone = read_row(source)
    assert [source[start:stop] for start, stop in chain.spans] == ["L_t", r"\left( a \right)", "b"]
    assert (chain.operators, chain.kind) == (("=", "<"), "relation")
    assert alone == Chain((mul(x, y),), (), ((source.index("x y"), source.index("x y") + 3),), "expression")


@pytest.mark.parametrize("source", ["", "  ", r"\tag{1} \label{a}", r"\quad", "."])
def test_a_row_without_mathematics(source: str) -> None:
    assert read_row(source) == ()


ERRORS: dict[str, tuple[int, str, str]] = {
    r"a + \foo{b}": (4, r"\foo", r"unknown command \foo"),
    r"\frac{\partial z}{h + a}": (0, r"\frac", "one ∂ only"),
    r"\frac{z}{\partial h + a}": (0, r"\frac", "one ∂ only"),
    r"x \over y": (2, r"\over", "needs braces"),
    r"a \cup b": (2, r"\cup", r"unknown command \cup"),
    r"z = V h \; \text{is false}": (11, "is false", "does not hold"),
    r"a \stackrel{?}{=} b": (2, r"\stackrel", "asks, and claims nothing"),
    "Wf(a, b)": (4, ",", "comma"),
    r"a + ¤": (4, "¤", "unknown character ¤"),
    "(a + b": (0, "(", "never closed"),
    "a + b) c": (5, ")", "closes none"),
    r"\left( a \right]": (9, r"\right]", "closes none"),
    r"\{a": (0, r"\{", "never closed"),
    "{a": (0, "{", "never closed"),
    r"\text{if": (5, "{", "never closed"),
    r"\|a": (0, r"\|", "never closed"),
    r"\sqrt[3]{a}": (0, r"\sqrt", "no square root"),
    "L(a, )": (5, ")", "ends too early"),
    "W[a, ]": (1, "[", "empty place"),
    r"\operatorname{softmax}(a, b)": (24, ",", "comma"),
    "a + ": (3, "", "ends too early"),
    "(a + )": (5, ")", "ends too early"),
    "a = = b": (2, "=", "nothing stands behind"),
    "a =": (2, "=", "nothing stands behind"),
    r"a \odot \odot b": (8, r"\odot", "cannot stand here"),
    "a. b": (1, ".", "cannot stand here"),
    r"\frac{a}{b = c}": (11, "=", "cannot stand here"),
    "{a = b} c": (3, "=", "cannot stand here"),
    "t = 1, ¤": (7, "¤", "unknown character"),
    r"L_{>t}": (3, ">", "cannot stand here"),
    r"\left. a \right|_{z=0}": (15, "|", "at one point"),
    r"a | b": (2, "|", "unknown character"),
    "x_{i=k}": (4, "=", "cannot stand here"),
    r"\hat{x+y}": (0, r"\hat", "accent over more than one letter"),
    r"\hat{\bar y}": (0, r"\hat", "two accents"),
    r"\frac{a}": (8, "{a}", "argument is missing"),
    "x_": (2, "_", "argument is missing"),
    "h^(t)": (2, "(", "needs braces"),
    "x_2_b": (3, "_", "two subscripts"),
    "W_x.shape": (3, ".shape", "shape an array"),
    "h shape": (2, "shape", "shape an array"),
    r"\sideset{^a}{_b}\delta": (0, r"\sideset", "more than a name"),
    "x^2^3": (3, "^", "two powers"),
    r"\sum a": (0, r"\sum", "without an index"),
    r"\sum_{i+1} a": (0, r"\sum", "not a letter"),
    r"\sum_{i \sim C_t} a": (0, r"\sum", "no comparison"),
    r"\sum_i^n^m a": (0, r"\sum", "two upper bounds"),
    r"\frac{\partial^2 L}{\partial x^2}": (0, r"\frac", "higher order"),
    r"\left. a \right|_{\text{memory}}": (15, r"|", "named in words"),
    r"\left. a \right|_{\text{未來}}": (15, r"|", "named in words"),
    r"\left. a \right|_{\tilde q\text{-path}}": (15, r"|", "named in words"),
    r"\left. a \right|_{rec}": (15, r"|", "named in words"),
    r"\tanh^{-1}(x)": (0, r"\tanh", "inverse"),
    r"\log -x": (5, "-", "cannot stand here"),
    r"\|a\|_1": (5, "_", "not Euclidean"),
    r"\langle a \rangle": (0, r"\langle", "angle brackets"),
    r"\begin{vmatrix} a \end{vmatrix}": (0, r"\begin{vmatrix}", "is not read"),
    r"\begin{bmatrix} a & \end{bmatrix}": (0, r"\begin{bmatrix}", "empty place"),
    r"\begin{cases} a \\ b \end{cases}": (14, "a", "without a condition"),
    r"\begin{cases} a & \text{if correct} \end{cases}": (18, "if correct", "words only"),
    r"\begin{cases} a & i=k \text{ or } j=k \end{cases}": (18, "or", "these words"),
    "9" * 101: (0, "9" * 10, "too many digits"),
}


@pytest.mark.parametrize("source", ERRORS)
def test_what_is_not_read_is_named_with_its_place(source: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_row(source)
    position, piece, message = ERRORS[source]
    assert (caught.value.position, caught.value.piece) == (position, piece)
    assert message in caught.value.message


@pytest.mark.parametrize("source", ["a = b", "a, b", "", "a; b"])
def test_read_term_takes_a_single_expression(source: str) -> None:
    with pytest.raises(Unreadable):
        read_term(source)


def test_brackets_nest_up_to_200() -> None:
    assert read_term("(" * 200 + "x" + ")" * 200) == x
    with pytest.raises(Unreadable, match="nested deeper than 200") as caught:
        read_term("(" * 201 + "x" + ")" * 201)
    assert caught.value.position == 200


def test_the_deepest_formula_can_be_printed_hashed_and_compared() -> None:
    source = "1+f(" * 90 + "x" + ")" * 90
    term = read_term(source)
    assert term == read_term(source)
    assert hash(term) == hash(read_term(source))
    assert repr(term).count("Apply") == 90


@pytest.mark.parametrize(
    "source",
    [
        "(" * 50_000,
        "{" * 30_000 + "}" * 30_000,
        r"\frac" * 15_000,
        r"\hat " * 15_000 + "x",
        r"\log " * 15_000 + "x",
        r"\sum_i " * 10_000 + "x",
        r"\frac{" * 10_000,
        "x" + "^+" * 1_000,
        "x" + "/y" * 5_000,
        r"\operatorname{" + " " * 90_000,
        r"\text{" * 10_000,
        "a" * 100_001,
    ],
    ids=lambda source: source[:12],
)
def test_hostile_sources_are_refused(source: str) -> None:
    with pytest.raises(Unreadable):
        read_row(source)


def test_a_long_row_is_read() -> None:
    term = read_term("+".join(["a_1 b"] * 2_000))
    assert isinstance(term, Add)
    assert len(term.terms) == 2_000


def test_the_parser_is_not_built_on_import() -> None:
    script = "import symrnn.notation.parsing as p; print(p.parser.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        (r"\gate_t + \MX{}", r"\text{gate}_t + X"),
        (r"\noindent \centering a", "a"),
        (r"\sigma \underbrace{\left( a + b \right)}_{z}", r"\sigma(a + b)"),
        (r"\tanh\underbrace{(a)}_{\text{the state}}", r"\tanh(a)"),
        (r"{}_{out}W^l + b", r"W_{\text{out}}^l + b"),
        (r"\sideset{_{up}}{^n_l}\delta", r"\delta_{\text{up},l}^n"),
        (r"a({}_{up}\mathbf{W})^T", r"a(W_{\text{up}})^T"),
        (r"\sideset{}{_{k=1}^{n}}\sum a_k", r"\sum_{k=1}^n a_k"),
        ("c_c_{t}", "c_{c,t}"),
        (r"a + b. \quad \blacksquare", "a + b"),
        (r"\mathbf{1}(i = k, j = n)", r"\mathbb{1}[i = k] \mathbb{1}[j = n]"),
        ("loss(a, b)", r"\text{loss}(a, b)"),
        (r"\frac{\partial l(o, y)}{T \cdot \partial o_t}", r"\frac{\frac{\partial l(o, y)}{\partial o_t}}{T}"),
        (r"(p - y) . h^T", r"(p - y) \cdot h^T"),
        ("h^{t=2} + a_{t=3}", "h^{(2)} + a_3"),
        ("sigma(q) + delta_t", r"\sigma(q) + \delta_t"),
        (r"W[h_{n-1} \mid x] + [A | B]", "W[h_{n-1}, x] + [A, B]"),
        (r"\left.\frac{\partial L}{\partial W}\right|_{t=2}", r"\frac{\partial L}{\partial W_2}"),
        (r"\matrix{a & b \cr c & d}", r"\begin{matrix} a & b \\ c & d \end{matrix}"),
        (r"\begin{bmatrix} a \\\\ b \end{bmatrix}", r"\begin{bmatrix} a \\ b \end{bmatrix}"),
        (r"W \dot [h_{n-1}, x]", r"W \cdot [h_{n-1}, x]"),
        (r"A @ b + \Sum_{k=1}^{n} \sigma(.)", r"A \cdot b + \sum_{k=1}^{n} \sigma(\cdot)"),
        (r"(a, \ldots, b)^T + (a, b)^\top", r"[a, \ldots, b]^T + [a, b]^T"),
        (r"\mathbb{R}^{\text{state\_size}}", r"\mathbb{R}^{\text{state-size}}"),
        (r"q^{from\ t=2} + x_{<t}", r"q^{\text{from t=2}} + x_{\text{<t}}"),
        (r"\Pr(y \vert \{a, b\}, c)", r"\Pr(y \mid a, b, c)"),
        (r"V^{\prime(i)}", r"V'^{(i)}"),
        (r"\boldsymbol{Qs}_{n-1} + \bm{Rx}^{(n)}", "Q s_{n-1} + R x^{(n)}"),
        (r"\boldsymbol{Qs}^\top + \bm{Qs}^{-1}", r"(Q s)^\top + (Q s)^{-1}"),
        (r"\bullet \Tilde{q}_n + \Dot{r}", r"\tilde{q}_n + \dot{r}"),
        (r"q_n \bullet \tilde{r} + a • b", r"q_n \odot \tilde{r} + a \odot b"),
        (r"q_n \quad \bullet \quad r", r"q_n \odot r"),
        (r"\phi(\bullet)", r"\phi(\cdot)"),
        (r"\blacktriangleright q_n", "q_n"),
        (r"\dot\phi(q) + \Dot{\sigma}(r s)", r"\phi'(q) + \sigma'(r s)"),
        (r"q_{n\text{-}1}", "q_{n-1}"),
        ("activation(q)", r"\text{activation}(q)"),
        ("CE(a, b)", r"\text{CE}(a, b)"),
        (r"{a + b \over {c \over d}}", r"\frac{a + b}{\frac{c}{d}}"),
        (r"\left(\partial L \over \partial h\right)^T", r"(\frac{\partial L}{\partial h})^T"),
        (r"\underline{h}_t", "h_t"),
        (r"\partial_{W} L", r"\nabla_W L"),
        (r"\vh_t + \mW + \rvx + \bfalpha", r"h_t + W + x + \alpha"),
        (r"\bE + \bx", r"\text{bE} + x"),
        (r"\sum_{k \in U} a_k", r"\sum_{k=1}^{|U|} a_k"),
        (r"\sum_{t \in S} a_t", r"\sum_t a_t"),
        (r"\underset{k}{\sum} a_k + \underset{k=1}{\left (\prod \right )} b_k", r"\sum_k a_k + \prod_{k=1} b_k"),
        (r"\Sigma_{k=1}^{n} a_k + \Pi^n_{k=1} b_k + Σ_{k=1} a_k", r"\sum_{k=1}^{n} a_k + \prod_{k=1}^n b_k + \sum_{k=1} a_k"),
        (r"\sum_{k \in C_t} a_k", r"\sum_{k, k \in C_t} a_k"),
        (r"\begin{cases} a & (i = k) \\ b & (i \neq k) \end{cases}", r"\begin{cases} a & i = k \\ b & i \neq k \end{cases}"),
    ],
)
def test_what_reads_alike(source: str, meant: str) -> None:
    assert read_term(source) == read_term(meant)


@pytest.mark.parametrize("source", [r"\Sigma_{k} a_k", r"\Sigma_t a", r"\Pi W"])
def test_a_capital_over_no_range_is_a_letter(source: str) -> None:
    assert "Big" not in repr(read_term(source))


def test_brackets_behind_a_probability_hold_events() -> None:
    given = Given(p, (Compare("|", y, x), z))
    assert read_term(r"p(y \mid x, z)") == given
    assert unicode(given) == "p(y | x, z)"
    assert read_term("P(y_t = 0)") == Given(Sym("P"), (Compare("=", sub(y, t), ZERO),))


def test_a_word_before_brackets_with_commas_is_a_function() -> None:
    assert read_term(r"\text{crossentropy}(p_t, y)") == Given(
        Sym("crossentropy", "", "text"), (Sub(Sym("p"), (Sym("t"),)), Sym("y"))
    )


@pytest.mark.parametrize(("text", "words"), [(r"für alle", "für alle"), (r"f\"ur~alle", "fur alle"), (r"d\'efini", "defini")])
def test_words_between_formulas_in_any_language(text: str, words: str) -> None:
    first, second = read_row(rf"a = b \text{{ {text} }} k > t")
    assert (first.operators, second.operators) == (("=",), (">",)), words


@pytest.mark.parametrize(
    ("source", "left", "values"),
    [
        (r"j \in \{1, \dots, n\}", "j", ["1", "…", "n"]),
        (r"y_t \in \{0, 1\}", "yₜ", ["0", "1"]),
        ("p_t \\in (0, 1)", "pₜ", ["0", "…", "1"]),
    ],
)
def test_sets_and_intervals(source: str, left: str, values: list[str]) -> None:
    (chain,) = read_row(source)
    assert chain.kind == "range"
    assert chain.sides[0] is not None
    assert unicode(chain.sides[0]) == left
    assert [unicode(value) for value in chain.values] == values


@pytest.mark.parametrize(
    "words", [r"\text{const}", r"\text{use }k", "h_{t-1} \\text{ fijo}", r"\text{직접}", r"\text{即时}", r"h_{t-1}\text{ explizit}"]
)
def test_words_at_the_foot_of_a_bar_that_hold_all_else_fixed(words: str) -> None:
    assert read_term(rf"\left. a \right|_{{{words}}}") == Mark(a, "+")


@pytest.mark.parametrize("source", [r"a \approx _{\text{tr}} b", r"a =^{(1)} b", r"a \le_3 b"])
def test_marks_at_a_relation_sign_mean_nothing(source: str) -> None:
    (chain,) = read_row(source)
    assert chain.sides == (Sym("a"), Sym("b"))


def test_the_stored_tables_are_those_of_the_grammar(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = json.loads(Path(tables.__file__).with_name("grammar.json").read_text(encoding="utf-8"))
    _, of_grammar = tables.origin()
    assert stored["made from"][1] == of_grammar, "run: python -c 'from symrnn.notation import tables; tables.store()'"
    sources = (r"\frac{\partial L}{\partial W} + x_t^2", r"\sum_{k=1}^{t} A \odot \left(\prod_{j=1}^k B_j^\top\right) y_{t-1}")
    loaded = [read_term(source) for source in sources]
    made = Lark(tables.grammar(), parser="lalr", lexer=tables.Handed, transformer=parsing._actions())
    monkeypatch.setattr(parsing, "parser", lambda: made)
    assert [read_term(source) for source in sources] == loaded


def test_tables_of_another_grammar_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "grammar", lambda: 'start: "a" -> letter\n')
    assert {rule.alias for rule in tables.parser_of(None).rules} == {"letter"}
