"""One row through a small network, as a function of plain Python.

Functions whose last bits are NumPy's own (``exp`` and its kind) are still NumPy's, so that a row
has the bits that it has in a table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from nnspec.evaluators.generated.source import PLAIN, activated_source, literal, source
from nnspec.evaluators.generated.terms import (
    by_numpy,
    column_wise,
    compiled,
    folded,
    reader,
    synapses_of,
)
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.expressions.arrays import arrays
from nnspec.functions.expressions.trees import TREES, variable
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.program.compiled import CompiledLayer, CompiledNetwork, Segment
from nnspec.spec.model import Input
from nnspec.tables.cells.cell import EXACT, category_indices

RowFunction: TypeAlias = Callable[[Mapping[str, Any]], Any]
"""Gives a row's outputs, as ``Network.__call__`` does, or None where the row is unusual."""


SIGNS = {"add": " + ", "multiply": " * "}

MOST_SYNAPSES = 2_000
"""The most synapses, and units, of a network that is written out; beyond it arrays are as fast."""


def row_function(network: CompiledNetwork) -> RowFunction | None:
    """The function that values one row of a network; None where the network is too large for one.

    Examples
    --------
    >>> from nnspec.network import Network
    >>> from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron
    >>> neuron = Neuron("historic", {"age": 1}, bias=-100, activation="relu")
    >>> network = Network(NetworkSpec("n", (Input("age"),), (Layer("hidden", (neuron,)),)))
    >>> value = row_function(network.compiled)
    >>> value({"age": 120}), value({"age": "old"})
    (20.0, None)
    """
    if network.n_synapses + len(network.units) > MOST_SYNAPSES:
        return None
    return _RowWriter(network).function()


class _RowWriter:
    """Writes the function of one network: its lines, and the values that they name."""

    def __init__(self, network: CompiledNetwork) -> None:
        self.network = network
        self.bound: dict[str, Any] = {"sqrt": math.sqrt, "copysign": math.copysign}
        self.finite: list[str] = []

    def function(self) -> RowFunction:
        """The function, compiled."""
        body = [*self._inputs(), *self._layers(), *self._result()]
        lines = [
            "def value(row):",
            f" if len(row) != {len(self.network.inputs)}: return None",
            " try:",
            *[f"  {line}" for line in body],
            " except (LookupError, ArithmeticError, ValueError): return None",
        ]
        function: RowFunction = compiled(lines, self.bound)
        return function

    def _bind(self, value: Any) -> str:
        """A name by which the lines may use a value."""
        name = f"b{len(self.bound)}"
        self.bound[name] = value
        return name

    # -- inputs -----------------------------------------------------------------------------------

    def _inputs(self) -> Iterator[str]:
        unit = 0
        for number, one in enumerate(self.network.inputs):
            x = f"x{number}"
            yield f"{x} = row[{self._bind(one.name)}]"
            yield from self._read(one, x)
            if one.type == "category":
                for index in range(len(one.units)):
                    yield f"v{unit + index} = 1.0 if {x} == {index} else 0.0"
            else:
                if one.type == "number":
                    self.finite.append(x)
                yield from self._transformed(one, x, f"v{unit}")
            unit += len(one.units)

    def _read(self, one: Input, x: str) -> Iterator[str]:
        """Make a value the number that the input takes it for."""
        if one.type == "category":
            known, find = self._bind(dict(category_indices(one))), self._bind(reader(one))
            yield f"{x} = {known}[{x}] if type({x}) is str else {find}({x})"
            return
        whole = f"float({x}) if type({x}) is int and -{EXACT} <= {x} <= {EXACT} else "
        other = f"{self._bind(reader(one))}({x})"
        if one.type == "number":
            yield f"if type({x}) is not float: {x} = {whole}{other}"
        elif one.type == "integer":
            yield f"{x} = {whole}{other}"
        else:
            yield f"{x} = 1.0 if {x} is True else 0.0 if {x} is False else {other}"

    def _transformed(self, one: Input, x: str, v: str) -> Iterator[str]:
        steps = list(one.transforms)
        yield f"{v} = {x}"
        if not steps:
            return
        for step in steps:
            record = TRANSFORMS[step.kind]
            if record.define(TREES, variable(v), *step.parameters).is_exact:
                given = "".join(f", {literal(p)}" for p in step.parameters)
                yield f"{v} = {self._bind(record.scalar)}({v}{given})"
            else:
                call = self._bind(by_numpy(record.vector, step.parameters, {}))
                yield f"{v}, = {call}([{v}])"
        self.finite.append(v)

    # -- layers -----------------------------------------------------------------------------------

    def _layers(self) -> Iterator[str]:
        first = self.network.n_input_units
        for layer in self.network.layers:
            for segment in layer.aggregations:
                for row in segment.rows.tolist():
                    yield from self._pre_activation(layer, segment.name, row, first + row)
            for segment in layer.activations:
                yield from self._activated(segment, first)
            if layer.group is not None:
                yield from self._grouped(layer.group, first, layer.group_order.tolist())
            first += len(layer.neurons)

    def _pre_activation(self, layer: CompiledLayer, name: str, row: int, at: int) -> Iterator[str]:
        """The lines that give a neuron's z the name of its output, until it is activated."""
        z, bias = f"v{at}", literal(layer.bias[row])
        aggregation = AGGREGATIONS[name]
        synapses = synapses_of(layer, row, dropping=aggregation.is_sum)
        if not synapses:
            empty = 0.0 if aggregation.empty is None else aggregation.empty
            yield f"{z} = {literal(float(layer.bias[row]) + empty)}"
            return
        define = aggregation.term.define
        trees = [define(TREES, w, variable(f"v{unit}")) for unit, w in synapses]
        if all(tree.is_exact for tree in trees):
            terms = [source(tree, PLAIN) for tree in trees]
        else:
            weights = np.array([weight for _, weight in synapses])
            call = self._bind(by_numpy(partial(_pointwise, define, weights), (), {}))
            yield f"p = {call}([{', '.join(f'v{unit}' for unit, _ in synapses)}])"
            terms = [f"p[{i}]" for i in range(len(synapses))]
        if aggregation.extreme:
            yield f"{z} = {aggregation.reducer[:3]}(({', '.join(terms)},))"
        else:
            yield from folded(z, terms, SIGNS[aggregation.reducer])
        total = source(aggregation.finished(TREES, variable(z), len(terms)), PLAIN)
        yield f"{z} = {total} + {bias}"
        self.finite.append(f"z{at}")
        yield f"z{at} = {z}"

    def _activated(self, segment: Segment, first: int) -> Iterator[str]:
        if segment.is_identity:
            return
        units = [f"v{first + row}" for row in segment.rows.tolist()]
        function = ACTIVATIONS[segment.name]
        if function.tree(**segment.parameters).is_exact:
            for v in units:
                tree = function.tree(variable(v), **segment.parameters)
                yield f"{v} = {activated_source(tree, PLAIN)}"
        else:
            call = self._bind(by_numpy(function.vector, (), segment.parameters))
            yield f"{', '.join(units)}, = {call}([{', '.join(units)}])"
        if not function.is_always_finite(**segment.parameters):
            self.finite.extend(units)

    def _grouped(self, name: str, first: int, order: Sequence[int]) -> Iterator[str]:
        """What the group makes of the layer; what went into it must be finite too."""
        units = [f"v{first + row}" for row in order]
        for v in units:
            if v in self.finite:
                yield f"a{v[1:]} = {v}"
                self.finite.append(f"a{v[1:]}")
        call = self._bind(by_numpy(column_wise(GROUPS[name].vector), (), {}))
        yield f"{', '.join(units)}, = {call}([{', '.join(units)}])"
        self.finite.extend(units)

    def _result(self) -> Iterator[str]:
        """The lines that give the outputs, if everything was finite."""
        checked = list(dict.fromkeys(self.finite))
        if checked:
            # A sum is finite only if all of its terms are.
            yield from folded("s", checked, " + ")
            yield "if s - s != 0.0: return None"
        outputs = [f"v{self.network.index[name]}" for name in self.network.outputs]
        if len(outputs) == 1:
            yield f"return {outputs[0]}"
        else:
            names = [self._bind(name) for name in self.network.outputs]
            pairs = [f"{name}: {v}" for name, v in zip(names, outputs, strict=True)]
            yield f"return {{{', '.join(pairs)}}}"


def _pointwise(define: Callable[..., Any], weights: Any, _xp: Any, x: Any) -> Any:
    """The terms of a neuron whose last bits are NumPy's own."""
    return define(arrays(np), weights, x)
