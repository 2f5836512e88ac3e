"""What the inputs of a network read from cells: one definition, and whole columns at once."""
