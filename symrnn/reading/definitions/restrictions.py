"""Equations that restrict letters which are in use already: ``W = I``, ``f_t = 1``, ``V_{ij} = V_{ji}`` define nothing.

They are assumptions, of an example or of a special case, unless the text says that what they say of a computed quantity follows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from symrnn.language.model import Name
from symrnn.language.parts import ONE
from symrnn.language.terms import Deriv, Mul, Neg, Num, Pow, Relation, Sub, Sym, Term, walk
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.definitions.examples import is_encoded, is_value_of_an_example
from symrnn.reading.definitions.finding import are_fixed, introduced
from symrnn.reading.definitions.mentions import names_in, outermost
from symrnn.reading.lexicon import Lexicon, Occurrence

_SUPPOSED = re.compile(
    r"\b(if|when|whenever|suppose|assume|assuming|let|say|set|setting|for (example|instance)|e\.g\.|where|with|initial\w*"
    r"|wenn|falls|sei|si)\b",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"\b(therefore|thus|hence|so|consequently|it follows|we (get|have|obtain|find)|gives|yields|then|also|donc|also gilt)\b",
    re.IGNORECASE,
)
_CASE = (
    r"(?:\b(?:if|when|whenever|suppose|assume|assuming|provided|wenn|falls|sofern|si|quand|lorsque|cuando|se|quando|если|когда|nếu|khi)\b"
    r"|若|如果|当|假设|當|假設|もし|만약)"
)
_IF = re.compile(rf"(?i){_CASE}(\s+(that|we have|now))?\s*$")
#: The same, with words of its clause behind it, none of which begins what holds then.
_IF_CLAUSE = re.compile(rf"(?i){_CASE}(?!.*\b(?:then|thus|have|get|gives?|obtain|so)\b)[^,.;:，。；：]*$")
_NEARLY = re.compile(
    r"(?i)approx|roughly|ignor|neglect|lineari[sz]|near[ \-]?linear|vernachläss|näherung|annähernd|linearisier|néglige"
    r"|linéaris|despreci|ignora|aproxim|пренебрег|прибли|линеаризу|近似|忽略|无视|無視|線形化|线性化|무시|근사|선형화"
)
_STARTS = re.compile(r"\b(start|begin|initiali[sz]|beginn|commen|empez|comenz)\w*", re.IGNORECASE)
#: What makes a statement one of a case, of a question or of its opposite, wherever it stands in its sentence.
_DOUBT = re.compile(
    r"\b(if|when|whenever|unless|only|whether|should|would|may|might|can|could|need|not|never|no|nor|without|false|wrong|fails?|untrue"
    r"|some|sometimes|often|usually|rarely|except|wenn|falls|nicht|kein\w*|si|quand|ne|pas)\b|n't\b|\?",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"\s*(is|are|does|do|did|has|have|why|how|what|which)\b", re.IGNORECASE)
#: How much of the text before an equation may say what it is.
_NEAR, _FAR = 80, 200
#: A condition on what kind of unit or weight something is.
_OF_ONE_KIND = re.compile(
    r"(?i)(?:\b(?:if|when|whenever|unless|wenn|falls|sofern|si|lorsque|quand|cuando|se|quando|если|когда)\b|当|當|若|如果)"
    r"(?=[^,.;!?。，]*(?:[_^\\]|\b[b-z]\b))[^,.;!?。，]*"
    r"(?:\b(?:nodes?|units?|neurons?|cells?|layers?|weights?|bias(?:es)?|connections?|synapses?|knoten|neuron\w*|schicht\w*|gewicht\w*"
    r"|nœuds?|unités?|neurones?|couches?|poids|nodos?|unidad(?:es)?|neuronas?|capas?|pesos?"
    r"|узл\w*|узел|нейрон\w*|сло[йяею]\w*|вес\w*)\b|节点|單元|单元|神经元|層|层|权重|權重)"
)


@dataclass(frozen=True)
class Positions:
    """The positions of relations of which their place or the text around them says how they are meant.

    What stands at one of `asides` (a footnote) defines only what nothing else does; a definition at one of `inherited`, which an
    earlier network of the document had, is left out where it does not fit to the others. What stands at one of `hedged` is only
    supposed there, at one of `following` it is said to follow, at one of `starting` a recursion is said to start with it; those at one
    of `conditions` stand behind an "if", and define nothing that is in use. What `before` speaks of, in earlier networks, is in use.
    """

    asides: frozenset[int] = frozenset()
    inherited: frozenset[int] = frozenset()
    hedged: frozenset[int] = frozenset()
    following: frozenset[int] = frozenset()
    starting: frozenset[int] = frozenset()
    conditions: frozenset[int] = frozenset()
    before: tuple[Relation, ...] = ()


@dataclass(frozen=True)
class Restrictions:
    """The positions of equations that define nothing: `supposed` are assumptions, each of a quantity; `claimed` are claims."""

    supposed: dict[int, Name]
    claimed: frozenset[int]


def is_supposed(context: str) -> bool:
    """Whether the text right before an equation only supposes what it says."""
    return bool(_SUPPOSED.search(_sentence(context)))


def is_doubted(before: str, after: str) -> bool:
    """Whether the sentence around an equation speaks of a case that may hold or not, asks, or denies it."""
    begin = re.split(r"[.;!?]\s", _ENVIRONMENT.sub(" ", before))[-1]
    end = re.match(r"[^.;!?]*\??", after)
    return bool(_DOUBT.search(begin) or _QUESTION.match(begin) or (end and _DOUBT.search(end[0])))


#: A formula among the words: what stands in its cases is no sentence, and ``\\begin`` says nothing of a start.
_ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}|\\(?:begin|end)\{\w*\*?\}", re.DOTALL)


def is_approximate(context: str) -> bool:
    """Whether the sentence right before an equation says that it holds nearly, or with something left out."""
    return bool(_NEARLY.search(_sentence(context)))


def is_of_one_kind(context: str) -> bool:
    """Whether the sentence right before an equation says "if" of the kind of a unit or a weight: it holds for that kind."""
    return bool(_OF_ONE_KIND.search(_sentence(context, _FAR)))


def is_said_to_follow(context: str) -> bool:
    """Whether the text right before an equation says that it follows."""
    return not is_supposed(context) and bool(_FOLLOWS.search(_sentence(context)))


def is_condition(context: str) -> bool:
    """Whether the text right before an equation ends with "if"."""
    return bool(_IF.search(context))


def is_in_clause(context: str) -> bool:
    """Whether the text right before a relation is a clause that begins with "if": "if the norm satisfies"."""
    return bool(_IF_CLAUSE.search(_sentence(context)))


def is_start(context: str) -> bool:
    """Whether the text right before an equation says that a recursion starts there: "we start with"."""
    return bool(_STARTS.search(_sentence(context)))


def _sentence(context: str, longest: int = _NEAR) -> str:
    return re.split(r"[.;!?]\s|[。；！？]", _ENVIRONMENT.sub(" ", context)[-longest:])[-1]


def restrictions(relations: Sequence[Relation | None], lexicon: Lexicon, positions: Positions) -> Restrictions:
    """The restrictions among the relations of a document."""
    introductions = _introductions(relations, lexicon)
    equations = [r for r in relations if r is not None and r.op != "in" and not _is_count(r.right)]
    look = _Look(
        relations,
        lexicon,
        positions,
        in_use={name for r in equations for name in names_in(r, lexicon)},
        defined={o.name for o, r in introductions if not _is_constant(r.right, lexicon) and not _is_same(o, r, lexicon)},
        differentiated={o.name for r in relations if r is not None for o in _denominators(r, lexicon)},
        used={name for r in positions.before for name in names_in(r, lexicon)},
    )
    for position, relation in enumerate(relations):
        if relation is not None:
            look.take(position, relation)
    return Restrictions(look.supposed, frozenset(look.claimed))


@dataclass
class _Look:
    """One look through the relations of a document, with what is in use so far."""

    relations: Sequence[Relation | None]
    lexicon: Lexicon
    positions: Positions
    in_use: set[Name]
    defined: set[Name]
    differentiated: set[Name]
    supposed: dict[int, Name] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)
    used: set[Name] = field(default_factory=set)
    #: What was in use before the last equation.
    before: set[Name] = field(default_factory=set)

    def take(self, position: int, relation: Relation) -> None:
        """What a relation restricts; what it speaks of is in use from here on."""
        found = introduced(relation, self.lexicon)
        if found is None or _is_end(found, self.lexicon):
            self._derivative(position, relation)
        elif self._restricts(position, relation, found):
            vanishes = (
                are_fixed(found.indices, self.lexicon)
                and relation.right == Num(Fraction(0))
                and position not in self.positions.hedged
            )
            if found.name in self.defined and (position in self.positions.following or vanishes):
                self.claimed.add(position)
            else:
                self.supposed[position] = found.name
        elif position in self.positions.starting and _starts_recursion(found, relation, self.relations, self.lexicon):
            self.supposed[position] = found.name
        self.before |= self.used
        self.used |= names_in(relation, self.lexicon)

    def _restricts(self, position: int, relation: Relation, found: Occurrence) -> bool:
        """Whether an equation for a quantity says something of one that is in use."""
        used, right = found.name in self.used, relation.right
        if is_encoded(right):
            return True
        if position in self.positions.conditions and (used or are_fixed(found.indices, self.lexicon)):
            return True
        if used and _takes_apart(found, right, self.used | self.differentiated, self.before, self.lexicon):
            return True
        same = found.name not in self.defined and _is_same(found, relation, self.lexicon)
        same |= self._is_valued(position, relation)
        example = is_value_of_an_example(right) or (position in self.positions.hedged and bool(found.indices))
        example |= _is_count(right) and found.name.letter.isupper() and found.name not in self.in_use
        return (_is_constant(right, self.lexicon) or same) and (used or example)

    def _is_valued(self, position: int, relation: Relation) -> bool:
        """Whether a letter is another one, and the link behind gives it a number: ``w_x = w_h = 1``."""
        after = self.relations[position + 1] if position + 1 < len(self.relations) else None
        letter = isinstance(relation.right, (Sub, Sym)) and self.lexicon.occurrence(relation.right) is not None
        return letter and after is not None and after.left == relation.left and isinstance(after.right, Num)

    def _derivative(self, position: int, relation: Relation) -> None:
        """A constant for a derivative by a quantity, where it is only supposed; by a parameter it is claimed."""
        left, right = relation.left, relation.right
        hedged = _is_constant(right, self.lexicon) and position in self.positions.hedged and right != Num(Fraction(0))
        if hedged and isinstance(left, Deriv):
            numerator, below = map(self.lexicon.occurrence, (left.numerator, left.denominator))
            if numerator is not None and below is not None and below.indices:
                self.supposed[position] = numerator.name


def _takes_apart(found: Occurrence, right: Term, known: set[Name], before: set[Name], lexicon: Lexicon) -> bool:
    r"""``W = Q \Lambda Q^{-1}``: what is in use, without a step, by an inverse; or for long, as a product of letters that are not."""
    exponents = (node.exponent for _, node in walk(right) if isinstance(node, Pow))
    inverted = any(e in (Num(Fraction(-1)), Neg(ONE)) for e in exponents)
    factors = list(outermost(right, lexicon)) if found.name in before and isinstance(right, Mul) else []
    names = {factor.name for factor in factors}
    split = len(names) > 1 and not names & known and not any(factor.indices for factor in factors)
    return not found.indices and (inverted or split)


def _denominators(relation: Relation, lexicon: Lexicon) -> list[Occurrence]:
    """What an equation differentiates by."""
    inside = (n for n in relation.nodes() if isinstance(n, Deriv))
    return [o for n in inside if (o := lexicon.occurrence(n.denominator)) is not None]


def _introductions(relations: Sequence[Relation | None], lexicon: Lexicon) -> list[tuple[Occurrence, Relation]]:
    found = ((introduced(relation, lexicon), relation) for relation in relations if relation is not None)
    return [(occurrence, relation) for occurrence, relation in found if occurrence is not None]


def _is_constant(term: Term, lexicon: Lexicon) -> bool:
    """A formula without any quantity: a number, or the identity."""
    return all(o.name == Name("I") for o in outermost(term, lexicon))


def _is_count(term: Term) -> bool:
    """A whole number above 0: that of something of which there are several, where the letter for it stands in no formula."""
    return isinstance(term, Num) and term.value >= 1 and term.value.denominator == 1


def _starts_recursion(found: Occurrence, relation: Relation, relations: Sequence[Relation | None], lexicon: Lexicon) -> bool:
    """Whether another equation is the recursion that an equation, which is none itself, gives the first value of."""
    others = (r for r in relations if r is not None)
    return not _is_recursion(found, relation, lexicon) and any(_is_recursion(found, r, lexicon) for r in others)


def _is_recursion(found: Occurrence, relation: Relation, lexicon: Lexicon) -> bool:
    """Whether an equation gives a quantity at one step by itself at another."""
    left = lexicon.occurrence(relation.left)
    inside = (o for o in outermost(relation.right, lexicon) if o.name == found.name)
    return left is not None and left.name == found.name and any(o.indices != left.indices for o in inside)


def _is_same(found: Occurrence, relation: Relation, lexicon: Lexicon) -> bool:
    """Whether the right side is the same letter with other indices, and nothing else."""
    other = lexicon.occurrence(relation.right)
    return other is not None and other.name == found.name


def _is_end(found: Occurrence, lexicon: Lexicon) -> bool:
    """Whether an equation gives the value before the first step, or at the last step or after it."""
    if not are_fixed(found.indices, lexicon) or found.name.letter in LOSSES:
        return False
    first = found.indices[0]
    return not isinstance(first, Num) or first.value == 0
