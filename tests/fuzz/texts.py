"""Documents that nobody would write: soup of tokens, documents cut and sewn, TeX that redefines itself, equations broken."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hypothesis import strategies as st
from places import DOCUMENTS

from symrnn.reading.document.reader import Format

LONGEST = 2_000


@dataclass(frozen=True)
class Text:
    """A document and the format that it is read in."""

    text: str
    format: Format


_WORDS = r"""
\frac \partial \sum_ \prod_ \tanh \sigma \mathrm{ diag \odot \otimes \left( \right) \left. \right| \hat{ \bar{ ^{ _{
_{t-1} ^{(t)} ^T ^\top \begin{ \end{ align cases pmatrix & \\ = \approx \le \neq \ne \mid \| \cdot \ldots \dots \text{ if
\mathbb{R} \in \forall \quad \tag{ \label{ \ref{ \, \; \nabla \log \exp \ln \max \min 1 0 2 -1 T t k i j h x W U V y L
\delta \alpha _0 ^2 ' ^+ [ ] ( ) { } + - * / , . : ; ! | < > $ $$ \( \) \[ \] % # ` ``` ~~~ <!-- --> {{< >}} \newcommand
\def \let \section{ \footnote{ \verb \input{ \iffalse \fi \else \begin{align} \end{align} \limits \underbrace{ \sqrt
\mathcal{ \widetilde \vec \substack{ é ∂ Σ δ ŷ 中 \u200b \0 &amp; &lt; \{ \} \_ \*
"""
TOKENS = (*_WORDS.split(), "\n", "\n\n", " ", "\t")
NETWORK = (
    r"a_t = W h_{t-1} + U x_t + b",
    r"h_t = \tanh(a_t)",
    r"z_t = V h_t",
    r"\hat{y}_t = \mathrm{softmax}(z_t)",
    r"L_t = -y_t^T \log \hat{y}_t",
    r"L = \sum_{t=1}^T L_t",
)
CLAIMS = (
    r"\frac{\partial L_t}{\partial z_t} = \hat{y}_t - y_t",
    r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W",
    r"\delta_t = V^T (\hat{y}_t - y_t) + W^T \mathrm{diag}(1 - h_{t+1}^2) \delta_{t+1}",
    r"\frac{\partial L}{\partial V} = \sum_{t=1}^T (\hat{y}_t - y_t) h_t^T",
    r"\frac{\partial h_T}{\partial h_k} = \prod_{i=k+1}^{T} \frac{\partial h_i}{\partial h_{i-1}}",
    r"\frac{\partial L_t}{\partial W} = \sum_{k=1}^{t} \frac{\partial L_t}{\partial h_t} \frac{\partial h_t}{\partial h_k} "
    r"\frac{\partial^+ h_k}{\partial W}",
    r"\hat{y}_{t,i}(1 - \hat{y}_{t,i}) = \frac{\partial \hat{y}_{t,i}}{\partial z_{t,i}}",
    r"W \leftarrow W - \eta \frac{\partial L}{\partial W}",
)
LETTERS = (
    "h",
    "W",
    "x",
    "t",
    "T",
    "k",
    "1",
    "0",
    "V",
    "L",
    "y",
    r"\hat{y}",
    "-",
    "+",
    "^T",
    "_{t-1}",
    "_t",
    "^2",
    "q",
    r"\delta",
    "{",
    "(",
)

_tokens = st.sampled_from(TOKENS)
_formats = st.sampled_from(("markdown", "tex"))
_soup = st.lists(_tokens, max_size=60).map("".join) | st.lists(_tokens, max_size=60).map(" ".join)


@st.composite
def _mathematics(draw: st.DrawFn) -> str:
    """Soup where a formula may stand, as often as not closed."""
    opening, closing = draw(
        st.sampled_from((("$", "$"), ("$$", "$$"), (r"\begin{align}", r"\end{align}"), (r"\[", r"\]"), ("```math\n", "\n```")))
    )
    return opening + draw(_soup) + draw(st.sampled_from((closing, closing, "")))


@st.composite
def _cut_and_sewn(draw: st.DrawFn) -> str:
    """A stretch of a real document, with pieces of it taken out, doubled, or replaced by tokens."""
    path = draw(st.sampled_from(sorted(p for p in DOCUMENTS.iterdir() if p.is_file())))
    text = path.read_text(encoding="utf-8")
    begin = draw(st.integers(0, max(0, len(text) - 1)))
    text = text[begin : begin + LONGEST]
    for _ in range(draw(st.integers(1, 6))):
        a = draw(st.integers(0, len(text)))
        b = draw(st.integers(a, min(len(text), a + 40)))
        piece = draw(st.sampled_from(("", text[a:b] * 2, draw(_tokens))))
        text = text[:a] + piece + text[b:]
    return text


@st.composite
def _redefining(draw: st.DrawFn) -> str:
    r"""Macros that stand for each other, and for themselves."""
    names = st.sampled_from((r"\a", r"\b", r"\frac", r"\h", r"\begin", r"\end", r"\sum"))
    bodies = st.lists(names | st.sampled_from(("#1", "#2", "{", "}", "x", "$", r"\newcommand{\a}{\b}", "=")), max_size=6).map(
        "".join
    )
    forms = (
        r"\newcommand{%s}[1]{%s}",
        r"\newcommand{%s}{%s}",
        r"\def%s#1{%s}",
        r"\renewcommand{%s}[2][x]{%s}",
        r"\let%s=%s",
        r"\DeclareMathOperator{%s}{%s}",
    )
    lines = [draw(st.sampled_from(forms)) % (draw(names), draw(bodies)) for _ in range(draw(st.integers(1, 8)))]
    return "\n".join([*lines, "$ " + draw(bodies) + " = " + draw(bodies) + " $"])


@st.composite
def _notebook(draw: st.DrawFn) -> str:
    cells = [
        {"cell_type": draw(st.sampled_from(("markdown", "code", "raw", ""))), "source": draw(_soup | st.lists(_soup, max_size=3))}
        for _ in range(draw(st.integers(0, 4)))
    ]
    whole = json.dumps({"cells": cells, "nbformat": 4, "metadata": {}})
    cut = draw(st.integers(0, len(whole)))
    return draw(st.sampled_from((whole, whole, whole[:cut])))


@st.composite
def _broken(draw: st.DrawFn, equation: str) -> str:
    """An equation in which some letters and signs stand where they should not."""
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(equation)))
        width = draw(st.integers(0, 3))
        equation = equation[:place] + draw(st.sampled_from(LETTERS)) + equation[place + width :]
    return equation


@st.composite
def _broken_notes(draw: st.DrawFn) -> str:
    """A network and claims about it, any of them broken, left out or out of order."""
    lines = [draw(_broken(line)) for line in NETWORK if draw(st.integers(0, 9))]
    lines += [draw(_broken(draw(st.sampled_from(CLAIMS)))) for _ in range(draw(st.integers(1, 3)))]
    if not draw(st.integers(0, 4)):
        lines = draw(st.permutations(lines))
    return "\n\n".join(f"$$ {line} $$" for line in lines)


_written = (
    _cut_and_sewn()
    | _soup
    | st.lists(_mathematics(), min_size=1, max_size=5).map("\n".join)
    | _redefining()
    | st.text(max_size=200)
)

#: What a reader may be given.
readable = st.builds(Text, _written, _formats) | st.builds(Text, _notebook(), st.just("notebook"))
#: What a whole check may be given: most of it can be read.
checkable = st.builds(Text, _broken_notes(), _formats)
