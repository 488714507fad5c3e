"""The changes that may mend a formula: small edits of its tree, each with its kind and the name of the mistake it undoes.

An edit is a way to change a relation; nothing here knows whether the result is true.
"""

from symrnn.judging.edits.answered import answered_edits
from symrnn.judging.edits.earlier import EarlierRepair
from symrnn.judging.edits.mathematics import deeper_edits, likely_edits
from symrnn.judging.edits.notation import (
    bound_index_edits,
    explicit_marks,
    explicit_throughout,
    is_summed,
    letter_edits,
    notation_edits,
    undefined_names,
)
from symrnn.judging.edits.setting import Change, Setting

__all__ = [
    "Change",
    "EarlierRepair",
    "Setting",
    "answered_edits",
    "bound_index_edits",
    "deeper_edits",
    "explicit_marks",
    "explicit_throughout",
    "is_summed",
    "letter_edits",
    "likely_edits",
    "notation_edits",
    "undefined_names",
]
