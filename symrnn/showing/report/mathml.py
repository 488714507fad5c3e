"""LaTeX -> MathML, for browsers that know no TeX."""

from __future__ import annotations

import re
from functools import lru_cache
from xml.etree import ElementTree

from latex2mathml.converter import convert

from symrnn.language.functions import WORDS
from symrnn.showing.report.formulas import CHANGED

_NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_MATH = f"{{{_NAMESPACE}}}"
_BIG = frozenset("∑∏")
_FUNCTIONS = frozenset(WORDS)
_BAR = "‖"
# What holds a line of formula; elsewhere the place of a child has a meaning.
_ROWS = frozenset(("mrow", "math", "mtd", "mstyle"))
ElementTree.register_namespace("", _NAMESPACE)


@lru_cache(maxsize=4096)
def mathml(latex: str, *, display: bool = False) -> str | None:
    r"""The MathML of a formula; None for one that cannot be converted.

    >>> mathml("x")
    '<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><mi>x</mi></mrow></math>'
    """
    try:
        root = ElementTree.fromstring(convert(_prepared(latex), display="block" if display else "inline"))
    except Exception:  # whatever the converter stumbles over: the caller shows the source instead
        return None
    for element in list(root.iter()):
        _mend(element, display=display)
    return ElementTree.tostring(root, encoding="unicode")


def _prepared(latex: str) -> str:
    """What the converter does not know, in words that it knows."""
    latex = re.sub(r"\\text(rm)?\{([^{}]*)\}", lambda m: _text(m.group(2)), latex)
    latex = re.sub(r"(?<!\.)\.\.\.(?!\.)", r"\\dots ", latex).replace(r"\mathbb{1}", "𝟙")
    # A norm with its exponent: both bars belong to what is raised.
    latex = re.sub(r"(?<!\\left)\\lVert(?![A-Za-z])((?:(?!\\[lr]Vert).)*)\\rVert(?![A-Za-z])", r"{\\lVert\1\\rVert}", latex)
    return re.sub(r"\\(?:intercal|mathsf\s*\{?T\}?)", r"\\top ", latex)


def _text(inside: str) -> str:
    """Text with formulas in it as text and formulas in turn."""
    parts = inside.split("$")
    return "".join(part if number % 2 else rf"\text{{{part}}}" for number, part in enumerate(parts) if part)


def _mend(element: ElementTree.Element, *, display: bool) -> None:
    """Limits above and below sums, upright names of functions, and our own colour for what was changed."""
    tag, first = element.tag.removeprefix(_MATH), element[0] if len(element) else None
    if display and first is not None and first.text in _BIG:
        limits = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
        element.tag = _MATH + limits.get(tag, tag)
    if tag in ("mo", "mtext") and (element.text or "").strip() in _FUNCTIONS:
        element.tag = _MATH + "mi"
        element.attrib.clear()
    if tag == "mi" and (element.text or "") == "⊤":
        element.tag = _MATH + "mo"
    if tag == "mrow" and len(element) > 2 and element[0].text == element[-1].text == _BAR:
        _fence(element[0], element[-1])
    if tag == "mover" and len(element) == 2 and element[1].text == "^":
        element[1].set("stretchy", "false")
    if tag in _ROWS:
        _space(element)
    if element.get("mathcolor") == CHANGED:
        del element.attrib["mathcolor"]
        element.set("class", CHANGED)


def _fence(opening: ElementTree.Element, closing: ElementTree.Element) -> None:
    """The two bars of a norm: of one height, and apart from what stands beside them."""
    for bar, form, side in ((opening, "prefix", "lspace"), (closing, "postfix", "rspace")):
        bar.attrib.update({"fence": "true", "stretchy": "true", "form": form, side: "0.12em"})


def _space(parent: ElementTree.Element) -> None:
    """Signs in front of a term close to it, and some room between a function and an argument without brackets."""
    for position, child in reversed(list(enumerate(parent))):
        before = parent[position - 1] if position else None
        if child.tag == _MATH + "mo" and child.text == "−" and (before is None or before.tag == _MATH + "mo"):
            child.set("form", "prefix")
        if before is not None and before.tag == _MATH + "mi" and before.text in _FUNCTIONS and child.text != "(":
            parent.insert(position, ElementTree.Element(_MATH + "mspace", width="0.17em"))
