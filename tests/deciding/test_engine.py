"""The engines against independent oracles: SymPy on the nested network, finite differences at 50 digits, each other."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import count

import mpmath
import numpy as np
import pytest
import sympy
from tests_support import central_difference

from symrnn.deciding.algebras.base import TooLarge, Undefined
from symrnn.deciding.algebras.exact import Effort, Exact
from symrnn.deciding.algebras.modular import PRIME, Modular, _matrix_product
from symrnn.deciding.decide import Holds
from symrnn.deciding.derivatives import _by_sympy, _slopes
from symrnn.deciding.evaluate import Instance, OutOfRange, World
from symrnn.deciding.network import ball_network, exact_network, modular_network
from symrnn.judging.check import check, judge_in, read_model
from symrnn.judging.judgement import Options
from symrnn.language.budget import Stopped, limited, stoppable
from symrnn.language.claims import Claim
from symrnn.language.functions import derivative_polynomial
from symrnn.language.model import Model, Name, Quantity
from symrnn.language.tensors import Affine, Ref
from symrnn.reading.definitions import Understanding
from symrnn.reading.document import read_text
from symrnn.reading.elaborate import readings
from symrnn.reading.notes import builtin_notes

SMALL = Instance(2, (("hidden", 2), ("classes", 3), ("input", 1)))


@cache
def model() -> Model:
    return read_model(builtin_notes(), Options()).model


@cache
def nested() -> tuple[sympy.Expr, dict[str, np.ndarray]]:
    """The loss of the notes as one nested SymPy expression of its inputs, written here by hand."""
    hidden, classes, inputs, steps = 2, 3, 1, 2

    def symbols(name: str, *shape: int) -> np.ndarray:
        entries = np.empty(shape, dtype=object)
        for index in np.ndindex(shape):
            entries[index] = sympy.Symbol("_".join([name, *(str(i + 1) for i in index)]))
        return entries

    free = {"U": symbols("U", hidden, inputs), "W": symbols("W", hidden, hidden), "V": symbols("V", classes, hidden)}
    free["h[t]@-1"] = symbols("h0", hidden)
    state, loss = free["h[t]@-1"], sympy.Integer(0)
    for t in range(steps):
        free[f"x[t]@{t}"], free[f"y[t]@{t}"] = symbols(f"x{t}", inputs), symbols(f"y{t}", classes)
        state = np.array([sympy.tanh(a) for a in free["U"] @ free[f"x[t]@{t}"] + free["W"] @ state])
        powers = [sympy.exp(z) for z in free["V"] @ state]
        loss -= sum(y * sympy.log(p / sum(powers)) for y, p in zip(free[f"y[t]@{t}"], powers, strict=True))
    return loss, free


def at_a_point(expressions: list[sympy.Expr], values: dict[sympy.Symbol, Fraction]) -> list[mpmath.mpf]:
    function = sympy.lambdify(list(values), expressions, "mpmath", cse=True)
    return function(*(mpmath.mpf(v.numerator) / v.denominator for v in values.values()))  # type: ignore[no-any-return]


@pytest.mark.parametrize("parameter", ["U", "W", "V", "h[t]@-1"])
def test_gradients_agree_with_sympy_on_the_nested_network(parameter: str) -> None:
    loss, free = nested()
    world = ball_network(model(), SMALL, 1)
    name, _, time = parameter.partition("@")
    gradient = world.jacobian(("L", None), (name, int(time) if time else None), False)
    assert gradient is not None
    values = {}
    for key, symbols in free.items():
        rationals = world.algebra.rationals(key, symbols.shape)  # type: ignore[attr-defined]
        values.update(zip(symbols.flat, rationals.flat, strict=True))
    mpmath.mp.dps = 50
    places = list(np.ndindex(gradient.shape))
    expected = at_a_point([sympy.diff(loss, free[parameter][index]) for index in places], values)
    for index, number in zip(places, expected, strict=True):
        assert abs(mpmath.mpf(gradient[index].str(35, radius=False)) - number) < mpmath.mpf("1e-30")


@pytest.mark.parametrize("parameter", ["U", "W", "V"])
def test_exact_gradients_have_the_values_of_the_ball_engine(parameter: str) -> None:
    """The polynomials, with the atoms' values put in, are the gradients at a point."""
    instance = Instance(2, (("hidden", 1), ("classes", 2), ("input", 1)))
    exact, ball = exact_network(model(), instance), ball_network(model(), instance, 1)
    symbolic = exact.jacobian(("L", None), (parameter, None), False)
    numeric = ball.jacobian(("L", None), (parameter, None), False)
    assert symbolic is not None and numeric is not None
    values = atom_values(exact, ball)
    for index in np.ndindex(numeric.shape):
        assert evaluated(exact.algebra, symbolic[index], values).overlaps(numeric[index])


def atom_values(exact: World, ball: World) -> dict[int, object]:
    """The value of every generator of the exact ring, from the ball engine."""
    algebra = exact.algebra
    assert isinstance(algebra, Exact)
    result: dict[int, object] = {}
    for key, array in list(exact._quantities.items()):
        for x, value in zip(array.flat, ball.quantity(key).flat, strict=True):
            if x.denominator is None and len(x.numerator) == 1 and x.numerator.total_degree() == 1:
                generator = next(i for i, d in enumerate(x.numerator.degrees()) if d)
                result.setdefault(generator, value)
    return result


def evaluated(algebra: Exact, x: object, values: dict[int, object]):  # type: ignore[no-untyped-def]
    numerator = x.numerator  # type: ignore[attr-defined]
    while (latest := algebra._latest_abbreviation(numerator)) is not None:
        numerator = algebra._written_out(numerator, *latest)
    total = 0
    for exponents, coefficient in numerator.to_dict().items():
        term = 1
        for i, e in enumerate(exponents):
            if e:
                term = term * values[i] ** int(e)
        total = total + term * int(coefficient.p) / int(coefficient.q)
    return total


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (("L", None), ("W", None)),
        (("h[t]", 2), ("h[t]", 0)),
        (("L[t]", 1), ("z[t]", 1)),
        (("y^hat[t]", 1), ("V", None)),
    ],
)
def test_jacobians_agree_with_central_differences_at_50_digits(source: tuple[str, int], target: tuple[str, int]) -> None:
    assert central_difference(model(), Instance(3, SMALL.sizes), source, target) < mpmath.mpf("1e-30")


def test_explicit_derivatives_hold_earlier_states_fixed() -> None:
    world = ball_network(model(), Instance(3, SMALL.sizes), 1)
    total = world.jacobian(("h[t]", 1), ("W", None), False)
    explicit = world.jacobian(("h[t]", 1), ("W", None), True)
    h, before = world.quantity(("h[t]", 1)), world.quantity(("h[t]", 0))
    assert explicit is not None and total is not None
    for a, b, c in np.ndindex(explicit.shape):
        expected = (1 - h[a] ** 2) * before[c] if a == b else h[a] * 0
        assert explicit[a, b, c].overlaps(expected)
    assert not all(x.overlaps(y) for x, y in zip(total.flat, explicit.flat, strict=True))


def test_modular_gradients_satisfy_the_chain_rule() -> None:
    world = modular_network(model(), Instance(4, SMALL.sizes), 3)
    chain = world.algebra.contract(
        world.jacobian(("L", None), ("h[t]", 2), False),
        world.jacobian(("h[t]", 2), ("h[t]", 0), False),
        1,  # type: ignore[arg-type]
    )
    parts = [world.jacobian(("L[t]", t), ("h[t]", 0), False) for t in (2, 3)]
    total = world.algebra.add(parts[0], parts[1])  # type: ignore[arg-type]
    assert np.array_equal(chain, total)


def test_wide_modular_products_stay_exact() -> None:
    generator = np.random.default_rng(0)
    a = generator.integers(0, PRIME, size=(70, 300), dtype=np.int64)
    b = generator.integers(0, PRIME, size=(300, 220), dtype=np.int64)
    expected = (a.astype(object) @ b.astype(object)) % PRIME
    assert np.array_equal(_matrix_product(a, b), expected.astype(np.int64))


def test_division_by_zero_is_undefined_not_a_number() -> None:
    with pytest.raises(Undefined):
        Modular(1).reciprocal(PRIME)
    with pytest.raises(Undefined):
        Exact(4).number(Fraction(0)).inverse()


def test_derivatives_of_tanh_and_the_logistic_function() -> None:
    assert derivative_polynomial("tanh", 1) == (1, 0, -1)
    assert derivative_polynomial("tanh", 2) == (0, -2, 0, 2)
    assert derivative_polynomial("sigma", 2) == (0, 1, -3, 2)


class TestExactFunctions:
    """The relations between atoms, each with a false neighbour."""

    def setup_method(self) -> None:
        self.algebra = Exact(40)
        self.x = self.algebra.free("x", (1,))[0]
        Effort.start(8)

    def test_tanh_in_terms_of_exp(self) -> None:
        a, x, one = self.algebra, self.x, self.algebra.number(Fraction(1))
        two = one + one
        claimed = two * (one + a.apply("exp", 0, -(x + x))).inverse() - one
        assert (claimed - a.apply("tanh", 0, x)).is_zero()
        assert not (claimed - a.apply("tanh", 0, x + x)).is_zero()

    def test_softmax_sums_to_one_and_its_logarithm_is_linear(self) -> None:
        a = self.algebra
        z = a.free("z", (3,))
        p = a.softmax(z)
        assert (p[0] + p[1] + p[2] - a.number(Fraction(1))).is_zero()
        difference = a.apply("log", 0, p[0]) - a.apply("log", 0, p[2]) - (z[0] - z[2])
        assert difference.is_zero()
        assert not (a.apply("log", 0, p[0]) - a.apply("log", 0, p[2]) - (z[0] - z[1])).is_zero()

    def test_exponentials_of_multiples_are_powers(self) -> None:
        a, x = self.algebra, self.x
        e = a.apply("exp", 0, x)
        assert (a.apply("exp", 0, x + x + x) - e * e * e).is_zero()
        assert (a.apply("exp", 0, -x) * e - a.number(Fraction(1))).is_zero()

    def test_equal_values_have_one_abbreviation(self) -> None:
        a = Exact(8)
        x, y, z = a.free("x", (3,))
        assert a.abbreviated(x + y) is a.abbreviated(y + x)
        assert not a.vanishes(a.abbreviated(x + y) - a.abbreviated(x + z))

    def test_abbreviations_are_written_out_before_anything_is_denied(self) -> None:
        a, x = self.algebra, self.x
        y = a.free("y", (1,))[0]
        short = a.abbreviated(x + y)
        assert a.vanishes(short * short - (x + y) * (x + y))
        assert not a.vanishes(short * short - (x + y) * x)

    def test_effort_is_bounded(self) -> None:
        a = self.algebra
        many = a.free("m", (30,))
        total = many[0]
        for entry in many[1:]:
            total = total + entry
        values = np.array([total] * 2, dtype=object)
        with pytest.raises(TooLarge):
            for _ in range(12):
                values = a.multiply(values, values)


IDENTITIES = {
    r"\tanh(a) = \frac{e^{a} - e^{-a}}{e^{a} + e^{-a}}": True,
    r"\tanh(a) = \frac{1 - e^{-2a}}{1 + e^{-2a}}": True,
    r"\frac{e^{3a} - e^{-3a}}{e^{3a} + e^{-3a}} = \tanh(3a)": True,
    r"1 - \tanh^2(a) = \frac{4}{(e^a + e^{-a})^2}": True,
    r"\sigma(a) = \frac{e^{a/2}}{e^{a/2} + e^{-a/2}}": True,
    r"\tanh(a) = 2\sigma(2a) - 1": True,
    r"e^{-a} = \frac{1}{e^{a}}": True,
    r"(1 + \tanh(a)) (1 - \sigma(a))^2 = (1 - \tanh(a)) \sigma(a)^2": True,
    r"\tanh(a) = \frac{e^{a} + e^{-a}}{e^{a} - e^{-a}}": False,
    r"\tanh(a) = \frac{1 - e^{-a}}{1 + e^{-a}}": False,
    r"\sigma(a) = \frac{e^{a/2}}{e^{a/2} - e^{-a/2}}": False,
    r"1 - \tanh^2(a) = \frac{2}{(e^a + e^{-a})^2}": False,
}


@pytest.mark.parametrize("latex", IDENTITIES)
def test_exponentials_and_activations_meet_whichever_comes_first(latex: str) -> None:
    text = r"$$h_t = \tanh(W h_{t-1}), \quad L = \sum_{t=1}^T h_t^\top h_t$$" + "\n\n" + rf"$${latex} \tag{{it}}$$"
    verdict = next(j for j in check(read_text(text, "it.md", "markdown")).judgements if j.statement.label == "it").verdict
    assert verdict.word == ("proven" if IDENTITIES[latex] else "wrong")


@pytest.mark.parametrize(("definition", "derivations"), [("w s_{t-1} x_t", 1), ("w s_{t-1} t", 3)])
def test_an_equation_is_differentiated_once_where_it_is_the_same_at_every_step(definition: str, derivations: int) -> None:
    text = rf"$$ s_t = \tanh({definition}) $$ $$ L = \sum_{{t=1}}^3 s_t $$"
    network = exact_network(read_model(read_text(text, "text", "markdown"), Options()).model, Instance(3, ()))
    before = _by_sympy.cache_info().misses
    for step in (1, 2, 3):
        slope = network.local(("s[t]", step))["w", None].item()
        value = network.quantity(("s[t]", step)).item()
        last = network.quantity(("x[t]", step)).item() if "x_t" in definition else network.algebra.number(Fraction(step))
        expected = (network.algebra.number(Fraction(1)) - value * value) * network.quantity(("s[t]", step - 1)).item() * last
        assert network.algebra.vanishes(slope - expected)
    assert _by_sympy.cache_info().misses - before == derivations


def test_equations_that_differ_in_their_letters_alone_are_differentiated_once() -> None:
    text = r"$$ p_t = \tanh(A u_t + p_{t-1}) $$ $$ q_t = \tanh(B v_t + q_{t-1}) $$ $$ r_t = \tanh(B v_t - r_{t-1}) $$"
    known = read_model(read_text(text, "text", "markdown"), Options()).model
    network = exact_network(known, Instance(2, tuple((label, 2) for label in known.labels)))
    _slopes.cache_clear()
    for letter, derivations in (("p", 1), ("q", 0), ("r", 1)):
        before = _slopes.cache_info().misses
        slope = network.local((f"{letter}[t]", 1))[f"{letter}[t]", 0][0, 0]
        one = network.algebra.number(Fraction(-1 if letter == "r" else 1))
        value = network.quantity((f"{letter}[t]", 1))[0]
        assert network.algebra.vanishes(slope - one * (one * one - value * value))
        assert _slopes.cache_info().misses - before == derivations


def test_a_polynomial_in_a_wider_ring_means_the_same() -> None:
    exact = Exact(400)
    atoms = [exact.atom(f"a{n}") for n in range(200)]
    few = atoms[0] * atoms[3] + atoms[7] * exact.number(Fraction(-2, 3))
    many = sum(atoms[1:40], atoms[0] * atoms[0]) * few.inverse()
    ring = few.numerator.context()
    assert exact.atom("a last one").numerator.context() is not ring
    wider = [exact.atom(f"b{n}") for n in range(100)][-1]
    assert wider.numerator.context().nvars() > ring.nvars()
    for value in (few, many):
        before = value.key()
        assert (value + wider - wider).key() == before
        assert value.key() == before and value.numerator.context() is wider.numerator.context()


def adjoint_claim() -> tuple[Claim, Understanding]:
    """The recursion of the gradients by the states, and the network that it is about."""
    text = (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$ $$ z_t = V h_t $$ $$ L = \frac12 \sum_{t=1}^{T} \|z_t - y_t\|^2 $$"
        r"$$ \frac{\partial L}{\partial h_t} = V^\top (z_t - y_t) + W^\top ((1 - h_{t+1}^2) \odot \frac{\partial L}{\partial h_{t+1}}) $$"
    )
    document = read_text(text, "adjoint.md", "markdown")
    relation, understanding = document.statements[-1].relation, read_model(document, Options())
    assert relation is not None
    return readings(relation, understanding.model, understanding.lexicon)[0][0].claim, understanding


def test_a_proof_that_is_stopped_on_the_way_leaves_nothing_behind() -> None:
    """NumPy passes on no exception from a product of polynomials, and half of one was kept: the same claim was then not proven."""
    claim, understanding = adjoint_claim()
    for number in (1, 3, 9, 27, 81):
        decider, left = judge_in(understanding, Options(), []).decider, count(number, -1)
        with pytest.raises(Stopped), stoppable(lambda left=left: next(left) < 0), limited(10**9):  # type: ignore[misc]
            decider.prove(claim, ())
        assert isinstance(decider.prove(claim, ()), Holds), number


def test_what_is_too_large_in_itself_is_not_tried_twice_and_what_ends_with_a_budget_is(monkeypatch: pytest.MonkeyPatch) -> None:
    claim, understanding = adjoint_claim()
    decider = judge_in(understanding, Options(), []).decider
    with pytest.raises(TooLarge), limited(100):
        decider.prove(claim, ())
    assert isinstance(decider.prove(claim, ()), Holds)
    other = judge_in(understanding, Options(), []).decider
    monkeypatch.setattr("symrnn.deciding.algebras.exact._MOST_WORK", 10)
    with pytest.raises(TooLarge):
        other.prove(claim, ())
    monkeypatch.undo()
    with limited(10**9) as budget, pytest.raises(TooLarge):
        other.prove(claim, ())
    assert budget.left == 10**9


def test_an_operation_that_nobody_wants_any_more_is_given_up_and_told_once_the_array_is_done() -> None:
    effort = Effort.start(1)
    with limited(10) as budget:
        budget.stop = lambda: True
        assert not effort.allows(1)
    with pytest.raises(Stopped):
        effort.check()


def test_what_is_made_of_itself_at_one_time_has_no_value() -> None:
    before = Quantity("b", Name("b"), True, ("n",), definition=Ref("a", Affine.of("t"), ("n",)))
    after = Quantity("a", Name("a"), True, ("n",), definition=Ref("b", Affine.of("t"), ("n",)))
    network = modular_network(Model({"a": after, "b": before}, horizon="T"), Instance(2, (("n", 2),)), 1)
    with pytest.raises(OutOfRange, match="made of itself"):
        network.quantity(("a", 1))
