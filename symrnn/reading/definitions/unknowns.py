"""Losses that a document names and does not define: any differentiable function of the outputs of their step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symrnn.language.model import Name, letter_of_open
from symrnn.language.parts import ONE, contains, unsigned
from symrnn.language.terms import PREFIXES, Add, Apply, Big, Deriv, Given, Mul, Neg, Sub, Sym, Term, walk
from symrnn.notation.vocabulary import ANY_PARAMETER, LOSSES
from symrnn.reading.definitions.doubts import OUTPUT, STATE, Doubt
from symrnn.reading.definitions.finding import STEP, DefiningEquation, is_fixed
from symrnn.reading.definitions.losses import added_up
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.lexicon import ERRORS, Lexicon, Occurrence, derivative_numerators

_CLASS = Sym("k", style="index")
_AT_A_STEP = ((STEP,), (Sym("t"),))
_SOFTMAX = (Sym("softmax"), Sym("softmax", style="text"))
#: Letters of outputs: where one is computed, no state that an earlier section left behind is another.
_OUTPUTS = frozenset("yp")
#: Where definitions that no equation of the document is stand: before all others.
_NOWHERE = -1000
#: What a state is that no equation gives.
OF_ITS_STEP = "any differentiable function of what its step makes"
#: Where what an open function gives stands that no equation of the document does.
_OPEN = -400
#: Letters of inputs and targets: of a step before, they are data as well.
_DATA = frozenset("uxyei")
#: Where a loss of one step stands that is only a term of one that is written out.
_LINKED = -700


def with_open_states(found: list[DefiningEquation], lexicon: Lexicon) -> tuple[list[DefiningEquation], dict[int, Doubt]]:
    r"""Lets a state that is used one step later, and that no equation gives, be an open function of what its own step makes.

    Beside ``z_t = U h_{t-1} + W x_t`` alone h_t is no input: what would hold for that only is not proven. Nothing is refuted by it.
    """
    steps = _counting(found, lexicon)
    computed = {d: step for d in _computed(found, lexicon) if (step := _step_of(d, steps)) is not None}
    before = {Add((step, Neg(ONE))) for step in computed.values()}
    known = {d.name for d in found}
    used = [o for d in computed for o in _inside(d.body, lexicon) if o.name not in known]
    late = dict.fromkeys(o.name for o in used if len(o.indices) == 1 and o.indices[0] in before)
    states = [name for name in late if name.letter not in _DATA]
    if len(states) != 1:
        return found, {}
    (state,) = states
    makes = _without_suffix(_outputs([d for d in found if not _rests_on(d, state, found, lexicon)], lexicon))
    return _with_open(state, (STATE, OF_ITS_STEP), makes, found)


def with_open_outputs(
    found: list[DefiningEquation], terms: list[Term], lexicon: Lexicon
) -> tuple[list[DefiningEquation], dict[int, Doubt]]:
    r"""Lets an output that no equation gives be an open function of what its step makes, where derivatives lead through it to the loss.

    Beside ``\partial L_t / \partial p_t \, \partial p_t / \partial h_t`` p_t is made of h_t, and the loss of it.
    """
    computed = {d.name for d in _computed(found, lexicon)}
    used = {o.name for d in found for o in outermost(d.body, lexicon)}
    nodes = (node for term in terms for _, node in walk(term) if isinstance(node, Deriv))
    pairs = [
        (of, by) for node in nodes if (of := lexicon.occurrence(node.numerator)) and (by := lexicon.occurrence(node.denominator))
    ]
    of_states = {of.name for of, by in pairs if by.name in computed and of.indices == by.indices}
    by_them = {by.name for of, by in pairs if of.name.letter in LOSSES}
    outputs = (of_states & by_them) - {d.name for d in found} - used
    outputs = {name for name in outputs if name.letter not in LOSSES | ERRORS and name.style not in PREFIXES}
    if len(outputs) != 1:
        return found, {}
    (output,) = outputs
    makes = sorted({by.name for of, by in pairs if of.name == output and of.indices == by.indices} & computed, key=str)
    function = f"any differentiable function of {', '.join(name.text for name in makes)} at its step"
    return _with_open(output, (OUTPUT, function), makes, found)


def _with_open(
    name: Name, taken: tuple[str, str], makes: list[Name], found: list[DefiningEquation]
) -> tuple[list[DefiningEquation], dict[int, Doubt]]:
    """The definitions with an open function of what its step makes for a quantity that no equation gives, and the doubt about it."""
    made = tuple(Sub(part.bare, (STEP,)) for part in makes)
    if not made:
        return found, {}
    rule = DefiningEquation(_OPEN - len(found), name, (STEP,), Given(letter_of_open(name), made))
    return [*found, rule], {rule.source: Doubt((name,), f"no equation gives it, and it is taken as {taken[1]}", unwritten=taken)}


def _rests_on(definition: DefiningEquation, state: Name, found: list[DefiningEquation], lexicon: Lexicon) -> bool:
    """Whether a quantity is made of a state at its own step, directly or through others."""
    rules = {d.name: d for d in found}
    seen: set[Name] = set()
    steps, stack = _counting(found, lexicon), [definition]
    while stack:
        rule = stack.pop()
        step = _step_of(rule, steps)
        for name in {o.name for o in _inside(rule.body, lexicon) if step is not None and o.indices == (step,)} - seen:
            seen.add(name)
            stack += [rules[name]] if name in rules else []
    return state in seen


def with_open_losses(
    found: list[DefiningEquation], terms: list[Term], lexicon: Lexicon, cross_entropy: bool = False
) -> list[DefiningEquation]:
    """Lets a loss that is differentiated, or added up, and not defined be an open function of the outputs.

    A loss at each step is one of the outputs of that step. One as a whole that nothing is said of is one of the output that a sequence
    has at its end, also where the steps are written out, or else, as an example, a sum over the steps (`is_example`), so that nothing is
    refuted by it alone. Where the text says so, it is the `cross_entropy` of the one output that is a softmax, with the data that it is
    compared with.
    """
    measured = _cross_entropy(found, terms, lexicon) if cross_entropy else None
    every = _outputs(found, lexicon)
    last = [name for name in every if name.suffix.isdigit()]  # what the last of some layers makes
    computed = _of_one_network(_without_suffix(every) or last, found, terms, lexicon)
    named_so = [name for name in computed if name.letter in _OUTPUTS] or computed
    outputs = tuple(Sub(name.bare, (STEP,)) for name in named_so)
    ends = tuple(name.bare for name in _ends(found, set(computed), lexicon))
    if not outputs + ends:
        return found
    named, steps = _named_losses(found, terms, lexicon)
    result = list(found)
    for name in named:
        linked = _as_summand(name, result, lexicon) if name in steps else None
        if linked is not None:
            result = linked
            continue
        value = measured or Given(letter_of_open(name), outputs)
        bodies: dict[tuple[Term, ...], Term] = {(STEP,): value} if name in steps and outputs else {}
        if not any(d.name == name for d in found) and (outputs or name not in steps):
            total = Big("sum", STEP, None, None, (), Sub(name.bare, (STEP,)) if name in steps else value)
            bodies[()] = Given(letter_of_open(name), ends) if ends and not measured and name not in steps else total
        result += [DefiningEquation(_NOWHERE - n, name, *rule) for n, rule in enumerate(bodies.items(), len(result))]
    return result


def _named_losses(found: list[DefiningEquation], terms: list[Term], lexicon: Lexicon) -> tuple[list[Name], set[Name]]:
    """The losses that no equation gives at a step, those that are added up first, and which of all losses have steps."""
    losses = list(_losses(found, terms, lexicon))
    named = dict.fromkeys(o.name for o in losses if not _is_used(o.name, found, lexicon))
    steps = {o.name for o in losses if len(o.indices) == 1 and lexicon.may_be_time(o.indices[0])}
    if len(named) == 1 and any(_is_of_two_steps(n, found, lexicon) for term in terms for _, n in walk(term)):
        steps |= named.keys()
    given = {d.name for d in found if d.indices}
    called = {_base(n.body) for d in found for _, n in walk(d.body) if isinstance(n, Big) and isinstance(n.body, Given)}
    return sorted((n for n in named if n not in given), key=lambda n: n.bare not in called), steps


def _is_of_two_steps(term: Term, found: list[DefiningEquation], lexicon: Lexicon) -> bool:
    r"""Whether this is an error as ``\\delta_{t,k}`` that nothing defines: that of the loss of one step, at another one."""
    of = lexicon.occurrence(term)
    if of is None or of.name.letter not in ERRORS or any(d.name == of.name for d in found):
        return False
    return len(of.indices) == 2 and all(isinstance(i, Sym) and lexicon.may_be_time(i) for i in of.indices)


def _cross_entropy(found: list[DefiningEquation], terms: list[Term], lexicon: Lexicon) -> Term | None:
    r"""``-\\sum_k y_{t,k} \\log p_{t,k}`` of the one output that is a softmax and of what is taken from it, ``p_t - y_t``."""
    outputs = {d.name for d in found if isinstance(d.body, Apply) and d.body.function in _SOFTMAX and d.indices in _AT_A_STEP}
    defined = {d.name for d in found}
    nodes = [node for term in terms for _, node in walk(term) if isinstance(node, Add) and len(node.terms) == 2]
    pairs = [{lexicon.occurrence(unsigned(t)) for t in node.terms} for node in nodes]
    named = [frozenset(o.name for o in pair if o is not None and o.indices) for pair in pairs]
    targets = {name for pair in named if pair & outputs for name in pair - defined}
    if len(outputs) != 1 or len(targets) != 1:
        return None
    (output,), (target,) = outputs, targets
    p, y = (Sub(name.bare, (STEP, _CLASS)) for name in (output, target))
    return Neg(Big("sum", _CLASS, None, None, (), Mul((y, Apply(Sym("log"), p)))))


def is_named_loss(definition: DefiningEquation) -> bool:
    """Whether a definition is that of a loss at each step that a document only names, as the cross-entropy."""
    return definition.source <= _NOWHERE and bool(definition.indices) and isinstance(definition.body, Neg)


def _as_summand(name: Name, found: list[DefiningEquation], lexicon: Lexicon) -> list[DefiningEquation] | None:
    r"""The definitions with a loss of one step as what a loss that is written as a sum over the steps adds up: ``\\ell_t``, ``J_t``.

    That is the loss of the same letter, else one that adds up an open function of this letter, else the only one. None where there is
    none. A loss that adds up an open function of what stands in its brackets adds up these. Where L adds up ``\\ell_t``, that is L_t.
    """
    steps = _counting(found, lexicon)
    every = {d: big for d in found if not d.indices and (big := _added(d.body, steps)) is not None}
    named = {d: o.name for d, body in every.items() if (o := lexicon.occurrence(_base(body.body))) is not None}
    sums = {
        d: body
        for d, body in every.items()
        if _is_call(body.body, lexicon) or lexicon.occurrence(body.body) is None or named[d] != d.name == name
    }
    same = [d for d in sums if d.name == name] or [d for d, body in sums.items() if _calls(body.body, name)]
    total = same[0] if same else next(iter(sums), None) if len(every) == 1 else None
    if total is None:
        return None
    summand, letter, step = sums[total].body, name.bare, sums[total].index
    called = lexicon.occurrence(summand.base) if isinstance(summand, Given) else None
    if isinstance(summand, Given) and called is not None and any(d.name == called.name != name for d in found):
        summand = summand.base  # that loss of a step is known by another letter
    if not isinstance(summand, Given) or not _is_call(summand, lexicon):
        return [*found, DefiningEquation(_LINKED - len(found), name, (step,), summand)]
    value = Given(letter_of_open(name), summand.arguments)
    own = DefiningEquation(_LINKED - len(found), name, (step,), value)
    linked = replace(total, body=replace(sums[total], body=Sub(letter, (step,))))
    return [*(linked if d is total else d for d in found), own]


def _added(body: Term, steps: frozenset[str]) -> Big | None:
    """The sum over the steps that a formula is, also with a minus sign before it."""
    total = body.term if isinstance(body, Neg) else body
    if not isinstance(total, Big) or total.kind != "sum" or not isinstance(total.index, Sym) or total.index.name not in steps:
        return None
    return replace(total, body=Neg(total.body)) if isinstance(body, Neg) else total


def _is_call(term: Term, lexicon: Lexicon) -> bool:
    """Whether a formula is a function of what stands in its brackets, and these do not hold its step."""
    return isinstance(term, Given) and not lexicon.is_timed_call(term)


def _base(summand: Term) -> Term:
    return summand.base if isinstance(summand, Given) else summand


def _calls(summand: Term, name: Name) -> bool:
    return isinstance(summand, Given) and summand.base == name.bare


def is_example(definition: DefiningEquation) -> bool:
    """Whether a definition is an example of a loss that a document only names."""
    return definition.source <= _NOWHERE and not definition.indices


def is_open_loss(definition: DefiningEquation) -> bool:
    """Whether a definition is that of a loss that a document only names: a number, whatever it depends on."""
    return definition.source <= _LINKED and isinstance(definition.body, Given)


def _losses(found: list[DefiningEquation], terms: list[Term], lexicon: Lexicon) -> Iterator[Occurrence]:
    """The losses that a document differentiates, and what its losses add up."""
    sums = [n.body for d in found if not d.indices for _, n in walk(d.body) if isinstance(n, Big) and n.kind == "sum"]
    numerators = list(derivative_numerators(terms))
    added = _added_up(found, frozenset(o.name for o in map(lexicon.occurrence, numerators) if o is not None), lexicon)
    for term in (*numerators, *sums):
        if isinstance(term, Given) and _is_call(term, lexicon):
            # ``L_t(o_t)`` is the loss L_t, whatever it is said to depend on.
            term = term.base if isinstance(term.base, Sub) else term
        occurrence = None if _is_call(term, lexicon) else lexicon.occurrence(term)
        if occurrence is None or occurrence.name.suffix:
            continue
        if occurrence.name.letter in LOSSES or occurrence.name in lexicon.losses | added:
            yield occurrence


def _added_up(found: list[DefiningEquation], differentiated: frozenset[Name], lexicon: Lexicon) -> frozenset[Name]:
    r"""What a loss is the sum of over the steps, of whatever letter: ``l(t)`` in ``L = \\sum_t l(t)``, where no equation gives it, and
    what is differentiated and the sum of its own steps, ``\\varepsilon = \\sum_t \\varepsilon_t``."""
    steps = [(d.name, step) for d in found if (step := added_up(d, lexicon)) is not None]
    added = {step for total, step in steps if total.letter in LOSSES or (total == step and step in differentiated)}
    return frozenset(added - {d.name for d in found if d.indices or not isinstance(d.body, Big)})


def _is_used(name: Name, found: list[DefiningEquation], lexicon: Lexicon) -> bool:
    """Whether a letter enters what the network computes at a step, and so is no loss; its derivatives are no part of that.

    Nor is another name that a loss has.
    """
    computed = (d for d in _computed(found, lexicon) if d.name.letter not in LOSSES or lexicon.occurrence(d.body) is None)
    return any(o.name == name for d in computed for o in outermost(d.body, lexicon))


def _computed(found: list[DefiningEquation], lexicon: Lexicon) -> list[DefiningEquation]:
    """What the network computes at its steps: neither derivatives nor what is made of them."""
    made = {d.name for d in found if contains(d.body, Deriv)}
    grown = True
    while grown:
        more = {d.name for d in found if any(o.name in made for o in outermost(d.body, lexicon))} - made
        grown, made = bool(more), made | more
    return [d for d in found if d.indices and d.name not in made]


def _outputs(found: list[DefiningEquation], lexicon: Lexicon) -> list[Name]:
    """What the network computes at a step and does not use at the same step again."""
    steps = _counting(found, lexicon)
    computed = {d: step for d in _computed(found, lexicon) if (step := _step_of(d, steps)) is not None}
    used = {o.name for d, step in computed.items() for o in outermost(d.body, lexicon) if step in o.indices}
    states = ((d, step) for d, step in computed.items() if d.name.letter not in LOSSES)
    used |= {o.name for d, step in states for o in _inside(d.body, lexicon) if step in o.indices}
    inside = {node for d in computed for path, node in walk(d.body) if path}
    used |= {d.name for d in computed if d.body in inside}  # z_t = W x_t beside h_t = tanh(W x_t)
    return [d.name for d in computed if d.name not in used | lexicon.losses and d.name.letter not in LOSSES]


def _without_suffix(names: list[Name]) -> list[Name]:
    return [name for name in names if not name.suffix]


def _inside(body: Term, lexicon: Lexicon) -> Iterator[Occurrence]:
    """What stands in a formula, also as an argument of an open function."""
    return (o for _, node in walk(body) if (o := lexicon.occurrence(node)) is not None)


def _step_of(definition: DefiningEquation, steps: frozenset[str]) -> Term | None:
    """The letter that counts the steps of a definition, also of one by components; None at one step alone."""
    found = [i for i in definition.indices if not isinstance(i, Sym) or i.name in steps]
    return found[0] if len(found) == 1 and isinstance(found[0], Sym) else None


def _counting(found: list[DefiningEquation], lexicon: Lexicon) -> frozenset[str]:
    """The letters that count steps in defining equations: t, and what these add a number to, as in ``h_{k-1}``."""
    shifted = {i for d in found for o in _inside(d.body, lexicon) for i in o.indices if isinstance(i, Add)}
    return frozenset({STEP.name} | {n.name for i in shifted for _, n in walk(i) if isinstance(n, Sym) and lexicon.may_be_time(n)})


def _of_one_network(outputs: list[Name], found: list[DefiningEquation], terms: list[Term], lexicon: Lexicon) -> list[Name]:
    r"""Those outputs that are made with anything that the document differentiates by, if any is.

    What learns beside the network, ``\\theta_{t+1} = \\theta_t - \\alpha m_t``, is no output of it.
    """
    below = (node.denominator for term in terms for _, node in walk(term) if isinstance(node, Deriv))
    wanted = {o.name for term in below for o in outermost(term, lexicon) if o.name.letter not in ANY_PARAMETER}
    bodies: dict[Name, set[Name]] = {}
    for definition in found:
        bodies.setdefault(definition.name, set()).update(o.name for o in outermost(definition.body, lexicon))

    def made_with(name: Name) -> set[Name]:
        reached, new = {name}, {name}
        while new:
            new = set[Name]().union(*(bodies.get(n, set()) for n in new)) - reached
            reached |= new
        return reached

    return [name for name in outputs if made_with(name) & wanted] or outputs


def _ends(found: list[DefiningEquation], outputs: set[Name], lexicon: Lexicon) -> Iterator[Name]:
    r"""What is made, without a step, of the outputs of one step, ``\\hat y = V h_T``, where no step has others and nothing uses it."""
    used = {o.name for d in found for o in outermost(d.body, lexicon)}
    for definition in (d for d in found if not d.indices and d.name not in lexicon.losses | used and d.name.letter not in LOSSES):
        inside = [o for o in outermost(definition.body, lexicon) if o.indices]
        steps = {o.indices for o in inside}
        if len(steps) == 1 and is_fixed(steps.pop()[0], lexicon) and {o.name for o in inside} >= outputs:
            yield definition.name
