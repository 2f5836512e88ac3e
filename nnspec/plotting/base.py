"""What all plots share: the row they start from, evaluation along inputs, matplotlib itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.claims.domain import Axis, Domain
from nnspec.claims.influence import upstream
from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import did_you_mean, quote
from nnspec.functions.activations import ACTIVATIONS
from nnspec.network import Network
from nnspec.spec.inputs import middle_cell, number_of
from nnspec.spec.model import Value

Floats: TypeAlias = NDArray[np.float64]

INK, BLUE, ORANGE = "#1f2430", "#2563b8", "#c8590c"

LETTERS_IN_A_ROW = 40
"""So many stand side by side below one panel."""

LONGEST_LABEL = 24
"""A longer text of a category is cut."""


@dataclass(frozen=True)
class Base:
    """The row from which one or two inputs are varied.

    Parameters
    ----------
    point
        A number for each input, shape (n_inputs,); a category as the index of its value.
    said
        Where it comes from, for the plot's title.
    """

    point: Floats
    said: str


def base_of(
    network: Network, row: Mapping[str, Value] | None, columns: Mapping[str, Floats] | None
) -> Base:
    """A row if one is given; else a table's medians; else the middle of each range.

    Parameters
    ----------
    columns
        By input, a table's values; of a category its most frequent value is taken, the first of
        equals.
    """
    domain = Domain.of(network.spec)
    if row is not None:
        return Base(domain.point(row), "one row")
    if columns is not None:
        return Base(
            np.array([_typical(axis, columns[axis.name]) for axis in domain.axes]),
            "the table's medians",
        )
    return Base(np.array([_middle(axis) for axis in domain.axes]), "the middle of each range")


def _typical(axis: Axis, values: Floats) -> float:
    if len(values) == 0:
        return _middle(axis)
    if axis.codes or axis.input.type == "boolean":
        return float(np.bincount(values.astype(np.int64)).argmax())
    middle = float(np.median(values))
    return float(np.rint(middle)) if axis.whole else middle


def _middle(axis: Axis) -> float:
    return number_of(axis.input, middle_cell(axis.input))


def axis_of(network: Network, name: str) -> Axis:
    """The range of one input.

    Raises
    ------
    CannotError
        If there is no such input.
    """
    domain = Domain.of(network.spec)
    if name not in domain.index:
        known = did_you_mean(name, network.inputs)
        raise CannotError(f"{network.name} has no input {quote(name)}; {known}")
    return domain.axes[domain.index[name]]


def values_along(axis: Axis, n: int) -> Floats:
    """About n values from one end of an input to the other."""
    if axis.choices is not None:
        return axis.choices
    return np.unique(axis.hold(np.linspace(axis.low, axis.high, n)))


def evaluated(
    network: Network, base: Base, varied: Mapping[str, Floats], neurons: list[str]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Neurons' outputs and z as some inputs vary and the others stay; bad rows are nan."""
    domain = Domain.of(network.spec)
    n = len(next(iter(varied.values())))
    points = np.repeat(base.point[:, None], n, axis=1)
    for name, values in varied.items():
        points[domain.index[name]] = values
    result = network.evaluator().evaluate(domain.columns(points), neurons, pre_activations=True)
    outputs = {name: np.where(result.bad, np.nan, x) for name, x in result.values.items()}
    return outputs, result.z


def hinges(network: Network, output: str | None = None) -> list[tuple[str, float]]:
    """Each neuron with a hinge, and each z where it has one.

    Parameters
    ----------
    output
        Only neurons on which this one depends, itself among them: another one's hinge bends
        nothing that is drawn.
    """
    read = None if output is None else ancestors(network, output)
    found = []
    for layer in network.compiled.layers:
        for segment in layer.activations:
            at = ACTIVATIONS[segment.name].hinges(**segment.parameters)
            names = [layer.neurons[row] for row in segment.rows.tolist()]
            found += [(name, z) for name in names if read is None or name in read for z in at]
    return found


def ancestors(network: Network, neuron: str) -> set[str]:
    """A neuron, and every unit that it depends on, through others too."""
    compiled = network.compiled
    return {compiled.units[unit] for unit in np.flatnonzero(upstream(compiled, [neuron]))}


def labelled(network: Network, name: str) -> str:
    """An input's or neuron's name with its unit."""
    units = {item.name: item.unit for item in network.spec.inputs}
    units.update({neuron.name: neuron.unit for _, neuron in network.spec.neurons()})
    unit = units.get(name)
    return plain(f"{name} ({unit})" if unit else name)


def plain(text: str) -> str:
    """Text that matplotlib does not take for mathematics."""
    return text.replace("$", r"\$")


def choice_labels(axis: Axis) -> list[str]:
    """The texts of the values of a category or a boolean; none where an input is a number."""
    if axis.input.type == "boolean":
        return [("false", "true")[int(value)] for value in values_along(axis, 2)]
    return [plain(_shortened(axis.input.category_texts[code])) for code in axis.codes]


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def label_choices(panel: Any, at: Any, labels: list[str]) -> None:
    """Write labels below an axis; aslant where they would run into each other."""
    panel.set_xticks(at, labels)
    if sum(len(label) + 2 for label in labels) > LETTERS_IN_A_ROW:
        size = 9 if len(labels) <= 12 else 6
        panel.tick_params(axis="x", labelrotation=40, labelsize=size)
        for label in panel.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")


def matplotlib_figure(**options: Any) -> Any:
    """A figure that needs no display and is the same bytes each time.

    Raises
    ------
    CannotError
        If matplotlib is not there.
    """
    try:
        from matplotlib import rcParams

        from nnspec.plotting.figure import Plot
    except ImportError:
        raise CannotError("plots need matplotlib: pip install 'nnspec[plot]'") from None
    rcParams["svg.hashsalt"] = "nnspec"
    return Plot(layout="constrained", **options)


def thousands(axis: Any) -> None:
    """Write an axis's numbers as people do: 1,500,000 rather than 1.5 times 1e6."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=5))  # long numbers must not run into each other
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x + 0.0:,.10g}"))
