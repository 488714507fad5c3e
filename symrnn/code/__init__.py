"""Gradient code against its loss: is what a NumPy function returns the exact derivative, and if not, which line is wrong?"""

from symrnn.code.testing import assert_gradient, assert_pullback

__all__ = ["assert_gradient", "assert_pullback"]
