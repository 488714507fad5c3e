"""The kernel: reads a proof file and accepts it or not. It imports nothing but the standard library and itself.

``python -m symrnn.proving.kernel FILE`` prints what is proven in full; the format is specified in derivations/proof_format.md.
"""
