"""Rules about numbers, ranges and shapes."""
