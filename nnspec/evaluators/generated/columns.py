"""A table through a small network, a block of rows at a time: a line of NumPy for each neuron."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.evaluators.evaluated import Evaluated, check_subnormals
from nnspec.evaluators.generated.source import ARRAYS, activated_source, literal, source
from nnspec.evaluators.generated.terms import compiled, synapses_of
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.expressions.arrays import arrays
from nnspec.functions.expressions.trees import TREES, variable
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.program.compiled import CompiledLayer, CompiledNetwork, Segment

if TYPE_CHECKING:
    from nnspec.evaluators.arrays.vectorised import VectorisedEvaluator

Floats: TypeAlias = NDArray[np.float64]

MOST_SYNAPSES = 256
"""The most synapses, and units, of a network that is written out; beyond it all neurons at once."""

BLOCK_BYTES = 2**20
"""What the units of a block may fill: they should stay in the processor's cache."""

SIGNS = {"add": "+", "multiply": "*"}

MIN_BLOCK, MAX_BLOCK = 1024, 6144


class ColumnFunction:
    """Values whole columns, with the general evaluator for the blocks that hold a bad row.

    Parameters
    ----------
    network
        A network of at most :data:`MOST_SYNAPSES`.
    """

    def __init__(self, network: CompiledNetwork) -> None:
        check_subnormals()
        self._network = network
        self._function = _ColumnWriter(network).function()
        rows = BLOCK_BYTES // (8 * len(network.units))
        self._block_rows = max(MIN_BLOCK, min(MAX_BLOCK, rows))

    def evaluate(
        self,
        columns: Mapping[str, Floats],
        neurons: Sequence[str],
        evaluator: Callable[[], VectorisedEvaluator],
    ) -> Evaluated:
        """What the evaluator gives, in float64 and without pre-activations.

        It is asked for, and imported, only for a block that holds a bad row.
        """
        inputs = [np.ascontiguousarray(columns[one.name]) for one in self._network.inputs]
        n_rows = len(inputs[0])
        values = {name: np.empty(n_rows) for name in neurons}
        at = {name: self._network.index[name] - self._network.n_input_units for name in neurons}
        bad = np.zeros(n_rows, np.bool_)
        culprits = np.broadcast_to(np.int64(-1), n_rows)
        with np.errstate(all="ignore"):
            for start in range(0, n_rows, self._block_rows):
                block = slice(start, start + self._block_rows)
                found = self._function([x[block] for x in inputs])
                if found is not None:
                    for name, kept in values.items():
                        kept[block] = found[at[name]]
                    continue
                judged = evaluator().evaluate({k: x[block] for k, x in columns.items()}, neurons)
                for name, kept in values.items():
                    kept[block] = judged.values[name]
                bad[block] = judged.bad
                if judged.bad.any():
                    culprits = culprits if culprits.flags.writeable else culprits.copy()
                    culprits[block] = judged.culprits
        return Evaluated(values, {}, bad, culprits)


def column_function(network: CompiledNetwork) -> ColumnFunction | None:
    """The function for a network's columns; None where the network is too large for one."""
    too_large = network.n_synapses + len(network.units) > MOST_SYNAPSES
    return None if too_large or not network.inputs else ColumnFunction(network)


class _ColumnWriter:
    """Writes the function of one network: its lines, and the values that they name."""

    def __init__(self, network: CompiledNetwork) -> None:
        self.network = network
        self.bound: dict[str, Any] = {
            "sqrt": np.sqrt, "maximum": np.maximum, "minimum": np.minimum, "where": np.where,
            "heaviside": np.heaviside, "sign": np.sign, "total": np.add.reduce,
        }  # fmt: skip
        self.finite: list[str] = []

    def function(self) -> Callable[[list[Floats]], list[Floats] | None]:
        """The function, compiled: each neuron's outputs, None where one is not finite."""
        body = [*self._inputs(), *self._layers(), *self._result()]
        lines = ["def value(x):", *[f" {line}" for line in body]]
        function: Callable[[list[Floats]], list[Floats] | None] = compiled(lines, self.bound)
        return function

    def _bind(self, value: Any) -> str:
        """A name by which the lines may use a value."""
        name = f"b{len(self.bound)}"
        self.bound[name] = value
        return name

    def _inputs(self) -> Iterator[str]:
        unit = 0
        for number, one in enumerate(self.network.inputs):
            if one.type == "category":
                for index in range(len(one.units)):
                    yield f"v{unit + index} = (x[{number}] == {index}) * 1.0"
            else:
                yield f"v{unit} = x[{number}]"
                for step in one.transforms:
                    call = self._bind(partial(_transformed, step.kind, step.parameters))
                    yield f"v{unit} = {call}(v{unit})"
                self.finite.append(f"v{unit}")
            unit += len(one.units)

    def _layers(self) -> Iterator[str]:
        first = self.network.n_input_units
        for layer in self.network.layers:
            for segment in layer.aggregations:
                for row in segment.rows.tolist():
                    yield from self._pre_activation(layer, segment.name, row, f"v{first + row}")
            for segment in layer.activations:
                if segment.is_identity:
                    continue
                yield from self._activated(segment, first)
            if layer.group is not None:
                yield from self._group(layer.group, first, layer.group_order.tolist())
            first += len(layer.neurons)

    def _group(self, group: str, first: int, order: Sequence[int]) -> Iterator[str]:
        """What the group makes of the layer; what went into it must be finite too."""
        units = [f"v{first + row}" for row in order]
        for v in units:
            if v in self.finite:
                yield f"a{v[1:]} = {v}"
                self.finite.append(f"a{v[1:]}")
        listed = ", ".join(units)
        yield f"{listed}, = {self._bind(partial(_grouped, group))}([{listed}])"
        self.finite.extend(units)

    def _activated(self, segment: Segment, first: int) -> Iterator[str]:
        units = [f"v{first + row}" for row in segment.rows.tolist()]
        function, given = ACTIVATIONS[segment.name], segment.parameters
        if function.tree(**given).is_exact:
            for v in units:
                yield f"{v} = {activated_source(function.tree(variable(v), **given), ARRAYS)}"
        else:
            call = self._bind(partial(function.vector, np, **given))
            yield from (f"{v} = {call}({v})" for v in units)
        if not function.is_always_finite(**segment.parameters):
            self.finite.extend(units)

    def _pre_activation(self, layer: CompiledLayer, name: str, row: int, v: str) -> Iterator[str]:
        """The lines that give a neuron's z the name of its output, until it is activated."""
        bias = literal(layer.bias[row])
        aggregation = AGGREGATIONS[name]
        synapses = synapses_of(layer, row, dropping=aggregation.is_sum)
        if not synapses:
            empty = aggregation.empty
            z = float(layer.bias[row]) + (0.0 if empty is None else empty)
            yield f"{v} = {self._bind(partial(_constant, z))}(x[0])"
            return
        sources = [f"v{source}" for source, _ in synapses]
        weights = [weight for _, weight in synapses]
        define = aggregation.term.define
        terms = [
            source(tree, ARRAYS)
            if tree.is_exact
            else f"{self._bind(partial(_pointwise, define, weight))}({x})"
            for x, weight in zip(sources, weights, strict=True)
            for tree in [define(TREES, weight, variable(x))]
        ]
        if aggregation.extreme:
            yield f"{v} = {terms[0]}"
            yield from (f"{v} = {aggregation.reducer}({v}, {term})" for term in terms[1:])
        else:
            yield from _accumulated(v, terms, SIGNS[aggregation.reducer])
        reduced = source(aggregation.finished(TREES, variable(v), len(terms)), ARRAYS)
        # A term alone may be another neuron's array.
        own = reduced == v and len(terms) > 1
        yield f"{v} += {bias}" if own else f"{v} = {reduced} + {bias}"
        number = v[1:]
        self.finite.append(f"z{number}")
        yield f"z{number} = {v}"
        if aggregation.linear:
            # What is not finite makes such a z not finite: only the z need be checked.
            covered = {x for x, weight in zip(sources, weights, strict=True) if weight != 0}
            self.finite = [x for x in self.finite if x not in covered]

    def _result(self) -> Iterator[str]:
        checked = list(dict.fromkeys(self.finite))
        if checked:
            # A sum is finite only if all of its terms are.
            yield from _accumulated("s", checked, "+")
            yield "s = total(s)"
            yield "if s - s != 0.0: return None"
        first = self.network.n_input_units
        yield f"return [{', '.join(f'v{unit}' for unit in range(first, len(self.network.units)))}]"


def _accumulated(name: str, terms: Sequence[str], operator: str) -> Iterator[str]:
    """Lines that bring terms together in one array: more would crowd others out of the cache."""
    yield f"{name} = {f' {operator} '.join(terms[:2])}"
    yield from (f"{name} {operator}= {term}" for term in terms[2:])


def _transformed(kind: str, parameters: Sequence[float | None], x: Floats) -> Floats:
    found: Floats = TRANSFORMS[kind].vector(np, x, *parameters)
    return found


def _grouped(group: str, layer: Sequence[Floats]) -> Floats:
    found: Floats = GROUPS[group].vector(np, np.array(layer))
    return found


def _constant(z: float, like: Floats) -> Floats:
    return np.full(len(like), z)


def _pointwise(define: Callable[..., Any], weight: float, x: Floats) -> Floats:
    # NumPy's power gives other last bits where an operand is stretched.
    found: Floats = define(arrays(np), np.full(len(x), weight), x)
    return found
