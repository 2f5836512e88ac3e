"""Rules that warn."""
