"""Witnesses at large sizes: whether both sides of a claim agree at random points modulo a prime, in time linear in the steps."""

from symrnn.witness.witness import Witness, Witnesses

__all__ = ["Witness", "Witnesses"]
