"""A network as a chain of sums and rectifiers: what bounds are computed on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.diagnostics import CannotError
from nnspec.functions.activations.piecewise_linear import IDENTITY, RELU
from nnspec.functions.aggregations import DEFAULT_AGGREGATION
from nnspec.program.compiled import CompiledLayer, CompiledNetwork
from nnspec.program.program import is_as_written

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Chain:
    """Layers each of which reads only the one before: z = W a + b, and a = max(0, z) or a = z.

    A unit that a later layer reads, or a claim speaks of, is carried along by rows of W that have a
    single 1.

    Parameters
    ----------
    weights
        By layer: shape (n_units, n_units of the layer before); the first reads the inputs' units.
    biases
        By layer: shape (n_units,).
    bends
        By layer: which units are rectifiers; the others are sums alone.
    units
        What stands in the last layer, by the unit's number in the network.
    """

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    bends: tuple[NDArray[np.bool_], ...]
    units: tuple[int, ...]

    def ending_in(self, rows: Floats, constants: Floats) -> FlatChain:
        """The chain with some sums of its last units as its results.

        Parameters
        ----------
        rows
            Shape (n_rows, n_units of the last layer).
        constants
            Shape (n_rows,).
        """
        straight = np.zeros(len(rows), dtype=np.bool_)
        return FlatChain.of(
            (*self.weights, rows), (*self.biases, constants), (*self.bends, straight)
        )


@dataclass(frozen=True, eq=False)
class FlatChain:
    """A chain in few arrays, as compiled functions take it.

    Parameters
    ----------
    weights
        All matrices, row by row.
    biases
        All biases.
    sizes
        The number of inputs' units, then of each layer's units.
    firsts
        By layer, the place of its first unit in ``biases``; then the number of all units.
    starts
        By layer, the place of its matrix in ``weights``.
    bends
        By unit: whether it is a rectifier.
    exact
        By unit: whether the decimals that were written for its weights and bias are the doubles.
    """

    weights: Floats
    biases: Floats
    sizes: Ints
    firsts: Ints
    starts: Ints
    bends: NDArray[np.bool_]
    exact: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        weights: Sequence[Floats],
        biases: Sequence[Floats],
        bends: Sequence[NDArray[np.bool_]],
    ) -> FlatChain:
        """The arrays of layers."""
        sizes = [weights[0].shape[1], *(len(bias) for bias in biases)]
        exact = [
            all(is_as_written(number) for number in [*row.tolist(), bias])
            for matrix, vector in zip(weights, biases, strict=True)
            for row, bias in zip(matrix, vector.tolist(), strict=True)
        ]
        return cls(
            np.concatenate([matrix.ravel() for matrix in weights]),
            np.concatenate(biases),
            np.array(sizes, dtype=np.int64),
            np.cumsum([0, *sizes[1:]]).astype(np.int64),
            np.cumsum([0, *(matrix.size for matrix in weights)])[:-1].astype(np.int64),
            np.concatenate(bends),
            np.array(exact, dtype=np.bool_),
        )

    @property
    def arrays(
        self,
    ) -> tuple[Floats, Floats, Ints, Ints, Ints, NDArray[np.bool_], NDArray[np.bool_]]:
        """What compiled functions take, in this order."""
        return (
            self.weights, self.biases, self.sizes, self.firsts, self.starts, self.bends, self.exact,
        )  # fmt: skip


def chain_of(network: CompiledNetwork, wanted: Iterable[int]) -> Chain:
    """The chain that computes some units of a network.

    Parameters
    ----------
    network
        What was compiled.
    wanted
        Units, by number.

    Raises
    ------
    CannotError
        If one of them depends on a neuron that is neither a sum nor a rectified sum.
    """
    current = list(range(network.n_input_units))
    weights, biases, bends = [], [], []
    for first, layer, rows, later in _reading(network, wanted):
        carried = [unit for unit in current if unit in later]
        place = {unit: i for i, unit in enumerate(current)}
        matrix = np.zeros((len(carried) + len(rows), len(current)))
        matrix[np.arange(len(carried)), [place[unit] for unit in carried]] = 1.0
        for i, row in enumerate(rows, len(carried)):
            for unit, weight in _synapses(layer, row):
                matrix[i, place[unit]] += weight
        weights.append(matrix)
        biases.append(np.concatenate([np.zeros(len(carried)), layer.bias[rows]]))
        bends.append(np.array([False] * len(carried) + _rectified(layer, rows), dtype=np.bool_))
        current = carried + [first + row for row in rows]
    return Chain(tuple(weights), tuple(biases), tuple(bends), tuple(current))


def _reading(
    network: CompiledNetwork, wanted: Iterable[int]
) -> list[tuple[int, CompiledLayer, list[int], set[int]]]:
    """Each layer that matters: its first unit's number, itself, its rows that matter.

    Then the units that are still wanted, or read, after it.
    """
    matters = set(wanted)
    found = []
    first = len(network.units)
    for layer in reversed(network.layers):
        first -= len(layer.neurons)
        rows = [row for row in range(len(layer.neurons)) if first + row in matters]
        if rows:
            _check(layer, rows)
            found.append((first, layer, rows, set(matters)))
            matters.update(unit for row in rows for unit, _ in _synapses(layer, row))
    return found[::-1]


def _synapses(layer: CompiledLayer, row: int) -> list[tuple[int, float]]:
    """The units that a sum reads, and their weights."""
    columns, weights = layer.weights.row(row)
    used = np.flatnonzero(weights)
    units = layer.sources[columns[used]]
    return list(zip(units.tolist(), weights[used].tolist(), strict=True))


def _rectified(layer: CompiledLayer, rows: Sequence[int]) -> list[bool]:
    names = {row: s.name for s in layer.activations for row in s.rows.tolist()}
    return [names[row] == RELU.name for row in rows]


def _check(layer: CompiledLayer, rows: Iterable[int]) -> None:
    """Refuse what is neither a sum nor a rectified sum, by the neuron's name."""
    chosen = set(rows)
    if layer.group is not None:
        raise CannotError(f"layer {layer.name} is grouped by {layer.group}, not bounded yet")
    legal = {DEFAULT_AGGREGATION, IDENTITY.name, RELU.name}
    for segment in (*layer.aggregations, *layer.activations):
        own = chosen.intersection(segment.rows.tolist())
        if own and segment.name not in legal:
            name = layer.neurons[min(own)]
            raise CannotError(f"{name} is computed by {segment.name}, not bounded yet")
