"""The small language in which functions are defined, and its readings.

A definition is a Python function of a reading ``m`` and of its values, ``lambda m, z: z / (1 +
abs(z))``: operators, ``abs`` and the primitives of :class:`Primitives`, and nothing else. What a
definition gives depends on the reading:

- :data:`~nnspec.functions.expressions.floats.FLOATS`: a float of a float, the reference;
- :func:`~nnspec.functions.expressions.arrays.arrays`: a NumPy array of an array, bit for bit the
  same where IEEE 754 defines the operations;
- :class:`~nnspec.functions.expressions.slopes.Slopes`: value and slope together, over either;
- :data:`~nnspec.functions.expressions.trees.TREES`: the expression itself as data, from which
  Python source, SQL and the page's JavaScript are written.

Decimals of many digits are read in :mod:`nnspec.claims.verdicts.decimals`.
"""
