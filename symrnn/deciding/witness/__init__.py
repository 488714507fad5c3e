"""Witnesses at large sizes: whether both sides of a claim agree at random points modulo a prime, in time linear in the steps."""

from symrnn.deciding.witness.witness import Witnesses

__all__ = ["Witnesses"]
