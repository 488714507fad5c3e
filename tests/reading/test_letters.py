"""Letters, indices and cells as people write them: every verdict as pencil and paper give it; repairs are not looked for here."""

from __future__ import annotations

from functools import cache

import pytest
from checked import checked
from places import DOCUMENTS

from symrnn.judging.judgement import Report
from symrnn.judging.verdict import Conditional
from symrnn.notation import latex, read_term, unicode
from symrnn.reading.document import read_document, read_text

pytestmark = pytest.mark.usefixtures("words_alone")

EXPECTED = {
    "supposed_function.md": {"f1": "proven", "f2": "conditional", "f3": "conditional", "f4": "wrong", "f5": "undecided"},
    "said_to_depend.md": {
        "d1": "assumption", "d2": "assumption", "d3": "assumption", "d4": "assumption", "d5": "undecided", "d6": "undecided",
        "d7": "undecided",
    },
    "primed_changes.md": {
        "g1": "undecided", "g2": "undecided", "g3": "undecided", "g4": "undecided", "g5": "proven", "g6": "proven", "g7": "wrong",
    },
    "said_anew.md": {"n1": "conditional", "n2": "conditional", "n3": "wrong", "n4": "proven"},
    "up_to_a_number.md": {
        "w1": "proven", "w2": "proven", "w3": "wrong", "w4": "conditional", "w5": "proven", "w6": "undecided", "w7": "wrong",
    },
    "plain_network_unsaid.md": {
        "v1": "conditional", "v2": "conditional", "v3": "conditional", "v4": "undecided", "v5": "conditional", "v6": "undecided",
        "v7": "undecided",
    },
    "at_step_three.md": {"e2": "slip", "e3": "proven", "e4": "wrong", "e5": "proven", "e6": "wrong"},
    "names_typed_plain.md": {"p1": "definition", "p3": "proven", "p4": "wrong", "p5": "proven", "p6": "proven"},
    "named_in_small.md": {"m3": "slip", "m4": "proven", "m5": "wrong"},
    "inner_products.md": {"i1": "definition", "i2": "proven", "i3": "wrong", "i4": "proven", "i5": "unread"},
    "identity_of_a_size.md": {
        "n2": "definition", "n3": "proven", "n4": "proven", "n5": "proven", "n6": "wrong", "n7": "undecided",
    },
    "first_step_alone.md": {
        "a1": "definition", "a2": "proven", "a3": "proven", "a4": "proven", "a5": "wrong", "a6": "wrong",
    },
    "letters.md": {"b1": "definition", "b2.2": "definition", "b3": "proven", "b4": "proven", "b5": "wrong"},
    "steps_above.md": {"s1": "conditional", "s2": "wrong", "s3": "proven", "s4": "proven", "s5": "proven"},
    "concatenation.md": {
        "L3": "definition", "c1": "proven", "c2": "proven", "c3": "proven", "c4": "wrong", "c5": "wrong", "c6": "wrong",
        "c7": "conditional", "c8": "wrong",
    },
    "blocks.md": {"m1": "proven", "m2": "wrong", "m3": "proven", "m4": "proven", "m5": "wrong", "m6": "definition"},
    "dots_and_sums.md": {"f1": "proven", "f2": "proven", "f3": "wrong", "f4": "proven", "f5": "wrong"},
    "counted_back.md": {"k1.2": "definition", "k2": "proven", "k3": "proven", "k4": "proven", "k5": "wrong"},
    "total_and_partial.md": {"d1": "definition", "d2": "proven", "d3": "proven", "d4": "wrong", "d5.2": "proven"},
    "gradients_by_prefix.md": {
        "q1": "conditional", "q2": "proven", "q3": "proven", "q4": "proven", "q5": "wrong", "q6": "proven",
        "q7": "proven", "q8": "undecided",
    },
    "adjoints_of_formulas.md": {
        "n1": "proven", "n2": "proven", "n3": "proven", "n4": "wrong", "n5": "undecided", "n6": "definition", "n7": "conditional",
        "n8": "undecided", "n9": "undecided",
    },
    "errors_of_gates.md": {"e1": "proven", "e2": "proven", "e3": "wrong", "e4": "proven", "e5": "undecided"},
    "side_by_side.md": {"L5": "definition", "L5.3": "definition", "g1": "proven", "g2": "proven", "g3": "wrong", "g4": "proven"},
    "next_step.md": {"L3": "definition", "t1": "proven", "t2": "proven", "t3": "wrong", "t4": "proven"},
    "stacked_gates.md": {
        "p0": "definition", "p1": "proven", "p2": "wrong", "p3": "proven", "p4": "proven", "p5": "wrong", "p6": "proven",
        "p7": "wrong", "p8": "proven", "p9": "wrong",
    },
    "marks_and_gates.md": {"a1": "proven", "a2": "wrong", "a3": "proven", "a4": "wrong", "a5": "proven"},
    "errors_before_gates.md": {
        "b1": "proven", "b2": "proven", "b3": "proven", "b4": "proven", "b5": "proven", "b6": "wrong", "b7": "wrong",
    },
    "stacked_without_loss.md": {"v1": "proven", "v2": "proven", "v3": "proven"},
    "words_above.md": {"w1": "proven", "w2": "proven", "w3": "wrong", "w4": "proven", "w5": "wrong"},
    "other_activation.md": {"o1": "proven", "o2": "wrong"},
    "added_up.md": {
        "u2": "definition", "u4": "proven", "u5": "proven", "u6": "proven", "u7": "proven", "u8": "proven", "u9": "wrong",
        "u10": "proven", "u11": "proven", "u12": "undecided", "u13": "proven", "u14": "proven", "u15": "conditional",
    },
    "later_parts.md": {
        "r5": "proven", "r6": "proven", "r7": "proven", "r8": "proven", "r9": "wrong", "r10": "wrong",
    },
    "one_cell.md": {
        "c1": "proven", "c2": "proven", "c3": "proven", "c4": "wrong", "c5": "proven", "c6": "wrong", "c7": "proven", "c8": "proven",
        "c9": "proven", "c10": "wrong",
    },
    "chosen_function.md": {"L5": "definition", "f1": "proven", "f2": "wrong"},
    "function_of_a_case.md": {
        "L5": "assumption", "L6": "assumption", "g1": "assumption", "g2": "proven", "L11": "assumption", "g3": "undecided",
        "g4": "conditional", "g5": "undecided",
    },
    "one_output_at_the_end.md": {
        "n2": "definition", "n3": "proven", "n4": "proven", "n5": "proven", "n6": "conditional", "n7": "wrong", "n8": "proven",
    },
    "parts_at_a_bar.md": {
        "b2": "proven", "b3": "proven", "b3.2": "proven", "b4": "proven", "b5": "undecided", "b6": "proven", "b7": "proven",
        "b8": "wrong",
    },
    "step_sizes.md": {
        "d0": "definition", "d1": "proven", "d2": "proven", "d3": "proven", "d4": "wrong", "d5": "proven", "d6": "wrong",
    },
    "own_entries.md": {"e1": "assumption", "e1.2": "definition", "e3": "proven", "e4": "wrong"},
    "step_of_products.md": {"p1": "proven", "p2": "wrong"},
    "named_loss.md": {"n2": "proven", "n3": "undecided", "n4": "proven", "n5": "wrong"},
    "frames.tex": {
        "L4.2": "assumption", "v0.2": "definition", "v2": "definition", "v3": "proven", "v4": "undecided", "v5": "undecided",
        "v6.2": "definition", "v8": "wrong", "v9": "definition", "v10": "proven", "v11": "wrong", "v12": "proven", "v13": "proven",
        "v13.2": "definition", "v13.3": "proven",
    },
    "open_activation.md": {"o4": "undecided", "o5": "undecided", "o6": "proven", "o7": "wrong", "o8": "wrong"},
    "errors_below.md": {"b1": "proven", "b2": "proven", "b3": "wrong"},
    "errors_defined.md": {
        "d1": "definition", "d2": "proven", "d3": "definition", "d4": "proven", "d6": "proven", "d7": "definition", "d8": "wrong",
        "d9.2": "conditional", "d10": "conditional", "d13": "proven",
    },
    "gates_below.md": {
        "g1": "definition", "g1.2": "proven", "g2": "proven", "g3": "wrong", "g4": "proven", "g5": "wrong", "g6.2": "proven",
        "g7": "proven", "g7.2": "proven", "g8.2": "undecided", "g9": "definition", "g9.2": "definition", "g10": "definition",
        "g10.2": "conditional",
    },
    "parts_named.md": {
        "p1": "definition", "p1.2": "definition", "p3": "proven", "p4": "wrong", "p5": "proven", "p6": "definition", "p7": "proven",
        "p8": "wrong",
    },
    "loss_at_the_end.md": {
        "n1": "conditional", "n2": "conditional", "n3": "wrong", "n4": "wrong", "n5": "conditional", "n6": "conditional", "n7": "wrong",
        "n8": "wrong",
    },
    "one_step_of_a_gradient.md": {
        "q1": "proven", "q2": "conditional", "q3": "conditional", "q4": "proven", "q5": "undecided", "q6": "undecided", "q7": "undecided",
        "q8": "undecided",
    },
    "blocks_said_twice.md": {
        "b2": "definition", "b2.2": "proven", "b3": "proven", "b4": "wrong", "b5": "proven", "b6": "conditional", "b7": "undecided",
    },
    "blocks_of_a_named_vector.md": {
        "b2": "definition", "b2.2": "proven", "b3": "proven", "b4": "wrong", "b5": "proven",
        "n1.2": "definition", "n1.3": "undecided", "n2": "conditional",
    },
    "blocks_by_columns.md": {
        "c1": "proven", "c2": "proven", "c3": "proven", "c4": "wrong", "c5": "wrong", "c6": "undecided", "c7": "undecided",
        "c8": "undecided",
    },
    "blocks_to_a_size.md": {
        "u1": "proven", "u2": "proven", "u3": "proven", "u4": "wrong", "u5": "undecided", "u6": "proven", "u7": "undecided",
        "u8": "proven",
    },
    "steps_and_one_output.md": {
        "L3": "definition", "L5": "definition", "f1": "proven", "f2": "proven", "f3": "wrong", "f4": "wrong",
    },
    "rule_beside.md": {
        "r1": "definition", "r1.2": "definition", "r2": "proven", "r3": "proven", "r4": "wrong", "L11": "definition",
        "L11.2": "proven", "r5": "proven", "r5.2": "proven", "r6": "undecided", "r7": "proven",
    },
    "errors_side_by_side.md": {
        "d1": "conditional", "d2": "proven", "d3": "proven", "d4": "wrong", "d5": "wrong", "d6": "wrong", "d7": "wrong",
    },
    "nothing_transposed.md": {"o1": "slip", "o3": "wrong"},
    "errors_of_a_softmax.md": {"d1": "undecided", "d2": "undecided", "d3": "proven"},
    "part_of_a_step.md": {"p1": "proven", "p2": "proven", "p3": "proven", "p4": "wrong", "p5": "proven"},
    "said_beside_the_loss.md": {
        "b1": "proven", "b2": "definition", "b2.2": "definition", "b3": "proven", "b4": "proven", "b5": "slip", "b6": "assumption",
        "b7": "undecided",
    },
    "power_of_a_weight.md": {"w1": "definition", "w1.2": "proven", "L7": "undecided"},
    "by_its_slope.md": {
        "a1": "proven", "a2": "proven", "a3": "proven", "a4": "wrong", "a5": "wrong", "a6": "undecided",
    },
    "no_alarm.md": {
        "m1": "definition", "m2": "undecided", "m3": "conditional", "m5": "definition", "m5.2": "definition", "m6": "undecided",
    },
    "open_loss_errors.md": {
        "e4": "proven", "e5": "wrong", "e6": "wrong", "e7": "proven", "e8": "wrong", "e10": "definition", "e11": "proven",
        "e12": "wrong", "e13": "undecided", "e14": "undecided", "e15": "undecided",
        "e19": "definition", "e20": "undecided", "e21": "undecided",
    },
    "asides.md": {
        "L3": "definition", "a1": "proven", "a2": "definition", "a3": "proven", "a4": "undecided", "L7": "definition", "a5": "proven",
        "a6": "proven", "a7": "proven", "a8": "proven",
    },
    "entries_of_a_step.md": {
        "e1": "definition", "e2": "definition", "e3": "proven", "e4": "wrong", "e5": "conditional", "e6": "conditional", "e7": "wrong",
        "e8": "conditional",
    },
    "entries_without_a_step.md": {
        "e1": "definition", "e2": "definition", "e3": "proven", "e4": "wrong", "e5": "conditional", "e6": "undecided", "e7": "undecided",
        "e8": "conditional",
    },
    "gates_with_a_tensor_sign.md": {
        "t1": "definition", "t2": "definition", "t3": "proven", "t4": "proven", "t5": "wrong", "t6": "proven",
    },
    "restated.md": {"s3": "proven", "s4": "proven", "s5": "wrong", "s6": "assumption", "s7": "undecided"},
    "loss_of_a_step.md": {
        "n3": "proven", "n5": "proven", "n6": "wrong", "n9": "proven", "n10": "proven", "n11": "wrong", "n14": "undecided",
    },
    "any_parameter.md": {
        "y3": "proven", "y4": "conditional", "y5": "proven", "y6": "undecided", "y7": "proven", "y8": "proven", "y9": "wrong",
    },
    "alike_letters.md": {
        "z1": "definition", "z1.2": "definition", "z2": "definition", "z4": "proven", "z5": "proven", "z6": "proven", "z7": "wrong",
    },
    "names_above.md": {"L3": "definition", "n1": "proven", "n2": "proven", "n3": "proven", "n4": "wrong"},
    "one_equation_for_gates.md": {
        "o1": "definition", "o2": "definition", "o4": "proven", "o5": "wrong", "o6": "proven", "o7": "proven", "o8": "wrong",
    },
    "nothing_between.md": {
        "n2": "definition", "n2.2": "definition", "n3": "definition", "n3.2": "definition", "n4": "proven", "n5": "wrong",
        "n6": "wrong", "n7": "definition", "n7.2": "proven",
    },
    "stated_end.md": {"e1": "proven", "e2": "proven", "e3": "slip", "e4": "slip", "e5": "wrong", "e6": "proven"},
    "short_for_entries.md": {
        "s1": "definition", "s2": "conditional", "s3": "wrong", "s4": "undecided", "L15": "undecided", "s5": "undecided",
        "s6": "wrong",
    },
    "letter_in_the_loss.md": {"w1.3": "definition", "w2": "slip", "w3": "proven", "w4": "conditional", "w5": "wrong"},
    "steps_left_out.md": {
        "v1.3": "definition", "v2": "definition", "v3": "conditional", "v4": "conditional", "v5": "wrong", "v6": "proven",
        "v7.3": "definition", "v8": "definition", "v9": "proven", "v10": "wrong",
        "v12": "definition", "v13": "conditional", "v14": "proven", "v15": "wrong",
    },
    "names_of_jacobians.md": {"n2": "definition", "n3": "proven", "n4": "wrong"},
    "summed_in_brackets.md": {"r2": "definition", "r3": "proven", "r4": "proven", "r5": "wrong"},
    "errors_under_headings.md": {
        "u2.2": "definition", "u4": "definition", "u5": "conditional", "u6": "wrong", "u7": "proven", "u8": "proven",
    },
    "gates_beside_numbers.md": {"g1.3": "definition", "g2": "proven", "g3": "wrong"},
    "errors_without_bias.md": {"b1": "wrong", "b2": "proven"},
    "error_of_a_target.md": {"y2": "conditional", "y3": "proven", "y4": "proven", "y5": "wrong"},
    "slopes_at_values.md": {
        "v1": "slip", "v2": "slip", "v3": "slip", "v4": "proven", "v5": "proven", "v5.2": "proven", "v6": "wrong", "v7": "slip",
        "v8": "wrong", "v9": "slip",
    },
    "rows_of_parts.md": {
        "r1": "proven", "r2": "proven", "r3": "conditional", "r3.2": "proven", "r4": "proven", "r5": "undecided", "r6": "proven",
        "r6.2": "proven",
    },
    "weights_of_gates.md": {"w1": "proven", "w2": "wrong", "w3": "proven", "w3.2": "proven", "w4": "proven", "w5": "undecided"},
    "handed_on.md": {
        "h1": "proven", "h2": "proven", "h2.2": "proven", "h3": "conditional", "h4": "undecided", "h5": "conditional",
        "h6": "conditional", "h7": "wrong", "h8": "conditional", "h8.2": "conditional", "h9": "undecided", "h10": "conditional",
        "h10.2": "undecided",
    },
    "errors_together.md": {
        "t1": "proven", "t1.2": "proven", "t2": "proven", "t2.2": "proven", "t3": "definition", "t4": "proven", "t4.2": "proven",
        "t5": "wrong", "t6": "definition", "t6.2": "undecided", "t7": "undecided", "t8": "proven", "t9": "proven", "t9.2": "wrong",
    },
    "made_of_nothing.md": {"u1": "undecided", "u1.2": "undecided", "u2": "proven", "u3": "wrong"},
    "named_after_gates.md": {"n1": "proven", "n2": "proven", "n3": "undecided", "n4": "proven"},
    "names_and_steps.md": {
        "g1.2": "definition", "g2.2": "definition", "g5": "proven", "g6": "proven", "g7": "wrong", "g8": "proven", "g9": "proven",
        "g11": "proven", "g12": "slip",
    },
    "steps_above_plain.md": {
        "p1": "proven", "p2": "wrong", "p3": "proven", "p4": "proven", "p5": "wrong", "p6": "proven", "p8": "undecided",
        "p9": "undecided",
    },
    "gates_named_below.md": {
        "g1": "proven", "g2": "wrong", "g3": "definition", "g4": "proven", "g5": "proven", "g6": "undecided", "g7": "proven",
    },
    "general_forms.md": {
        "n1": "proven", "n2": "proven", "n3": "wrong", "n4": "proven", "L23": "assumption", "L23.2": "proven", "n5": "proven",
        "n6": "wrong", "n7": "wrong",
    },
    "idle_sums.md": {"i1": "wrong", "i2": "undecided", "i3": "wrong", "i4": "undecided", "i5": "undecided"},
    "gates_without_steps.md": {
        "L7": "definition", "L9": "definition", "w1": "proven", "w2": "proven", "w3": "conditional", "w4": "undecided", "w5": "proven",
        "w6": "undecided", "w7": "proven", "w8": "conditional", "w9": "wrong",
    },
    "body_of_a_loop.md": {
        "s1": "proven", "s2": "proven", "s3": "proven", "s4": "proven", "s5": "proven", "s6": "proven", "s7": "wrong", "s8": "proven",
    },
    "error_before_a_gate.md": {
        "g1": "proven", "g2": "proven", "g3": "proven", "g4": "proven", "g4.2": "proven", "g5": "undecided", "g6": "definition",
    },
    "parts_of_a_gradient.md": {
        "p1": "proven", "p2": "definition", "p3": "definition", "p4": "proven", "p5": "proven", "p6": "definition", "p7": "conditional",
        "p8": "undecided",
    },
    "total_of_parts.md": {
        "t1": "proven", "t2": "definition", "t3": "proven", "t4": "proven", "t5": "proven", "t6": "definition", "t7": "proven",
        "t8": "undecided", "t9": "wrong",
    },
    "names_of_errors.md": {
        "e1": "conditional", "e1.2": "definition", "e2": "proven", "e3": "proven", "e4": "proven", "e5": "wrong", "e6": "proven",
        "e7": "definition", "e8": "proven",
    },
    "words_of_code.md": {
        "w1": "definition", "w2": "proven", "w3": "conditional", "w3.2": "proven", "w4": "proven", "w4.2": "proven",
        "w5": "undecided", "w6": "conditional",
    },
    "error_by_its_equation.md": {
        "a2": "proven", "a3": "wrong", "a4": "conditional", "a5": "conditional", "a6": "definition", "a8": "undecided",
    },
    "added_by_assigning.md": {"u1": "proven", "u2": "wrong", "u3": "proven"},
    "slopes_in_a_loop.md": {
        "t1": "proven", "t2": "proven", "t3": "proven", "t4": "wrong", "t4.2": "proven", "t5": "proven", "t5.2": "wrong", "t6": "proven",
        "t6.2": "proven", "t7": "proven", "t8": "proven", "t9": "proven",
    },
    "losses_by_name.md": {"v1": "undecided", "v2": "proven", "v3": "wrong"},
    "size_of_the_letter_d.tex": {"L4": "definition", "z1": "proven", "z2": "proven", "z3": "proven", "z4": "wrong"},
    "bars_as_gradients.md": {
        "b1": "proven", "b2": "proven", "b3": "proven", "b4": "wrong", "b5": "proven", "b6": "conditional",
    },
    "value_of_another_shape.md": {"v1": "definition", "v1.2": "undecided", "v2": "undecided", "v3": "proven"},
    "listings_of_equations.md": {
        "L6": "definition", "L7": "definition", "L9": "definition", "L10": "definition", "L11": "definition", "L14": "definition",
        "L14.2": "definition", "L17": "proven", "L18": "proven", "L19": "wrong", "L23": "unread",
    },
    "typed_in_plain_text.md": {
        "L3": "definition", "L3.2": "definition", "L3.3": "definition", "L5": "proven", "L9": "proven", "L11": "wrong",
        "L14": "proven", "L16": "proven", "L17": "wrong", "L20": "unread",
    },
    "steps_above_numbers.md": {"n1.2": "definition", "n2": "proven", "n3": "proven", "n4": "wrong", "n5": "wrong"},
}  # fmt: skip


@cache
def report(name: str) -> Report:
    return checked(read_document(DOCUMENTS / name))


@pytest.mark.parametrize(
    ("name", "label", "word"), [(n, label, word) for n, rows in EXPECTED.items() for label, word in rows.items()]
)
def test_verdict(name: str, label: str, word: str) -> None:
    assert next(j for j in report(name).judgements if j.statement.label == label).verdict.word == word


def test_a_step_that_is_no_initial_state_is_the_first() -> None:
    verdict = next(j for j in report("steps_above.md").judgements if j.statement.label == "s1").verdict
    assert isinstance(verdict, Conditional) and [*map(str, verdict.hypotheses)] == ["h_{-1} = 0"]


def test_parts_that_are_stacked_in_two_orders_have_none() -> None:
    text = (DOCUMENTS / "gates_named_below.md").read_text()
    text = text.replace(r"[\mathrm{d}r_t, \mathrm{d}e_t, ", r"[\mathrm{d}e_t, \mathrm{d}r_t, ")
    words = {j.statement.label: j.verdict.word for j in checked(read_text(text, "orders.md", "markdown")).judgements}
    assert {words[label] for label in ("g4", "g5", "g7")} == {"undecided"}


def test_a_number_beside_an_inner_product_is_no_vector() -> None:
    quantities = report("total_and_partial.md").network.quantities
    assert {key: quantities[key].shape for key in ("a[t]", "b", "u")} == {"a[t]": (), "b": (), "u": ()}
    assert quantities["f[t]"].shape == quantities["w"].shape != ()


def test_the_states_of_two_directions_are_shown_with_their_arrows() -> None:
    assert unicode(read_term(r"\overrightarrow{\mathbf h}_t")) == "h\u20d7ₜ"
    assert unicode(read_term(r"\overleftarrow{h}_t")) == "h\u20d6ₜ"


def test_nothing_is_shown_of_what_vanishes_with_a_letter_that_no_equation_gives() -> None:
    """A state without an equation does not depend on the one before, nor a component on its neighbour: all such products are zero."""
    text = r"""
$$ \frac{\partial E}{\partial A_{ss}} = \sum_{t=1}^{3} \frac{\partial E}{\partial s_t} \frac{\partial s_{t-1}}{\partial A_{ss}} $$

$$ \frac{\partial s_t}{\partial s_k} = \prod_{i=k-1}^{t} \frac{\partial s_i}{\partial s_{i-1}}
                                     = \prod_{i=k+1}^{t} A_{ss} \text{diag}(\tanh'(a_i)) $$
"""
    assert {j.verdict.word for j in checked(read_text(text, "steps.md", "markdown")).judgements} == {"undecided"}


def test_an_error_below_is_shown_as_it_is_written() -> None:
    found = next(j for j in report("errors_below.md").judgements if j.statement.label == "b3").statement.relation
    assert found is not None and latex(found.left) == r"\epsilon_{\tilde{c}_{t}}" and unicode(found.left) == "εc̃ₜ"
    assert latex(read_term(r"\delta_{f_t}")) == r"\delta_{f_{t}}"


def test_a_bar_that_makes_a_gradient_is_shown_as_it_is_written() -> None:
    found = next(j for j in report("bars_as_gradients.md").judgements if j.statement.label == "b1").statement.relation
    assert found is not None and latex(found.left) == r"\bar{C}" and unicode(found.left) == "C\u0304"
