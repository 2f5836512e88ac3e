"""Near calls: a row evaluated in 60 digits, taking every number as the decimal its author wrote.

A double misses the decimal 0.1 by a little, and each operation by a little more. Where a claim is
an equality on a boundary, that is enough to cross it. What 60 digits confirm is no rounding.
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from decimal import Decimal

from nnspec.claims.verdicts.decimals import activated, grouped, reduced, transformed
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.model import Input, NetworkSpec, Value, category_text
from nnspec.spec.resolved import resolve

DIGITS = 60

CONTEXT = decimal.Context(prec=DIGITS, Emax=10**9, Emin=-(10**9), traps=[decimal.InvalidOperation])
"""Invalid operations raise; a division by zero or an overflow is infinite, as in doubles."""

NOISE = Decimal(10) ** -40
"""What 60-digit arithmetic itself may be off by, relative to the numbers compared."""


def as_written(number: float) -> Decimal:
    """The decimal that an author writes for a double: the shortest that reads as it.

    Examples
    --------
    >>> as_written(0.1), as_written(2000.0)
    (Decimal('0.1'), Decimal('2000.0'))
    """
    return Decimal(repr(float(number)))


def precise_values(spec: NetworkSpec, row: Mapping[str, Value]) -> dict[str, Decimal]:
    """Inputs in the table's own units, units of categories and neurons' outputs, in 60 digits.

    Raises
    ------
    decimal.InvalidOperation
        If a value is undefined, such as the logarithm of a negative number.
    """
    with decimal.localcontext(CONTEXT):
        return _evaluate(spec, row)


def _evaluate(spec: NetworkSpec, row: Mapping[str, Value]) -> dict[str, Decimal]:
    seen: dict[str, Decimal] = {}
    raw: dict[str, Decimal] = {}
    for item in spec.inputs:
        value = row[item.name]
        seen.update(_units(item, value))
        if item.type != "category":
            raw[item.name] = as_written(float(value))
    for layer in resolve(spec).layers:
        for neuron in layer.neurons():
            terms = [(as_written(weight), seen[source]) for source, weight, _ in neuron.synapses]
            z = reduced(neuron.aggregation, terms) + as_written(neuron.bias)
            use = neuron.activation
            seen[neuron.name] = activated(use.function, z, use.parameters)
        if layer.group is not None:
            names = layer.neuron_names
            results = grouped(GROUPS[layer.group], [seen[name] for name in names])
            seen.update(zip(names, results, strict=True))
    return {**seen, **raw}


def _units(item: Input, value: Value) -> dict[str, Decimal]:
    if item.type == "category":
        chosen = category_text(value)
        return {unit: Decimal(unit == f"{item.name}.{chosen}") for unit in item.units}
    x = as_written(float(value))
    for step in item.transforms:
        x = transformed(TRANSFORMS[step.kind], x, step.parameters)
    return {item.name: x}
