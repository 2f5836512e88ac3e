"""Whether a row truly violates a statement: in doubles, and in 60 digits where that is near."""
