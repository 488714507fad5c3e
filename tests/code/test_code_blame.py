"""The line that is to blame: the first value that is no exact derivative, where making it one makes every gradient right."""

from __future__ import annotations

from pathlib import Path

import pytest
from code_mutants import source_of

from symrnn.app import entry
from symrnn.code.blame import Blame, blamed
from symrnn.code.examine import examine
from symrnn.code.loading import parsed
from symrnn.code.repair import repairs
from symrnn.code.results import as_data
from symrnn.code.setting import SaidOfInputs


def blame_for(file: str, function: str, old: str, new: str) -> Blame:
    source = source_of(file)
    assert source.text.count(old) == 1
    found = blamed(examine(parsed(source.text.replace(old, new), source.path), function, SaidOfInputs()))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("old", "new", "line", "text"),
    [
        ("draw @ hs[t - 1].T", "draw @ hs[t].T", 37, "draw @ hs[t].T is not ∂L/∂Whh through line 21"),
        ("dh = Why.T @ dscores + carried", "dh = Why.T @ dscores", 33, "is not ∂L/∂hs[t], but ∂L/∂hs[t] but for line 21"),
        ("(1 - hs[t] * hs[t]) * dh", "dh", 34, "is not ∂L/∂(Wxh @ xs[t] + Whh @ hs[t - 1] + bh), but ∂L/∂hs[t]"),
        ("carried = Whh.T @ draw", "carried = Whh @ draw", 38, "Whh @ draw is not ∂L/∂hs[t] through line 21"),
        ("dby += dscores", "dby -= dscores", 32, "dscores is not ∂L/∂by through line 22: its sign is wrong"),
        ("dWhy += dscores", "dWhy = dscores", 31, "; = overwrites what += would add up"),
        ("dscores[targets[t]] -= 1", "dscores[targets[t]] += 1", 30, "dscores is not ∂L/∂scores"),
        ("        dby += dscores\n", "", 26, "np.zeros_like(by) is not ∂L/∂by: it is zero, and stays so"),
    ],
)
def test_the_broken_line_is_named_in_the_words_of_the_field(old: str, new: str, line: int, text: str) -> None:
    found = blame_for("char_rnn.py", "lossFun", old, new)
    assert found.line == line
    assert text in found.text


def test_step_and_entry_are_named() -> None:
    found = blame_for("char_rnn.py", "lossFun", "draw @ hs[t - 1].T", "draw @ hs[t].T")
    assert dict(found.loops) == {"t": 4}
    assert found.entry == (0, 0)
    assert found.found != found.exact


def test_what_is_given_to_a_function_of_the_file_is_compared_too() -> None:
    found = blame_for("layers.py", "rnn_backward", "dh[:, t, :] + dprev", "dh[:, t, :] - dprev")
    assert (found.line, found.text) == (59, "dh[:, t, :] - dprev is not ∂L/∂next_h")


def test_what_is_handed_on_is_compared_with_the_gradient_at_the_step_before() -> None:
    found = blame_for("last_output.py", "Judge.backward", "dh = self.W.T @ da", "dh = self.W @ da")
    assert (found.line, dict(found.loops)) == (28, {"t": 4})


def test_walking_back_from_each_step_is_compared_with_single_terms_of_the_loss() -> None:
    found = blame_for("reader_class.py", "Reader.bptt", "self.W.T.dot(delta)", "self.W.dot(delta)")
    assert found.line == 48
    assert "is not ∂(a term of L)/∂" in found.text


def test_a_mean_that_is_not_divided_by_is_a_factor() -> None:
    found = blame_for("layers.py", "temporal_softmax_loss", "    dflat /= N\n", "")
    assert (found.line, found.text) == (120, "dflat is not ∂L/∂flat: it is 2 times that")


def test_without_one_line_that_explains_it_the_first_unknown_value_is_named() -> None:
    source = source_of("char_rnn.py")
    text = source.text.replace("dscores @ hs[t].T", "2 * dscores @ hs[t].T").replace("dbh += draw", "dbh += draw * draw")
    found = blamed(examine(parsed(text, source.path), "lossFun", SaidOfInputs()))
    assert found is not None
    assert (found.line, found.entry) == (31, None)
    assert "2 * dscores @ hs[t].T is no derivative of the loss" in found.text


def test_of_two_repairs_of_the_same_cost_none_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "two.py"
    text = "import numpy as np\n\n\ndef f(a):\n    loss = np.sum(a * a)\n    da = a\n    return loss, da\n"
    path.write_text(text, encoding="utf-8")
    found = repairs(examine(parsed(text, str(path)), "f", SaidOfInputs({"a": (3,)})), thorough=True).found
    assert {"da = a + a", "da = 2 * a"} <= {repair.after for repair in found}
    assert entry.run(["code", f"{path}:f", "--shape", "a=3", "--fix"]) == 1
    assert "written to" not in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == text


def test_a_bound_that_leaves_out_a_step_is_blamed_on_the_loop() -> None:
    source = source_of("bias_row.py")
    text = source.text.replace("reversed(range(steps))", "reversed(range(1, steps))")
    (found,) = as_data(examine(parsed(text, source.path), "plain_backward", SaidOfInputs()))["blame"][:1]
    assert "reversed(range(1, steps))" in found["code"]
    assert "bound of the loop" in found["text"]
