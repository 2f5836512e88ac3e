"""The terminal and the standard streams, and how a verb ends."""
