"""What commands, characters and words mean: the tables that reading goes by."""

from __future__ import annotations

import re
from typing import Any

from symrnn.language.functions import WORDS
from symrnn.language.terms import Sym


def listed(text: str) -> list[str]:
    """The words of a table."""
    return text.split()


GREEK = frozenset(
    listed(
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho "
        "varrho sigma varsigma tau upsilon phi varphi chi psi omega "
        "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
    )
)
#: Letters that stand for a step, and letters of a loss: what brackets behind a letter hold is told from them.
TIMES = frozenset({Sym("t"), Sym("tau")})
COUNTERS = frozenset({Sym("k"), Sym("n"), Sym("T")})
#: Words below what a logarithm is taken of that say which class: ``-log p_{t,target}``.
CLASS_WORDS = frozenset(listed("target targets true label labels correct gold"))
COUNTING = frozenset(Sym(name) for name in "ijklmncyw") | {Sym(name, "", "text") for name in CLASS_WORDS}
LOSSES = frozenset(listed("L J E C ell loss Loss cost Cost"))
#: Words that say which part of a gradient is meant: what comes from later steps, and what comes from the step itself.
LATER = frozenset({"next", "future", "later"})
LOCAL = frozenset({"local", "out", "output", "direct", "current", "now"})
#: And the word for all of it.
TOTAL = "total"
#: Words for an activation of which no more is said.
ANY_ACTIVATION = re.compile(r"(?i)act(?:iv\w*)?|squash\w*|func(?:tion)?|non-?linear\w*")
#: A bracket behind one of these letters holds its argument.
APPLIED_LETTERS = frozenset(Sym(name) for name in listed("f g sigma phi varphi psi theta rho Phi Psi"))
#: Letters of all parameters together.
ANY_PARAMETER = frozenset(listed("theta vartheta Theta"))
#: Words below a sum over the examples of a batch.
EXAMPLES = frozenset(listed("batch minibatch examples samples"))
#: What begins the name of the numbers that are above 0 for the members of a set: ``inS`` for those of S.
MEMBER = "in"
#: A word for a product, and what stands for all rows or all columns of a matrix.
PRODUCT, EVERY = Sym("prod", "", "text"), Sym(":", "", "text")
#: Words for one vector made of several.
CONCATENATIONS = frozenset(listed("concat Concat CONCAT concatenate Concatenate cat Cat"))
TEXT_FONTS = frozenset(listed("text textrm textbf textit textsf texttt textnormal mbox hbox textup textsl emph"))
WORD_FONTS = frozenset(listed("mathrm mathsf mathit mathbf mathtt mathnormal operatorname operatorname* rm bf it"))
BOLD_FONTS = frozenset(listed("boldsymbol bm vec Vec pmb mathbfit symbf underline underbar"))
#: These change the font up to the end of the group: ``{\\bf W}``.
SWITCHES = frozenset({"rm", "bf", "it", "cal"})
ONE_FONTS = frozenset(listed("mathbf boldsymbol bm vec pmb mathbb mathds mathbbm textbf symbf bf"))
STYLED_FONTS = {"mathcal": "cal", "mathscr": "cal", "cal": "cal", "mathbb": "bb", "Bbb": "bb", "mathds": "bb", "mathbbm": "bb"}
ACCENT_WORDS = {
    "hat": "hat",
    "widehat": "hat",
    "bar": "bar",
    "overline": "bar",
    "tilde": "tilde",
    "widetilde": "tilde",
    "dot": "dot",
    "ddot": "ddot",
    "check": "check",
    "widecheck": "check",
    "breve": "breve",
    "acute": "acute",
    "grave": "grave",
    "mathring": "mathring",
    "overrightarrow": "overrightarrow",
    "overleftarrow": "overleftarrow",
}
#: Letters of probabilities, of which brackets hold events: ``P(y = 1)``.
PROBABILITIES = frozenset({Sym("P"), Sym("p"), Sym("Pr", "", "text")})
#: The names that amsmath once had for accents over accents.
ACCENT_WORDS |= {name.title(): ACCENT_WORDS[name] for name in listed("hat bar tilde dot ddot check breve acute grave")}
RELATIONS = {
    "=": "=",
    ":=": ":=",
    "=:": "=:",
    r"\eqqcolon": "=:",
    r"\equiv": ":=",
    r"\triangleq": ":=",
    r"\coloneqq": ":=",
    r"\coloneq": ":=",
    r"\doteq": ":=",
    r"\leftarrow": "<-",
    r"\gets": "<-",
    r"\longleftarrow": "<-",
    r"\approx": "~",
    r"\simeq": "~",
    r"\sim": "~",
    r"\propto": "oc",
    r"\neq": "!=",
    r"\ne": "!=",
    "<": "<",
    r"\lt": "<",
    r"\le": "<=",
    r"\leq": "<=",
    r"\leqslant": "<=",
    ">": ">",
    r"\gt": ">",
    r"\ge": ">=",
    r"\geq": ">=",
    r"\gg": ">",
    r"\ll": "<",
    r"\geqslant": ">=",
    r"\in": "in",
    "+=": "+=",
    "-=": "-=",
}
#: Signs of what is added to, or taken from, what stands before them, as code has it: ``+=``, ``\mathrel{+}=``, ``{-}{=}``.
ADDING = (
    r"(?<![\^_{])[+\-]\s*=|\\math(?:rel|bin|op|ord)\s*\{\s*\{?[+\-]\}?\s*(?:\}\s*\{?=\}?|\{?=\}?\s*\})"
    r"|(?<![\^_])\{[+\-]\}\s*(?:=|\{=\})"
)
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_PLAIN = {
    "{": ("LB", "{"),
    "}": ("RB", "{"),
    "(": ("OPEN", "("),
    ")": ("CLOSE", "("),
    "[": ("OPEN", "["),
    "]": ("CLOSE", "["),
    r"\lbrack": ("OPEN", "["),
    r"\rbrack": ("CLOSE", "["),
    r"\{": ("OPEN", r"\{"),
    r"\}": ("CLOSE", r"\{"),
    r"\lbrace": ("OPEN", r"\{"),
    r"\rbrace": ("CLOSE", r"\{"),
    r"\langle": ("OPEN", "<"),
    r"\rangle": ("CLOSE", "<"),
    r"\lVert": ("NORM", "|"),
    r"\rVert": ("ENDNORM", "|"),
    r"\|": ("BAR", "|"),
    r"\Vert": ("BAR", "|"),
    r"\parallel": ("BAR", "|"),
    "||": ("BAR", "|"),
    "+": ("PLUS", "+"),
    "-": ("MINUS", "-"),
    "*": ("DOT", "*"),
    r"\ast": ("DOT", "*"),
    r"\star": ("STAR", "*"),
    r"\cdot": ("DOT", "cdot"),
    r"\times": ("DOT", "times"),
    r"\odot": ("ELEM", "odot"),
    r"\circ": ("ELEM", "odot"),
    r"\bullet": ("ELEM", "odot"),
    r"\otimes": ("ELEM", "otimes"),
    r"\oslash": ("ELEM", "oslash"),
    "/": ("SLASH", "/"),
    "^": ("SUP", "^"),
    "_": ("SUB", "_"),
    "'": ("PRIME", "'"),
    r"\prime": ("PRIME", "'"),
    r"\top": ("TOP", "T"),
    r"\intercal": ("TOP", "T"),
    "&": ("AMP", "&"),
    ",": ("COMMA", ","),
    ";": ("SEMICOLON", ";"),
    ".": ("STOP", "."),
    "?": ("STOP", "?"),
    ":": ("COLON", ":"),
    r"\colon": ("COLON", ":"),
    r"\quad": ("QUAD", ""),
    r"\qquad": ("QUAD", ""),
    r"\frac": ("FRAC", None),
    r"\dfrac": ("FRAC", None),
    r"\tfrac": ("FRAC", None),
    r"\cfrac": ("FRAC", None),
    r"\over": ("OVER", None),
    r"\partial": ("PARTIAL", "partial"),
    r"\nabla": ("NABLA", None),
    r"\sum": ("BIG", "sum"),
    r"\Sum": ("BIG", "sum"),
    r"\prod": ("BIG", "prod"),
    r"\Pr": ("SYM", Sym("Pr", "", "text")),
    r"\mid": ("GIVEN", "|"),
    "|": ("GIVEN", "|"),
    r"\vert": ("GIVEN", "|"),
    r"\because": ("REASON", ""),
    r"\therefore": ("REASON", ""),
    r"\forall": ("ARROW", ""),
    "∀": ("ARROW", ""),
    r"\underbrace": ("BRACE", None),
    r"\overbrace": ("BRACE", None),
    r"\substack": ("DROPPED", None),
    "...": ("ELLIPSIS", None),
} | {command: ("REL", op) for command, op in RELATIONS.items()}
_NAMED = (
    {rf"\{name}": ("ELLIPSIS", None) for name in listed("ldots cdots dots vdots ddots dotsc dotsb dotsm dotsi")}
    | {
        rf"\{name}": ("ARROW", "")
        for name in listed("implies Rightarrow iff Leftrightarrow Longrightarrow Longleftrightarrow to rightarrow longrightarrow")
    }
    | {
        rf"\{name}": ("DROPPED", None)
        for name in listed("boxed mathclose mathopen mathbin mathrel mathop mathord mathinner mathpunct cancel ensuremath")
    }
    | {rf"\{name}": ("ACCENT", ("accent", accent)) for name, accent in ACCENT_WORDS.items()}
    | {rf"\{name}": ("SYM", Sym(name)) for name in [*GREEK, "ell", "infty"]}
    | {rf"\{name}": ("FUNC", Sym(canonical)) for name, canonical in WORDS.items()}
)
COMMANDS: dict[str, tuple[str, Any]] = _PLAIN | _NAMED
#: Typed as a character instead of a command, as keyboards and web pages have it.
CHARACTERS = {
    "−": "-",
    "·": r"\cdot",
    "@": r"\cdot",
    "⋅": r"\cdot",
    "×": r"\times",
    "⊙": r"\odot",
    "⊘": r"\oslash",
    "∘": r"\circ",
    "•": r"\bullet",
    "⊗": r"\otimes",
    "∂": r"\partial",
    "∇": r"\nabla",
    "∑": r"\sum",
    "Σ": r"\Sigma",
    "∏": r"\prod",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "∼": r"\sim",
    "∝": r"\propto",
    "≡": r"\equiv",
    "≔": ":=",
    "∈": r"\in",
    "←": r"\gets",
    "⊤": r"\top",
    "′": "'",
    "’": "'",
    "…": r"\dots",
    "⋯": r"\cdots",
    "‖": r"\|",
    "α": r"\alpha",
    "β": r"\beta",
    "γ": r"\gamma",
    "δ": r"\delta",
    "ε": r"\varepsilon",
    "η": r"\eta",
    "θ": r"\theta",
    "λ": r"\lambda",
    "μ": r"\mu",
    "ρ": r"\rho",
    "σ": r"\sigma",
    "τ": r"\tau",
    "φ": r"\varphi",
    "ψ": r"\psi",
    "ω": r"\omega",
    "ℓ": r"\ell",
    "∞": r"\infty",
    "..": r"\dots",
}
#: Sizes of brackets; each belongs to the bracket behind it.
SIZES = frozenset(listed(r"\left \right \big \Big \bigg \Bigg \bigl \bigr \Bigl \Bigr \biggl \biggr \Biggl \Biggr \bigm \Bigm"))
SPACING = (
    SIZES
    | frozenset(
        listed(
            r"\, \; \: \! \> \  \/ \- ~ \displaystyle \textstyle \scriptstyle \scriptscriptstyle \limits \nolimits "
            r"\nonumber \notag \thinspace \medspace \thickspace \enspace \negthinspace \allowbreak \nobreak \relax \hfill "
            r"\strut \mathstrut \space"
        )
    )
    | {"\\ ", "\\\n", "\\\t"}
)
DROPPED_WITH_ARGUMENT = frozenset(
    listed(
        r"\label \tag \tag* \hspace \hspace* \vspace \vspace* \phantom \hphantom \vphantom \color \textcolor \mskip "
        r"\eqref"
    )
)
#: Commands of text that may stand before a formula of theirs, and say nothing of it, and delimiters inside of others: ``$\[ a \]$``.
IDLE_COMMANDS = frozenset(
    listed(
        r"\noindent \indent \par \centering \small \footnotesize \normalsize \large \Large \LARGE \huge \Huge \tiny \scriptsize "
        r"\smallskip \medskip \bigskip \newline \linebreak \pagebreak \newpage \displaybreak \null \mathsurround "
        r"\leavevmode \protect \left. \right. \[ \] \( \)"
    )
)
#: Signs before a formula that is an item of a list.
ITEM_SIGNS = frozenset(
    listed(r"\bullet \star \bigstar \diamond \square \blacksquare \triangleright \blacktriangleright \checkmark")
)
#: Signs behind the last formula of a proof.
PROOF_ENDS = frozenset(listed(r"\qed \QED \qedhere \qedsymbol \square \Square \blacksquare \Box \lrcorner"))
#: Macros of bold letters as authors name them, where their definitions are elsewhere: \vh, \mW, \bx, \rvx.
BOLD_MACRO = re.compile(rf"(?:[VMvm]|b(?![REPN])|bf|bm|bs|rv|vec|mat)([A-Za-z]|{'|'.join(GREEK)})")
#: Commands of TeX and of the usual packages that are no letters and are not read; any other one without an argument is a letter.
NO_LETTERS = frozenset(
    listed(
        "cup cap bigcup bigcap uplus sqcup sqcap setminus wedge vee bigwedge bigvee lnot neg land lor exists nexists "
        "subset supset subseteq supseteq subsetneq supsetneq sqsubset sqsubseteq notin ni owns parallel nparallel perp nmid "
        "prec succ preceq succeq ll gg asymp bowtie models vdash dashv smile frown cong between "
        "mapsto longmapsto uparrow downarrow updownarrow leftrightarrow longleftrightarrow hookrightarrow "
        "hookleftarrow rightharpoonup leadsto xrightarrow xleftarrow Leftarrow Uparrow Downarrow impliedby "
        "nearrow searrow swarrow nwarrow rightsquigarrow twoheadrightarrow circlearrowleft circlearrowright "
        "oplus ominus boxplus boxtimes boxdot bigoplus bigotimes bigodot bigsqcup coprod int iint iiint oint amalg div pm mp "
        "diamond ltimes rtimes wr dagger ddagger triangle triangledown bigtriangleup bigcirc "
        "lfloor rfloor lceil rceil lbrace rbrace backslash vert lvert rvert middle sqrt root atop choose binom dbinom tbinom "
        "overset underset stackrel buildrel dddot vec overrightarrow overleftarrow "
        "overparen underparen sideset prescript xspace mathop limsup liminf lim sup inf gcd hom ker deg dim arg "
        "mod bmod pmod pod not left right hbox vbox rule raise lower kern mkern hskip vskip hrule vrule "
        "newcommand renewcommand def let begin end item ref cite url href footnote caption includegraphics input include "
        "ldots because therefore qed square blacksquare"
    )
)
CASES = frozenset({"cases", "dcases", "rcases", "cases*", "dcases*"})
GRIDS = frozenset({"array", "aligned", "matrix"})
MATRICES = frozenset({"matrix", "bmatrix", "pmatrix", "smallmatrix", "Bmatrix", "array"})
