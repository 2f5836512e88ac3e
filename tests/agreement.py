"""How the tests hold the fast evaluator against the reference: bits, and bounds on errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from strategies import EXACT

from nnspec.evaluators import reference
from nnspec.evaluators.evaluated import Evaluated
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.network import Network
from nnspec.spec.inputs import number_of, seen_of
from nnspec.spec.model import NetworkSpec, Value, category_text
from nnspec.spec.resolved import ResolvedActivation, resolve

TINY = 1e-300
"""Below this, among the subnormals, relative errors say nothing."""


def encode(spec: NetworkSpec, table: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """A table of :func:`strategies.tables` as evaluators take it: categories as their index."""
    columns = {}
    for item in spec.inputs:
        column = table[item.name]
        if item.type == "category":
            index = {category_text(value): i for i, value in enumerate(item.categories)}
            column = np.array([float(index[cell]) for cell in column])
        columns[item.name] = column
    return columns


def rows_of(table: Mapping[str, np.ndarray]) -> list[dict[str, Value]]:
    """The rows of a table, as the reference takes them."""
    names = list(table)
    cells = zip(*[table[name].tolist() for name in names], strict=True)
    return [dict(zip(names, row, strict=True)) for row in cells]


def evaluate_all(network: Network, columns: Mapping[str, np.ndarray], **options: Any) -> Evaluated:
    """Every neuron's value and pre-activation."""
    dtype = options.pop("dtype", "float64")
    return network.evaluator(dtype).evaluate(
        columns, network.neurons, pre_activations=True, **options
    )


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays hold the same numbers, zeros of the same sign."""
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()


def assert_same(first: Evaluated, second: Evaluated, rows: Any = slice(None)) -> None:
    """Both say the same of every neuron they share: which rows are bad, and the bits of the rest.

    ``rows`` are the first's rows, in the order in which the second has them.
    """
    bad = first.bad[rows]
    assert bad.tolist() == second.bad.tolist()
    for name in first.values.keys() & second.values.keys():
        assert same_bits(first.values[name][rows][~bad], second.values[name][~bad]), name
    for name in first.z.keys() & second.z.keys():
        assert same_bits(first.z[name][rows][~bad], second.z[name][~bad]), f"z of {name}"


def is_same_float(a: float, b: float) -> bool:
    """The same number with the same sign of zero, or both nan."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b and math.copysign(1, a) == math.copysign(1, b)


def is_near(a: float, b: float, relative: float, scale: float = 0.0) -> bool:
    """Whether two numbers differ by little of the larger, or of a scale."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= relative * max(abs(a), abs(b), scale) + TINY


# -- the local law --------------------------------------------------------------------------------


def assert_locally_equal(network: Network, table: Mapping[str, np.ndarray]) -> None:
    """Each neuron's z and a are the definition's, given the sources that the evaluator itself had.

    Pre-activations are the same bits, but for ``product`` (1e-12 relative); activations and groups
    are the same bits where IEEE 754 defines them, and otherwise within 1e-13 relative. A row is
    bad if and only if some value of it is not finite; of what follows from an infinity nothing is
    promised.
    """
    spec, columns = network.spec, encode(network.spec, table)
    evaluated = evaluate_all(network, columns)
    before_groups: dict[str, np.ndarray] = {}
    outputs = [dict(row) for row in _inputs(spec, table, columns)]
    bad = [not all(map(math.isfinite, row.values())) for row in outputs]
    for layer in resolve(spec).layers:
        before = [dict(row) for row in outputs]
        activated: dict[str, np.ndarray] = {}
        for neuron in layer.neurons():
            name, aggregation = neuron.name, neuron.aggregation
            z = evaluated.z[name]
            for row, own, was_bad in zip(before, z.tolist(), bad, strict=True):
                if was_bad:  # an infinity times the 0 that fills a gap is nan, and no matter
                    continue
                expected = reference.pre_activation(neuron, row)
                if aggregation.name == "product":
                    assert is_near(own, expected, 1e-12, abs(neuron.bias)), (
                        name,
                        own,
                        expected,
                        row,
                    )
                else:
                    assert is_same_float(own, expected), (name, own, expected, row)
            activated[name] = _activated(neuron.activation, z)
        _assert_grouped(layer.written, activated, evaluated)
        before_groups.update(activated)
        for i, row in enumerate(outputs):
            row.update({name: float(evaluated.values[name][i]) for name in layer.neuron_names})
            found = [
                *row.values(),
                *(evaluated.z[name][i] for name in layer.neuron_names),
                *(activated[name][i] for name in layer.neuron_names),
            ]
            bad[i] = bad[i] or not all(map(math.isfinite, found))
    assert evaluated.bad.tolist() == bad
    _assert_culprits(network, evaluated, outputs, before_groups)


def _inputs(
    spec: NetworkSpec, table: Mapping[str, np.ndarray], columns: Mapping[str, np.ndarray]
) -> list[dict[str, float]]:
    """What synapses see of each row, transformed as the fast evaluator does it."""
    expected = [
        {
            k: v
            for item in spec.inputs
            for k, v in seen_of(item, number_of(item, row[item.name])).items()
        }
        for row in rows_of(table)
    ]
    for item in spec.inputs:
        if item.type == "category":
            continue
        x = columns[item.name]
        with np.errstate(all="ignore"):
            for step in item.transforms:
                x = TRANSFORMS[step.kind].vector(np, x, *step.parameters)
        kinds = {step.kind for step in item.transforms}
        for row, own in zip(expected, x.tolist(), strict=True):
            if not kinds & {"log", "log1p"}:
                assert is_near(own, row[item.name], 0.0)
            row[item.name] = own
    return expected


def _activated(activation: ResolvedActivation, z: np.ndarray) -> np.ndarray:
    """The activations of one neuron, held against the definition."""
    function, parameters = activation.function, activation.parameters
    with np.errstate(all="ignore"):
        a = function.vector(np, z, **parameters)
    for own, at in zip(a.tolist(), z.tolist(), strict=True):
        expected = function.scalar(at, **parameters)
        if function.name in EXACT["activations"]:
            assert is_same_float(own, expected), (activation, at, own, expected)
        else:
            assert is_near(own, expected, 1e-13), (activation, at, own, expected)
    return a


def _assert_grouped(layer: Any, activated: Mapping[str, np.ndarray], evaluated: Evaluated) -> None:
    if layer.group is None:
        for name, a in activated.items():
            for own, expected in zip(evaluated.values[name].tolist(), a.tolist(), strict=True):
                assert is_same_float(own, expected), (name, own, expected)
        return
    names = list(layer.neuron_names)
    if GROUPS[layer.group].order == "name" and hasattr(layer, "neurons"):
        names.sort()
    for i in range(len(evaluated.bad)):
        given = [float(activated[name][i]) for name in names]
        for name, expected in zip(names, GROUPS[layer.group].scalar(given), strict=True):
            own = float(evaluated.values[name][i])
            if layer.group == "softmax":
                assert is_near(own, expected, 1e-13), (name, own, expected, given)
            else:
                assert is_same_float(own, expected), (name, own, expected, given)


def _assert_culprits(
    network: Network,
    evaluated: Evaluated,
    outputs: Sequence[Mapping[str, float]],
    before_groups: Mapping[str, np.ndarray],
) -> None:
    for i, unit in network.culprits(evaluated).items():
        z = evaluated.z[unit][i] if unit in evaluated.z else 0.0
        a = before_groups[unit][i] if unit in before_groups else 0.0
        assert not all(map(math.isfinite, (outputs[i][unit], z, a))), (i, unit)
    assert (evaluated.culprits >= 0).tolist() == evaluated.bad.tolist()


# -- bounds on the whole --------------------------------------------------------------------------

CARE = 16
"""Roundings that a well made activation may cost, of ``1 + |z| + |a|``."""


def error_bounds(
    spec: NetworkSpec, row: Mapping[str, Value], roundoff: float, tiny: float
) -> tuple[reference.Valuation, dict[str, float], dict[str, float]]:
    """The reference's values, and how far any evaluator may be from them, by unit, for a and z.

    The bounds follow Higham, Accuracy and Stability of Numerical Algorithms, chapter 3: each
    operation errs by one roundoff of its result (or by ``tiny``, where it underflows), a sum of n
    terms by n roundoffs of the terms' absolute sum, and what a source brings along grows by the
    weight, then by the activation's Lipschitz constant. For networks of strategies.CONTINUOUS.
    """
    valuation = reference.evaluate_row(spec, row)
    errors = {unit: roundoff * abs(x) + tiny for unit, x in valuation.outputs.items()}
    of_z: dict[str, float] = {}
    for layer in resolve(spec).layers:
        for neuron in layer.neurons():
            name, activation = neuron.name, neuron.activation
            sources = [(w, abs(valuation.outputs[s]), errors[s]) for s, w, _ in neuron.synapses]
            of_z[name] = _error_of_z(neuron.aggregation.name, neuron.bias, sources, roundoff, tiny)
            z = valuation.z[name]
            errors[name] = of_z[name]
            if activation.function.name != "identity":
                size = 1 + abs(z) + of_z[name] + abs(activation(z))
                errors[name] *= activation.function.lipschitz(**activation.parameters)
                errors[name] += CARE * roundoff * size + tiny
        if layer.group is not None:  # softmax: each share's slopes sum to at most 1/2
            names = layer.neuron_names
            grown = max(errors[name] for name in names) / 2
            errors.update(dict.fromkeys(names, grown + (CARE + len(names)) * roundoff + tiny))
    return valuation, errors, of_z


def _error_of_z(
    name: str, bias: float, sources: Sequence[tuple[float, float, float]], u: float, tiny: float
) -> float:
    n = len(sources)
    if name in ("sum", "mean", "max", "min"):
        sizes = [abs(w) * (x + d) for w, x, d in sources]
        found = [abs(w) * d + 3 * u * t + tiny for (w, _, d), t in zip(sources, sizes, strict=True)]
    else:
        sizes = [x + d + abs(w) for w, x, d in sources]
        found = [d + 3 * u * t + tiny for (_, _, d), t in zip(sources, sizes, strict=True)]
        if name == "squared-distance":
            found = [
                2 * t * d + d * d + 3 * u * t * t + tiny for t, d in zip(sizes, found, strict=True)
            ]
            sizes = [t * t for t in sizes]
    total, error = sum(sizes), sum(found)
    if name in ("max", "min"):
        total, error = max(sizes), max(found)
    elif name == "mean":
        total, error = total / n, error / n + 2 * u * total / n
    elif name == "distance":
        error += math.sqrt(n * tiny)
    return error + (n + 3) * u * (total + abs(bias)) + tiny
