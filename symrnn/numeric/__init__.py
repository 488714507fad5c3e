"""Proven formulas as NumPy: what is proven is what runs."""

from symrnn.numeric.compiler import compile
from symrnn.numeric.errors import BadArray, CannotCompile
from symrnn.numeric.exact import Lambdified, Sides, lambdified
from symrnn.numeric.program import Compiled

__all__ = ["BadArray", "CannotCompile", "Compiled", "Lambdified", "Sides", "compile", "lambdified"]
