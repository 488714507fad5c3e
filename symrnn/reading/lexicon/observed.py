"""What is seen of the letters of a document, over all its formulas at once, before any of them has a role."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from symrnn.language.parts import factors_of, letters_in, unsigned
from symrnn.language.scripted import scripts, under
from symrnn.language.terms import (
    DEFINING,
    Add,
    Apply,
    Big,
    Compare,
    Deriv,
    Given,
    Mark,
    Mul,
    Neg,
    Num,
    Pow,
    Relation,
    Sub,
    Sup,
    Sym,
    Term,
    Transpose,
    children,
    walk,
)
from symrnn.notation.vocabulary import CLASS_WORDS
from symrnn.reading.lexicon.lexicon import is_word

Letters = frozenset[str]

#: What indices and times are usually called.
USUAL_INDICES = frozenset("ijklmnt") | {"tau"}
USUAL_TIMES = frozenset("t") | {"tau"}


@dataclass(frozen=True)
class Observed:
    """The relations of a document, its lone expressions, and where letters stand in them."""

    relations: tuple[Relation, ...]
    expressions: tuple[Term, ...] = ()

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The sides of the relations, and the expressions."""
        return (*(side for relation in self.relations for side in relation.sides), *self.expressions)

    @cached_property
    def nodes(self) -> tuple[Term, ...]:
        """Every subterm, from left to right."""
        return tuple(node for term in self.terms for _, node in walk(term))

    @cached_property
    def sums(self) -> tuple[Big, ...]:
        """Sums, products and other big operators."""
        return tuple(node for node in self.nodes if isinstance(node, Big))

    @cached_property
    def bound(self) -> Letters:
        """Letters by which a sum or a product counts."""
        return letters_of(big.index for big in self.sums)

    @cached_property
    def shifted(self) -> Letters:
        """Small letters that stand in a script with a number added: ``t`` of ``h_{t-1}``."""
        added = (script.terms for node in self.nodes for script in scripts(node) if isinstance(script, Add))
        return frozenset(
            t.name for terms in added if any(map(_is_number, terms)) for t in terms if isinstance(t, Sym) and t.name.islower()
        )

    @cached_property
    def bases(self) -> Letters:
        """Letters that have something below or in brackets above them."""
        return frozenset(base_letter(node) for node in self.nodes if isinstance(node, (Sub, Sup)))

    @cached_property
    def compared(self) -> Letters:
        """Letters that count in a comparison, or in a condition beside an equation where nothing stands below them."""
        compared = {
            name for c in self.nodes if isinstance(c, Compare) and c.op != "in" for side in c.sides for name in _counting(side)
        }
        stated = (c for relation in self.relations for c in relation.conditions)
        return frozenset(compared) | {
            name for c in stated for side in c.sides for name in _counting(side) if name not in self.bases
        }

    @cached_property
    def alone(self) -> Letters:
        """Letters that stand alone in a script, not in an exponent."""
        return letters_of(script for node in self.nodes if not isinstance(node, Pow) for script in scripts(node))

    @cached_property
    def counting(self) -> Letters:
        """What counts somewhere, or usually does."""
        return self.bound | self.shifted | self.compared | USUAL_INDICES | self.paired

    @cached_property
    def paired(self) -> Letters:
        """The u and v of ``w_{uv}`` beside ``w_{ij}``: letters without scripts that stand in twos below a small letter, as indices do."""
        words = [(base, [letter(f) for f in i.factors]) for base, scripts in self.below for i in scripts if isinstance(i, Mul)]
        certain = self.bound | self.shifted | self.compared | USUAL_INDICES
        weights = {base for base, word in words if len(word) == 2 and {*word} <= certain and len(base) == 1 and base.islower()}
        found = {x for base, word in words if base in weights and len(word) == 2 for x in word if len(x) == 1 and x.islower()}
        return frozenset(found) - self.bases

    @cached_property
    def below(self) -> tuple[tuple[str, tuple[Term, ...]], ...]:
        """What stands below each letter, wherever something does."""
        return tuple((base_letter(node), node.indices) for node in self.nodes if isinstance(node, Sub))

    @cached_property
    def families(self) -> Mapping[str, Letters]:
        """The single letters that stand below a letter (or above a capital), where one of them counts nothing: ``b_i`` beside ``b_f``.

        Two that count, as i and j in ``W_{f,i,j}``, are none of them; a step beside one, as in ``\\delta_{i,t}``, is no such other. Nor
        is what stands below a whole that has something below it already: the p of ``{h_{t-1}}_p`` is a component.
        """
        alone: dict[str, set[str]] = {}
        above = ((base_letter(n), (n.exponent,)) for n in self.exponents if base_letter(n).isupper())
        below_names = ((base_letter(n), n.indices) for n in self.nodes if isinstance(n, Sub) and not isinstance(n.base, Sub))
        for base, scripts_below in (*below_names, *above):
            below = {x for i in scripts_below if len(x := letter(i)) == 1}
            alone.setdefault(base, set()).update(below - self.counting if len(below & self.counting - USUAL_TIMES) > 1 else below)
        return {base: frozenset(found) for base, found in alone.items() if any(x.islower() for x in found - self.counting)}

    @cached_property
    def in_words(self) -> frozenset[tuple[str, str]]:
        """Pairs of a letter and one in a word below it: i of ``W_{xi}``, where x counts nothing, and of ``W_{in}`` beside ``W_{out}``."""
        products = [(base, i.factors) for base, scripts in self.below for i in scripts if isinstance(i, Mul)]
        with_words = {base for base, factors in products if len(factors) > 2 and is_word(factors)}
        states = {base.lower() for base, _ in self.below}
        words = [(base, [letter(f) for f in factors]) for base, factors in products]
        words += [(base, [*x]) for base, scripts in self.below for i in scripts if len(x := letter(i)) == 2 and x[0] in states]
        free = not self.bound | self.shifted >= {"i", "n"}
        return (
            frozenset(
                (base, x)
                for base, word in words
                if not {*word} <= self.counting | {""} or (word == ["i", "n"] and (free or base in with_words))
                for x in self.counting.intersection(word)
            )
            - self.counted_below
        )

    @cached_property
    def counted_below(self) -> frozenset[tuple[str, str]]:
        """Pairs of a letter and one below it by which a sum around it counts, beside nothing but what counts: i of ``x_{ti}``."""
        summed = ((big.index, node) for big in self.sums for _, node in walk(big.body) if isinstance(node, Sub))
        parts = ((index, base_letter(node), node.indices) for index, node in summed)
        return frozenset(
            (base, index.name)
            for index, base, below in parts
            if isinstance(index, Sym)
            and index.name in letters_of(_factors(below))
            and all(letters_in(i) <= self.counting for i in below)
        )

    @cached_property
    def in_families(self) -> frozenset[tuple[str, str]]:
        """Pairs of a letter and one below it, where below it stand letters that count nothing as well: ``b_i`` beside ``b_f``."""
        return frozenset((base, x) for base, found in self.families.items() for x in found & self.counting)

    @cached_property
    def of_gates(self) -> frozenset[tuple[str, str]]:
        """Pairs of a letter and the gate below it: ``W_i`` of ``i_t = σ(W_i x_t)``, and ``b_i`` beside ``b_f`` and ``f_t``."""
        gates = {base for base, found in self.families.items() if found & self.bases - self.counting}
        counted = self.shifted | USUAL_TIMES
        beside = {(base, x) for base, x in self.in_families if base in gates and (x in self.bases or x not in self.bound)}
        return frozenset((base, x) for base, x in beside.union(*map(_of_its_gate, self.relations)) if x not in counted)

    @cached_property
    def counting_together(self) -> Letters:
        """Letters that stand below another one together with others, all of which count: ``p_{t,i}``, ``V_{ij}``."""
        found: set[str] = set()
        for base, scripts_below in self.below:
            together = [f for i in scripts_below for f in factors_of(i)]
            if len(together) > 1 and all(letters_in(i) <= self.counting for i in together):
                found |= {x for x in letters_of(together) if (base, x) not in self.in_words | self.in_families}
        return frozenset(found)

    @cached_property
    def with_letters_below(self) -> frozenset[tuple[str, str]]:
        """Pairs of a letter and one that stands somewhere below it, or in brackets above."""
        return _pairs(self.nodes, Sub)

    @cached_property
    def with_letters_above(self) -> frozenset[tuple[str, str]]:
        """Pairs of a letter and one that stands in brackets above it."""
        return _pairs(self.nodes, Sup)

    @cached_property
    def exponents(self) -> tuple[Pow, ...]:
        """What stands above something, without brackets."""
        return tuple(node for node in self.nodes if isinstance(node, Pow))

    @cached_property
    def with_numbers_below(self) -> Letters:
        """Letters that have numbers alone below them."""
        return frozenset(base_letter(n) for n in self.nodes if isinstance(n, Sub) and all(isinstance(i, Num) for i in n.indices))

    @cached_property
    def defined_below(self) -> Letters:
        """Letters that stand on the left side of an equation with something below or in brackets above."""
        return frozenset(base_letter(r.left) for r in self.relations if r.op in DEFINING and isinstance(r.left, (Sub, Sup)))

    @cached_property
    def defined_above(self) -> Letters:
        """Letters that an equation defines with something above them: ``L^t = ...``, ``p_{ij}^k(t) = ...``."""
        return frozenset(base_letter(left) for left, _ in self._with_steps_above)

    @cached_property
    def _with_steps_above(self) -> list[tuple[Pow, Term]]:
        """The equations for what has something above it, as left and right sides; a derivative may have its name on the right.

        What stands somewhere with nothing above is no such name: of ``\\partial s_t / \\partial s_0 = W_{hh}^t`` the right side is a power.
        """
        given = [r for r in self.relations if r.op in DEFINING]
        sides = [(r.left.base if isinstance(r.left, Given) else r.left, r.right) for r in given]
        ends = [(r.right, r.left) for r in given if isinstance(r.left, Deriv) and isinstance(r.right, Pow)]
        sides += [(right, left) for right, left in ends if self._has_always_something_above(right.base)]
        return [(left, right) for left, right in sides if isinstance(left, Pow) and not _is_diagonalized(right, left.exponent)]

    def _has_always_something_above(self, base: Term) -> bool:
        return sum(n == base for n in self.nodes) == sum(isinstance(n, Pow) and n.base == base for n in self.nodes)

    def stepped(self, times: Letters) -> Letters:
        """Letters that an equation defines with a step above and nothing else, and what that has above there: ``z^t = F(z^{t-1}, x^t)``."""
        alone = [(left, right) for left, right in self._with_steps_above if isinstance(left.base, Sym)]
        made = [(left, right) for left, right in alone if letters_in(left.exponent) and letters_in(left.exponent) <= times]
        inside = ((n, letters_in(left.exponent)) for left, right in made for _, n in walk(right) if isinstance(n, Pow))
        within = {base_letter(n) for n, steps in inside if isinstance(n.base, Sym) and letters_in(n.exponent) == steps}
        return frozenset(base_letter(left) for left, _ in made) | frozenset(within - self.factors)

    @cached_property
    def bare(self) -> Letters:
        """Letters that are somewhere no base of a script, and no script."""
        return frozenset(x for term in self.terms for x in _bare(term))

    @cached_property
    def factors(self) -> Letters:
        """Letters that stand without a script in a product of an equation, which is none itself: the x of ``W_{xh}`` is no factor."""
        sides = (side for r in self.relations for side in r.sides)
        products = (n for side in sides for path, n in walk(side) if isinstance(n, Mul) and not {"indices", "exponent"} & set(path))
        return letters_of(factor for product in products for factor in product.factors)

    @cached_property
    def rules(self) -> Letters:
        """Letters alone below the left side of an equation whose right side has the same letter at another step."""
        return frozenset(x for relation in self.relations for x in _rules(relation))

    @cached_property
    def named_in_logarithms(self) -> Letters:
        """Small letters, or words for the right class, below what a logarithm is taken of: ``c`` of ``-log p_{t,c}``."""
        lefts = [r.left for r in self.relations]
        defined = {base_letter(x) if isinstance(x, (Sub, Sup)) else letter(x) for x in lefts} - {""}
        suffixed = {letter(i) for x in lefts if isinstance(x, Sub) for i in x.indices}
        logs = [n.argument for n in self.nodes if isinstance(n, Apply) and n.function in (Sym("log"), Sym("ln"))]
        inside = [n for argument in logs for _, n in walk(argument) if isinstance(n, Sub) and base_letter(n) in defined]
        in_scripts = {id(n) for node in self.nodes for script in scripts(node) for _, n in walk(script)}
        parts = (f for n in self.nodes if isinstance(n, (Add, Mul)) and id(n) not in in_scripts for f in _parts(n))
        found = letters_of(n.indices[-1] for n in inside)
        return frozenset(x for x in found if (len(x) == 1 and x.islower()) or x in CLASS_WORDS) - suffixed - letters_of(parts)

    def counted_back(self, indices: Letters) -> Letters:
        """Single letters that are subtracted from an index, or added to one, below a letter: ``m`` of ``h_{n-m}``."""
        found: set[str] = set()
        for script in (i for node in self.nodes if isinstance(node, (Sub, Sup)) for i in node.indices if isinstance(i, Add)):
            parts = [unsigned(part) for part in script.terms]
            letters = letters_of(parts)
            if letters & indices and all(isinstance(part, (Sym, Num)) for part in parts):
                found |= {x for x in letters - indices if len(x) == 1}
        return frozenset(found)

    def last_steps(self) -> Letters:
        """What can only be a last step where none is called ``T``: ``tau`` or a capital, at a state, no counter, not beside a step."""
        if any(node == Sym("T") for node in self.nodes):
            return frozenset()
        scripted = [n for n in self.nodes if isinstance(n, (Sub, Sup))]
        states = {base_letter(n) for n in scripted if any(letters_in(i) & self.shifted and isinstance(i, Add) for i in n.indices)}
        at_states = [node for node in scripted if base_letter(node) in states]
        named = letters_of(i for node in at_states if letters_of(node.indices) & USUAL_TIMES for i in node.indices)
        below = letters_of(i for node in at_states for i in node.indices) - named
        begins = {x for node in self.nodes if isinstance(node, Big) for x in letters_in(node.lower)}
        single = {x for r in self.relations for x in _step_of_an_output(r, states)} - self.compared - USUAL_TIMES - begins
        return frozenset(x for x in below - self.shifted - self.bound if x == "tau" or x in single or (len(x) == 1 and x.isupper()))


def _step_of_an_output(relation: Relation, states: Collection[str]) -> Letters:
    """The n of ``y = V h_n + c``: what has no step of its own is made of one state only, and at no other step."""
    scripted = [node for _, node in walk(relation.right) if isinstance(node, (Sub, Sup))]
    steps = frozenset(x for node in scripted if base_letter(node) in states for i in node.indices for x in letters_in(i))
    others = {x for node in scripted if base_letter(node) not in states for x in letters_of(node.indices)}
    alone = relation.op in DEFINING and bool(letter(relation.left)) and len(steps) == 1
    return steps - others if alone else frozenset()


def _is_diagonalized(term: Term, exponent: Term) -> bool:
    r"""``Q \\Lambda^t Q^{-1}``: what stands on the other side is a power as well."""
    if not isinstance(term, Mul) or len(term.factors) != 3:
        return False
    first, middle, last = term.factors
    back = last.base if isinstance(last, (Transpose, Pow)) else None
    return back == first and isinstance(middle, Pow) and middle.exponent == exponent


def letter(term: Term | None) -> str:
    """The letter that a term is; empty for any other."""
    return term.name if isinstance(term, Sym) else ""


def letters_of(terms: Iterable[Term]) -> Letters:
    """The letters among terms."""
    return frozenset(term.name for term in terms if isinstance(term, Sym))


def counts_steps(script: Term, also: Letters = frozenset()) -> bool:
    """Whether what stands below or above a letter is made of letters that usually count steps, or of some others, and has one."""
    letters = letters_in(script)
    return bool(letters) and letters <= USUAL_TIMES | also


def base_letter(term: Term) -> str:
    """The letter under scripts and marks."""
    return letter(under(term, (Sub, Sup, Mark, Pow)))


def _pairs(nodes: Iterable[Term], kind: type[Sub] | type[Sup]) -> frozenset[tuple[str, str]]:
    return frozenset((base_letter(n), x) for n in nodes if isinstance(n, kind) for i in n.indices for x in letters_in(i))


def _factors(scripts_below: Iterable[Term]) -> Iterator[Term]:
    for script in scripts_below:
        yield from factors_of(script)


def _parts(node: Add | Mul) -> tuple[Term, ...]:
    return node.terms if isinstance(node, Add) else node.factors


def _counting(side: Term) -> Iterator[str]:
    """The letters of one side of a condition that count something: not the y of a class ``y_t``."""
    if isinstance(side, (Sub, Sup, Pow)):
        yield from (name for script in scripts(side) for name in letters_in(script))
    elif isinstance(side, (Add, Mul)):
        yield from (name for part in _parts(side) for name in _counting(part))
    elif isinstance(side, Neg):
        yield from _counting(side.term)
    else:
        yield from letters_in(side)


def _is_number(term: Term) -> bool:
    return isinstance(term, Num) or (isinstance(term, Neg) and isinstance(term.term, Num))


def _of_its_gate(relation: Relation) -> set[tuple[str, str]]:
    """What has the letter of a gate below it in the equation of this gate, and in no sum over it."""
    gate = base_letter(relation.left)
    nodes = [node for _, node in walk(relation.right)]
    summed = any(isinstance(node, Big) and letter(node.index) == gate for node in nodes)
    if relation.op not in DEFINING or len(gate) != 1 or not gate.islower() or summed:
        return set()
    below = ((n.base, i) for n in nodes if isinstance(n, Sub) and isinstance(n.base, Sym) for i in n.indices)
    return {(letter(base), gate) for base, i in below if gate in letters_of(factors_of(i))}


def _rules(relation: Relation) -> Iterator[str]:
    left = {i for i in scripts(relation.left) if isinstance(i, Sym)}
    for _, node in walk(relation.right):
        same = isinstance(node, (Sub, Sup)) and base_letter(node) == base_letter(relation.left)
        for script in scripts(node) if same else ():
            if isinstance(script, Add):
                yield from (t.name for t in left if t in script.terms)


def _bare(term: Term) -> Iterator[str]:
    if isinstance(term, (Sub, Sup, Pow)):
        return
    if isinstance(term, Sym):
        yield term.name
    for _, child in children(term):
        yield from _bare(child)
