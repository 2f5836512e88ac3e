"""The largest change of each output that an aimed search finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nnspec.claims import Options
from nnspec.claims.domain import Axis
from nnspec.claims.search.comparison import Change, largest_changes, shared_domain
from nnspec.comparing.effects.data import Effect, OutputChange
from nnspec.comparing.effects.networks import CannotCompareError, Pair
from nnspec.comparing.effects.same_inputs import shared_networks
from nnspec.network import Network
from nnspec.views.numbers import finite

DIGITS = (1, 2, 3, 4, 6, 8)

LOSS = 1e-9
"""The share of a change that may be lost to a rounder row."""


def search_effect(pair: Pair, removed: tuple[str, ...], options: Options) -> Effect:
    """What a search over the inputs that both networks have finds; or why there is none.

    Parameters
    ----------
    removed
        Outputs of the old network alone, by their old names.
    """
    nothing = Effect(added=pair.added, removed=removed)
    try:
        if not pair.outputs:
            raise CannotCompareError("the networks have no output in common")
        shared = shared_networks(pair)
    except CannotCompareError as error:
        return replace(nothing, reason=str(error))
    found = largest_changes(shared.old, shared.new, pair.outputs, options)
    rounded = RoundedRows(shared.old, shared.new)
    changes = [_output(pair, rounded(found[name]), shared.fixed) for name in pair.outputs]
    return replace(nothing, notes=shared.notes, outputs=tuple(changes))


def _output(pair: Pair, change: Change, fixed: frozenset[str]) -> OutputChange:
    name = change.neuron
    return OutputChange(
        name=name,
        old_name=pair.old_names[name],
        unit=pair.unit(name),
        change=finite(change.change),
        row={key: value for key, value in change.row.items() if key not in fixed},
        old=finite(change.old),
        new=finite(change.new),
        n_inputs=change.n_inputs,
    )


class RoundedRows:
    """Rounds the row of a change: 20000 rather than 19999.999999999996.

    Moves one input after the other to its simplest or a rounder value, if the change stays.

    Parameters
    ----------
    old, new
        Two networks with the same inputs.
    """

    def __init__(self, old: Network, new: Network) -> None:
        self._networks = old, new
        self._domain = shared_domain(old, new)

    def __call__(self, change: Change) -> Change:
        """The change at a rounder row, no smaller but for rounding."""
        point = self._domain.point(change.row)
        for i, axis in enumerate(self._domain.axes):
            values = _rounder(axis, float(point[i]))
            points = np.repeat(point[:, None], len(values), axis=1)
            points[i] = values
            large = self._sizes(points, change.neuron) >= change.change * (1 - LOSS)
            if large.any():
                point = points[:, int(large.argmax())]
        old, new = [float(v[0]) for v in self._values(point[:, None], change.neuron)]
        size = float(self._sizes(point[:, None], change.neuron)[0])
        return replace(change, change=size, row=self._domain.row(point), old=old, new=new)

    def _values(self, points: NDArray[np.float64], neuron: str) -> list[NDArray[np.float64]]:
        """The neuron's values in both networks, nan where one has none."""
        columns = self._domain.columns(points)
        found = []
        for network in self._networks:
            evaluated = network.evaluator().evaluate(columns, [neuron])
            found.append(np.where(evaluated.bad, np.nan, evaluated.values[neuron]))
        return found

    def _sizes(self, points: NDArray[np.float64], neuron: str) -> NDArray[np.float64]:
        """How far apart the networks are; infinite where only one of them has a value."""
        old, new = self._values(points, neuron)
        with np.errstate(all="ignore"):
            sizes: NDArray[np.float64] = np.abs(new - old)
        one = np.isnan(old) != np.isnan(new)
        return np.where(one, np.inf, np.nan_to_num(sizes, nan=0.0, posinf=np.inf))


def _rounder(axis: Axis, value: float) -> NDArray[np.float64]:
    """Values near one to prefer to it, the plainest first; the last is the value itself."""
    rounded = [float(f"{value:.{digits}g}") for digits in DIGITS]
    return np.append(axis.hold(np.array([axis.simplest, *rounded])), value)
