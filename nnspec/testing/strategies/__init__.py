"""Hypothesis strategies for networks, their rows and tables."""
