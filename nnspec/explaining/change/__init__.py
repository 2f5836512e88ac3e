"""What would change an output: the smallest change that reaches a goal."""
