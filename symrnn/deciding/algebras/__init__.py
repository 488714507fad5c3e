"""What a tensor expression is evaluated in: exact polynomials, residues modulo a prime, balls, floating point, SymPy trees.

Each algebra knows how to add, multiply, divide and contract arrays of its own numbers and how to apply an elementwise
function; the rules of evaluation are written once, in `symrnn.deciding.evaluate`.
"""
