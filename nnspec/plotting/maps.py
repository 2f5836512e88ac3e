"""A map: an output over two inputs, with the line on which each neuron bends."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import quote
from nnspec.network import Network
from nnspec.plotting.base import (
    Base,
    axis_of,
    choice_labels,
    evaluated,
    hinges,
    labelled,
    matplotlib_figure,
    plain,
    thousands,
    values_along,
)

POINTS = 201

LINES = ("#c8590c", "#1f2430", "#7a2ea0", "#0b6e4f", "#a3330b", "#5b6475")


def plot_map(network: Network, base: Base, output: str, first: str, second: str) -> Any:
    """One output over two inputs that are numbers.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    CannotError
        If an input is a category, or both are the same.
    """
    across, up = axis_of(network, first), axis_of(network, second)
    for axis in (across, up):
        if axis.codes:
            raise CannotError(f"{quote(axis.name)} is a category and has no axis; name a number")
    if first == second:
        raise CannotError(f"a map has two inputs; given {quote(first)} twice")
    xs, ys = values_along(across, POINTS), values_along(up, POINTS)
    grid_x, grid_y = np.meshgrid(xs, ys)
    bending = hinges(network, output)
    neurons = list(dict.fromkeys([output, *(neuron for neuron, _ in bending)]))
    varied = {first: grid_x.ravel(), second: grid_y.ravel()}
    outputs, z = evaluated(network, base, varied, neurons)
    figure = matplotlib_figure(figsize=(7.2, 5.4))
    panel = figure.subplots()
    shown = panel.pcolormesh(xs, ys, outputs[output].reshape(grid_x.shape), shading="nearest",
                             cmap="PuBu", rasterized=True)  # fmt: skip
    bar = figure.colorbar(shown, ax=panel, label=labelled(network, output))
    for axis in (bar.ax.yaxis, panel.xaxis, panel.yaxis):
        thousands(axis)
    drawn = 0
    for neuron, hinge in bending:
        above = z[neuron].reshape(grid_x.shape) - hinge
        if above.min() < 0 < above.max() and min(above.shape) > 1:
            color = LINES[drawn % len(LINES)]
            line = panel.contour(xs, ys, above, levels=[0.0], colors=color, linewidths=1.4)
            for text in panel.clabel(line, fmt={0.0: plain(neuron)}, fontsize=9):
                text.set_bbox({"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none"})
            drawn += 1
    for axis, ticks in ((across, panel.set_xticks), (up, panel.set_yticks)):
        if axis.input.type == "boolean":
            ticks(values_along(axis, 2), choice_labels(axis))
    panel.set_xlabel(labelled(network, first))
    panel.set_ylabel(labelled(network, second))
    panel.set_title(plain(f"{output}, the rest from {base.said}"), fontsize=11)
    return figure
