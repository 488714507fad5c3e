r"""What is printed reads back as the same term: for every small tree, and for larger ones at random.

A tree is tried if it makes sense as notation, which `is_notation` spells out; everything else must survive.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    Relation,
    Stack,
    Sub,
    Submatrix,
    Sup,
    Sym,
    Term,
    Transpose,
    walk,
)
from symrnn.notation import latex, latex_relation, read_row, read_term, unicode, unicode_relation
from symrnn.notation.vocabulary import LOSSES

a, b, c, d, e, f, h, i, k, t, y = (Sym(letter) for letter in "abcdefhikty")
L, R, T, V, W = (Sym(letter) for letter in "LRTVW")
SIGMA, TANH, LOG = Sym("sigma"), Sym("tanh"), Sym("log")
ZERO, ONE, TWO, HALF = (Num(Fraction(text)) for text in ("0", "1", "2", "1/2"))
EQUAL, UNEQUAL = Compare("=", i, k), Compare("!=", i, k)


def sub(base: Term, *indices: Term) -> Sub:
    return Sub(base, indices)


def sup(base: Term, *indices: Term) -> Sup:
    return Sup(base, indices)


# ------------------------------------------------------------------------------------------------ what is notation

FUNCTIONS = frozenset({"f", "sigma", "tanh", "log"})


def is_notation(term: Term) -> bool:
    """Whether a term is something an author can write: every node of it is, where it stands."""
    return all(_is_written(node) for _, node in walk(term))


def _is_written(node: Term) -> bool:
    if isinstance(node, Num):
        # A fraction without a finite decimal is a Frac of two numbers.
        return node.value >= 0 and Fraction(round(node.value * 1000), 1000) == node.value
    if isinstance(node, Add):
        return len(node.terms) >= 2
    if isinstance(node, (Mul, Hadamard, Outer)):
        return len(node.factors) >= 2
    if isinstance(node, Pow):
        # W^T is the transpose, and h^{(t)'} an index with a mark.
        exponent = node.exponent
        return exponent != T and (not isinstance(exponent, Mark) or isinstance(exponent.base, (Sym, Num, Sub)))
    if isinstance(node, Mark) and node.mark == "+" and isinstance(node.base, Deriv):
        return False  # that is an explicit derivative
    if isinstance(node, (Sub, Sup)) and any(map(_primed, node.indices)):
        return False
    if isinstance(node, Compare) and (_primed(node.left) or _primed(node.right)):
        return False
    if isinstance(node, Sup):
        # 2^{(n)} is a power, and so is e^{(z_i)}.
        return not isinstance(node.base, Num) and node.base != e
    if isinstance(node, Sub):
        # The index of a norm says which norm it is, and that of the whole derivative of a loss at which step its letter is used.
        return not isinstance(node.base, Norm) and not (isinstance(node.base, Deriv) and _is_whole_loss(node.base.numerator))
    if isinstance(node, Apply):
        # Any other letter before a bracket is a factor.
        function = node.function.base if isinstance(node.function, (Mark, Sub)) else node.function
        return isinstance(function, Sym) and function.name in FUNCTIONS
    if isinstance(node, Given):
        # Behind anything but a letter the brackets would hold a factor.
        return len(node.arguments) >= 2 and _is_letter(node.base)
    if isinstance(node, Big):
        # i = k below a sum is a lower bound, not a condition.
        bounds = (bound for bound in (node.index, node.lower, node.upper) if bound is not None)
        return not any(map(_primed, bounds)) and all(condition.op != "=" for condition in node.conditions)
    return True


def _is_whole_loss(numerator: Term) -> bool:
    return isinstance(numerator, Sym) and numerator.name in LOSSES


def _primed(index: Term) -> bool:
    """Whether an index has a letter with a prime, which as an index is a letter of its own and no mark."""
    parts = index.terms if isinstance(index, Add) else index.factors if isinstance(index, Mul) else (index,)
    bare = [part.term if isinstance(part, Neg) else part for part in parts]
    return any(isinstance(part, Mark) and set(part.mark) == {"'"} and isinstance(part.base, Sym) for part in bare)


def _is_letter(term: Term) -> bool:
    while isinstance(term, (Sub, Sup, Mark, Pow, Transpose)):
        term = term.base
    return isinstance(term, Sym) and term.style != "text" and term.name not in ("tanh", "log")


# --------------------------------------------------------------------------------------------- every small tree

Context = Callable[[Term], Term]

# Where a subterm can stand, with letters everywhere else.
JOINING: tuple[Context, ...] = tuple(
    context
    for make in (
        Add,
        Hadamard,
        Outer,
        Mul,
        lambda factors: Mul(factors, "cdot"),
        lambda factors: Mul(factors, "times"),
    )
    for context in (
        lambda x, make=make: make((x, a)),
        lambda x, make=make: make((a, x)),
        lambda x, make=make: make((a, x, b)),
    )
)
SCRIPTS: tuple[Context, ...] = (
    lambda x: sub(x, i),
    lambda x: sub(h, x),
    lambda x: sub(h, i, x),
    lambda x: sup(x, t),
    lambda x: sup(h, x),
    lambda x: Pow(x, TWO),
    lambda x: Pow(a, x),
    Transpose,
    lambda x: Mark(x, "+"),
    lambda x: Mark(x, "*"),
    lambda x: Mark(x, "'"),
)
SIGNS: tuple[Context, ...] = (
    Neg,
    lambda x: Extremum("max", (x, x)),
    Norm,
    lambda x: Apply(TANH, x),
    lambda x: Apply(SIGMA, x),
    lambda x: Apply(Mark(SIGMA, "'"), x),
    lambda x: Given(x, (a, b)),
    lambda x: Given(f, (x, a)),
    lambda x: Given(sub(L, t), (a, b, x)),
    lambda x: Frac(x, a),
    lambda x: Frac(a, x),
    lambda x: Deriv(x, V),
    lambda x: Deriv(L, x),
    lambda x: Deriv(x, V, "partial+"),
    lambda x: Deriv(x, V, "above"),
    lambda x: Deriv(x, V, "below"),
    lambda x: Deriv(x, t, "d"),
    lambda x: Deriv(x, V, prefix=True),
    lambda x: Deriv(x, V, "nabla", prefix=True),
    lambda x: Deriv(L, x, "nabla", prefix=True),
    lambda x: Big("sum", i, ONE, k, (), x),
    lambda x: Big("prod", k, x, x, (UNEQUAL,), a),
    lambda x: Cases(((x, (EQUAL,)), (a, ()))),
    lambda x: Indicator(Compare("=", i, x)),
    lambda x: Stack(((a,), (x,)), "bmatrix"),
)
LEAVES: tuple[Term, ...] = (b, sub(h, t), TWO)

# The places where reading depends on brackets most.
DELICATE: tuple[Context, ...] = (
    *(context for make in range(0, 15, 3) for context in JOINING[make : make + 2]),
    Neg,
    Transpose,
    lambda x: Big("sum", k, None, None, (), x),
    lambda x: Deriv(x, V, prefix=True),
    lambda x: Deriv(x, V, "nabla", prefix=True),
)


def small_trees() -> Iterator[Term]:
    """Every leaf in every context in every context; the delicate contexts three deep."""
    contexts = JOINING + SCRIPTS + SIGNS
    for leaf, inner in product(LEAVES, contexts):
        yield inner(leaf)
    for inner, outer in product(contexts, repeat=2):
        yield outer(inner(b))
    for inner, middle, outer in product(DELICATE, repeat=3):
        yield outer(middle(inner(b)))


def test_every_small_tree_reads_back() -> None:
    trees = [tree for tree in dict.fromkeys(small_trees()) if is_notation(tree)]
    assert len(trees) > 4000
    lost = [(tree, latex(tree)) for tree in trees if read_term(latex(tree)) != tree]
    assert not lost, f"{len(lost)} of {len(trees)}, first {lost[:3]}"


# --------------------------------------------------------------------------------------------- larger trees

numbers = st.sampled_from(["0", "1", "2", "12", "0.5", "0.025"]).map(lambda text: Num(Fraction(text)))
letters = st.one_of(
    st.sampled_from(["a", "b", "h", "W", "f", "sigma", "alpha", "Gamma", "varepsilon"]).map(Sym),
    st.builds(Sym, st.sampled_from(["y", "h", "alpha"]), st.sampled_from(["hat", "bar", "tilde", "dot"])),
    st.sampled_from([Sym("L", style="cal"), Sym("R", style="bb"), Sym("loss", style="text")]),
)
functions = st.sampled_from([TANH, LOG, SIGMA, f, Mark(SIGMA, "'"), sub(f, i)])
indices = st.sampled_from([i, k, t, ONE, Add((t, Neg(ONE))), Mul((TWO, k)), Mul((h, h))])
compares = st.builds(Compare, st.sampled_from(["!=", "<", "<=", ">", ">="]), st.just(i), indices)


def _larger(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    some = st.lists(inner, min_size=2, max_size=4).map(tuple)
    scripts = st.lists(indices, min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(Add, some),
        st.builds(Mul, some, st.sampled_from(["", "", "cdot", "times"])),
        st.builds(Hadamard, some),
        st.builds(Outer, some),
        st.builds(Neg, inner),
        st.builds(Norm, inner),
        st.builds(Extremum, st.sampled_from(["max", "min"]), some),
        st.builds(Frac, inner, inner),
        st.builds(Sub, inner, scripts),
        st.builds(Sup, inner, scripts),
        st.builds(Mark, inner, st.sampled_from(["+", "*", "'", "''"])),
        st.builds(Pow, inner, inner),
        st.builds(Transpose, inner),
        st.builds(Apply, functions, inner),
        st.builds(Given, letters, some),
        st.builds(Given, st.builds(Sub, letters, scripts), some),
        st.builds(Deriv, inner, inner, st.sampled_from(["partial", "partial+", "d"]), st.booleans()),
        st.builds(Deriv, inner, inner, st.just("nabla"), st.just(True)),
        st.builds(Big, st.sampled_from(["sum", "prod"]), st.just(i), inner, st.none() | inner, st.just(()), inner),
        st.builds(Big, st.just("sum"), st.just(i), st.none(), st.none(), st.lists(compares, max_size=1).map(tuple), inner),
        st.builds(lambda one, other: Cases(((one, (EQUAL,)), (other, ()))), inner, inner),
        st.builds(Indicator, compares),
    )


larger_trees = st.recursive(numbers | letters, _larger, max_leaves=12).filter(is_notation)


@settings(max_examples=300, deadline=None)
@given(larger_trees)
def test_larger_trees_read_back(tree: Term) -> None:
    assert read_term(latex(tree)) == tree


@settings(max_examples=100, deadline=None)
@given(larger_trees)
def test_unicode_is_one_normalised_line(tree: Term) -> None:
    text = unicode(tree)
    assert text
    assert text == unicodedata.normalize("NFC", text)
    assert not {"\n", "\\"} & set(text)


@settings(max_examples=100, deadline=None)
@given(larger_trees)
def test_a_mark_changes_nothing_but_the_colour(tree: Term) -> None:
    for path, node in walk(tree):
        if isinstance(node, Neg) or "function" in path:
            continue  # Braces around a function or a minus sign read differently.
        marked = latex(tree, {path: "red"})
        assert marked.count("{") == marked.count("}")
        assert read_term(marked) == tree


# --------------------------------------------------------------------------------------------- written out

EXAMPLES: list[tuple[Term, str, str]] = [
    (Mul((f, f, Add((ONE, i)))), r"(f) (f) (1 + i)", "f f (1 + i)"),
    (Num(Fraction(3, 40)), "0.075", "0.075"),
    (Sym("y", "hat"), r"\hat{y}", "ŷ"),
    (Sym("L", style="cal"), r"\mathcal{L}", "ℒ"),
    (Sym("1", style="bb"), r"\mathbb{1}", "𝟙"),
    (Sym("loss", style="text"), r"\text{loss}", "loss"),
    (Sym("varepsilon"), r"\varepsilon", "ε"),
    (sub(h, Add((t, Neg(ONE)))), "h_{t - 1}", "hₜ₋₁"),
    (sub(y, t, k), "y_{t,k}", "y_{t,k}"),
    (Submatrix(V, (("", ""), ("n", ""))), "V[:, n:]", "V[:, n:]"),
    (Transpose(Submatrix(V, (("", "n"), ("", "")))), r"V[:n, :]^{\top}", "V[:n, :]ᵀ"),
    (Submatrix(V, (("n_h", ""),)), "V[n_h:]", "V[n_h:]"),
    (Submatrix(Transpose(V), (("", "n"),)), r"(V^{\top})[:n]", "(Vᵀ)[:n]"),
    (sub(Mul((V, h)), i), "(V h)_{i}", "(V h)ᵢ"),
    (sup(sub(h, i), t), "h_{i}^{(t)}", "hᵢ⁽ᵗ⁾"),
    (Mark(sub(h, t), "+"), "h_{t}^{+}", "hₜ⁺"),
    (Transpose(W), r"W^{\top}", "Wᵀ"),
    (Transpose(Pow(W, TWO)), r"(W^{2})^{\top}", "(W²)ᵀ"),
    (Pow(e, Neg(Frac(a, b))), r"e^{-\frac{a}{b}}", "e^{−a/b}"),
    (Pow(Apply(TANH, a), TWO), r"\tanh^{2}(a)", "tanh²(a)"),
    (Pow(Apply(SIGMA, a), TWO), r"(\sigma(a))^{2}", "(σ(a))²"),
    (Apply(Mark(SIGMA, "'"), Frac(a, b)), r"\sigma'\left(\frac{a}{b}\right)", "σ′(a/b)"),
    (Apply(Sym("softmax"), a), r"\operatorname{softmax}(a)", "softmax(a)"),
    (Add((Neg(a), Neg(Mul((b, c))))), "-a - b c", "−a − b c"),
    (Add((a, Ellipsis(), Neg(Add((b, c))))), r"a + \dots - (b + c)", "a + … − (b + c)"),
    (Neg(Hadamard((a, b))), r"-a \odot b", "−a ⊙ b"),
    (Mul((a, Neg(b))), "a (-b)", "a (−b)"),
    (Mul((Frac(a, b), c)), r"\frac{a}{b} c", "(a/b) c"),
    (Mul((TWO, TWO, h)), "2 (2) h", "2 (2) h"),
    (Frac(Add((a, b)), Mul((c, d))), r"\frac{a + b}{c d}", "(a + b)/(c d)"),
    (
        Mul((Deriv(L, h), Deriv(h, W)), "cdot"),
        r"\frac{\partial L}{\partial h} \cdot \frac{\partial h}{\partial W}",
        "∂L/∂h · ∂h/∂W",
    ),
    (Deriv(h, W, "partial+"), r"\frac{\partial^{+} h}{\partial W}", "∂⁺h/∂W"),
    (Deriv(Add((a, b)), t, "d"), r"\frac{d (a + b)}{d t}", "d(a + b)/dt"),
    (Deriv(L, W, "nabla", True), r"\nabla_{W} L", "∇_W L"),
    (Deriv(Mul((V, h)), V, prefix=True), r"\frac{\partial}{\partial V} (V h)", "∂/∂V (V h)"),
    (Deriv(h, Mul((V, W)), "d", prefix=True), r"\frac{d}{d (V W)} h", "d/d(V W) h"),
    (Mul((Deriv(h, V, prefix=True), a)), r"\left(\frac{\partial}{\partial V} h\right) a", "(∂/∂V h) a"),
    (Given(sub(L, t), (sub(y, t), sub(Sym("y", "hat"), t))), r"L_{t}(y_{t}, \hat{y}_{t})", "Lₜ(yₜ, ŷₜ)"),
    (Given(f, (a, Frac(b, c), d)), r"f\left(a, \frac{b}{c}, d\right)", "f(a, b/c, d)"),
    (Deriv(Given(L, (a, b)), Given(f, (c, d))), r"\frac{\partial L(a, b)}{\partial f(c, d)}", "∂L(a, b)/∂f(c, d)"),
    (Pow(Given(L, (a, b)), TWO), "(L(a, b))^{2}", "(L(a, b))²"),
    (Given(Transpose(W), (a, b)), r"W^{\top}(a, b)", "Wᵀ(a, b)"),
    (Extremum("max", (a, Add((a, b)))), r"\max(a, a + b)", "max(a, a + b)"),
    (Norm(Add((a, b))), r"\lVert a + b \rVert", "‖a + b‖"),
    (Norm(a, "F"), r"\lVert a \rVert_F", "‖a‖_F"),
    (Norm(a, "infty"), r"\lVert a \rVert_{\infty}", "‖a‖_∞"),
    (Norm(Frac(a, b)), r"\left\lVert \frac{a}{b} \right\rVert", "‖a/b‖"),
    (Mul((SIGMA, Add((a, b)))), r"(\sigma) (a + b)", "σ (a + b)"),
    (Indicator(EQUAL), r"\mathbb{1}[i = k]", "𝟙[i = k]"),
    (Mul((a, Big("sum", k, None, None, (), b))), r"a \sum_{k} b", "a Σ_{k} b"),
    (Mul((Big("sum", k, None, None, (), b), a)), r"\left(\sum_{k} b\right) a", "(Σ_{k} b) a"),
    (Big("sum", i, ONE, k, (UNEQUAL,), a), r"\sum_{i=1, i \neq k}^{k} a", "Σ_{i=1,i≠k}^{k} a"),
    (
        Big("prod", k, None, None, (Compare("<=", a, k), Compare("<=", k, b)), h),
        r"\prod_{a \leq k \leq b} h",
        "Π_{a≤k≤b} h",
    ),
    (Big("sum", k, ONE, T, (), Elided()), r"\sum_{k=1}^{T}", "Σ_{k=1}^{T}"),
    (
        Cases(((a, (EQUAL,)), (b, ()))),
        r"\begin{cases} a & \text{if } i = k \\ b & \text{otherwise} \end{cases}",
        "{a if i = k; b otherwise",
    ),
]


@pytest.mark.parametrize(("term", "tex", "line"), EXAMPLES, ids=[line for _, _, line in EXAMPLES])
def test_examples_are_written_and_read(term: Term, tex: str, line: str) -> None:
    assert latex(term) == tex
    assert unicode(term) == line
    assert read_term(tex) == term


def test_a_relation_is_written_and_read() -> None:
    error = Add((sub(Sym("y", "hat"), i), Neg(sub(y, i))))
    relation = Relation("=", Deriv(L, W), Big("sum", i, ZERO, T, (), Outer((error, sub(h, i)))))
    assert latex_relation(relation) == r"\frac{\partial L}{\partial W} = \sum_{i=0}^{T} (\hat{y}_{i} - y_{i}) \otimes h_{i}"
    assert unicode_relation(relation) == "∂L/∂W = Σ_{i=0}^{T} (ŷᵢ − yᵢ) ⊗ hᵢ"


@pytest.mark.parametrize("op", ["=", ":=", "<-", "~", "oc", "!=", "<", "<=", ">", ">=", "in"])
def test_every_relation_sign_reads_back(op: str) -> None:
    space = Pow(Sym("R", style="bb"), Mul((a, b), "times"))
    relation = Relation(op, W, space if op == "in" else V)
    (chain,) = read_row(latex_relation(relation))
    assert chain.operators == (op,)
    assert chain.sides == (relation.left, relation.right)
    assert len(unicode_relation(relation).split()) >= 3


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_marked_condition_reads_back(position: int) -> None:
    term = Big("sum", k, None, None, (Compare("<=", a, k), Compare("<=", k, b), UNEQUAL), h)
    marked = latex(term, {("conditions", position): "red"})
    assert marked.count("textcolor") == 1
    assert read_term(marked) == term


def test_marked_subterms_are_coloured() -> None:
    term = Add((a, Neg(Mul((b, c)))))
    assert latex(term, {("terms", 0): "red"}) == r"\textcolor{red}{a} - b c"
    assert latex(term, {("terms", 1): "red"}) == r"a \textcolor{red}{{} - b c}"
    assert latex(term, {("terms", 1, "term", "factors", 1): "blue"}) == r"a - b \textcolor{blue}{c}"


def test_brackets_matter() -> None:
    product_of_sum = Mul((Add((a, b)), c))
    sum_with_product = Add((a, Mul((b, c))))
    assert latex(product_of_sum) == "(a + b) c"
    assert latex(sum_with_product) == "a + b c"
    assert read_term("a + b c") != product_of_sum
    assert read_term("(a + b) c") != sum_with_product


def test_an_unknown_node_has_no_notation() -> None:
    class Unknown(Term):
        """No node of a formula."""

    with pytest.raises(TypeError, match="Unknown"):
        latex(Unknown())
    with pytest.raises(TypeError, match="Unknown"):
        unicode(Add((a, Unknown())))


def test_a_name_below_a_letter_is_printed_without_spaces() -> None:
    assert latex(read_term("W_{out} + V_{re c} + b_{t j}")) == "W_{out} + V_{rec} + b_{t j}"
    spaced = read_term("W_{n e x t}")
    assert read_term(latex(spaced)) == spaced
