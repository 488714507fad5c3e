"""Gradient code against its loss: is what a NumPy function returns the exact derivative, and if not, which line is wrong?"""
