"""The functions that have a name: one record each, where every reader, engine, printer and generator looks.

A record says how a function is written and what is known of it; what it does not say, nobody knows. A letter that is applied (f, g, φ) is
no record: it stands for any differentiable function. `symrnn.language.formulas` makes values and derivatives of the formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal


@dataclass(frozen=True)
class Function:
    """One function.

    `name` is what it is called in a tensor (`symrnn.language.tensors.Map`). `spellings` are the words that a formula keeps as its author
    wrote them, `aliases` words that are read as the first of these; `command` tells whether TeX has a command of its name. It is applied
    to entries, or else to a vector or a matrix as a whole; `combine` is the method of `symrnn.reading.operands.Combiner` that does so.

    `formula` is the function at x in terms of others, `slope` its derivative at x, both as Python writes them. Instead of a slope,
    `polynomial` may hold the derivative as a polynomial in the value, by coefficients from the constant upwards: tanh has (1, 0, -1).
    Engines know such functions by that alone. `at_zero` is the value at zero, `kinks` are the points without a derivative
    (at which it jumps, with `jumps`); the square of an `idempotent` function is the function. `values` is the interval of its values,
    ``(-1, 1)``, and `slopes` that of its derivative, where it has one and no polynomial gives it.

    `sympy`, `ball` and `mpmath` are its names in SymPy, in ball arithmetic (a method of python-flint's arb) and in mpmath. `ufunc` is
    that of NumPy; with `kernel` programs may use it: `symrnn.running.kernels` has its slope, and the function itself where NumPy has none.
    """

    name: str
    spellings: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    command: bool = False
    takes: Literal["entries", "vector", "matrix"] = "entries"
    combine: str = ""
    formula: str = ""
    slope: str = ""
    polynomial: tuple[int, ...] = ()
    at_zero: Fraction | None = None
    kinks: tuple[int, ...] = ()
    jumps: bool = False
    idempotent: bool = False
    values: str = ""
    slopes: str = ""
    sympy: str = ""
    ball: str = ""
    mpmath: str = ""
    ufunc: str = ""
    kernel: bool = False

    @property
    def is_known(self) -> bool:
        """Whether anything says what the function is."""
        return bool(self.combine or self.formula or self.slope or self.polynomial)


_0, _1 = Fraction(0), Fraction(1)

RECORDS = (
    # Those that every engine knows by itself.
    Function("exp", ("exp",), command=True, slope="exp(x)", at_zero=_1, sympy="exp", ball="exp", mpmath="exp", ufunc="exp",
             values="(0, inf)"),
    Function("log", ("log", "ln"), command=True, slope="1 / x", sympy="log", ball="log", mpmath="log", ufunc="log"),
    Function("tanh", ("tanh",), command=True, polynomial=(1, 0, -1), at_zero=_0,
             sympy="tanh", ball="tanh", mpmath="tanh", ufunc="tanh", kernel=True, values="(-1, 1)"),
    Function("sigma", ("sigmoid", "logistic"), ("sigm",), formula="1 / (1 + exp(-x))", polynomial=(0, 1, -1), at_zero=Fraction(1, 2),
             kernel=True, values="(0, 1)"),
    Function("sin", ("sin",), command=True, slope="cos(x)", at_zero=_0, sympy="sin", ball="sin", mpmath="sin", ufunc="sin", kernel=True,
             values="[-1, 1]", slopes="[-1, 1]"),
    Function("cos", ("cos",), command=True, slope="-sin(x)", at_zero=_1, sympy="cos", ball="cos", mpmath="cos", ufunc="cos", kernel=True,
             values="[-1, 1]", slopes="[-1, 1]"),
    Function("arctan", ("arctan",), ("atan",), command=True, slope="1 / (1 + x**2)", at_zero=_0,
             sympy="atan", ball="atan", mpmath="atan", ufunc="arctan", values="(-inf, inf)", slopes="(0, 1]"),
    Function("sqrt", ("sqrt",), slope="1 / (2 * sqrt(x))", at_zero=_0, ball="sqrt", mpmath="sqrt", ufunc="sqrt", values="[0, inf)"),
    #: 1 for positive numbers, else 0.
    Function("step", ("step", "heaviside"), slope="0", at_zero=_0, kinks=(0,), jumps=True, idempotent=True,
             values="[0, 1]", slopes="[0, 0]"),
    #: The density of the normal distribution, and how much of it is below x.
    Function("npdf", slope="-x * npdf(x)", mpmath="npdf"),
    Function("ncdf", slope="npdf(x)", at_zero=Fraction(1, 2), mpmath="ncdf", values="(0, 1)"),
    # Those that are formulas in others.
    Function("tan", ("tan",), command=True, formula="sin(x) / cos(x)", slope="1 + tan(x)**2"),
    Function("sinh", ("sinh",), command=True, formula="(exp(x) - exp(-x)) / 2", slope="cosh(x)"),
    Function("cosh", ("cosh",), command=True, formula="(exp(x) + exp(-x)) / 2", slope="sinh(x)", values="[1, inf)"),
    Function("sech", ("sech",), formula="1 / cosh(x)", values="(0, 1]"),
    Function("arctanh", ("arctanh",), ("atanh", "artanh"), formula="(log(1 + x) - log(1 - x)) / 2", slope="1 / (1 - x**2)"),
    Function("softplus", ("softplus",), formula="log(1 + exp(x))", slope="sigma(x)", kernel=True, values="(0, inf)", slopes="(0, 1)"),
    Function("logsigmoid", ("logsigmoid",), formula="-log(1 + exp(-x))", slope="sigma(-x)", values="(-inf, 0)", slopes="(0, 1)"),
    Function("sign", ("sign", "sgn"), formula="step(x) - step(-x)", slope="0", kinks=(0,), jumps=True, values="[-1, 1]", slopes="[0, 0]"),
    Function("abs", ("abs",), formula="x * step(x) - x * step(-x)", slope="sign(x)", kinks=(0,), values="[0, inf)", slopes="[-1, 1]"),
    Function("relu", ("relu",), formula="x * step(x)", slope="step(x)", kinks=(0,), kernel=True, values="[0, inf)", slopes="[0, 1]"),
    Function("elu", ("elu",), formula="x * step(x) + (exp(x) - 1) * (1 - step(x))", slope="step(x) + exp(x) * (1 - step(x))", kernel=True,
             values="(-1, inf)", slopes="(0, 1]"),
    Function("silu", ("silu", "swish"), formula="x * sigma(x)", slope="sigma(x) + x * sigma(x) * (1 - sigma(x))", kernel=True),
    Function("gelu", ("gelu",), formula="x * ncdf(x)", slope="ncdf(x) + x * npdf(x)", kernel=True),
    Function("erf", ("erf",), formula="2 * ncdf(sqrt(2) * x) - 1", values="(-1, 1)"),
    Function("hardtanh", ("hardtanh",), formula="relu(x + 1) - relu(x - 1) - 1", kinks=(-1, 1), values="[-1, 1]", slopes="[0, 1]"),
    # Those that take a vector or a matrix as a whole.
    Function("softmax", ("softmax",), takes="vector", combine="softmax"),
    Function("logsoftmax", ("logsoftmax",), takes="vector", combine="logsoftmax"),
    Function("logsumexp", ("logsumexp",), takes="vector", combine="logsumexp"),
    Function("diag", ("diag",), takes="vector", combine="diagonal"),
    Function("vec", ("vec",), takes="matrix", combine="vec"),
    Function("tr", ("tr",), ("trace",), takes="matrix", combine="trace"),
    # Those that are read and of which nothing is known.
    *(Function(name, (name,), command=True, takes="vector") for name in ("max", "min", "sup")),
    *(Function(name, (name,), takes="vector") for name in ("argmax", "argmin")),
    Function("det", ("det",), command=True, takes="matrix"),
    *(Function(name, (name,), takes="matrix") for name in ("rank", "blockdiag")),
    *(Function(name, (name,)) for name in ("leakyrelu", "prelu", "selu", "mish", "hardsigmoid", "hardswish", "relu6", "softmin", "maxout")),
)  # fmt: skip

#: Every record, by its name in a tensor.
BY_NAME = {record.name: record for record in RECORDS}
#: The record that a function of a formula names.
BY_SPELLING = {word: record for record in RECORDS for word in (record.name, *record.spellings, *record.aliases)}
#: What a formula keeps of each word that names a function; ``func`` is any one.
WORDS = {
    "func": "func",
    **{word: word for record in RECORDS for word in record.spellings},
    **{alias: record.spellings[0] for record in RECORDS for alias in record.aliases},
}
#: Functions whose values are probabilities.
OUTPUTS = frozenset({"softmax", "sigma"})
#: Functions that programs may use.
KERNELS = frozenset(record.name for record in RECORDS if record.kernel)
COMMANDS = frozenset(record.name for record in RECORDS if record.command)


def meaning(word: str) -> str:
    """What the function that a formula calls `word` is called in a tensor; a letter is itself."""
    record = BY_SPELLING.get(word)
    return word if record is None else record.name


def is_well_known(word: str) -> bool:
    """Whether a word of a formula names a function of which something is known: no document can define it otherwise."""
    return word in BY_SPELLING and BY_SPELLING[word].is_known


@cache
def quadratic(name: str) -> tuple[int, int, int] | None:
    """The derivative of a function where it is a polynomial of degree two in the value: c0 + c1 y + c2 y²; else None."""
    record = BY_NAME.get(name)
    if record is None or len(record.polynomial) != 3:
        return None
    c0, c1, c2 = record.polynomial
    return c0, c1, c2


@cache
def square(name: str) -> tuple[Fraction, Fraction, Fraction] | None:
    """The square of a function as a y' + b y + c, where one is known: (a, b, c)."""
    if name in BY_NAME and BY_NAME[name].idempotent:
        return _0, _1, _0
    known = quadratic(name)
    return None if known is None else (Fraction(1, known[2]), Fraction(-known[1], known[2]), Fraction(-known[0], known[2]))


@cache
def derivative_polynomial(name: str, order: int) -> tuple[int, ...] | None:
    """The derivative of some order as a polynomial in the value, where the first one is such a polynomial; else None."""
    record = BY_NAME.get(name)
    if record is None or not record.polynomial:
        return None
    poly: tuple[int, ...] = (0, 1)
    for _ in range(order):
        inner = tuple(n * c for n, c in enumerate(poly))[1:]
        product = [0] * (len(inner) + len(record.polynomial) - 1)
        for i, a in enumerate(inner):
            for j, b in enumerate(record.polynomial):
                product[i + j] += a * b
        poly = tuple(product)
    return poly
