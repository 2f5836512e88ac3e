"""What computes a network's values: the reference, which is the definition, and the fast one."""
