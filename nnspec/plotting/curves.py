"""Response curves: one input varies, the others stay."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nnspec.network import Network
from nnspec.plotting.base import (
    BLUE,
    INK,
    ORANGE,
    Base,
    axis_of,
    choice_labels,
    evaluated,
    hinges,
    label_choices,
    labelled,
    matplotlib_figure,
    plain,
    thousands,
    values_along,
)

POINTS = 401


def plot_curves(network: Network, base: Base, output: str) -> Any:
    """One output against each input, with a mark where a neuron bends.

    Parameters
    ----------
    output
        A neuron of the network.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n = len(network.inputs)
    n_columns = min(2 if n in (2, 4) else 3, n)
    n_rows = math.ceil(n / n_columns)
    figure = matplotlib_figure(figsize=(4.2 * n_columns, 3.1 * n_rows + 0.4))
    figure.suptitle(plain(f"{output}, from {base.said}"), fontsize=11)
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for panel, name in zip(panels, network.inputs, strict=False):
        _curve(panel, network, base, output, name)
    for panel in panels[n:]:
        panel.set_axis_off()
    return figure


def _curve(panel: Any, network: Network, base: Base, output: str, name: str) -> None:
    axis = axis_of(network, name)
    at = base.point[list(network.inputs).index(name)]
    xs = np.union1d(values_along(axis, POINTS), [at])
    bending = hinges(network, output)
    neurons = list(dict.fromkeys([output, *(neuron for neuron, _ in bending)]))
    outputs, z = evaluated(network, base, {name: xs}, neurons)
    y = outputs[output]
    labels = choice_labels(axis)
    if labels:
        places = np.arange(len(xs))
        panel.bar(places, y, color=BLUE, width=0.6)
        panel.plot(places[xs == at], y[xs == at], "o", color=INK, markersize=5)
        label_choices(panel, places, labels)
    else:
        panel.plot(xs, y, color=BLUE)
        panel.plot([at], y[xs == at], "o", color=INK, markersize=5)
        met = [(x, neuron) for neuron, hinge in bending for x in crossings(xs, z[neuron] - hinge)]
        _mark(panel, sorted(met))
    panel.set_xlabel(labelled(network, name))
    panel.set_ylabel(labelled(network, output))
    panel.grid(alpha=0.25)
    thousands(panel.yaxis)
    if not labels:
        thousands(panel.xaxis)


def _mark(panel: Any, met: list[tuple[float, str]]) -> None:
    """A dashed line for each hinge, its neuron's name beside it, one below the other."""
    for number, (x, neuron) in enumerate(met):
        panel.axvline(x, color=ORANGE, linestyle="--", linewidth=0.9)
        panel.annotate(
            plain(neuron), (x, 0.97 - 0.09 * (number % 9)), xycoords=("data", "axes fraction"),
            xytext=(4, 0), textcoords="offset points", fontsize=8, color=ORANGE, va="top",
            bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.8},
        )  # fmt: skip


def crossings(xs: Any, above: Any) -> list[float]:
    """Where a line passes zero, by interpolation between neighbours; half-way from an infinity."""
    changes = np.flatnonzero((above[:-1] < 0) != (above[1:] < 0))
    start, end = above[changes], above[changes + 1]
    with np.errstate(invalid="ignore", over="ignore"):
        share = np.where(np.isfinite(start) & np.isfinite(end), start / (start - end), 0.5)
    found: list[float] = (xs[changes] + share * (xs[changes + 1] - xs[changes])).tolist()
    return found
