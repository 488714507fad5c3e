"""Documents -> statements: nothing is lost, places point to the text, bad input is refused in one line."""

from __future__ import annotations

import contextlib
import cProfile
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symrnn.language.errors import InputError
from symrnn.language.terms import Frac, Relation, Sub, Sym
from symrnn.reading.document import LARGEST_FILE, Document, Place, Statement, read_document, read_text
from symrnn.reading.document.markdown import unescape
from symrnn.reading.document.signs import outlines, signs
from symrnn.reading.document.source import Mapped
from symrnn.reading.spelling import stepless

#: The situations of real notes in a few lines: shortcodes, escaped braces, row ends, tags, cases, remarks, inline HTML.
SAMPLE = r"""---
title: "A sample: with a colon"
note: $not = mathematics$
---
# Network
{{< math.inline >}}
<!-- $no = where$ --><script>if (a == b) { $c = d$ }</script>

$$
 \{s_t} = \tanh(A\{x_t} + B\{s_{t-1}})
$$
## Gradient of C
We look at \(i = 3\) and \(i \neq 4\).

**Case 1:**
$$
\begin{align}
  \frac{\partial \{E}}{\partial C} & = \sum_{i=0}^{T}\frac{\partial \{E_i}}{\partial C} \\\
  \tag{1.1}\label{eq:sum}
  & = q \begin{cases}
    a, & \text{if $i = k$}.\\\
    b, & \text{otherwise}.
  \end{cases}\\\
  & = -\{p} \left(\because \sum_{i=1}^{k} = 1\right)
\end{align}
$$
<center>\({s_2}\) = \(\tanh(A{x_2})\)</center> </br>
"""


def markdown(text: str) -> Document:
    return read_text(text, "notes.md", "markdown")


def tex(text: str) -> Document:
    return read_text(text, "notes.tex", "tex")


def latex(text: str, read: Callable[[str], Document] = markdown) -> list[str]:
    return [statement.latex for statement in read(text).statements]


def at(text: str, statement: Statement) -> str:
    """What stands at the place of `statement`."""
    return text.splitlines()[statement.place.line - 1][statement.place.column - 1 :]


# --- the notes as a whole


def relations_by_grep(text: str) -> int:
    """Relation signs in the mathematics of `text`, counted without the reader."""
    text = re.sub(r"<!--.*?-->|<script.*?</script>|\A---\n.*?\n---", "", text, flags=re.DOTALL)
    count = len(re.findall(r"\\\)\s*=\s*\\\(", text))
    for display, inline in re.findall(r"\$\$(.*?)\$\$|\\\((.*?)\\\)", text, re.DOTALL):
        body = re.sub(r"\\text\{[^}]*\}|[_^]\{[^{}]*\}", "", display or inline)
        count += len(re.findall(r"=|\\neq", body))
    return count


def test_each_relation_of_the_sample_has_a_row() -> None:
    assert relations_by_grep(SAMPLE) == 8
    assert len(markdown(SAMPLE).statements) == 8


def test_the_sample_in_full() -> None:
    document = markdown(SAMPLE)
    assert document.title == "A sample: with a colon"
    assert document.sections == ("Network", "Gradient of C")
    head = r"\frac{\partial {E}}{\partial C}"
    assert [statement.latex for statement in document.statements] == [
        r"{s_t} = \tanh(A{x_t} + B{s_{t-1}})",
        "i = 3",
        r"i \neq 4",
        head + r" = \sum_{i=0}^{T}\frac{\partial {E_i}}{\partial C}",
        head + r" = q \begin{cases} a, & \text{if $i = k$}.\\ b, & \text{otherwise}. \end{cases}",
        head + " = -{p}",
        r"\sum_{i=1}^{k} = 1",
        r"{s_2} = \tanh(A{x_2})",
    ]
    assert [statement.label for statement in document.statements] == [
        "L10",
        "L13",
        "L13.2",
        "L18",
        "1.1",
        "L24",
        "L24.2",
        "L27",
    ]
    assert [statement.remark for statement in document.statements] == [False] * 6 + [True, False]
    assert [statement.section for statement in document.statements] == ["Network"] + ["Gradient of C"] * 7
    assert document.statements[3].context.endswith("Case 1:")


def test_places_point_to_the_text_as_it_is_in_the_file() -> None:
    starts = [at(SAMPLE, statement) for statement in markdown(SAMPLE).statements]
    expected = [
        r"\{s_t} = ",
        "i = 3",
        r"i \neq",
        r"\frac{\partial \{E}}",
        "= q",
        r"= -\{p}",
        r"\sum_{i=1}^{k} = 1",
        r"{s_2}\) =",
    ]
    for start, wanted in zip(starts, expected, strict=True):
        assert start.removeprefix("{").startswith(wanted.removeprefix("{")) or start.startswith(wanted)


# --- chains


def test_a_chain_keeps_its_head_and_the_previous_piece() -> None:
    first, second, third = markdown("$$a = b = c = d$$").statements
    assert [s.relation for s in (first, second, third)] == [Relation("=", Sym("a"), Sym(name)) for name in "bcd"]
    assert [s.previous for s in (first, second, third)] == [None, Sym("b"), Sym("c")]
    assert first.chain == second.chain == third.chain
    assert [s.place.column for s in (first, second, third)] == [3, 11, 15]


def test_a_row_that_begins_with_a_sign_goes_on_with_the_chain() -> None:
    first, second = markdown("$$\\begin{align}\n\\frac{u}{v} & = a \\\\\n & = b\n\\end{align}$$").statements
    assert first.relation
    assert second.relation
    assert isinstance(second.relation.left, Frac)
    assert second.relation.left == first.relation.left
    assert second.previous == Sym("a")
    assert (second.place.line, second.place.column) == (3, 4)
    assert first.chain == second.chain


def test_a_lone_expression_can_be_the_head() -> None:
    assert latex(r"\begin{align} A \\ &= B \end{align}") == ["A = B"]


def test_a_display_goes_on_with_the_display_before_it() -> None:
    assert latex("$$ a = b $$\nwhere $x$ is known,\n$$ = c $$") == ["a = b", "a = c"]


def test_a_chain_does_not_cross_a_heading() -> None:
    second = markdown("$$ a = b $$\n# Next\n$$ = c $$").statements[1]
    assert second.relation is None
    assert second.problem
    assert "no left side" in second.problem.message


def test_relations_side_by_side() -> None:
    document = markdown("$a = b, c = d$")
    assert [statement.latex for statement in document.statements] == ["a = b", "c = d"]
    assert document.statements[0].chain != document.statements[1].chain


def test_a_condition_after_a_comma_is_not_continued() -> None:
    assert latex(r"\begin{align} a &= b, \quad i \neq k \\ &= c \end{align}") == ["a = b", r"i \neq k", "a = c"]


# --- layouts

TWO_ROWS = [
    r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$",
    r"\[\begin{aligned}[t] a &= b \\ c &= d \end{aligned}\]",
    r"\begin{align} a &= b \\ c &= d \end{align}",
    r"\begin{align*} a &= b & c &= d \end{align*}",
    r"\begin{align} a &= b && \text{since $q = 1$} \\ c &= d \end{align}",
    r"\begin{alignat}{2} a &= b \\ c &= d \end{alignat}",
    r"\begin{flalign} & a = b \\ & c = d \end{flalign}",
    r"\begin{gather} a = b \\[2pt] c = d \end{gather}",
    r"\begin{eqnarray} a &=& b \nonumber \\ c &=& d \end{eqnarray}",
    r"\begin{equation}\begin{split} a &= b \\ c &= d \end{split}\end{equation}",
    r"$$\begin{cases} a = b \\ c = d \end{cases}$$",
    r"$$\left\{\begin{aligned} a &= b \\ c &= d \end{aligned}\right.$$",
    r"$$\left\{\begin{array}{l} a = b \\ c = d \end{array}\right.$$",
    r"$$\boxed{\begin{aligned} a &= b \\ c &= d \end{aligned}}$$",
    r"$$ a = b \\ c = d $$",
    r"$$ \boxed{a = b} $$ $$ {c = d}. $$",
    r"\begin{align} a &= b \\ \intertext{and} c &= d \end{align}",
    "<p>\n$a = b$ <b>\\(c = d\\)</b>\n</p>",
    "<center>\\[a = b\\]</center></br>$ c = d $",
    "```math\na = b\n```\n~~~ math\nc = d\n~~~",
    "$`a = b`$ and `$no = thing$` $`c = d`$",
    "> $$\n> a\n> = b\n> $$\n> > \\[ c\n> > = d \\]",
    "- item\n  $$\n  a\n  = b\n  $$\n- $c = d$",
    r"\\( a = b \\) and \\[ c = d \\]",
    "$$\na\n=\nb\n$$\n\n$$\nc = d\n$$",
    "$a$ = $b$ and $c =$ $d$",
    "\\(a\\) <i>=</i>&nbsp;\\(b\\), $c$\n= $d$",
    "It costs $5 or $6, \\$7 = \\$8, ``$x = y$`` $a = b$; {{ $n := .Site }} $c = d$",
    "    $code = block$\n\n```python\n$x = y$\n```\n<pre>$u = v$</pre> $a = b$ <a href='$p=q$'>$c = d$</a>",
]


@pytest.mark.parametrize("text", TWO_ROWS)
def test_layouts(text: str) -> None:
    found = [statement.relation for statement in markdown(text).statements]
    assert found == [Relation("=", Sym("a"), Sym("b")), Relation("=", Sym("c"), Sym("d"))]


@pytest.mark.parametrize(
    "text",
    [
        r"\begin{multline} a = b \\ + c \\ - d \end{multline}",
        r"\begin{align} a &= b \\ &\quad {} + c \\ & - d \end{align}",
        r"$$ a = b + c \\ - d $$",
        r"\begin{align} a &= \\ & b + \\ & c - d \end{align}",
    ],
)
def test_a_wrapped_line_belongs_to_the_row_before(text: str) -> None:
    assert [s.relation for s in markdown(text).statements] == [s.relation for s in markdown("$a = b + c - d$").statements]


def test_a_row_that_begins_with_a_minus_and_has_its_own_relation_is_a_row() -> None:
    assert latex(r"\begin{align} a &= b \\ -c &= d \end{align}") == ["a = b", "-c = d"]


def test_cases_and_matrices_keep_their_rows() -> None:
    text = r"$$f = \begin{cases} a & \text{if } i = k \\ b & i \neq k \end{cases}$$"
    assert len(markdown(text).statements) == 1


def test_intertext_is_context() -> None:
    assert markdown(r"\begin{align} a &= b \\ \intertext{and so} c &= d \end{align}").statements[1].context == "and so"


def test_context_starts_after_the_display_before() -> None:
    first, second = markdown("Before $$a = b$$ and **then**, [see](x) <b>with</b> $h_t$: $$c = d$$").statements
    assert first.context == "Before"
    assert second.context == "and then, see with h_t :"


def test_expressions_are_kept_apart() -> None:
    document = markdown(r"The loss \(\sum_{t=0}^{T}{L_t}\) has $L_t = 1$")
    assert [expression.latex for expression in document.expressions] == [r"\sum_{t=0}^{T}{L_t}"]
    assert len(document.statements) == 1


# --- labels


def test_labels() -> None:
    text = r"""$$a = b = c \tag{1}$$ $$d = e \label{eq:d}$$ $$f = g \tag{1.2}$$ $$h = i \tag{1}$$
$p = q$ $r = s$"""
    document = markdown(text)
    assert [s.label for s in document.statements] == ["1", "1.3", "eq:d", "1.2", "1.4", "L2", "L2.2"]
    assert [s.id for s in document.statements] == ["s1", "s2", "s3", "s4", "s5", "s6", "s7"]


def test_a_label_of_the_environment_goes_to_its_first_row() -> None:
    document = markdown("\\begin{equation}\\label{e}\\begin{split} a &= b \\\\ &= c \\end{split}\\end{equation}")
    assert [statement.label for statement in document.statements] == ["e", "L1"]


# --- nothing is skipped in silence


def test_an_unread_row_has_a_statement_for_each_sign() -> None:
    text = "Text\n$$ a = b \\\\\n c = \\strange{x} = d $$"
    first, second, third = markdown(text).statements
    assert first.relation
    assert not second.relation
    assert not third.relation
    for statement in (second, third):
        problem = statement.problem
        assert problem
        assert problem.piece
        assert (problem.line, problem.column) == (3, 6)
    assert second.latex == r"c = \strange{x}"
    assert third.latex == "c = d"


def test_the_problem_is_placed_in_the_file_not_in_the_unescaped_text() -> None:
    text = "$$\n\\{a} = \\{b} \\strange \\{c}\n$$"
    (statement,) = markdown(text).statements
    assert statement.problem
    assert text.splitlines()[statement.problem.line - 1][statement.problem.column - 1 :].startswith(r"\strange")


def test_a_readable_chain_beside_an_unread_one_is_read() -> None:
    first, second = markdown(r"$a = b, \quad c = \strange{d}$").statements
    assert first.relation == Relation("=", Sym("a"), Sym("b"))
    assert second.relation is None


def test_rows_after_an_unread_piece_still_have_their_head() -> None:
    _, second = markdown(r"\begin{align} a &= \strange{x} \\ &= c \end{align}").statements
    assert second.relation == Relation("=", Sym("a"), Sym("c"))


@pytest.mark.parametrize("first", [r"\strange{q} &= b", r"\strange{q}"])
def test_rows_after_an_unread_head_say_so(first: str) -> None:
    second = markdown(rf"$$a = b$$ \begin{{align}} {first} \\ &= c \end{{align}}").statements[-1]
    assert second.latex == r"\strange{q} = c"
    assert second.relation is None
    assert second.problem
    assert "left side of this chain" in second.problem.message


@pytest.mark.parametrize(
    "sign", ["=", r"\neq", "<", ">", r"\le", r"\approx", r"\in", r"\leftarrow", ":=", r"\propto", r"\sim", "≤"]
)
def test_each_kind_of_sign_has_a_row(sign: str) -> None:
    assert len(markdown(f"$a {sign} b$").statements) == 1


@pytest.mark.parametrize(
    ("formula", "count"),
    [
        ("a = b", 1),
        (r"\sum_{i=0}^{n=1} x_= = y", 1),
        (r"\text{if $i = k$} a \neq b", 1),
        (r"P(x = 1) = [i = k]", 1),
        (r"f = \begin{cases} a & i = k \end{cases}", 1),
        (r"\left(\because \sum_i y_i = 1\right)", 1),
        (r"t \in [0, T)", 1),
        (r"a = [0, t = 1", 2),  # nothing hides in a bracket that is lost
        (r"\overset{!}{=} b", 1),
        (r"\left< a \right>", 0),
        (r"\underset{i = 1}{\max} x", 0),
        (r"h^{<t>} \leftarrow b", 1),
    ],
)
def test_signs(formula: str, count: int) -> None:
    assert len(signs(formula)) == count


def test_outlines() -> None:
    formula = "a = b, c, d = e = f"
    spans = [[formula[start:end].strip() for start, end in outline.sides] for outline in outlines(formula)]
    assert spans == [["a", "b, c"], ["d", "e", "f"]]


# --- escapes of Markdown


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"\{h_t} = 1", r"{h_t} = 1"),
        (r"-\{y_i}\log\hat{\{y_i}}", r"-{y_i}\log\hat{{y_i}}"),
        (r"\left\{ x \right\} = \{1\}", r"\left\{ x \right\} = \{1\}"),
        ("a \\\\\\\n b", "a \\\\\n b"),
        ("\\{a} \\\\\\\n \\{b}", "{a} \\\\\n {b}"),
        ("\\{a} \\\\\n \\{b}", "{a} \\\\\n {b}"),
        (r"\{a} \\\\ \{b}", r"{a} \\ {b}"),
        (r"h\_t = a\*b", "h_t = a*b"),
        (r"\text{my\_loss}\_t", r"\text{my\_loss}_t"),
        (r"\\frac{a}{b} \\\\ c", r"\frac{a}{b} \\ c"),
        (r"a &lt; b &amp;= c", "a < b &= c"),
        ("a % b = c\n + d \\% e", "a \n + d \\% e"),
        (r"\left\(a\right\)^T", r"\left(a\right)^T"),
    ],
)
def test_unescape(written: str, meant: str) -> None:
    assert unescape(Mapped.of(written)).text == meant


@given(st.text(alphabet="\\{}_*ab&lt; \n%$^", max_size=40))
def test_unescape_keeps_track_of_each_character(text: str) -> None:
    meant = unescape(Mapped.of(text))
    assert len(meant.offsets) == len(meant.text) + 1
    assert list(meant.offsets) == sorted(meant.offsets)
    assert all(text[offset] == character for character, offset in zip(meant.text, meant.offsets, strict=False) if character in "ab")


# --- TeX

PAPER = r"""\documentclass{article}
\newcommand{\W}{\mathbf{W}}
\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
\newcommand{\at}[2][t]{#2_{#1}}
\def\h{h_t}
\DeclareMathOperator{\sm}{softmax}
\newcommand{\be}{\begin{equation}}
\newcommand{\ee}{\end{equation}}
\title{My \emph{Notes}}
% $commented = out$
\begin{document}
\section{One} It costs 5\%. \textbf{Case 1:}
\be \h = \tanh(\W x_t) \ee
\[ \pd{L}{\W} = \sm(z) % = no
\]
\begin{verbatim} $a = b$ \end{verbatim} \verb|$q = r$|
\subsection*{Two}
\begin{align}\label{k} \at{u} &= \at[k]{v} \\ &= w \label{m}\end{align}
$x$ = $y$. $ c = d $
\end{document} $z = z$
"""


def test_tex() -> None:
    document = tex(PAPER)
    assert document.title == "My Notes"
    assert document.sections == ("One", "Two")
    assert [statement.latex for statement in document.statements] == [
        r"h_t = \tanh(\mathbf{W} x_t)",
        r"\frac{\partial L}{\partial \mathbf{W}} = \operatorname{softmax}(z)",
        "u_{t} = v_{k}",
        "u_{t} = w",
        "x = y",
        "c = d",
    ]
    assert [statement.label for statement in document.statements] == ["L13", "L14", "k", "m", "L19", "L19.2"]
    assert document.statements[0].context.endswith("Case 1:")
    starts = [at(PAPER, statement) for statement in document.statements]
    for start, wanted in zip(starts, [r"\h =", r"\pd{L}", "u} &", "= w", "x$", "c ="], strict=True):
        assert start.startswith(wanted)


def test_macros_in_markdown() -> None:
    (statement,) = markdown("$$\\newcommand{\\W}{\\mathbf{W}}$$\n$$a = \\W$$").statements
    assert statement.latex == r"a = \mathbf{W}"


def test_a_macro_keeps_the_letters_of_its_argument_apart() -> None:
    assert latex(r"\newcommand{\g}[1]{\nabla#1} $\g{L} = a$", tex) == [r"\nabla L = a"]


# --- bad input


def complaint(act: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        act()
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("text", "words"),
    [("no mathematics, only $5", "no equation found"), ("$a = b$\n\n" * 10_001, "notes.md:20001: more than 10,000 rows")],
)
def test_texts_that_cannot_be_used(text: str, words: str) -> None:
    assert words in complaint(lambda: markdown(text))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x\n$$ a = b", 2, "$$ here is never closed"),
        ("$$ a = b\n\nand then so on", 1, "never closed"),
        ("$$ a = b\n\nund dann weiter $$ e = f $$", 1, "never closed"),
        ("$$ a = b\n\n然后继续 $$ e = f $$", 1, "never closed"),
        ("x\n\n\\[ a = b", 3, r"add \]"),
        ("x\n\\begin{align} a = b", 2, r"add \end{align}"),
        ("$$\n\\begin{aligned} a = b $$", 2, r"add \end{aligned}"),
        ("$$\\begin{aligned} a = b \\end{align}$$", 1, "same name"),
        ("$$a = b \\end{align}$$", 1, "has no \\begin"),
        ("\n$a = " + "{" * 300 + "}" * 300 + "$", 2, "nested deeper"),
        ("\n$a = \\sum_{i=0}^{10000} i$", 2, "10,000 terms"),
        ("\n$a = \\prod_{i=1}^{10^9} i$", 2, "10,000 terms"),
        ("\n$a = \\sum_{i=-5}^{10^{9}} \\sum_{j=1}^{2} i$", 2, "10,000 terms"),
        ("\n$a = \\sum_{i=1}^{9^{9^{9}}} i$", 2, "10,000 terms"),
        ("\n$a = " + "b" * 20_001 + "$", 2, "20,000 characters"),
        ("$$\\newcommand{\\a}{\\a\\a} \\a = b$$", 1, "expands without end"),
        ("x\n$$ a = b \\tag{1 $$", 2, "brace after \\tag is never closed"),
        ("\n$" + "{" * 9_000 + "a = b" + "}" * 9_000 + "$", 2, "nested deeper"),
    ],
)
def test_a_formula_that_cannot_be_used_costs_no_other(text: str, line: int, words: str) -> None:
    """The formula is an unread statement at its own place; what stands before and behind it is read."""
    first, *between, last = markdown(f"$$q = r$$ {text}\n\n$$c = d$$").statements
    assert (first.latex, last.latex) == ("q = r", "c = d")
    assert first.relation and last.relation
    problem = between[0].problem
    assert problem
    assert problem.line == line
    assert words in problem.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x\n$a = b", "$ here is never closed"),
        ("x\n\\(a = b", r"add \)"),
        ("x\n\\begin{align} a = b", r"add \end{align}"),
        ("x\n\\end{align}", r"no \begin"),
        ("\\def\\a{\\a}\n$\\a = b$", "expands without end"),
        ("\\newcommand{\\a}[2]{#1 = #2}\n$\\a c$", "lacks an argument"),
    ],
)
def test_tex_that_cannot_be_used_costs_no_other(text: str, words: str) -> None:
    first, broken, last = tex(f"\\[q = r\\] {text}\n\n\\[c = d\\]").statements
    assert (first.latex, last.latex) == ("q = r", "c = d")
    assert broken.problem
    assert broken.problem.line == 2
    assert words in broken.problem.message


@pytest.mark.parametrize(
    "text",
    [
        "\\begin{document} $a = b$",
        "\\begin{proof} $a = b$",
        "\\end{proof} $a = b$",
        "\\begin{proof} $a = b$ \\end{lemma}",
        "\\begin{verbatim} $a = b$",
        "\\footnote{ $a = b$",
        "\\section{ $a = b$",
        "\\iffalse $a = b$",
    ],
)
def test_environments_that_are_no_mathematics_may_stay_open(text: str) -> None:
    assert latex(text, tex) == ["a = b"]


def test_a_comment_that_is_never_closed_hides_nothing() -> None:
    assert latex("x\n<!-- $a = b$") == ["a = b"]


def test_a_sum_of_ten_thousand_terms_is_the_limit() -> None:
    assert latex(r"$a = \sum_{i=1}^{10000} i$")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.md", b"$a = b$\n\xff", "a.md:2: is not UTF-8 (byte 0xff at offset 8)"),
        ("a.md", b"$a = b$\0", "binary"),
        ("a.md", b"x" * (LARGEST_FILE + 1), "5,000,001 bytes, the limit is 5,000,000"),
        ("a.docx", b"$a = b$", ".md, .qmd, .tex, .ipynb or .txt"),
        ("a.md", b"", "no equation found"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert words in complaint(lambda: read_document(tmp_path / name))


def test_missing_files_and_directories(tmp_path: Path) -> None:
    assert "no such file" in complaint(lambda: read_document(tmp_path / "none.md"))
    assert "is a directory" in complaint(lambda: read_document(tmp_path))
    assert "cannot be read" in complaint(lambda: read_document("a\0b.md"))


# --- files


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "$a = b$"),
        ("a.MARKDOWN", "$a = b$"),
        ("README", "# T\n$a = b$"),
        ("a.txt", "# T\n$a = b$"),
        ("b.txt", "\\documentclass{x}\\begin{document}$a = b$\\end{document}"),
        ("a.tex", "$a = b$"),
    ],
)
def test_files(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert [s.latex for s in read_document(str(tmp_path / name)).statements] == ["a = b"]


def test_line_ends_and_byte_order_mark_do_not_move_places(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes("\ufeff# T\r\n\r\nText $a = b$\r\n".encode())
    document = read_document(path)
    assert (document.statements[0].place.line, document.statements[0].place.column) == (3, 7)
    assert document.title == "T"
    assert document.digest == hashlib.sha256(path.read_bytes()).hexdigest()


# --- noise around mathematics changes nothing

WORDS = st.text(alphabet="abc ,.:;!?()'\"#-*_é", max_size=30)
NOISE = st.lists(WORDS, max_size=4).map(lambda lines: "\n".join(line.strip() for line in lines))


def content(document: Document) -> list[Statement]:
    return [replace(s, place=Place("", 1, 1), label="", section="", context="", after="") for s in document.statements]


@settings(max_examples=60, deadline=None)
@given(NOISE, NOISE)
def test_text_around_does_not_change_statements(before: str, after: str) -> None:
    body = SAMPLE.split("---\n", 2)[2]
    assert content(markdown(f"{before}\n\n{body}\n\n{after}")) == content(markdown(body))


def test_dashes_before_a_text_are_front_matter_only_where_a_key_follows() -> None:
    for head in ("---\n\n", "---\nText.\n\n"):
        assert [s.latex for s in markdown(f"{head}$a = b$\n\n---\n$c = d$\n").statements] == ["a = b", "c = d"]
    for head in ("---\nkey: $a = b$\n---\n", "---\n# note\nkey: $a = b$\n---\n", "---\n\nkey: $a = b$\n---\n"):
        assert [s.latex for s in markdown(f"{head}$c = d$\n").statements] == ["c = d"]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="$\\()[]{}=ab_^&%`<>!-# \n*", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (markdown, tex):
        try:
            document = read(text)
        except InputError:
            continue
        assert all((statement.relation is None) == (statement.problem is not None) for statement in document.statements)


# --- size


@pytest.mark.parametrize(
    "unit",
    [
        "word ",
        "$a ",
        r"\(a ",
        "<a ",
        '<a b="',
        "`a``b",
        "{{ ",
        "\\text{$a ",
        "![a",
        "![](//latex.codecogs.com/?(",
        "<script>",
        "> a b c\n",
        "_",
        "\\",
    ],
)
def test_a_large_text_takes_work_in_proportion(unit: str) -> None:
    """Eight times the text is at most twenty times the calls: counted, since time depends on what else the machine does."""

    def calls(size: int) -> int:
        text = "$a = b$\n\n" + unit * (size // len(unit))
        profile = cProfile.Profile()
        with contextlib.suppress(InputError):
            profile.runcall(markdown, text)
        return sum(entry.callcount for entry in profile.getstats())

    assert calls(80_000) < 20 * calls(10_000)


def test_indices_in_places_of_macros_are_those_of_their_use() -> None:
    (statement,) = tex("\\newcommand{\\x}{q \\strange{r}}\n$a = \\x$").statements
    assert statement.problem
    assert (statement.problem.line, statement.problem.column) == (2, 6)


def test_subscripts_survive() -> None:
    (statement,) = markdown("$h\\_t = a$").statements
    assert statement.relation
    assert isinstance(statement.relation.left, Sub)


@pytest.mark.parametrize(
    "latex",
    [
        r"\left(a + b\right) c = \left(\frac{a}{b}\right)",
        r"\bigl(a\bigr) = \Bigl(b\Bigr) c",
        r"\left[a\right] = \left\{b\right\}",
        r"\frac{1}{2} \left. (a) \right. = \left. (b) \right.",
        r"\left\lVert a \right\rVert = \lVert b \rVert",
    ],
)
def test_a_side_keeps_the_size_of_its_brackets(latex: str) -> None:
    (statement,) = read_text(f"$$ {latex} $$", "x.md", "markdown").statements
    assert statement.latex == latex


# --- Markdown as sites and books write it


@pytest.mark.parametrize(
    "text",
    [
        "```katex\n$$a = b$$\n```",
        "```math\na = b\n```",
        "```latex\n\\[ a = b \\]\n```",
        "~~~tex\na = b\n~~~",
        "```{math}\n:label: eq-a\na = b\n```",
        ":::{math}\na = b\n:::",
        "{math}`a = b`",
        "```math a = b```",
        ":math:`a = b`",
        "{% raw %}$$a = b${% endraw %}$".replace("${% endraw %}$", "$${% endraw %}"),
        "$$a {% raw %}={% endraw %} b$$",
        "{% katex display %}\na = b\n{% endkatex %}",
        "{{< katex >}}a = b{{< /katex >}}",
        "{{< math >}}\n$$\na = b\n$$\n{{< /math >}}",
        '<script type="math/tex; mode=display">a = b</script>',
        "> [!note]\n> $$\n> a = b\n> $$",
        "\n    $$a = b$$\n",
        "[text](http://x.org/$c=d$) $a = b$ ![](y.png?$e=f$)",
        "[1]: http://x.org/?\\begin{cases}u\n\n$a = b$",
        "https://x.org/png.latex?\\frac{a}\\begin{align}c=d and $a = b$",
        "```python\n$c = d$\n```\n$a = b$",
        "```latex\n\\documentclass{article}\n$c = d$\n```\n$a = b$",
        "{% highlight latex %}$c = d${% endhighlight %} $a = b$",
        "\\newcommand{\\x}{a}\n\n$\\x = b$",
    ],
)
def test_formulas_among_the_marks_of_site_generators(text: str) -> None:
    assert latex(text) == ["a = b"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("$$a = b$$ (eq-loss)\n", "eq-loss"),
        ("$$\na = b\n$$ {#eq-loss}", "eq-loss"),
        ("```{math}\n:label: eq-loss\n:nowrap:\n\na = b\n```", "eq-loss"),
        ("$$a = b$$ (as said above)", "L1"),
    ],
)
def test_labels_behind_a_formula_and_of_a_directive(text: str, label: str) -> None:
    assert [statement.label for statement in markdown(text).statements] == [label]


@pytest.mark.parametrize(
    ("picture", "meant"),
    [
        (r"![](https://latex.codecogs.com/svg.latex?a=f(b(c)))", "a=f(b(c))"),
        (r"![a](https://latex.codecogs.com/gif.image?\dpi{110}\bg{white}a&space;=&space;b&plus;c 'sum')", "a = b+c"),
        (r"![](http://render.githubusercontent.com/render/math?color=white&math=a%20%3D+b)", "a = b"),
        (r'<img src="https://www.zhihu.com/equation?tex=%5Calpha%3Db%2Bc" alt="[f]" class="ee_img">', r"\alpha=b+c"),
        (r'<img src="https://latex.codecogs.com/svg.latex?&#x5C;frac{&#x5C;partial&space;a}{c}=d" />', r"\frac{\partial a}{c}=d"),
        (r'<img alt="f" src="//s0.wp.com/latex.php?latex=a+%3D+b&amp;bg=ffffff&amp;s=0">', "a = b"),
    ],
)
def test_a_picture_of_a_formula_is_read_from_its_address(picture: str, meant: str) -> None:
    assert latex(f"The state {picture} is new.") == latex(f"The state ${meant}$ is new.")


@pytest.mark.parametrize(
    "picture", [r"![](https://x.org/svg.latex?a=b)", r"![](https://latex.codecogs.com/svg.latex?a=(b", "![a=b](y.png)"]
)
def test_a_picture_of_no_known_service_or_without_end_is_no_formula(picture: str) -> None:
    assert latex(f"$c = d$\n\n{picture}\n") == ["c = d"]


def test_a_sign_after_words_goes_on_from_no_formula() -> None:
    first, second = markdown("$x \\in S$ (examples $= n$)").statements
    assert first.relation
    assert second.problem
    assert "left side stands in the words" in second.problem.message


def test_dollars_of_a_formula_with_commands_are_no_money() -> None:
    assert latex("from $ S = \\{1\\}$to $5, and $a = b$") == ["S = \\{1\\}", "a = b"]


# --- TeX projects


def test_files_read_in_share_macros_and_order(tmp_path: Path) -> None:
    (tmp_path / "sections").mkdir()
    texts = {
        "main.tex": "\\documentclass{own}\n\\usepackage{amsmath, letters}\n\\begin{document}\n\\input{sections/first}\n"
        "$c = \\W$\n\\include{sections/second}\n% \\input{sections/first}\n\\input gone\n\\end{document}",
        "own.cls": "\\newcommand{\\V}{V}",
        "letters.sty": "\\newcommand{\\W}{W}",
        "sections/first.tex": "\\section{First}\n$a = \\V$",
        "sections/second.tex": "\\documentclass[../main]{subfiles}\n\\begin{document}\n$d = \\W$\\input{main}\\end{document} $x = y$",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    document = read_document(tmp_path / "main.tex")
    found = [(s.latex, Path(s.place.file).name, s.place.line) for s in document.statements]
    assert found == [("a = V", "first.tex", 2), ("c = W", "main.tex", 5), ("d = W", "second.tex", 3)]
    assert {str(path.relative_to(tmp_path.resolve())) for path in document.included} == set(texts) - {"main.tex"}
    cycle, gone = document.remarks
    assert "second.tex:3: \\input{main}" in cycle
    assert "main.tex:8: \\input gone is not read: there is no such file" in gone


def test_only_files_of_tex_are_read_in(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("$c = d$")
    (tmp_path / "main.tex").write_text("\\input{secret.txt} \\input{/etc/hostname} $a = b$")
    assert [s.latex for s in read_document(tmp_path / "main.tex").statements] == ["a = b"]


@pytest.mark.parametrize(
    ("preamble", "formula", "meant"),
    [
        (r"\newcommand{\g}[2][L]{\nabla_{#2} #1}", r"\g{W} = \g[E]{V}", r"\nabla_{W} L = \nabla_{V} E"),
        (r"\DeclareMathOperator{\sm}{softmax}", r"p = \sm(z)", r"p = \operatorname{softmax}(z)"),
        (r"\includegraphics{x}", r"\pd{L}{W} = a", r"\frac{\partial L}{\partial W} = a"),
        (r"\let\eps\epsilon", r"\eps = a", r"\epsilon  = a"),
        (r"\let\old\vec \renewcommand{\vec}[1]{\mathbf{\old{#1}}}", r"\vec{a} = b", r"{\vec {a}} = b"),
        (r"\def\d#1#2{\frac{\partial #1}{\partial #2}}", r"\d{L}W = a", r"\frac{\partial L}{\partial W} = a"),
        (r"\def\at(#1,#2){#1_{#2}}", r"\at(h,t) = a", "h_{t} = a"),
        (r"\newcommand{\a}[1]{[#1]}", r"b = " + r"\a{" * 25 + "c" + "}" * 25, "b = " + "[" * 25 + "c" + "]" * 25),
        (r"\DeclarePairedDelimiter{\size}{\lVert}{\rVert}", r"\size*{h} = a", r"\lVert h \rVert = a"),
        (r"\newcommand{\x}{a}", r"\x = b \renewcommand{\x}{c}, \quad \x = d", "a = b"),
        (
            r"\NewDocumentCommand{\jac}{m m}{\frac{\partial #1}{\partial #2}}",
            r"\jac{h}{W} = a",
            r"\frac{\partial h}{\partial W} = a",
        ),
        (r"\NewDocumentCommand\at{m O{t}}{#1_{#2}}", r"\at{h} = \at{a}[t-1]", "h_{t} = a_{t-1}"),
        (
            r"\DeclareDocumentCommand{\g}{s o +m}{\nabla\IfNoValueF{#2}{_{#2}} #3\IfBooleanTF{#1}{^T}{}}",
            r"\g{L} = \g*[W]{E}",
            r"\nabla L = \nabla_{W} E^T",
        ),
        (r"\newcommand*{\x}{a} \providecommand{\x}{c}", r"\x = b", "a = b"),
        (r"\providecommand{\x}{a}\renewcommand*\x{c}", r"\x = b", "c = b"),
        (r"\newif\ifdraft", r"\ifdraft c = d \else a = b\fi", "a = b"),
        ("\\iffalse $c = d$ \\ifx e \\fi \\iff \\fi", "a = b", "a = b"),
        ("\\begin{comment}\n$c = d$\n\\end{comment} \\verb|$c = d$|", "a = b", "a = b"),
    ],
)
def test_macros_and_conditionals_of_tex(preamble: str, formula: str, meant: str) -> None:
    assert latex(f"{preamble}\n${formula}$", tex)[0] == " ".join(meant.split())


@pytest.mark.parametrize(
    "unit",
    [r"\begin{verbatim}", r"\footnote{", r"\section{", r"\begin{align}", r"\newcommand{\a}{", r"\iffalse ", r"\verb|", "{", "$a "],
)
def test_a_large_tex_file_takes_time_in_proportion(unit: str) -> None:
    began = time.process_time()
    with contextlib.suppress(InputError):
        tex("$a = b$\n\n" + unit * 20_000)
    assert time.process_time() - began < 4


def test_text_among_subequations_is_no_formula() -> None:
    text = "\\begin{subequations}\n\\noindent The state is\n\\begin{align}\na &= b, \\\\\nc &= d\n\\end{align}\n\\end{subequations}"
    assert latex(text, tex) == ["a = b", "c = d"]


def test_the_steps_of_an_equation_are_taken_away_once_not_once_for_each_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, asked = stepless._without_steps, []

    def counted(term: Any) -> Any:
        asked.extend([term] if isinstance(term, Relation) else ())
        return plain(term)

    monkeypatch.setattr(stepless, "_without_steps", counted)
    rows = [rf"$$ a_{{{n}}} = b_{{{n}}} + c $$" for n in range(12)]
    document = read_text("\n\n".join(rows), "notes.md", "markdown")
    assert len(document.statements) == len(asked) == len(rows)
