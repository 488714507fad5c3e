"""The mistakes that people make in derivations, each once: its code, its name, its kind, and what it is.

A code stays what it is: it is what options and comments select and ignore.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from symrnn.language.errors import InputError

NOTATION, CONVENTION, MATHEMATICS = "notation", "convention", "mathematics"
#: What edits of each kind cost, in comparison: the cheapest repair is the one that is meant.
COST = {NOTATION: 1, CONVENTION: 10, MATHEMATICS: 11}
#: What no repair undoes: a mistake without one, or something else that an author should look at.
OTHER = "other"
WARNING = "warning"
#: How bad a finding is, the worst first.
LEVELS = ("wrong", "slip", WARNING, "undecided", "unread", "conditional")


@dataclass(frozen=True)
class Mistake:
    """One rule: `name` is what the mistake is called, `meaning` a sentence, `example` a formula or a text that has it."""

    code: str
    name: str
    kind: str
    meaning: str
    example: str


HAT_MISSING = Mistake(
    "missing-hat",
    "a hat too few",
    NOTATION,
    "A letter lacks the hat of the quantity that is meant.",
    "∂L/∂yₜ where ŷₜ is the prediction",
)
HAT_EXTRA = Mistake(
    "extra-hat",
    "a hat too many",
    NOTATION,
    "A letter has a hat, and the quantity that is meant has none.",
    "∂ĥₜ/∂W for the state hₜ",
)
ACCENT = Mistake(
    "wrong-accent", "a wrong accent", NOTATION, "A letter has the accent of another quantity.", "c̄ₜ for the candidate c̃ₜ"
)
LETTER = Mistake(
    "wrong-letter",
    "a wrong letter",
    NOTATION,
    "One letter stands for another.",
    "∂pᵢ/∂sₖ for logits z, a sum from 1 to k of K classes",
)
INDEX_LETTER = Mistake(
    "wrong-index",
    "a wrong index letter",
    NOTATION,
    "A subscript is another letter than the one that is meant.",
    "yᵢ outside of the sum over i",
)
PARTIAL = Mistake(
    "missing-partial", "a ∂ is missing", NOTATION, "A derivative has its ∂ on one side of the fraction only.", "∂Lₜ/hₜ for ∂Lₜ/∂hₜ"
)
EXPLICIT_MARK = Mistake(
    "explicit-mark",
    "the mark of the explicit derivative",
    NOTATION,
    "The mark ⁺ of the explicit derivative is missing, or stands where the total one is meant.",
    "∂cₜ/∂cₜ₋₁ = diag(fₜ) in an LSTM",
)
SLOPE_AT_VALUE = Mistake(
    "slope-at-value",
    "a slope at the value",
    NOTATION,
    "The slope of an activation is written at what that gives, and meant at what it is of.",
    "σ'(oₜ) for oₜ ⊙ (1 − oₜ), with oₜ = σ(aₜ)",
)
SUMMAND = Mistake("missing-summand", "a summand left out", NOTATION, "A sum has no body.", "Σ_{i=1}^{K} = 1")

TRANSPOSE = Mistake(
    "missing-transpose",
    "missing transpose",
    CONVENTION,
    "A matrix, or an ordered product, is not transposed.",
    "V (pₜ − yₜ) for Vᵀ (pₜ − yₜ)",
)
TRANSPOSE_EXTRA = Mistake(
    "extra-transpose",
    "a transpose too many",
    CONVENTION,
    "A matrix is transposed and should not be.",
    "diag(1 − hₜ²) Wᵀ for diag(1 − hₜ²) W",
)
ORDER = Mistake(
    "reversed-order",
    "reversed order",
    CONVENTION,
    "The factors of a product, or of an ordered one, are in another order.",
    "W diag(1 − hₜ²) for diag(1 − hₜ²) W",
)
DIAGONAL = Mistake(
    "missing-diag",
    "a diagonal matrix is meant",
    CONVENTION,
    "A vector stands where its diagonal matrix is meant.",
    "(1 − hₜ²) W for diag(1 − hₜ²) W",
)
PLAIN_PRODUCT = Mistake(
    "plain-product", "the product is a plain one", CONVENTION, "⊙ or ⊗ stands for a product of matrices.", "Wᵀ ⊙ δₜ for Wᵀ δₜ"
)
ELEMENTWISE_PRODUCT = Mistake(
    "elementwise-product",
    "the product is elementwise",
    CONVENTION,
    "A product of vectors is meant entry by entry.",
    "δₜ ⊗ fₜ for δₜ ⊙ fₜ",
)
OUTER_PRODUCT = Mistake(
    "outer-product",
    "the product is an outer one",
    CONVENTION,
    "A product of vectors is meant as their outer product.",
    "δₜ ⊙ hₜ₋₁ for δₜ ⊗ hₜ₋₁",
)
BLOCK_AXIS = Mistake(
    "block-axis",
    "rows for columns",
    CONVENTION,
    "A block is of the rows of a matrix where that of its columns is meant.",
    "W[n:, :] for W[:, n:]",
)

OUTPUT_MATRIX = Mistake(
    "missing-output-matrix", "missing output matrix", MATHEMATICS, "The matrix of the output is missing.", "∂Lₜ/∂hₜ = pₜ − yₜ"
)
WEIGHT_MATRIX = Mistake(
    "missing-weight-matrix", "missing weight matrix", MATHEMATICS, "A matrix of weights is missing.", "∂hₜ/∂hₜ₋₁ = diag(1 − hₜ²)"
)
WEIGHT = Mistake("missing-weight", "missing weight", MATHEMATICS, "A weight of a scalar network is missing.", "dhₜ/dhₜ₋₁ = 1 − hₜ²")
ACTIVATION_DERIVATIVE = Mistake(
    "missing-activation-derivative",
    "missing activation derivative",
    MATHEMATICS,
    "The slope of an activation is missing.",
    "∂⁺hₜ/∂W = hₜ₋₁",
)
GATE = Mistake("missing-gate", "a missing gate", MATHEMATICS, "A gate is missing from a product.", "∂cₜ/∂c̃ₜ = 1")
FACTOR = Mistake("missing-factor", "a missing factor", MATHEMATICS, "A factor is missing from a product.", "δₜ = ∂L/∂hₜ")
FACTOR_EXTRA = Mistake(
    "extra-factor", "a factor too many", MATHEMATICS, "A product has one factor too many.", "∂Lₜ/∂zₜ = (pₜ − yₜ) pₜ"
)
SIGN = Mistake("sign", "a sign", MATHEMATICS, "A sign is wrong.", "∂Lₜ/∂zₜ = yₜ − pₜ")
IMMEDIATE = Mistake(
    "only-immediate",
    "only the immediate derivative",
    MATHEMATICS,
    "Only what a parameter does at its own step is counted, not what it does through later ones.",
    "∂L/∂W = Σₜ ∂Lₜ/∂hₜ ∂⁺hₜ/∂W",
)
SOFTMAX_DIAGONAL = Mistake(
    "softmax-diagonal",
    "diagonal-only softmax Jacobian",
    MATHEMATICS,
    "Of the Jacobian of a softmax only the diagonal is there.",
    "∂pₜ/∂zₜ = diag(pₜ (1 − pₜ))",
)
OTHER_BLOCK = Mistake(
    "other-block",
    "the other block",
    MATHEMATICS,
    "The other of the two blocks of a matrix is due.",
    "∂aₜ/∂hₜ₋₁ = W[:, :n] for W[:, n:]",
)
MEAN = Mistake(
    "mean-against-sum",
    "mean against sum",
    MATHEMATICS,
    "A mean stands for a sum, or a sum for a mean.",
    "∂L/∂V = (1/T) Σₜ …, the loss being a sum",
)
SUM = Mistake("missing-sum", "a missing sum", MATHEMATICS, "The sum over the steps is missing.", "∂L/∂V = (pₜ − yₜ) ⊗ hₜ")
PARAMETER = Mistake(
    "swapped-parameter", "swapped parameter", MATHEMATICS, "One parameter stands for another.", "∂hₜ/∂hₜ₋₁ = diag(1 − hₜ²) U"
)
QUANTITY = Mistake("swapped-quantity", "swapped quantity", MATHEMATICS, "One quantity stands for another.", "∂cₜ/∂fₜ = iₜ")
OTHER_PIECE = Mistake(
    "wrong-piece", "another piece", MATHEMATICS, "A piece of the formula is another one in the derivative.", "∂L/∂hₜ = Vᵀ (pₜ + yₜ)"
)
INDEX = Mistake(
    "shifted-index", "index shifted", MATHEMATICS, "A step is earlier or later than the one that is meant.", "∂L/∂W = Σₜ δₜ ⊗ hₜ"
)
TERMS_LOST = Mistake(
    "terms-lost",
    "wrong bound (terms lost)",
    MATHEMATICS,
    "A sum begins too late or ends too early.",
    "a sum from 1, the first step being 0",
)
TRUNCATED = Mistake(
    "truncated", "truncated", MATHEMATICS, "A sum over earlier steps goes back a few of them only.", "Σ_{k=t−1}^{t} …"
)
BOUND = Mistake(
    "wrong-bound", "wrong bound", MATHEMATICS, "A bound of a sum or a product is wrong.", "Π_{m=k}^{t} ∂hₘ/∂hₘ₋₁ for ∂hₜ/∂hₖ"
)
TERM = Mistake("missing-term", "a missing term", MATHEMATICS, "A sum lacks one of its terms.", "∂L/∂hₜ = Vᵀ (pₜ − yₜ)")
SQUARE = Mistake("missing-square", "a missing square", MATHEMATICS, "A square is missing.", "diag(1 − hₜ) W")
SQUARE_EXTRA = Mistake("extra-square", "a square too many", MATHEMATICS, "A square is too many.", "fₜ (1 − fₜ²) for a σ")
POWER = Mistake("wrong-power", "a wrong power", MATHEMATICS, "A power is another one than is meant.", "1 − hₜ³")
WEIGHT_POWERS = Mistake(
    "missing-weight-powers",
    "missing powers of a weight",
    MATHEMATICS,
    "Each step back multiplies by the weight once more; here it does not.",
    "Σₖ hₖ₋₁ for Σₖ w^{t−k} hₖ₋₁",
)
NUMBER = Mistake("missing-number", "a missing number", MATHEMATICS, "A number is missing.", "∂(ŷ − y)²/∂ŷ = ŷ − y")
NUMBER_EXTRA = Mistake("extra-number", "a number too many", MATHEMATICS, "A number is too many.", "½ (pₜ − yₜ)")
OTHER_NUMBER = Mistake("wrong-number", "another number", MATHEMATICS, "A number is another one than is meant.", "fₜ (2 − fₜ)")
BRACKETS = Mistake(
    "brackets", "brackets", MATHEMATICS, "Brackets are missing, or stand in the wrong place.", "1 − hₜ² W for (1 − hₜ²) W"
)
ACTIVATION = Mistake(
    "missing-activation",
    "a missing activation",
    MATHEMATICS,
    "An activation is not applied.",
    "1 − cₜ² where c is no tanh",
)
FUNCTION = Mistake("wrong-function", "another function", MATHEMATICS, "One function stands for another.", "∂hₜ/∂oₜ = diag(σ(cₜ))")
FUNCTION_EXTRA = Mistake(
    "extra-function", "a function too many", MATHEMATICS, "A function is applied to what is meant as it is.", "tanh(pₜ) − yₜ"
)
DIAGONAL_EXTRA = Mistake(
    "extra-diag", "a diagonal matrix too many", MATHEMATICS, "A diagonal matrix stands for its vector.", "∂L/∂cₜ = diag(δₜ ⊙ oₜ)"
)
OTHER_SLOPE = Mistake(
    "other-slope",
    "the derivative of another activation",
    MATHEMATICS,
    "The slope is that of another activation.",
    "fₜ (1 − fₜ) for a tanh",
)
COMPLEMENT = Mistake(
    "gate-complement",
    "a gate for its complement",
    MATHEMATICS,
    "A gate z stands for 1 − z, or the other way round.",
    "∂hₜ/∂h̃ₜ = 1 − zₜ",
)
TWICE = Mistake(
    "applied-twice",
    "a function applied twice",
    MATHEMATICS,
    "A function is applied to what is its value already.",
    "1 − tanh²(hₜ) for hₜ = tanh(aₜ)",
)

SHAPES = Mistake("shapes", "shapes do not meet", OTHER, "The shapes of two pieces do not fit, and no repair was found.", "V = U")
FALSE = Mistake(
    "false", "the sides differ", OTHER, "There is a point at which the sides differ, and no repair was found.", "hₜ = xₜ + 1"
)
LAYOUT = Mistake(
    "layout-switch",
    "a switch of layout",
    OTHER,
    "One Jacobian is written in numerator layout here and in denominator layout there.",
    "∂hₜ/∂hₜ₋₁ = diag(1 − hₜ²) W, and further down = Wᵀ diag(1 − hₜ²)",
)
VEC = Mistake(
    "vec-switch",
    "a switch of vec",
    OTHER,
    "vec takes the columns of a matrix one after the other in one equation, and its rows in another.",
    "vec(V W) = (I ⊗ V) vec(W), and further down vec(V W) = (V ⊗ I) vec(W)",
)
ONE_CAUSE = Mistake(
    "one-cause",
    "one cause of several mistakes",
    OTHER,
    "With another sign or constant factor in a definition, several equations that are wrong would hold.",
    "Lₜ = Σₖ yₜₖ log pₜₖ, and further down ∂Lₜ/∂zₜ = pₜ − yₜ and ∂L/∂V = Σₜ (pₜ − yₜ) hₜᵀ",
)
HYPOTHESIS = Mistake(
    "needs-hypothesis",
    "true under a hypothesis",
    OTHER,
    "It is true only where something holds that is stated nowhere before.",
    "∂Lₜ/∂zₜ = pₜ − yₜ needs Σₖ yₜₖ = 1",
)
UNDEFINED = Mistake(
    "undefined",
    "waits for a definition",
    OTHER,
    "It rests on what nothing defines, or on a definition without a meaning.",
    "∂Eₜ/∂zₜ where nothing says what E is",
)
UNUSED = Mistake(
    "unused-ignore", "an unused ignore", OTHER, "A comment ignores what is not found there.", "<!-- symrnn: ignore -->"
)
UNDECIDED = Mistake("undecided", "undecided", OTHER, "It was read, and neither proven nor refuted.", "hₜ ≤ 1")
UNREAD = Mistake("unread", "unread", OTHER, "It was not understood.", "hₜ = ∧ xₜ")

#: Every rule, in the order in which they are told.
RULES: tuple[Mistake, ...] = tuple(value for value in globals().values() if isinstance(value, Mistake))


def known_rule(name: str) -> str:
    """The name of a rule, a kind of rules or a verdict. Raises InputError for another."""
    names = dict.fromkeys([*(rule.code for rule in RULES), *(rule.kind for rule in RULES), *LEVELS])
    if name not in names:
        near = get_close_matches(name, names, 1)
        guess = f"did you mean {near[0]!r}?" if near else "derivations/rules.md lists them"
        raise InputError(f"there is no rule {name!r}; {guess}")
    return name
