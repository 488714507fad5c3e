"""The pieces of one expression -> the tokens of ``grammar.lark``."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from lark import Token

from symrnn.language.functions import BY_SPELLING, WORDS
from symrnn.language.terms import Ellipsis, Num, Sym
from symrnn.notation.arguments import STARTS_FACTOR, Jump, Translation, is_indicator
from symrnn.notation.brackets import is_remark
from symrnn.notation.differentials import differential_of, fraction, nabla, partial_sign, slash_of_differential
from symrnn.notation.environments import environment, stack_of_cells
from symrnn.notation.scripts import above, below, half_open, is_square, primes
from symrnn.notation.unreadable import Unreadable, several_arguments
from symrnn.notation.vocabulary import ANY_ACTIVATION, APPLIED_LETTERS, COUNTING, EVERY, PROBABILITIES, listed

#: What may stand behind a function that is only named: ``f = \tanh``.
_LEAVES_FUNCTION_ALONE = frozenset(listed("RB CLOSE END ENDNORM REL COMMA ELEM ROW AMP STOP SEMICOLON"))

#: The tokens of a piece that is several: diag(a, b) is that of the stack [a, b], and ⟨a, b⟩ is ((a)^T (b)).
_SPELT = {
    "OPENSTACK": ("OPEN", "STACK"),
    "CLOSESTACK": ("ENDSTACK", "CLOSE"),
    "OPENINNER": ("OPEN", "OPEN"),
    "INNER": ("CLOSE", "TRANSPOSE", "OPEN"),
    "CLOSEINNER": ("CLOSE", "CLOSE"),
}


def tokens_of(t: Translation) -> list[Token]:
    """All tokens of the expression."""
    at = t.start
    while at < t.stop or t.jumps:
        landing = bool(t.jumps) and t.jumps[-1].at == at
        at = t.land(t.jumps.pop()) if landing else _step(t, at)
    return t.out


def _step(t: Translation, at: int) -> int:
    piece = t.pieces[at]
    role = t.roles.get(at)
    if role is not None:
        return _in_role(t, role, at)
    if is_remark(t.pieces, at):
        return piece.mate + 1
    if piece.kind in ("SYM", "ACCENT", "LB", "TEXT"):
        _note_dependence(t, at)
        _note_component(t, at)
    return _MEANINGS.get(piece.kind, _plain)(t, at)


def _in_role(t: Translation, role: str, at: int) -> int:
    if role in ("BSUB", "BSUP"):
        t.emit(role, None, at)
        return t.take(at + 1, 1)
    if role == "BAR":
        return t.emit("REL", "|", at)
    if role == "EVERY":
        return t.emit("SYM", EVERY, at)
    if role == "SKIP":
        return at + 1
    if role.startswith("DOTS"):
        t.emit("SYM", Ellipsis(), at)
        role = role.removeprefix("DOTS ")
    if role == "BRACKETED":
        t.emit("SUPIDX", None, at)
        return t.take_ranges([(at + 1, t.pieces[at].mate)], t.pieces[at].mate + 1)
    if role in _SPELT:
        for type_ in _SPELT[role]:
            t.emit(type_, "[", at)
        return at + 1
    return t.emit(role, {"PARTIAL": "d", "MARK": t.pieces[at].value, "NEXTCELL": t.pieces[at].kind}.get(role), at)


def _plain(t: Translation, at: int) -> int:
    piece = t.pieces[at]
    if piece.kind == "QUAD":
        return at + 1
    if piece.kind in ("COLON", "ROW") and t.jumps:
        return t.emit("COMMA", None, at)
    if piece.value == "." and _is_product(t, at):
        return t.emit("DOT", "cdot", at)
    if (
        piece.kind in ("DOT", "ELEM", "STOP") and t.kind(at - 1) == "OPEN" and t.kind(at + 1) == "CLOSE"
    ):  # \tanh'(\cdot), f(\bullet)
        return t.emit("SYM", Ellipsis(), at)
    if piece.kind in ("NUM", "ELLIPSIS"):
        return t.emit("SYM", piece.value or Ellipsis(), at)
    return t.emit(piece.kind, piece.value, at)


def _is_product(t: Translation, at: int) -> bool:
    """Whether a full stop with space around it stands between two factors: ``(p - y) . h^T``."""
    spaced = at > t.start and t.pieces[at - 1].end < t.pieces[at].start
    return spaced and t.kind(at + 1) in STARTS_FACTOR and t.pieces[at].end < t.pieces[at + 1].start


def _unknown(t: Translation, at: int) -> int:
    piece = t.pieces[at]
    text = t.source[piece.start : piece.end]
    what = "unknown command" if text.startswith("\\") else "unknown character"
    raise Unreadable(f"{what} {text}", piece.start, text)


def _note_dependence(t: Translation, at: int) -> None:
    r"""Note that the brackets behind the letter at `at` list what it depends on: ``E_t(y_t, \hat{y}_t)``."""
    opening = t.letter_end(at)
    separators = t.list_separators(opening) if opening is not None else []
    if opening is not None and _are_events(t, at, opening):
        return _note_arguments(t, opening, separators)
    if opening is not None and not separators and t.is_call(at, opening):
        t.roles[opening] = "ARGS"
    if opening is not None and separators:
        _gather_word(t, at, separators[0])
        _note_arguments(t, opening, separators)


def _are_events(t: Translation, at: int, opening: int) -> bool:
    r"""Whether brackets behind a letter hold what a probability is of: ``P(s_t = 0)``, ``p(y \mid x)``; their bars are noted."""
    if t.kind(opening) != "OPEN" or t.pieces[opening].value != "(":
        return False
    inside = t.own_level(opening + 1, t.pieces[opening].mate)
    bars = [n for n in inside if t.kind(n) == "GIVEN"]
    t.roles |= dict.fromkeys(bars, "BAR")
    return bool(bars) or (t.letter_of(at) in PROBABILITIES and any(t.kind(n) == "REL" for n in inside))


def _note_arguments(t: Translation, opening: int, separators: list[int]) -> None:
    """Note that the brackets at `opening` list arguments; those of a set among them, ``p(y | \\{x_1, x_2\\})``, belong to the list."""
    edges = [opening, *separators, *(n for n, role in t.roles.items() if role == "BAR"), t.pieces[opening].mate]
    for first in (at + 1 for at in edges):
        if t.kind(first) == "OPEN" and t.pieces[first].value == r"\{" and t.pieces[first].mate + 1 in edges:
            separators = [*separators, *_commas(t, first)]
            t.roles |= {first: "SKIP", t.pieces[first].mate: "SKIP"}
    t.roles |= dict.fromkeys(separators, "COMMA")
    t.roles[opening] = "ARGS"


def _note_component(t: Translation, at: int) -> None:
    r"""Note that ``p_t[k]``, ``p_t[y_t]``, ``p[t][y[t]]`` and ``p_t[\text{target}_t]`` are components of p_t."""
    opening = t.quantity_end(at)
    if opening is None or not is_square(t, opening) or opening in t.roles:
        return
    starts = [opening + 1, *(comma + 1 for comma in _commas(t, opening))]
    ends = [*(start - 1 for start in starts[1:]), t.pieces[opening].mate]
    if all(_counts(t, start, end) for start, end in zip(starts, ends, strict=True)) and t.letter_of(at) != t.letter_of(opening + 1):
        t.roles[opening] = "BRACKETED"


def _counts(t: Translation, start: int, end: int) -> bool:
    """Whether what stands between two pieces names a component: a letter that usually does, or a word."""
    if t.kind(start) == "TEXT":
        return t.skip_scripts(start + 1) == end
    if t.kind(start) == "SYM" and t.pieces[start].value.style == "text":
        return t.quantity_end(start) == end
    return t.letter_of(start) in COUNTING and t.quantity_end(start) == end


def _commas(t: Translation, opening: int) -> list[int]:
    """The commas and semicolons in the brackets at `opening` that are in no brackets further in."""
    own = t.own_level(opening + 1, t.pieces[opening].mate)
    return [at for at in own if t.kind(at) in ("COMMA", "SEMICOLON")]


def _gather_word(t: Translation, at: int, comma: int) -> None:
    """Letters without space between them are a word here: ``loss(a, b)`` is a function; ``Wf(a, b)`` may be a product."""
    start, word = t.pieces[at].start, t.text_of(at)
    while t.out and t.out[-1].type == "SYM" and t.out[-1].end_pos == start and _is_plain(t, t.out[-1]):
        before = t.out.pop()
        start, word = before.start_pos or 0, str(before) + word
    if start == t.pieces[at].start:
        return
    if word.lower() in WORDS or not (word.isupper() or (len(word) > 2 and word[1:].islower())):
        raise several_arguments(t.pieces[comma].start, t.text_of(comma))
    t.pieces[at].start, t.pieces[at].value = start, Sym(word, "", "text")


def _is_plain(t: Translation, token: Token) -> bool:
    return str(token).isascii() and str(token).isalpha()


def _symbol(t: Translation, at: int) -> int:
    value = t.pieces[at].value
    if is_indicator(value) and _condition(t, at + 1) is not None:
        return _indicator(t, at)
    if (value in APPLIED_LETTERS or _is_activation(value)) and _opens_argument(t, t.skip_scripts(at + 1)):
        return t.emit("CALL", value, at)
    if value == Sym("d") and slash_of_differential(t, at) is not None:
        return differential_of(t, at)
    return t.emit("SYM", value, at)


def _number(t: Translation, at: int) -> int:
    """A number; ``1[i = k]`` is an indicator."""
    if t.pieces[at].value == Num(Fraction(1)) and _condition(t, at + 1) is not None:
        return _indicator(t, at)
    return _plain(t, at)


def _text(t: Translation, at: int) -> int:
    word = Sym(re.sub(r"\s+", " ", t.pieces[at].value.strip()), "", "text")
    return t.emit("CALL" if _is_activation(word) and _opens_argument(t, t.skip_scripts(at + 1)) else "SYM", word, at)


def _function(t: Translation, at: int) -> int:
    value = t.pieces[at].value
    behind = t.skip_scripts(at + 1)
    if value.name in ("max", "min") and _notes_several(t, at + 1):
        return t.emit("EXTREMUM", value.name, at)
    if value.name == "sqrt" and t.kind(at + 1) == "OPEN" and t.pieces[at + 1].value == "[":
        raise Unreadable("a root that is no square root", t.pieces[at].start, t.text_of(at))
    if value.name == "diag" and t.kind(behind) == "OPEN" and _commas(t, behind):
        _entries(t, behind)
    elif _takes_entries(value.name) and (separators := t.list_separators(behind)):  # \\tanh(x_t, h; W), one of its own
        _note_arguments(t, behind, separators)
        return t.emit("SYM", value, at)
    if _opens_argument(t, behind):
        return t.emit("CALL", value, at)
    alone = not t.kind(behind) or t.kind(behind) in _LEAVES_FUNCTION_ALONE
    return t.emit("SYM" if alone else "PREFIX", value, at)


def _entries(t: Translation, opening: int) -> None:
    r"""Note that ``\mathrm{diag}(a_1, \dots, a_n)`` is the diagonal matrix of the vector of these entries."""
    t.roles |= dict.fromkeys(_commas(t, opening), "NEXTCELL")
    t.roles |= {opening: "OPENSTACK", t.pieces[opening].mate: "CLOSESTACK"}


def _notes_several(t: Translation, opening: int) -> bool:
    """Whether brackets hold several values; their commas, and that the bracket itself is not said, are noted."""
    if t.kind(opening) != "OPEN":
        return False
    own = t.own_level(opening + 1, t.pieces[opening].mate)
    commas = [at for at in own if t.kind(at) == "COMMA"]
    t.roles |= dict.fromkeys(commas, "COMMA") | ({opening: "SKIP"} if commas else {})
    return bool(commas)


def _opens_argument(t: Translation, at: int) -> bool:
    """Whether an opening bracket stands at `at`, perhaps in braces: ``\\sigma{(x)}``."""
    if t.kind(at) == "BRACE":
        at += 1
    if t.kind(at) == "LB":
        start, stop = t.inner(at, t.pieces[at].mate + 1)
        return t.kind(start) == "OPEN" and t.pieces[start].mate == stop - 1
    return t.kind(at) == "OPEN" and not is_remark(t.pieces, at) and t.roles.get(at) not in ("ARGS", "COMMA")


def _left_brace(t: Translation, at: int) -> int:
    mate = t.pieces[at].mate
    return mate + 1 if mate == at + 1 else t.emit("LB", None, at)


def _open(t: Translation, at: int) -> int:
    if t.pieces[at].value == "<":
        return _inner_product(t, at)
    if is_square(t, at) and (colons := half_open(t, at + 1, t.pieces[at].mate, fewest=1)):
        t.roles |= dict.fromkeys(colons, "EVERY")
        return _in_role(t, "BRACKETED", at)
    if t.pieces[at].value == "[" and (bars := [n for n in t.own_level(at + 1, t.pieces[at].mate) if t.kind(n) == "GIVEN"]):
        return stack_of_cells(t, at, sorted([*bars, *_commas(t, at)]))  # [a | b], as blocks are written
    if _commas(t, at) and (t.pieces[at].value == "[" or _is_turned(t, at)):
        return stack_of_cells(t, at, _commas(t, at))
    return t.emit("OPEN", None, at)


def _is_turned(t: Translation, opening: int) -> bool:
    """Whether a list in brackets is a column, written as a transposed row: ``(a, b)^T``."""
    above = t.pieces[opening].mate + 1
    return t.kind(above) == "SUP" and (t.kind(above + 1) == "TOP" or t.letter_of(above + 1) == Sym("T"))


def _inner_product(t: Translation, at: int) -> int:
    r"""``\langle a, b \rangle`` of two vectors; of what may be a matrix nothing says which number it is."""
    commas, mate = _commas(t, at), t.pieces[at].mate
    if len(commas) != 1 or _may_be_matrix(t, at + 1, commas[0]) or _may_be_matrix(t, commas[0] + 1, mate):
        reason = "angle brackets are read in superscripts, and around two vectors with a comma between them"
        raise Unreadable(reason, t.pieces[at].start, t.text_of(at))
    t.roles |= {at: "OPENINNER", commas[0]: "INNER", mate: "CLOSEINNER"}
    return at


def _may_be_matrix(t: Translation, start: int, stop: int) -> bool:
    """Whether a product ends with a capital letter, or with the transpose of something."""
    last = start
    while start < stop:
        last = last if t.kind(start) == "SUB" else start
        start = t.unit_end(start + 1) if t.kind(start) == "SUB" else max(start, t.pieces[start].mate) + 1
    return t.kind(last) == "TOP" or (t.kind(last) == "SYM" and t.pieces[last].value.name.isupper())


def _accent(t: Translation, at: int) -> int:
    start, stop, end = t.unit(at + 1)
    start, stop = t.inner(start, stop)
    letter = t.pieces[start].value if stop == start + 1 else None
    if t.pieces[at].value == ("accent", "dot") and letter in APPLIED_LETTERS and _opens_argument(t, end):  # \dot\phi(a) is \phi'(a)
        t.emit("CALL", letter, start)
        t.emit("MARK", "'", at)
        return end
    t.emit("ACCENT", t.pieces[at].value, at)
    return t.take(at + 1, 1)


def _brace(t: Translation, at: int) -> int:
    r"""``\underbrace{x}_{words}`` is x."""
    end = t.unit_end(at + 1)
    behind = t.unit_end(end + 1) if t.kind(end) in ("SUB", "SUP") else end
    t.jumps.append(Jump(end, (), behind))
    return at + 1


def _big(t: Translation, at: int) -> int:
    t.emit("BIG", t.pieces[at].value, at)
    script = at + 1
    while t.kind(script) in ("SUB", "SUP"):
        t.roles[script] = "BSUB" if t.kind(script) == "SUB" else "BSUP"
        script = t.unit_end(script + 1)
    return at + 1


def _condition(t: Translation, at: int) -> tuple[int, int, int] | None:
    """Start, stop and end of the condition in the brackets or the subscript at `at`, if it is one."""
    if t.kind(at) == "SUB":
        start, stop, end = t.unit(at + 1)
    elif t.kind(at) in ("OPEN", "LB"):
        start, stop, end = at, t.pieces[at].mate + 1, t.pieces[at].mate + 1
    else:
        return None
    while start < stop and t.kind(start) in ("LB", "OPEN") and t.pieces[start].mate == stop - 1:
        start, stop = start + 1, stop - 1
    return (start, stop, end) if _has_relation(t, start, stop) else None


def _has_relation(t: Translation, start: int, stop: int) -> bool:
    at = start
    while at < stop:
        if t.kind(at) == "REL":
            return True
        at = max(at, t.pieces[at].mate) + 1
    return False


def _indicator(t: Translation, at: int) -> int:
    condition = _condition(t, at + 1)
    assert condition is not None
    t.emit("INDICATOR", None, at)
    return t.take_ranges([condition[:2]], condition[2])


def _takes_entries(function: str) -> bool:
    """Whether a well-known function is of numbers, so that one of several arguments is another."""
    record = BY_SPELLING.get(function)
    return record is not None and record.takes == "entries"


def _is_activation(letter: Sym) -> bool:
    r"""Whether a word says that it is a function of the network: ``\text{activation}(z_t)``."""
    return letter.style == "text" and ANY_ACTIVATION.fullmatch(letter.name) is not None


#: What the pieces of a kind mean; any other piece is a token of its own.
_MEANINGS: dict[str, Callable[[Translation, int], int]] = {
    "SUB": below,
    "SUP": above,
    "FRAC": fraction,
    "FUNC": _function,
    "SYM": _symbol,
    "NUM": _number,
    "BIG": _big,
    "NABLA": nabla,
    "ACCENT": _accent,
    "BRACE": _brace,
    "BEGIN": environment,
    "PARTIAL": partial_sign,
    "PRIME": primes,
    "LB": _left_brace,
    "OPEN": _open,
    "TEXT": _text,
    "UNKNOWN": _unknown,
    "GIVEN": _unknown,
}
