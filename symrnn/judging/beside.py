"""What is said beside a claim that holds: where it has a meaning, what it divides by, what of it the document leaves open."""

from __future__ import annotations

from symrnn.deciding.decide import Decider, dependencies
from symrnn.deciding.divisors import divisors
from symrnn.language import questions
from symrnn.language.claims import Claim, extended
from symrnn.language.questions import Answers
from symrnn.language.tensors import Ref
from symrnn.notation import unicode
from symrnn.notation.from_tensors import Notation
from symrnn.proving.domain import domain, in_words
from symrnn.reading.definitions import Understanding


def said_beside(claim: Claim, decider: Decider, understanding: Understanding) -> Answers:
    """All that a verdict on a true claim says of how it is meant beside its reading."""
    losses = _open_losses(claim, decider, understanding)
    return (*_range(claim, decider), *losses, *_divisors(claim, decider), *_classes(claim, decider))


def _open_losses(claim: Claim, decider: Decider, understanding: Understanding) -> Answers:
    """The losses and states that a claim is about and that no equation gives."""
    model = decider.model
    found = [model.quantities[key] for key in dependencies(claim.sides, model) if key in model.quantities]
    names = {quantity.name for quantity in found}
    slopes = [q for q in found if q.name.letter.endswith("'") and "'" in q.name.suffix]
    opened = sorted({(q.name.letter.removesuffix("'"), q.timed) for q in slopes})
    known = "any differentiable function of the outputs"
    unwritten = {name: d.unwritten for d in understanding.doubts.values() if d.unwritten for name in d.names if name in names}
    opened = [(letter, timed) for letter, timed in opened if letter not in {name.letter for name in unwritten}]
    named = sorted(name.text for name in names & understanding.named_losses)
    return (
        *((questions.OPEN_LOSS.about(letter), f"{known} of its step" if timed else known) for letter, timed in opened),
        *((questions.OPEN_QUANTITY.about(name.text, what), function) for name, (what, function) in unwritten.items()),
        *((questions.OPEN_LOSS.about(text), "the cross-entropy, as the text says") for text in named),
    )


def _classes(claim: Claim, decider: Decider) -> Answers:
    """The letters of a claim that the document uses as numbers of classes: as vectors they are one-hot without a hypothesis."""
    letters = {node.quantity for node in claim.nodes() if isinstance(node, Ref)}
    known = [decider.model.quantities[h.about].text for h in decider.given if h.about in letters]
    return tuple((questions.AS_A_NUMBER.about(letter), questions.RIGHT_CLASS) for letter in known)


def _divisors(claim: Claim, decider: Decider) -> Answers:
    """What a claim takes as not zero, where it divides by it."""
    shown = Notation(decider.model)
    texts = [unicode(shown.term(divisor)) for divisor in divisors(claim, extended(decider.model, claim))]
    return ((questions.NONZERO, ", ".join(dict.fromkeys(texts))),) if texts else ()


def _range(claim: Claim, decider: Decider) -> Answers:
    """Where a claim has a meaning, if the ranges of its indices do not say it."""
    conditions = domain(decider.model, claim)
    return ((questions.RANGE, " and ".join(map(in_words, conditions))),) if conditions else ()
