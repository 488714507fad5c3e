"""LaTeX, PDF and HTML reports: made for real, measured, and the same bytes every time."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import replace
from functools import cache
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import click
import pytest
from checked import notes_report as notes
from conftest import Tool
from fake_report import report as fake_report

from symrnn.app.report_command import report_command
from symrnn.judging.check import check, read_model
from symrnn.judging.judgement import Options, Report
from symrnn.judging.verdict import VERDICTS
from symrnn.language.errors import InputError
from symrnn.reading.document import read_text
from symrnn.reading.notes import builtin_notes
from symrnn.showing.report import html, output, typeset
from symrnn.showing.report.formulas import author_formula, broken, is_harmless
from symrnn.showing.report.inductions import proof_anchors
from symrnn.showing.report.mathml import mathml
from symrnn.showing.report.page import Link, Math, Page, Picture, Prose, Words, slug
from symrnn.showing.report.pages import page_of
from symrnn.showing.report.tex_text import tex_text
from symrnn.showing.report.unrolled import drawn_network

WIDTHS = (360, 1280)
OPTIONS = Options(steps=3)
HOSTILE = r"""
# 100% <script>alert(1)</script> \input{/etc/hostname} $ & # _ ^ ~ 漢字 é

$$ h_t = \tanh(U x_t + W h_{t-1}), \quad z_t = V h_t, \quad \hat{y}_t = \mathrm{softmax}(z_t), \quad L_t = -y_t^\top \log \hat{y}_t $$

$$ \frac{\partial z_t}{\partial h_t} = V \label{<b>&"'\input{x}} $$

$$ \input{/etc/hostname} = \write18{touch hacked} \tag{unread} $$

$$ \frac{\partial L}{\partial W} = \frac{\partial L_0}{\partial W} + \frac{\partial L_1}{\partial W} + \frac{\partial L_2}{\partial W} + \frac{\partial L_3}{\partial W} + \frac{\partial L_0}{\partial W} - \frac{\partial L_0}{\partial W} + \frac{\partial L_1}{\partial W} - \frac{\partial L_1}{\partial W} + \frac{\partial L_2}{\partial W} - \frac{\partial L_2}{\partial W} \tag{a-very-long-label-for-a-very-long-equation-that-has-to-break-somewhere} $$
"""  # noqa: E501


@cache
def notes_page() -> Page:
    return page_of(notes())


def checked_hostile() -> Report:
    return check(read_text(HOSTILE, "<i>my notes</i> 100%.md", "markdown"), OPTIONS)


hostile = cache(checked_hostile)


PAGES = {
    "notes": lambda: notes_page(),
    "every verdict": lambda: page_of(fake_report()),
    "hostile": lambda: page_of(hostile()),
    "short": lambda: page_of(fake_report(), short=True),
    "wide": lambda: wide_network(),
}


WIDE = r"""
$$ f_t = \sigma(W_f x_t + U_f h_{t-1}) \quad i_t = \sigma(W_i x_t + U_i h_{t-1}) \quad o_t = \sigma(W_o x_t + U_o h_{t-1}) $$
$$ g_t = \tanh(W_g x_t + U_g h_{t-1}) \quad c_t = f_t \odot c_{t-1} + i_t \odot g_t \quad h_t = o_t \odot \tanh(c_t) $$
$$ z_t = V h_t \quad p_t = \mathrm{softmax}(z_t) \quad L_t = -y_t^\top \log p_t $$
"""


def wide_network() -> Page:
    """A page with the network of a long short-term memory, which is wider than a line."""
    model = read_model(read_text(WIDE, "wide.md", "markdown"), OPTIONS).model
    return Page("Wide", network=drawn_network(model))


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> Page:
    return PAGES[request.param]()


# ------------------------------------------------------------------------------------------------------------------- PDF


@pytest.fixture
def tex(tool: Tool) -> list[str]:
    tool(("latexmk", "pdflatex", "tectonic"), "texlive-latex-base texlive-latex-recommended texlive-pictures")
    command = output.tex_command()
    assert command is not None
    return command


def test_the_pdf_is_made_and_nothing_overflows(page: Page, tex: list[str], tmp_path: Path) -> None:
    (tmp_path / "page.tex").write_text(typeset.render(page), encoding="utf-8")
    for _ in range(2):
        done = subprocess.run(tex, cwd=tmp_path, capture_output=True, check=False, timeout=120)
        assert not done.returncode, done.stdout.decode(errors="replace")[-3000:]
    log = (tmp_path / "page.log").read_text(errors="replace")
    overfull = [float(width) for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert [width for width in overfull if width > 1] == []
    assert "undefined references" not in log
    assert not (tmp_path / "hacked").exists()


def test_the_pdf_has_the_same_bytes_every_time(tex: list[str]) -> None:
    page = page_of(fake_report())
    first, second = output.compiled(page, tex), output.compiled(page, tex)
    assert first.startswith(b"%PDF")
    assert first == second


def test_the_summary_of_the_notes_is_one_page(tex: list[str], tool: Tool, tmp_path: Path) -> None:
    tool(("pdftotext",), "poppler-utils")
    file = tmp_path / "notes.pdf"
    file.write_bytes(output.compiled(notes_page(), tex))
    pages = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout.split("\f")
    assert "What is wrong" in pages[0]
    assert "Conventions" in pages[0]
    assert "The unrolled network" in pages[1]


def test_without_tex_the_source_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(InputError, match=r"not made, .*wrote .*report.tex.*texlive-latex-base"):
        output.write_page(page_of(fake_report()), tmp_path / "report.pdf")
    assert (tmp_path / "report.tex").read_text(encoding="utf-8").startswith("%")
    assert not (tmp_path / "report.pdf").exists()


def test_a_tex_that_fails_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "tex_command", lambda: ["false"])
    with pytest.raises(InputError, match=r"^false failed"):
        output.write_page(page_of(fake_report()), tmp_path / "report.pdf")


@pytest.mark.parametrize(("name", "reason"), [("x.docx", "ends in"), ("no/such/folder/x.tex", "there is no folder")])
def test_an_output_that_cannot_be_is_refused(name: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=reason):
        output.write_page(page_of(fake_report()), tmp_path / name)


# --------------------------------------------------------------------------------------------------------------- Chromium

#: Names that Chromium goes by.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--hide-scrollbars",
    "--virtual-time-budget=4000",
)
# The page stands in frames of the widths asked for: a window cannot be made as narrow as a phone.
_WRAPPER = """<!doctype html><meta charset="utf-8"><body>{frames}<pre id="measured"></pre><script>
const measure = frame => {{
  const page = frame.contentDocument, root = page.documentElement;
  const seen = element => element.getClientRects().length > 0;
  const inside = element => element.closest('.wide, svg, .sign') !== null;
  const beyond = [...page.body.querySelectorAll('*')].filter(e => seen(e) && !inside(e)
    && (e.getBoundingClientRect().right > root.clientWidth + 0.5 || e.getBoundingClientRect().left < -0.5));
  const show = id => {{
    const button = page.getElementById(id);
    if (!button) return null;
    button.checked = true;
    return [...page.querySelectorAll('.statement')].filter(seen).map(e => e.id);
  }};
  return {{width: root.clientWidth, scroll: root.scrollWidth, height: root.scrollHeight,
    beyond: beyond.map(e => e.outerHTML.slice(0, 120)),
    flat: [...page.querySelectorAll('.statement math')].filter(e => e.getBoundingClientRect().height < 5).length,
    shown: Object.fromEntries(['wrong', 'slip', 'conditional', 'all'].map(word => [word, show('show~' + word)]))}};
}};
addEventListener('load', () => {{
  const frames = [...document.querySelectorAll('iframe')];
  document.getElementById('measured').textContent = JSON.stringify(frames.map(measure));
}});
</script></body>"""


@pytest.fixture
def chromium(tool: Tool) -> str:
    return tool(_NAMES, "chromium")


def measured(chromium: str, page: str, widths: tuple[int, ...]) -> tuple[list[dict[str, Any]], list[str]]:
    """What a page measures in frames of these widths, and what it wrote to the console."""
    frames = "".join(f'<iframe style="width:{width}px;height:900px;border:0" srcdoc="{escape(page)}"></iframe>' for width in widths)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, "page.html")
        file.write_text(_WRAPPER.format(frames=frames), encoding="utf-8")
        command = [chromium, *_FLAGS, f"--user-data-dir={folder}/profile", "--dump-dom", file.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r'<pre id="measured">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found and found.group(1), f"Chromium measured nothing: {done.stderr[-2000:]}"
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return json.loads(unescape(found.group(1))), console


# ------------------------------------------------------------------------------------------------------------------ HTML


class Outline(HTMLParser):
    """The elements of a page, with a check that they are closed in order."""

    VOID = frozenset(["meta", "link", "input", "img", "br", "hr"])

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing, line {self.getpos()[0]}"


def outline(page: Page) -> Outline:
    parser = Outline()
    parser.feed(html.render(page))
    assert parser.open == []
    return parser


def test_the_page_is_whole_and_needs_nothing_else(page: Page) -> None:
    tags = outline(page).tags
    assert not {"script", "iframe", "object", "embed"} & {tag for tag, _ in tags}
    for _, attributes in tags:
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("src") or attributes.get("href") or "#").startswith(("#", "data:"))
    assert "url(http" not in html.render(page)


def test_links_lead_somewhere_and_every_statement_has_one(page: Page) -> None:
    tags = outline(page).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {str(attributes["href"])[1:] for tag, attributes in tags if tag == "a"}
    assert links <= set(ids)
    assert {entry.anchor for section in page.sections for entry in section.entries} <= links


LONG_REPAIR = r"""
$$ h_t = \tanh(U x_t + W h_{t-1}), \quad p_t = \mathrm{softmax}(V h_t), \quad L_t = -y_t^\top \log p_t, \quad o_t = V h_t $$

$$ \frac{\partial p_t}{\partial o_t} = \mathrm{diag}(p_t \odot (1 - p_t)) $$
"""


def test_the_page_fits_and_is_silent(chromium: str) -> None:
    long_repair = page_of(check(read_text(LONG_REPAIR, "long.md", "markdown"), OPTIONS))
    for made in (notes_page(), page_of(hostile()), long_repair):
        frames, console = measured(chromium, html.render(made), WIDTHS)
        assert console == []
        for frame in frames:
            assert frame["width"] in WIDTHS
            assert frame["scroll"] <= frame["width"]
            assert frame["beyond"] == []
            assert frame["flat"] == 0


def test_filters_show_what_they_name(chromium: str) -> None:
    frames, _ = measured(chromium, html.render(notes_page()), WIDTHS[:1])
    for word in ("wrong", "slip", "conditional"):
        expected = [j.statement.label for j in notes().judgements if j.verdict.word == word]
        assert frames[0]["shown"][word] == expected
    assert len(frames[0]["shown"]["all"]) == len(notes().judgements)


def test_the_page_has_the_same_bytes_every_time() -> None:
    for first, again in ((notes_page(), page_of(notes())), (page_of(hostile()), page_of(checked_hostile()))):
        assert html.render(first) == html.render(again)
        assert typeset.render(first) == typeset.render(again)


def _luminance(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(c * 2 for c in colour)
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1])
def test_verdicts_can_be_read_in_light_and_dark(scheme: int) -> None:
    style = html.render(page_of(fake_report())).split(":root {")[1 + scheme]
    colours = dict(re.findall(r"--([\w-]+): #([0-9a-f]{3,6});", style.split("}")[0]))
    for word in (*VERDICTS, "ink", "soft"):
        light, dark = sorted((_luminance(colours[word]), _luminance(colours["paper"])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, word


# --------------------------------------------------------------------------------------------------------- what they say


def test_the_report_says_what_the_program_found() -> None:
    page = notes_page()
    by_label = {entry.label: entry for section in page.sections for entry in section.entries}
    assert [f.label for f in page.findings] == [j.statement.label for j in notes().judgements if j.verdict.word == "wrong"]
    for judgement in notes().judgements:
        entry = by_label[judgement.statement.label]
        assert entry.word == judgement.verdict.word
        if entry.word in ("wrong", "slip"):
            assert any(note.kind == "repair" for note in entry.notes), entry.label
        if entry.word == "wrong":
            assert any(note.name == "why false" for note in entry.notes)
    assert dict(page.colophon)["SHA-256 of the input"] == notes().document.digest


def test_the_graph_blames_what_came_first() -> None:
    graph = notes_page().graph
    assert graph is not None
    first = next(j.statement.label for j in notes().judgements if j.verdict.word == "wrong")
    assert [stop.label for stop in graph.stops if stop.first_wrong] == [first]
    labels = [stop.label for stop in graph.stops]
    blamed = {(labels[arc.source], labels[arc.target]) for arc in graph.arcs if arc.kind == "blame"}
    assert blamed == {(source, j.statement.label) for j in notes().judgements for source in j.rests_on}
    assert all(arc.source < arc.target for arc in graph.arcs)


def test_the_network_is_drawn_in_the_letters_of_the_document() -> None:
    text = r"$$ s_t = \tanh(A x_t + B s_{t-1}), \quad p_t = \mathrm{softmax}(C s_t), \quad L_t = -q_t^\top \log p_t $$"
    network = page_of(check(read_text(text, "x.md", "markdown"))).network
    assert network is not None
    assert {"s_{t-1}", "s_{t}", "p_{t+1}", "q_{t}", "L_{t}"} <= {node.latex for node in network.nodes}
    assert {edge.latex for edge in network.edges} >= {"A", "B", "C"}


def test_a_loss_that_is_only_named_is_drawn_and_told_without_the_letters_that_stand_for_it() -> None:
    network = r"$$ s_t = \tanh(A x_t + B s_{t-1}), \quad p_t = C s_t $$ "
    text = network + r"$$ \frac{\partial L}{\partial p_t} = \frac{\partial L_t}{\partial p_t} $$"
    report = check(read_text(text, "x.md", "markdown"), Options(every_length=False))
    picture = page_of(report).network
    assert picture is not None and not any("'" in node.latex for node in picture.nodes)
    assert {"p_{t}", "L_{t}", "L"} <= {node.latex for node in picture.nodes}
    told = [str(line) for line in report.model]
    assert told[2:] == ["Lₜ: any differentiable function of the outputs of its step", "L: the sum over all time steps"]


def test_formulas_of_the_notes_become_mathml() -> None:
    for statement in builtin_notes().statements:
        made = mathml(author_formula(statement).latex, display=True)
        assert made is not None, statement.label
        assert "\\" not in made


# ------------------------------------------------------------------------------------------------------------ safe LaTeX


@pytest.mark.parametrize(
    "latex",
    [
        r"\input{x}", r"\def\a{b} \a", r"a % b", r"a $ b", r"\text{\input{x}}", r"a \\ b", r"\csname x\endcsname", r"^^41",
        r"{a", r"a}", r"\left(a", r"x^2^3", r"x_a_b", "α", r"\begin{align} a \end{align}", "a # b", "x" * 5000, r"W^T'",
        r"\catcode`\%=12",
    ],
)  # fmt: skip
def test_other_latex_is_not_typeset(latex: str) -> None:
    assert not is_harmless(latex)


@pytest.mark.parametrize(
    "latex",
    [r"\frac{a}{b} = \left(\sum_{k=1}^{K} W^\top\right)^2", r"\begin{cases} a & \text{if $i = k$}. \\ b \end{cases}", r"h_k^{+}"],
)
def test_mathematics_is_typeset(latex: str) -> None:
    assert is_harmless(latex)


def test_every_equation_of_the_notes_is_shown_as_written() -> None:
    assert all(author_formula(s).latex == s.latex for s in builtin_notes().statements)


def test_long_formulas_break_outside_of_brackets() -> None:
    assert broken(r"a = \frac{b + c}{d} + \left(e - f\right) - \sum_{k=1} x") == [
        "a", r"= \frac{b + c}{d}", r"+ \left(e - f\right)", r"- \sum_{k=1} x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written_text", "expected"),
    [
        ("100% of ab_cd & more", r"100\% of ab\_cd \& more"),
        ("y → ŷ", r"y $\to$ \^{y}"),
        ("hₜ of σ", r"h$_{t}$ of $\sigma$"),
        ("Σ_{i}", r"$\sum$\_\{i\}"),
        ("naïve", 'na\\"{\\i}ve'),
        ("漢", r"\unknowncharacter{6F22}"),
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
    ],
)
def test_text_is_escaped(written_text: str, expected: str) -> None:
    assert tex_text(written_text) == expected


# --------------------------------------------------------------------------------------------------------------- command


def run(*arguments: str) -> int:
    return int(report_command.main(list(arguments), standalone_mode=False))


def test_the_command_writes_and_says_how_it_went(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("symrnn.app.report_command.check", lambda *_: notes())
        assert run("-o", str(tmp_path / "report.html")) == 1
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert capsys.readouterr().out.startswith(f"wrote {tmp_path}")
    good = tmp_path / "good.md"
    good.write_text(HOSTILE.split("$$")[1].join(["$$", "$$"]), encoding="utf-8")
    assert run(str(good), "--steps", "2", "-o", str(tmp_path / "good.tex")) == 0


@pytest.mark.parametrize("arguments", [("--hidden", "3", "--classes", "3"), ("--steps", "0"), ("no-such-file.md",)])
def test_the_command_refuses(arguments: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises((InputError, click.ClickException)):
        run(*arguments, "-o", str(tmp_path / "x.html"))


def test_the_command_does_not_write_over_its_input(tmp_path: Path) -> None:
    notes_file = tmp_path / "notes.tex"
    notes_file.write_text(HOSTILE, encoding="utf-8")
    with pytest.raises(InputError, match="is the input"):
        run(str(notes_file), "-o", str(notes_file))


def test_a_report_without_statements_to_show_is_still_a_page() -> None:
    empty = replace(fake_report(), judgements=(), ledger=(), model=())
    assert "<!doctype html>" in html.render(page_of(empty))
    assert r"\end{document}" in typeset.render(page_of(empty))


# ------------------------------------------------------------------------------------------------ proofs for every length


def test_every_proof_for_every_length_is_written_out_and_linked() -> None:
    page = notes_page()
    proven = {slug(j.statement.label) for j in notes().judgements if j.proof is not None}
    assert proof_anchors(page.treatise).keys() == proven
    entries = [entry for section in page.sections for entry in section.entries]
    blocks = [(entry.anchor, block) for entry in entries for note in entry.notes if note.name == "proof" for block in note.blocks]
    assert {anchor for anchor, block in blocks if isinstance(block, tuple) and links_in(block)} == proven


def links_in(prose: Prose) -> set[str]:
    return {part.anchor for part in prose if isinstance(part, Link)}


def test_a_lemma_is_written_once_and_stands_before_its_use() -> None:
    treatise = notes_page().treatise
    assert treatise is not None
    contents = [(lemma.statement, lemma.given, lemma.passages) for lemma in treatise.lemmas]
    assert len(contents) == len(set(contents))
    known: set[str] = set()
    for theorem in (*treatise.lemmas, *treatise.claims):
        for passage in theorem.passages:
            assert links_in(passage.text).union(*(links_in(step.reason) for step in passage.steps)) <= known
        known.add(theorem.anchor)
    texts = (passage.text for lemma in treatise.lemmas for passage in lemma.passages)
    said = "".join(part.latex if isinstance(part, Math) else part.text for text in texts for part in text)
    assert "By induction on s." in said and "Base: s = -1." in said and "So it holds for every s \\geq -1." in said


def test_a_bracket_is_told_from_the_number_one() -> None:
    assert "𝟙" in str(mathml(r"\mathbb{1}[a = b] + 1"))


def test_formulas_of_proofs_become_mathml() -> None:
    treatise = notes_page().treatise
    assert treatise is not None
    for theorem in (*treatise.lemmas, *treatise.claims):
        for equation in (theorem.statement, *(step.equation for p in theorem.passages for step in p.steps)):
            made = mathml(equation.latex, display=True)
            assert made is not None and "\\" not in made, equation.latex


def test_the_bars_of_a_norm_are_a_pair_of_one_height() -> None:
    shown = mathml(r"\left\lVert \frac{a}{b} \right\rVert \le \lVert A \rVert^{2} \lVert B \rVert", display=True)
    assert shown is not None and "{" not in shown
    assert shown.count('stretchy="true"') == shown.count("‖") == 6
    assert "<msup><mrow><mo" in shown


def test_pictures_have_words_for_those_who_do_not_see_them() -> None:
    page = replace(page_of(fake_report()), pictures=(Picture("p", (Words("norms of "), Math("W")), b"<svg/>", b""),))
    assert '<img alt="norms of W"' in html.render(page)


def test_the_printed_page_unfolds_what_is_folded_and_cuts_nothing() -> None:
    style = html.render(page_of(fake_report())).split("@media print", 1)[1]
    assert "details::details-content { content-visibility: visible" in style and ".wide { overflow: visible; }" in style
