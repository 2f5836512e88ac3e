"""A network as arrays: compiled layers, their slopes backwards, and intervals through them."""
