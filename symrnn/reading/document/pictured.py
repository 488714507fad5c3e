r"""Formulas set as pictures: their LaTeX stands in the address of the service that draws them.

Sites that show no mathematics are written like this: ``![h](https://latex.codecogs.com/svg.latex?h_t=\tanh(Wx_t))``.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from urllib.parse import unquote

from symrnn.reading.document.source import Mapped


@dataclass(frozen=True)
class _Service:
    """What stands before the LaTeX in the addresses of a service, and whether the address is that of a form.

    In a form ``+`` is a space and ``&`` begins another parameter.
    """

    before: str
    form: bool = True


_SERVICES = (
    _Service(r"\w+\.codecogs\.com/[\w./]*\?", form=False),
    _Service(r"render\.githubusercontent\.com/render/math\?(?:\w+=[^&\s]*&(?:amp;)?)*math="),
    _Service(r"(?:www\.)?zhihu\.com/equation\?(?:\w+=[^&\s]*&(?:amp;)?)*tex="),
    _Service(r"chart\.(?:googleapis|apis\.google)\.com/chart\?(?:\w+=[^&\s]*&(?:amp;)?)*chl="),
    _Service(r"s\d\.wp\.com/latex\.php\?(?:\w+=[^&\s]*&(?:amp;)?)*latex="),
    _Service(r"i\.upmath\.me/(?:svg|png)/", form=False),
    _Service(r"math\.vercel\.app/\?(?:\w+=[^&\s]*&(?:amp;)?)*from="),
)
_ADDRESS = "|".join(f"(?:{service.before})" for service in _SERVICES)
#: How a picture of a formula begins, up to its LaTeX, without a group of its own.
OPENING = rf"(?:!\[(?:[^\]\n\\]|\\.){{0,300}}\]\([ ]*|<img\b[^<>]*?\bsrc[ ]*=[ ]*[\"'])(?:https?:)?//(?:{_ADDRESS})"
# A bracket of the formula closes before that of Markdown does; three deep is as deep as an address is looked into.
_DEEPER = r"(?:[^\s()\\]|\\.)"
for _ in range(3):
    _DEEPER = rf"(?:[^\s()\\]|\\.|\({_DEEPER}*+\))"
_IN_MARKDOWN = re.compile(rf"(?P<formula>{_DEEPER}*+)(?:[ ]+[\"'][^\n]*?[\"'])?[ ]*\)")
_IN_HTML = {quote: re.compile(rf"(?P<formula>[^{quote}\n]*){quote}[^<>]*/?>") for quote in "\"'"}
_PARAMETER = re.compile(r"&(?:amp;)?\w+=")
#: The signs that one service names in a way of its own, and those that HTML names.
_NAMED = {"space": " ", "hash": "#"}
_NAMED_SIGN = re.compile(rf"&(?:amp;)?({'|'.join(_NAMED)});")
_ENTITY = re.compile(r"&(?:#\w+|(?!(?:space|hash);)[A-Za-z]+);")
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
#: What says how large, on which ground and in which font the picture is drawn.
_DRAWN = re.compile(
    r"^(?:\s*\\(?:(?:dpi|bg|fg|color)\s*\{[^{}]*\}|(?:(?:bg|fn)_\w+|inline|displaystyle|tiny|small|[lL]arge|LARGE|[hH]uge)(?![A-Za-z])))+"
)


def pictured(text: Mapped, opening: str, start: int) -> tuple[Mapped, int] | None:
    """The LaTeX of the picture whose `opening` ends at `start`, and where the picture ends; None where it is not closed."""
    image = re.match(r"<img.*[\"'](?=(?:https?:)?//)", opening, re.DOTALL)
    pattern = _IN_HTML[image[0][-1]] if image else _IN_MARKDOWN
    found = pattern.match(text.text, start)
    if found is None:
        return None
    service = next(service for service in _SERVICES if re.search(rf"//{service.before}$", opening))
    end = found.end("formula")
    if service.form and (further := _PARAMETER.search(text.text, start, end)):
        end = further.start()
    return _decoded(text.cut(start, end), service.form), found.end()


def _decoded(address: Mapped, form: bool) -> Mapped:
    """The LaTeX that a part of an address stands for."""
    named = address.sub(_NAMED_SIGN, lambda sign: _NAMED[sign[1]])
    spaced = named.sub(re.compile(r"\+"), lambda _: " ") if form else named
    plain = spaced.sub(_ENTITY, lambda sign: html.unescape(sign[0])).sub(_ESCAPED, lambda run: unquote(run[0]))
    return plain.sub(_DRAWN, lambda _: "")
