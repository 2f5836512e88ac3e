"""Functions generated for one network: its arithmetic written out as Python.

They do what :mod:`nnspec.evaluators.arrays.vectorised` does, term by term in the same order, so
that their bits are the same; only without its way through the network's structure, which costs more
than all of a small network's arithmetic. ``row`` values one row, of plain numbers; ``columns``
values a table, a block of rows at a time. Whatever is unusual (a value that is no plain number, a
result that is not finite) they leave to the general path to judge. The text that is run holds names
made here and numbers, and nothing that a spec says: the names of inputs and outputs are bound to it
as values.
"""
