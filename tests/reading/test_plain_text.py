"""Equations in plain text: where they stand, how they are spelt in LaTeX, and which are not trusted to be whole."""

from __future__ import annotations

import pytest

from symrnn.language.errors import InputError
from symrnn.reading.document import read_text
from symrnn.reading.document.characters import spelt_in_latex
from symrnn.reading.document.source import Mapped
from symrnn.reading.document.typed import typeset


def rows(text: str) -> list[str]:
    """What is read of each equation, and "?" for one that is not."""
    return ["?" if statement.problem else statement.latex for statement in read_text(text, "typed.md", "markdown").statements]


@pytest.mark.parametrize(
    ("typed", "latex"),
    [
        ("h_t", "h_{t}"),
        ("h_t-1", "h_{t-1}"),
        ("h_t - 1", "h_{t} - 1"),
        ("h_(t-1)", "h_{t-1}"),
        ("h^(t)", "h^{(t)}"),
        ("ht-1 + xt", "h_{t-1} + x_{t}"),
        ("dht", "dh_{t}"),
        ("W_hh^T", "W_{hh}^{T}"),
        ("Whh.T", "W_{hh}^{T}"),
        ("W_{hh}", "W_{hh}"),
        ("h1 + h12", "h_{1} + h_{12}"),
        ("h**2 + h^-1", "h^{2} + h^{-1}"),
        ("y_hat + ytilde + c~", r"\hat{y} + \tilde{y} + \tilde{c}"),
        ("dh_next + prev_h + dnext_c", r"dh_{\text{next}} + h_{\text{prev}} + dc_{\text{next}}"),
        ("tanh(z) + softmax(o)", r"\tanh (z) + softmax(o)"),
        ("np.tanh(z) + np.dot(Wxh, x)", r"\tanh (z) + (W_{xh}) (x)"),
        ("sum_t a + prod_t=1 b", r"\sum _{t} a + \prod _{t=1} b"),
        ("delta_t * loss", r"\delta _{t} * \text{loss}"),
        ("Wx + Ux x", "W x + U_{x} x"),
        ("dL/dWhh", r"\frac{\partial L}{\partial W_{hh}}"),
        ("dloss/dby", r"\frac{\partial \text{loss}}{\partial \text{by}}"),
        ("∂L_t / ∂h_{t-1}", r"\frac{\partial L_{t}}{\partial h_{t-1}}"),
        ("d(a + b)/dW", r"\frac{\partial (a + b)}{\partial W}"),
        ("d/dW (a)", r"\frac{\partial }{\partial W} (a)"),
        ("a/b", "a/b"),
        ("t = 1..T", "t = 1..T"),
        (r"h\_t \* 2", "h_{t} * 2"),
    ],
)
def test_what_is_typed_is_spelt_in_latex(typed: str, latex: str) -> None:
    assert typeset(Mapped.of(typed)).text == latex


def test_typeset_letters_keep_their_places() -> None:
    text = typeset(Mapped.of("h_t-1 = W x"))
    assert text.offsets[text.text.index("W")] == "h_t-1 = W x".index("W")


@pytest.mark.parametrize(
    ("signs", "latex"),
    [
        ("ŷₜ₋₁", r"\hat{y}_{t-1}"),
        ("W⁻¹ xᵀ", r"W^{-1} x^{T}"),
        ("dŷ + c\u0303", r"d\hat{y} + \tilde{c}"),
        ("½ Σₜ a + Σ", r"\frac{1}{2} \sum _{t} a + Σ"),
        (r"\text{año} \text{mêlé}", r"\text{año} \text{mêlé}"),
        ("x² + δ", "x^{2} + δ"),
    ],
)
def test_characters_that_are_several_signs_of_latex(signs: str, latex: str) -> None:
    assert spelt_in_latex(Mapped.of(signs)).text == latex


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The state is h_t = tanh(x_t), and o = h_t.", ["h_{t} = \\tanh (x_{t})", "o = h_{t}"]),
        ("- a = b + c\n- d = e", ["a = b + c", "d = e"]),
        ("we set `a = b` first", ["a = b"]),
        ("```\na = b\n  + c\n```", ["a = b + c"]),
        ("    a = b\n", ["a = b"]),
        ("loss = a * b (the total)", [r"\text{loss} = a * b"]),
        ("For t = T down to 1:\n    a = b", ["a = b"]),
        ("a_t = high-level words\nb = c", ["b = c"]),
        ("a = f(b, weights)   -> the rest is = said", ["a = f(b, \\text{weights})"]),
        ("a = b proceeds by doing c = d", ["a = b", "c = d"]),
        ("is given by a = b and goes up to c = d", ["a = b", "c = d"]),
        ("the gain a_hat and chat = b", [r"\text{chat} = b"]),
        ("其中 h_t=a_t，c_t=b_t", ["h_{t} = a_{t}", "c_{t} = b_{t}"]),
    ],
)
def test_equations_among_words(text: str, found: list[str]) -> None:
    assert rows(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "dL/dW = sum_t d_t times h_t",
        "dL/dW = a_t transposed",
        "dL/dW = a_t multiplied by something",
        "the sum of W = a b",
        "with respect to W = a b",
        "h_t = np.where(a, b)",
        "the hidden state = a + b",
        "a = b[what is left",
    ],
)
def test_an_equation_that_words_may_belong_to_is_not_read(text: str) -> None:
    assert rows(text) == ["?"]


@pytest.mark.parametrize(
    "text",
    [
        "no equation here",
        "```python\na = b\n```",
        "```\nimport numpy\na = b\n```",
        "---\ntitle: x\na: b = c\n---\nwords",
        "the result is = 5",
        "<img alt='a = b'>",
    ],
)
def test_what_is_no_equation(text: str) -> None:
    with pytest.raises(InputError, match="no equation found"):
        rows(text)


def test_plain_text_beside_a_formula_is_prose() -> None:
    assert rows("$a = b$ and c = d") == ["a = b"]
