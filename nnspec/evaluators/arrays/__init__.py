"""Blocks of rows through NumPy, layer by layer."""
