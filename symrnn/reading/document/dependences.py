"""Letters of which the text says that they depend on the state: "$i$ and $g$, which are both dependent on the previous state"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LETTER = re.compile(
    r"\s*(?:\\(?:math|bold|text)[a-z]*\s*\{\s*)?\\?([A-Za-z]+)[\s}]*(?:[_^]\s*(?:\{(?:[^{}]|\{[^{}]*\})*\}|\\?\w+)\s*)*"
)
_JOINT = re.compile(r"(?i)\s*(?:[,/&]|and|or|,\s*and|和|与|、|及)?\s*")
_DEPENDS = re.compile(
    r"(?i)[\s,]*(?:gates?\b[\s,]*)?(?:(?:which|that)\s+)?(?:(?:is|are|being|was|were)\s+)?"
    r"(?:(?:\w+ly|both|also|all|again|itself|in turn)\s+)*(?:depend(?:s|ent|ing)?(?:\s+\w+ly)?\s+(?:up)?on|(?:a\s+)?functions?\s+of)\b"
)
_STATE = re.compile(
    r"(?i)\b(?:previous|last|past|earlier|hidden|recurrent|cell)\b(?:\s+\w+){0,2}?\s+(?:states?|outputs?|activations?|step)\b"
)
_EARLIER = re.compile(r"[a-z]\s*-\s*1\b")


@dataclass
class Dependences:
    """Takes formulas and the text behind each in order; `letters` are those that are said to depend on what comes before."""

    letters: set[str] = field(default_factory=set)
    _subjects: list[str] = field(default_factory=list)
    _depending: list[str] = field(default_factory=list)

    def formula(self, text: str) -> None:
        """The next formula: what letters before it depend on, or a letter of which something is said."""
        if self._depending and _EARLIER.search(text):
            self.letters.update(self._depending)
        self._depending = []
        letter = _LETTER.fullmatch(text)
        self._subjects = [*self._subjects, letter[1]] if letter else []

    def text(self, after: str) -> None:
        """The text behind the last formula."""
        sentence = re.split(r"[.;。；](?:\s|$)|\n\s*\n", after)[0]
        said = _DEPENDS.match(sentence)
        if said and self._subjects:
            if _STATE.search(sentence, said.end()):
                self.letters.update(self._subjects)
            self._depending = self._subjects
        if said or not _JOINT.fullmatch(after):
            self._subjects = []
