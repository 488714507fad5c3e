"""The pieces of one expression -> the tokens of ``grammar.lark``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise

from lark import Token

from symrnn.language.functions import BY_SPELLING, WORDS
from symrnn.language.terms import Elided, Ellipsis, Num, Sym
from symrnn.notation.arguments import Arguments, Jump, is_indicator
from symrnn.notation.brackets import is_remark, trimmed
from symrnn.notation.unreadable import Unreadable, several_arguments
from symrnn.notation.vocabulary import ANY_ACTIVATION, APPLIED_LETTERS, COUNTING, EVERY, MATRICES, TIMES, listed

_STARTS_FACTOR = frozenset(listed("SYM NUM LB OPEN FUNC FRAC ACCENT BIG TEXT PARTIAL NABLA BEGIN NORM ELLIPSIS BRACE UNKNOWN"))
#: What may stand behind a function that is only named: ``f = \tanh``.
_LEAVES_FUNCTION_ALONE = frozenset(listed("RB CLOSE END ENDNORM REL COMMA ELEM ROW AMP STOP SEMICOLON"))
#: What is said beside the last case, in the languages of notes.
_OTHERWISE = re.compile(
    r"(?i)\b(?:otherwise|else|sinon|autrement|sonst|ansonsten|altrimenti|anders|inaczej|jinak|иначе|contrari[oa]|en otro caso)\b"
    r"|否则|否則|其他|其它|其余|その他|それ以外|그\s*외|그렇지\s*않으면|아니면"
)
_NEGATIVE_WORDS = frozenset({"or", "not", "unless", "except", "nor", "neither"})


class Translator(Arguments):
    """Decides what a piece means where it stands, and emits its tokens."""

    def tokens(self) -> list[Token]:
        """All tokens of the expression."""
        at = self.start
        while at < self.stop or self.jumps:
            landing = bool(self.jumps) and self.jumps[-1].at == at
            at = self._land(self.jumps.pop()) if landing else self._step(at)
        return self.out

    def _step(self, at: int) -> int:
        piece = self.pieces[at]
        role = self.roles.get(at)
        if role is not None:
            return self._in_role(role, at)
        if is_remark(self.pieces, at):
            return piece.mate + 1
        if piece.kind in ("SYM", "ACCENT", "LB", "TEXT"):
            self._note_dependence(at)
            self._note_component(at)
        special: dict[str, Callable[[int], int]] = {
            "SUB": self._subscript,
            "SUP": self._superscript,
            "FRAC": self._fraction,
            "FUNC": self._function,
            "SYM": self._symbol,
            "NUM": self._number,
            "BIG": self._big,
            "NABLA": self._nabla,
            "ACCENT": self._accent,
            "BRACE": self._brace,
            "BEGIN": self._environment,
            "PARTIAL": self._partial,
            "PRIME": self._primes,
            "LB": self._left_brace,
            "OPEN": self._open,
            "TEXT": self._text,
            "UNKNOWN": self._unknown,
        }
        method = special.get(piece.kind)
        return method(at) if method else self._plain(at)

    def _in_role(self, role: str, at: int) -> int:
        if role in ("BSUB", "BSUP"):
            self._emit(role, None, at)
            return self._arguments(at + 1, 1)
        if role == "EVERY":
            return self._emit("SYM", EVERY, at)
        if role == "SKIP":
            return at + 1
        if role.startswith("DOTS"):
            self._emit("SYM", Ellipsis(), at)
            role = role.removeprefix("DOTS ")
        if role == "BRACKETED":
            self._emit("SUPIDX", None, at)
            return self._ranges([(at + 1, self.pieces[at].mate)], self.pieces[at].mate + 1)
        if role in ("OPENSTACK", "CLOSESTACK"):
            for type_ in ("OPEN", "STACK") if role == "OPENSTACK" else ("ENDSTACK", "CLOSE"):
                self._emit(type_, "[", at)
            return at + 1
        return self._emit(role, {"PARTIAL": "d", "MARK": self.pieces[at].value, "NEXTCELL": self.pieces[at].kind}.get(role), at)

    def _plain(self, at: int) -> int:
        piece = self.pieces[at]
        if piece.kind == "QUAD":
            return at + 1
        if piece.kind in ("COLON", "ROW") and self.jumps:
            return self._emit("COMMA", None, at)
        if piece.value == "." and self._is_product(at):
            return self._emit("DOT", "cdot", at)
        if piece.kind == "DOT" and self._kind(at - 1) == "OPEN" and self._kind(at + 1) == "CLOSE":  # \tanh'(\cdot)
            return self._emit("SYM", Ellipsis(), at)
        if piece.kind in ("NUM", "ELLIPSIS"):
            return self._emit("SYM", piece.value or Ellipsis(), at)
        return self._emit(piece.kind, piece.value, at)

    def _is_product(self, at: int) -> bool:
        """Whether a full stop with space around it stands between two factors: ``(p - y) . h^T``."""
        spaced = at > self.start and self.pieces[at - 1].end < self.pieces[at].start
        return spaced and self._kind(at + 1) in _STARTS_FACTOR and self.pieces[at].end < self.pieces[at + 1].start

    def _unknown(self, at: int) -> int:
        piece = self.pieces[at]
        text = self.source[piece.start : piece.end]
        what = "unknown command" if text.startswith("\\") else "unknown character"
        raise Unreadable(f"{what} {text}", piece.start, text)

    # -- scripts

    def _subscript(self, at: int) -> int:
        """What stands below; ``v_{[i]}`` is the component v_i, ``s_{b[i]}`` that of s_b."""
        self._emit("SUB", None, at)
        start, stop, end = self._unit(at + 1)
        start, stop = self._inner(start, stop)
        start = self._named_step(start, stop) or start
        if self._brackets(start) and self.pieces[start].mate == stop - 1:
            start, stop = start + 1, stop - 1
        behind = self._letter_end(start) if start < stop else None
        if behind is not None and self._brackets(behind) and self.pieces[behind].mate == stop - 1:
            self.roles |= {behind: "COMMA", stop - 1: "SKIP"} | dict.fromkeys(self._half_open(behind + 1, stop - 1), "EVERY")
        self.roles |= dict.fromkeys(self._half_open(start, stop), "EVERY")
        return self._ranges([(start, stop)], end)

    def _half_open(self, start: int, stop: int) -> list[int]:
        """The colons at an end of a place, ``:`` and ``n:``, where places are told apart by commas."""
        own = self._own_level(start, stop)
        kinds = ["COMMA", *(self.pieces[at].kind for at in own), "COMMA"]
        ends = [at for n, at in enumerate(own) if kinds[n + 1] == "COLON" and "COMMA" in (kinds[n], kinds[n + 2])]
        return ends if "COMMA" in kinds[1:-1] else []

    def _brackets(self, at: int) -> bool:
        return self._kind(at) == "OPEN" and self.pieces[at].value == "["

    def _primes(self, at: int) -> int:
        end = at
        while self._kind(end) == "PRIME":
            end += 1
        self._emit("MARK", "'" * (end - at), at)
        return end

    def _superscript(self, at: int) -> int:
        start, stop, end = self._unit(at + 1)
        start, stop = self._inner(start, stop)
        step = self._named_step(start, stop)
        if step is not None:
            self._emit("SUPIDX", None, at)
            return self._ranges([(step, stop)], end)
        primes = start
        while self._kind(primes) == "PRIME" and primes < stop:
            primes += 1
        if start < primes < stop and self._index_end(primes, stop) == stop:  # V^{\prime(i)}
            self.roles[primes] = "BRACKETED"
            self.jumps.append(Jump(stop, (), end))
            return start
        if start < primes < stop and self._kind(start) == "PRIME" and not self._only_marks(primes, stop):  # f^{\prime l}
            self._emit("MARK", "'" * (primes - start), at)
            self._emit("POW", None, at)
            return self._ranges([(primes, stop)], end)
        if self._lists_names(start, stop):
            self._emit("SUPIDX", None, at)
            return self._ranges([(start, stop)], end)
        index_end = self._index_end(start, stop)
        if start == stop or not self._only_marks(index_end, stop):
            self._emit("POW", None, at)
            return self._arguments(at + 1, 1)
        self.jumps.append(Jump(stop, (), end))
        if index_end == start:
            return start
        self._emit("SUPIDX", None, at)
        return self._ranges([(start + 1, index_end - 1)], index_end)

    def _lists_names(self, start: int, stop: int) -> bool:
        r"""Whether a superscript has several parts, as in ``\delta^{h,\text{next}}``; a T behind the comma may turn a matrix."""
        commas = [at for at in self._own_level(start, stop) if self._kind(at) == "COMMA"]
        turned = bool(commas) and commas[-1] == stop - 2 and self.pieces[stop - 1].value == Sym("T")
        return bool(commas) and not turned

    def _named_step(self, start: int, stop: int) -> int | None:
        """Where the value begins in ``h^{t=2}``, the state at step 2; None for another script."""
        if stop - start > 2 and self.pieces[start].value in TIMES and self._kind(start + 1) == "REL":
            return start + 2 if self.pieces[start + 1].value == "=" else None
        return None

    def _index_end(self, start: int, stop: int) -> int:
        """Where an index in brackets ends that a superscript begins with; `start` if there is none."""
        piece = self.pieces[start] if start < stop else None
        if piece is not None and piece.kind == "OPEN" and piece.value in "([<":
            return piece.mate + 1
        if piece is not None and piece.kind == "REL" and piece.value == "<":
            signs = (n for n in range(start + 1, stop) if self._kind(n) == "REL" and self.pieces[n].value == ">")
            return next(signs, start - 1) + 1
        return start

    def _only_marks(self, start: int, stop: int) -> bool:
        """Whether these pieces are marks (the last perhaps a transpose); if so, their roles are noted."""
        roles = {}
        for at in range(start, stop):
            piece = self.pieces[at]
            if at == stop - 1 and (piece.kind == "TOP" or piece.value == Sym("T")):
                roles[at] = "TRANSPOSE"
            elif piece.kind == "SUP" and at == stop - 2 and self._holds_time(start):  # h^{(t)^\top}
                roles[at] = "SKIP"
            elif piece.kind in ("PLUS", "STAR") or piece.value == "*":
                roles[at] = "MARK"
            elif piece.kind != "PRIME":
                return False
        self.roles |= roles
        return True

    def _holds_time(self, end: int) -> bool:
        """Whether the brackets that end here hold a letter that counts time."""
        opening = self.pieces[end - 1].mate if end else None
        return opening is not None and any(piece.value in TIMES for piece in self.pieces[opening:end])

    # -- what a quantity depends on

    def _note_dependence(self, at: int) -> None:
        r"""Note that the brackets behind the letter at `at` list what it depends on: ``E_t(y_t, \hat{y}_t)``."""
        opening = self._letter_end(at)
        separators = self._list_separators(opening) if opening is not None else []
        if opening is not None and not separators and self._is_call(at, opening):
            self.roles[opening] = "ARGS"
        if opening is not None and separators:
            self._gather_word(at, separators[0])
            self._note_arguments(opening, separators)

    def _note_arguments(self, opening: int, separators: list[int]) -> None:
        """Note that the brackets at `opening` list arguments."""
        self.roles |= dict.fromkeys(separators, "COMMA")
        self.roles[opening] = "ARGS"

    def _note_component(self, at: int) -> None:
        """Note that ``p_t[k]`` and ``p_t[y_t]`` are components of p_t."""
        opening = self._letter_end(at)
        if opening is None or not self._brackets(opening) or opening in self.roles:
            return
        starts = [opening + 1, *(comma + 1 for comma in self._commas(opening))]
        ends = [*(start - 1 for start in starts[1:]), self.pieces[opening].mate]
        counting = (
            self._letter_of(start) in COUNTING and self._letter_end(start) == end for start, end in zip(starts, ends, strict=True)
        )
        if all(counting) and self._letter_of(at) != self._letter_of(opening + 1):
            self.roles[opening] = "BRACKETED"

    def _commas(self, opening: int) -> list[int]:
        """The commas and semicolons in the brackets at `opening` that are in no brackets further in."""
        own = self._own_level(opening + 1, self.pieces[opening].mate)
        return [at for at in own if self._kind(at) in ("COMMA", "SEMICOLON")]

    def _gather_word(self, at: int, comma: int) -> None:
        """Letters without space between them are a word here: ``loss(a, b)`` is a function; ``Wf(a, b)`` may be a product."""
        start, word = self.pieces[at].start, self._text_of(at)
        while self.out and self.out[-1].type == "SYM" and self.out[-1].end_pos == start and self._is_plain(self.out[-1]):
            before = self.out.pop()
            start, word = before.start_pos or 0, str(before) + word
        if start == self.pieces[at].start:
            return
        if word.lower() in WORDS or not (word.isupper() or (len(word) > 2 and word[1:].islower())):
            raise several_arguments(self.pieces[comma].start, self._text_of(comma))
        self.pieces[at].start, self.pieces[at].value = start, Sym(word, "", "text")

    def _is_plain(self, token: Token) -> bool:
        return str(token).isascii() and str(token).isalpha()

    # -- what a single piece means

    def _symbol(self, at: int) -> int:
        value = self.pieces[at].value
        if is_indicator(value) and self._condition(at + 1) is not None:
            return self._indicator(at)
        if (value in APPLIED_LETTERS or _is_activation(value)) and self._opens_argument(self._skip_scripts(at + 1)):
            return self._emit("CALL", value, at)
        if value == Sym("d") and self._slash_of_differential(at) is not None:
            return self._differential(at)
        return self._emit("SYM", value, at)

    def _number(self, at: int) -> int:
        """A number; ``1[i = k]`` is an indicator."""
        if self.pieces[at].value == Num(Fraction(1)) and self._condition(at + 1) is not None:
            return self._indicator(at)
        return self._plain(at)

    def _text(self, at: int) -> int:
        word = Sym(re.sub(r"\s+", " ", self.pieces[at].value.strip()), "", "text")
        return self._emit("CALL" if _is_activation(word) and self._opens_argument(self._skip_scripts(at + 1)) else "SYM", word, at)

    def _function(self, at: int) -> int:
        value = self.pieces[at].value
        behind = self._skip_scripts(at + 1)
        if value.name in ("max", "min") and self._notes_several(at + 1):
            return self._emit("EXTREMUM", value.name, at)
        if value.name == "sqrt" and self._kind(at + 1) == "OPEN" and self.pieces[at + 1].value == "[":
            raise Unreadable("a root that is no square root", self.pieces[at].start, self._text_of(at))
        if value.name == "diag" and self._kind(behind) == "OPEN" and self._commas(behind):
            self._entries(behind)
        elif _takes_entries(value.name) and (separators := self._list_separators(behind)):  # \\tanh(x_t, h; W), one of its own
            self._note_arguments(behind, separators)
            return self._emit("SYM", value, at)
        if self._opens_argument(behind):
            return self._emit("CALL", value, at)
        alone = not self._kind(behind) or self._kind(behind) in _LEAVES_FUNCTION_ALONE
        return self._emit("SYM" if alone else "PREFIX", value, at)

    def _entries(self, opening: int) -> None:
        r"""Note that ``\mathrm{diag}(a_1, \dots, a_n)`` is the diagonal matrix of the vector of these entries."""
        self.roles |= dict.fromkeys(self._commas(opening), "NEXTCELL")
        self.roles |= {opening: "OPENSTACK", self.pieces[opening].mate: "CLOSESTACK"}

    def _notes_several(self, opening: int) -> bool:
        """Whether brackets hold several values; their commas, and that the bracket itself is not said, are noted."""
        if self._kind(opening) != "OPEN":
            return False
        own = self._own_level(opening + 1, self.pieces[opening].mate)
        commas = [at for at in own if self._kind(at) == "COMMA"]
        self.roles |= dict.fromkeys(commas, "COMMA") | ({opening: "SKIP"} if commas else {})
        return bool(commas)

    def _opens_argument(self, at: int) -> bool:
        """Whether an opening bracket stands at `at`, perhaps in braces: ``\\sigma{(x)}``."""
        if self._kind(at) == "BRACE":
            at += 1
        if self._kind(at) == "LB":
            start, stop = self._inner(at, self.pieces[at].mate + 1)
            return self._kind(start) == "OPEN" and self.pieces[start].mate == stop - 1
        return self._kind(at) == "OPEN" and not is_remark(self.pieces, at) and self.roles.get(at) not in ("ARGS", "COMMA")

    def _left_brace(self, at: int) -> int:
        mate = self.pieces[at].mate
        return mate + 1 if mate == at + 1 else self._emit("LB", None, at)

    def _open(self, at: int) -> int:
        if self.pieces[at].value == "<":
            raise Unreadable("angle brackets are read in superscripts only", self.pieces[at].start, self._text_of(at))
        if self._brackets(at) and (colons := self._half_open(at + 1, self.pieces[at].mate)):
            self.roles |= dict.fromkeys(colons, "EVERY")
            return self._in_role("BRACKETED", at)
        if self.pieces[at].value == "[" and self._commas(at):
            return self._stack(at, self._commas(at))
        return self._emit("OPEN", None, at)

    def _accent(self, at: int) -> int:
        start, stop, end = self._unit(at + 1)
        start, stop = self._inner(start, stop)
        letter = self.pieces[start].value if stop == start + 1 else None
        if (
            self.pieces[at].value == ("accent", "dot") and letter in APPLIED_LETTERS and self._opens_argument(end)
        ):  # \dot\phi(a) is \phi'(a)
            self._emit("CALL", letter, start)
            self._emit("MARK", "'", at)
            return end
        self._emit("ACCENT", self.pieces[at].value, at)
        return self._arguments(at + 1, 1)

    def _brace(self, at: int) -> int:
        r"""``\underbrace{x}_{words}`` is x."""
        end = self._unit_end(at + 1)
        behind = self._unit_end(end + 1) if self._kind(end) in ("SUB", "SUP") else end
        self.jumps.append(Jump(end, (), behind))
        return at + 1

    def _big(self, at: int) -> int:
        self._emit("BIG", self.pieces[at].value, at)
        script = at + 1
        while self._kind(script) in ("SUB", "SUP"):
            self.roles[script] = "BSUB" if self._kind(script) == "SUB" else "BSUP"
            script = self._unit_end(script + 1)
        return at + 1

    def _nabla(self, at: int) -> int:
        if self._kind(at + 1) != "SUB":
            for type_, value in (("NABLA", None), ("LB", None), ("SYM", Elided()), ("RB", None)):
                self._emit(type_, value, at)
            return at + 1
        self._emit("NABLA", None, at)
        return self._arguments(at + 2, 1)

    # -- indicators

    def _condition(self, at: int) -> tuple[int, int, int] | None:
        """Start, stop and end of the condition in the brackets or the subscript at `at`, if it is one."""
        if self._kind(at) == "SUB":
            start, stop, end = self._unit(at + 1)
        elif self._kind(at) in ("OPEN", "LB"):
            start, stop, end = at, self.pieces[at].mate + 1, self.pieces[at].mate + 1
        else:
            return None
        while start < stop and self._kind(start) in ("LB", "OPEN") and self.pieces[start].mate == stop - 1:
            start, stop = start + 1, stop - 1
        return (start, stop, end) if self._has_relation(start, stop) else None

    def _has_relation(self, start: int, stop: int) -> bool:
        at = start
        while at < stop:
            if self._kind(at) == "REL":
                return True
            at = max(at, self.pieces[at].mate) + 1
        return False

    def _indicator(self, at: int) -> int:
        condition = self._condition(at + 1)
        assert condition is not None
        self._emit("INDICATOR", None, at)
        return self._ranges([condition[:2]], condition[2])

    # -- fractions and derivatives

    def _fraction(self, at: int) -> int:
        start, stop, middle = self._unit(at + 1)
        start_below, stop_below, end = self._unit(middle)
        above, below = self._inner(start, stop), self._inner(start_below, stop_below)
        sign = self._derivative_sign(above, below)
        if not sign and self._kind(above[0]) == "PARTIAL" and above[0] + 1 < above[1]:
            return self._scaled(at, above, below, end)
        if not sign and self._kind(below[0]) == "PARTIAL":
            return self._halved(at, "below", (above[0], above[1]), (below[0] + 1, below[1]), end)
        if not sign:
            self._emit("FRAC", None, at)
            return self._ranges([(start, stop), (start_below, stop_below)], end)
        return self._derivative(at, sign, above, below, end)

    def _scaled(self, at: int, above: tuple[int, int], below: tuple[int, int], end: int) -> int:
        r"""``\frac{\partial l}{T \cdot \partial o}`` is a derivative over T."""
        marks = [n for n in self._own_level(*below) if self._kind(n) == "PARTIAL"]
        if len(marks) != 1:
            return self._halved(at, "above", (above[0] + 1, above[1]), below, end)
        factor = below[0], marks[0] - 1 if self._kind(marks[0] - 1) == "DOT" else marks[0]
        sign = "partial+" if self._explicit_end(above[0]) > above[0] + 1 else "partial"
        self._emit("FRAC", None, at)
        self._emit_at("LB", None, at)
        self._emit("DERIV", sign, at)
        self.jumps.append(Jump(factor[1], ("RB",), end))
        self.jumps.append(Jump(below[1], ("RB", "RB", "LB"), factor[0]))
        self.jumps.append(Jump(above[1], ("RB", "LB"), marks[0] + 1))
        self._emit_at("LB", None, self._explicit_end(above[0]))
        return self._explicit_end(above[0])

    def _halved(self, at: int, sign: str, above: tuple[int, int], below: tuple[int, int], end: int) -> int:
        r"""``\frac{\partial l}{o}``: a derivative that lacks one of its ∂."""
        if self._quantity_end(below[0]) != below[1]:
            raise Unreadable("a derivative with one ∂ only; write ∂ above and below", self.pieces[at].start, self._text_of(at))
        self._emit("DERIV", sign, at)
        return self._ranges([above, below], end)

    def _derivative_sign(self, above: tuple[int, int], below: tuple[int, int]) -> str:
        if above[0] == above[1] or below[0] == below[1]:
            return ""
        if self._kind(above[0]) == self._kind(below[0]) == "PARTIAL":
            return "partial+" if self._explicit_end(above[0]) > above[0] + 1 else "partial"
        return "d" if self._is_d(above, alone=True) and self._is_d(below, alone=False) else ""

    def _is_d(self, content: tuple[int, int], alone: bool) -> bool:
        """Whether a content begins with the d of a differential; `alone` if it may be all of it."""
        start, stop = content
        if self.pieces[start].value != Sym("d"):
            return False
        return alone if start + 1 == stop else self._kind(start + 1) in _STARTS_FACTOR

    def _derivative(self, at: int, sign: str, above: tuple[int, int], below: tuple[int, int], end: int) -> int:
        numerator = self._explicit_end(above[0]), above[1]
        denominator = below[0] + 1, below[1]
        if self._kind(numerator[0]) == "SUP" and numerator[0] < numerator[1]:
            raise Unreadable("a derivative of higher order", self.pieces[at].start, self._text_of(at))
        self._emit("DERIV" if numerator[0] < numerator[1] else "DOP", sign, at)
        ranges = [numerator, denominator] if numerator[0] < numerator[1] else [denominator]
        return self._ranges(ranges, end)

    def _explicit_end(self, at: int) -> int:
        r"""Where ``\partial^+`` ends that begins at `at`; ``at + 1`` without the plus."""
        if self._kind(at) == "PARTIAL" and self._kind(at + 1) == "SUP":
            start, stop, end = self._unit(at + 2)
            if stop == start + 1 and self._kind(start) == "PLUS":
                return end
        return at + 1

    def _partial(self, at: int) -> int:
        end = self._explicit_end(at)
        if self._kind(end) == "SUB":
            return self._nabla(end - 1)
        self._emit("PARTIAL", "partial+" if end > at + 1 else "partial", at)
        return end

    def _slash_of_differential(self, at: int) -> int | None:
        """The slash of ``dL/dW`` or ``d/dW`` whose first d stands at `at`."""
        slash = at + 1
        if self._kind(slash) in _STARTS_FACTOR:
            slash = self._factor_end(slash)
        found = self._kind(slash) == "SLASH" and self._kind(slash + 1) == "SYM"
        if not found or self.pieces[slash + 1].value != Sym("d"):
            return None
        return slash if self._kind(slash + 2) in _STARTS_FACTOR else None

    def _differential(self, at: int) -> int:
        slash = self._slash_of_differential(at)
        assert slash is not None
        self.roles[slash + 1] = "PARTIAL"
        return self._emit("PARTIAL", "d", at)

    # -- stacks

    def _stack(self, at: int, separators: list[int]) -> int:
        """Several quantities as one: ``[h, x]``, ``\\begin{bmatrix} h \\\\ x \\end{bmatrix}``."""
        mate = self.pieces[at].mate
        cells = list(pairwise([at, *separators, mate]))
        dotted = any(self._kind(n) == "ELLIPSIS" for n in range(at, mate)) or any(map(self._is_dots, cells))
        if any(b == a + 1 for a, b in cells) and not dotted:
            raise Unreadable("an empty place among brackets", self.pieces[at].start, self._text_of(at))
        self.roles |= dict.fromkeys(separators, "NEXTCELL") | {mate: "ENDSTACK"}
        for before, behind in cells:
            if before + 1 == behind or self._is_dots((before, behind)):
                self.roles |= dict.fromkeys(range(before + 1, behind), "SKIP") | {behind: f"DOTS {self.roles[behind]}"}
        return self._emit("STACK", self.pieces[at].value, at)

    def _is_dots(self, cell: tuple[int, int]) -> bool:
        """Whether a cell holds nothing but a dot, which stands for more rows."""
        return cell[1] == cell[0] + 2 and (self._kind(cell[0] + 1) == "STOP" or self.pieces[cell[0] + 1].value == "cdot")

    def _environment(self, at: int) -> int:
        braced = self.source.startswith(r"\left", self.pieces[at].start)
        if self.pieces[at].value not in MATRICES or braced:
            return self._cases(at)
        own = self._own_level(at + 1, self.pieces[at].mate)
        separators = [n for n in own if self._kind(n) in ("AMP", "ROW")]
        if separators and separators[-1] == self.pieces[at].mate - 1 and self._kind(separators[-1]) == "ROW":
            self.roles[separators.pop()] = "SKIP"
        return self._stack(at, separators)

    # -- cases

    def _cases(self, at: int) -> int:
        mate = self.pieces[at].mate
        self._emit("CASES", None, at)
        branches = [self._branch(start, stop) for start, stop in self._case_rows(at + 1, mate)]
        if not branches:
            raise Unreadable("cases without a case", self.pieces[at].start, self._text_of(at))
        ends = [("BRANCH",)] * (len(branches) - 1) + [("ENDCASES",)]
        targets = [branch[0][0] for branch in branches[1:]] + [mate + 1]
        for (value, condition), types, target in reversed(list(zip(branches, ends, targets, strict=True))):
            self.jumps.append(Jump(condition[1], types, target))
            self.jumps.append(Jump(value[1], ("WHEN",), condition[0]))
        self._emit_at("BRANCH", None, branches[0][0][0])
        return branches[0][0][0]

    def _case_rows(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The rows of a ``cases`` environment that hold anything."""
        at = begin = start
        while at <= stop:
            if at == stop or self._kind(at) == "ROW":
                if begin < at:
                    yield begin, at
                begin = at + 1
            at = max(at, self.pieces[at].mate) + 1

    def _branch(self, start: int, stop: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The ranges of a value and of its condition."""
        own = self._own_level(start, stop)
        cut = next((at for at in own if self._kind(at) == "AMP"), None)
        if cut is None:
            cut = next((at for at in own if self._kind(at) == "TEXT"), None)
        if cut is None:
            raise Unreadable("a case without a condition", self.pieces[start].start, self._text_of(start))
        value = trimmed(self.pieces, start, cut)
        condition = self._case_condition([at for at in own if at >= cut], cut, stop)
        return value, condition

    def _case_condition(self, own: list[int], start: int, stop: int) -> tuple[int, int]:
        """The condition without its words; empty for *otherwise*."""
        words = [at for at in own if self._kind(at) == "TEXT"]
        said = [word for at in words for word in re.findall(r"[a-z]+", self.pieces[at].value.lower())]
        start = start + 1 if self._kind(start) == "AMP" else start
        idle = {at for at in own if self._kind(at) in ("TEXT", "STOP", "SEMICOLON", "QUAD")}
        formula = [at for at in own if at >= start and at not in idle and self._kind(at) != "COMMA"]
        first = self.pieces[min(start, stop - 1)]
        otherwise = _OTHERWISE.search(" ".join(self.pieces[at].value for at in words))
        if _NEGATIVE_WORDS & set(said) or (formula and otherwise):
            raise Unreadable("a condition with these words is not read", first.start, " ".join(said))
        if formula:
            self._drop_words(words, formula, idle)
            return self._inner(formula[0], max(self.pieces[formula[-1]].mate, formula[-1]) + 1, ("LB", "OPEN"))
        if not otherwise:
            raise Unreadable("a condition in words only", first.start, " ".join(said))
        return start, start

    def _drop_words(self, words: list[int], formula: list[int], idle: set[int]) -> None:
        r"""Between two formulas ``\text{and}`` is read as a comma, other words as nothing."""
        self.roles |= dict.fromkeys(idle, "SKIP")
        for at in words:
            if formula[0] < at < formula[-1] and "and" in self.pieces[at].value.lower().split():
                self.roles[at] = "COMMA"


def _takes_entries(function: str) -> bool:
    """Whether a well-known function is of numbers, so that one of several arguments is another."""
    record = BY_SPELLING.get(function)
    return record is not None and record.takes == "entries"


def _is_activation(letter: Sym) -> bool:
    r"""Whether a word says that it is a function of the network: ``\text{activation}(z_t)``."""
    return letter.style == "text" and ANY_ACTIVATION.fullmatch(letter.name) is not None
