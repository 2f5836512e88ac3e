"""What the larger verbs do, once their arguments are read."""
