"""NS108 for networks built in Python: numbers that are not finite."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nnspec.diagnostics import Finding, Path
from nnspec.spec.model import BulkLayer, Lipschitz, NetworkSpec, Then
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._paths import neuron_path, weights


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each number of a spec that is not finite."""
    for path, value in _numbers(subject.spec):
        if isinstance(value, int | float) and not _is_finite(value):
            yield Finding("NS108", path, f"{value} is not a finite number", "write a finite number")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no double can hold
        return False


def _numbers(spec: NetworkSpec) -> Iterator[tuple[Path, object]]:
    yield from weights(spec)
    for name, number in spec.parameters.items():
        yield ("parameters", name), number
    for item in spec.inputs:
        for index, end in enumerate(item.range):
            yield ("inputs", item.name, "range", index), end
        yield ("inputs", item.name, "missing"), item.missing
        for index, step in enumerate(item.transforms):
            yield from ((("inputs", item.name, "transform", index), p) for p in step.parameters)
    for layer, neuron in spec.neurons():
        for index, end in enumerate(neuron.range):
            yield neuron_path(layer, neuron.name, "range", index), end
    for index, bulk in spec.bulk_layers():
        yield from _bulk_numbers(index, bulk)
    yield from _claimed_numbers(spec)


def _claimed_numbers(spec: NetworkSpec) -> Iterator[tuple[Path, object]]:
    for index, example in enumerate(spec.examples):
        yield ("examples", index, "within"), example.within
        for key, values in (("given", example.given), ("expect", example.expect)):
            for name, value in values.items():
                yield from _ends(("examples", index, key, name), value)
    for index, item in enumerate(spec.properties):
        path: Path = ("properties", index)
        for name, allowed in item.when.items():
            yield from _ends((*path, "when", name), allowed)
        if isinstance(item.claim, Then):
            for name, bound in item.claim.bounds.items():
                yield from _ends((*path, "then", name), bound)
        elif isinstance(item.claim, Lipschitz):
            for neuron, bounds in item.claim.bounds.items():
                for name, number in bounds.items():
                    yield (*path, "lipschitz", neuron, name), number


def _ends(path: Path, value: object) -> Iterator[tuple[Path, object]]:
    """Yield a number, or the ends of an interval."""
    if isinstance(value, tuple):
        yield from (((*path, i), end) for i, end in enumerate(value))
    else:
        yield path, value


def _bulk_numbers(index: int, layer: BulkLayer) -> Iterator[tuple[Path, object]]:
    path = ("layers", index, "weights")
    if layer.weights.form == "dense":
        for i, row in enumerate(layer.weights.rows):
            if not all(map(_is_finite, row)):
                bad = [j for j, value in enumerate(row) if not _is_finite(value)]
                yield (*path, i, bad[0]), row[bad[0]]
    elif layer.weights.form == "sparse":
        for i, (_, _, value) in enumerate(layer.weights.entries):
            yield (*path, "sparse", i), value


RULE = error(
    "NS108",
    "not-finite",
    what=(
        "A number that is not finite: `.nan`, `.inf`, or one beyond the largest double (1.8e308), "
        "which would read as infinity."
    ),
    why=(
        "A NaN or an infinity spreads through every neuron that uses it and makes each output "
        "meaningless without a word."
    ),
    example="synapses: {age: .inf}",
    mend="synapses: {age: 1840}",
)(check)
