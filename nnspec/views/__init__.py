"""A network in words and pictures."""
