"""Where each neuron fires over a table: in which share of its rows, and how its z lies."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from nnspec.diagnostics import CannotError
from nnspec.functions.activations import ACTIVATIONS
from nnspec.network import Network
from nnspec.plotting.base import (
    BLUE,
    ORANGE,
    Floats,
    hinges,
    labelled,
    matplotlib_figure,
    plain,
    thousands,
)

MOST = 24
"""Of more neurons with a hinge, the first are shown."""


def plot_firing(network: Network, columns: Mapping[str, Floats]) -> Any:
    """A histogram of z for each neuron that has a hinge, and the share of rows beyond it.

    Parameters
    ----------
    columns
        By input, the values of a table's rows.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    CannotError
        If no neuron has a hinge, or the table has no rows.
    """
    first = dict(reversed(hinges(network)))  # of several hinges, the lowest
    neurons = [name for name in network.neurons if name in first][:MOST]
    if not neurons:
        raise CannotError(f"no neuron of {network.name} has a hinge, so none starts to fire")
    fires = {name: _fires(network, name, first[name]) for name in neurons}
    n_rows = len(next(iter(columns.values())))
    if n_rows == 0:
        raise CannotError("the table has no rows to plot")
    result = network.evaluator().evaluate(columns, neurons, pre_activations=True)
    n_columns = min(3, len(neurons))
    tall = math.ceil(len(neurons) / n_columns)
    figure = matplotlib_figure(figsize=(4.2 * n_columns, 2.9 * tall + 0.4))
    figure.suptitle(f"where neurons fire, {n_rows:,} rows", fontsize=11)
    panels = figure.subplots(tall, n_columns, squeeze=False).ravel()
    for panel, name in zip(panels, neurons, strict=False):
        z = result.z[name][~result.bad]
        beyond = float(np.mean(fires[name](z))) if len(z) else 0.0
        panel.hist(z, bins=60, color=BLUE)
        panel.axvline(first[name], color=ORANGE, linestyle="--", linewidth=1)
        panel.set_title(plain(f"{name}: fires in {100 * beyond:.1f} %"), fontsize=10)
        panel.set_xlabel(f"z of {labelled(network, name)}")
        panel.set_ylabel("rows")
        thousands(panel.xaxis)
        thousands(panel.yaxis)
    for panel in panels[len(neurons) :]:
        panel.set_axis_off()
    return figure


def _fires(network: Network, name: str, hinge: float) -> Callable[[Floats], Any]:
    """Where a neuron fires: where it is not silent, or, if it never is, from its hinge on."""
    for layer in network.compiled.layers:
        for segment in layer.activations:
            if name in [layer.neurons[row] for row in segment.rows.tolist()]:
                function = ACTIVATIONS[segment.name]
                if function.silent_up_to(**segment.parameters) is not None:
                    return partial(function.fires, np, **segment.parameters)
    return lambda z: z >= hinge
