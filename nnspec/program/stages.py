"""A compiled network as stages that can be walked forwards and backwards, at many points at once.

Arrays hold units in rows and points in columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.program.compiled import CompiledNetwork
from nnspec.program.grouping import group_adjoint
from nnspec.program.stage import Stage, check_size, group_stage, plain_stage

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class State:
    """Every unit at some points: values, and by stage z and the a before its group."""

    values: Floats
    z: dict[int, Floats] = field(default_factory=dict)
    a: dict[int, Floats] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Stages:
    """A network, stage by stage.

    A layer with a group is two stages: its neurons by themselves, then what the group makes of
    them. Units are numbered anew, so that the former have numbers too.

    Parameters
    ----------
    network
        What was compiled.
    stages
        In order of evaluation.
    number
        Every unit's number, by name.
    n_units
        How many numbers there are.
    """

    network: CompiledNetwork
    stages: tuple[Stage, ...]
    number: dict[str, int]
    n_units: int

    @classmethod
    def of(cls, network: CompiledNetwork) -> Stages:
        """Prepare a network.

        Raises
        ------
        CannotError
            If a weight matrix is too large.
        """
        stages: list[Stage] = []
        numbers = np.arange(len(network.units))
        at, known = network.n_input_units, network.n_input_units
        for layer in network.layers:
            check_size(layer)
            size = len(layer.neurons)
            own = replace(layer, sources=numbers[layer.sources], group=None)
            stages.append(plain_stage(own, at))
            if layer.group is not None:
                stages.append(group_stage(layer, at))
                at += size
            numbers[known : known + size] = np.arange(at, at + size)
            at, known = at + size, known + size
        number = dict(zip(network.units, numbers.tolist(), strict=True))
        return cls(network, tuple(stages), number, at)

    def values(self, units: Mapping[str, float]) -> Floats:
        """Every unit's value, shape (n_units,), from those of the inputs' units."""
        values = np.zeros((self.n_units, 1))
        for name in self.network.units[: self.network.n_input_units]:
            values[self.number[name]] = units[name]
        with np.errstate(all="ignore"):
            return self.forward(values).values[:, 0]

    def forward(
        self,
        values: Floats,
        first: int = 0,
        last: int | None = None,
        frozen: Mapping[int, Floats] | None = None,
    ) -> State:
        """Every unit, from the values of those before a stage.

        Parameters
        ----------
        values
            Shape (n_units, n_points); units of stages from ``first`` on are filled in.
        frozen
            By stage, what its jumping rows are held at, whatever their z.
        """
        state = State(values)
        for index in range(first, len(self.stages) if last is None else last):
            stage = self.stages[index]
            state.z[index] = stage.pre_activations(values)
            state.a[index] = stage.activations(state.z[index])
            result = stage.grouped(state.a[index])
            if frozen is not None and index in frozen:
                result[stage.jumping] = frozen[index]
            values[stage.own] = result
        return state

    def backward(self, adjoint: Floats, state: State, first: int, last: int) -> Floats:
        """The slope of what ``adjoint`` weighs by each unit before a stage.

        ``adjoint`` has shape (n_units, n_points) and is used up.
        """
        for index in reversed(range(first, last)):
            stage = self.stages[index]
            own = adjoint[stage.own]
            if not own.any():
                continue
            by_a = group_adjoint(stage.layer, own, state.a[index], state.values[stage.own])
            self.push(index, stage.through_activations(by_a, state.z[index]), state, adjoint)
            adjoint[stage.own] = 0.0
        return adjoint

    def push(self, index: int, by_z: Floats, state: State, adjoint: Floats) -> None:
        """Add what slopes by a stage's z mean for its sources."""
        stage = self.stages[index]
        by_source = stage.through_synapses(by_z, state.values)
        if stage.each_once:
            adjoint[stage.layer.sources] += by_source
        else:
            np.add.at(adjoint, stage.layer.sources, by_source)

    def stage_of(self, unit: int) -> int:
        """The stage in which a unit stands."""
        for index, stage in enumerate(self.stages):
            if stage.own.start <= unit < stage.own.stop:
                return index
        raise KeyError(unit)

    def leading_to(self, unit: int) -> NDArray[np.bool_]:
        """The units that a unit depends on, itself included: shape (n_units,)."""
        leading = np.zeros(self.n_units, dtype=np.bool_)
        leading[unit] = True
        for stage in reversed(self.stages):
            own = leading[stage.own]
            if not own.any():
                continue
            if stage.layer.group is not None:
                own[:] = True
            read = (stage.sums[own] != 0).any(axis=0)
            for one in stage.others:
                read[one.sources] |= own[one.row]
            leading[stage.layer.sources[read]] = True
        return leading

    def neurons_of(self, unit: int) -> int:
        """The stage of a unit's own synapses: before its group, if it has one."""
        index = self.stage_of(unit)
        return index if self.stages[index].layer.group is None else index - 1
