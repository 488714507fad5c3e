"""Proofs for every number of time steps and all sizes.

`prove` looks for a proof that a claim holds whatever the length of the sequence and the sizes of the axes, `kernel` alone says whether
it is one, `explain` writes it out, `opinion` tries random lengths and sizes. Nothing is imported here, so that the kernel can run alone.
"""
