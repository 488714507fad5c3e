"""Proven formulas as NumPy: what is proven is what runs."""

from symrnn.running.compiler import compile
from symrnn.running.errors import BadArray, CannotCompile, NotFinite
from symrnn.running.exact import Lambdified, Sides, lambdified
from symrnn.running.program import Compiled
from symrnn.running.unrolled import Unrolled, unrolled

__all__ = [
    "BadArray",
    "CannotCompile",
    "Compiled",
    "Lambdified",
    "NotFinite",
    "Sides",
    "Unrolled",
    "compile",
    "lambdified",
    "unrolled",
]
