"""What users call: an explanation of a row, and the middle of a table to compare it with."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nnspec.diagnostics import CannotError
from nnspec.explaining.attribution.explainer import Explainer
from nnspec.explaining.baselines import checked_row, middle_of, middle_of_ranges, zeros
from nnspec.explaining.data import Baseline
from nnspec.explaining.shown import Explanation
from nnspec.network import Network
from nnspec.spec.model import NetworkSpec, Value
from nnspec.tables.cells.cell import clipped_row, outside_faults
from nnspec.tables.errors import RangeWarning, data_error

_ON_RANGE = ("warn", "raise", "clip", "ignore")

_BASELINES: dict[str, Callable[[NetworkSpec], Baseline]] = {
    "middle": middle_of_ranges,
    "zeros": zeros,
}


def explain(
    network: Network,
    row: Mapping[str, Value],
    *,
    baseline: Baseline | Mapping[str, Any] | str = "middle",
    neurons: Sequence[str] | None = None,
    on_range: str = "warn",
) -> Explanation:
    """How a network values one row: neuron by neuron, and the reasons for each output.

    Parameters
    ----------
    network
        The network.
    row
        A value for each input, in the table's own units.
    baseline
        What the row is compared with: ``"middle"``, that of each range, ``"zeros"``, another row,
        or a :class:`Baseline`, such as :func:`middle` of a table.
    neurons
        Whose values to give reasons for; by default the outputs.
    on_range
        What a value outside its input's declared range does: ``"warn"``
        (:class:`~nnspec.tables.errors.RangeWarning`), ``"raise"`` a ``DataError``, be moved into
        the range (``"clip"``), or nothing (``"ignore"``).

    Raises
    ------
    DataError
        If the row cannot be valued.
    CannotError
        If the baseline cannot.

    Examples
    --------
    >>> from nnspec import loads
    >>> network = loads('''
    ... nnspec: 1
    ... name: old-homes
    ... inputs: {age: {unit: year, range: [0, 250]}}
    ... layers:
    ...   - {name: hidden, activation: relu, neurons: {historic: {bias: -100, synapses: {age: 1}}}}
    ...   - {name: output, neurons: {price: {unit: USD, synapses: {historic: 1840}}}}
    ... ''')
    >>> explanation = explain(network, {"age": 120}, baseline={"age": 90})
    >>> reason = explanation.output("price").by_neuron.reasons[0]
    >>> reason.name, reason.amount, reason.because
    ('historic', 36800.0, 'age 120 is 20 past 100')
    """
    if on_range not in _ON_RANGE:
        raise ValueError(f"on_range must be one of {', '.join(_ON_RANGE)}; given {on_range!r}")
    read = checked_row(network.spec, row)
    faults = list(outside_faults(network.spec.inputs, read))
    if faults and on_range == "raise":
        raise data_error(faults, len(faults))
    if faults and on_range == "warn":
        said = "; ".join(str(fault) for fault in faults)
        warnings.warn(f"outside the declared ranges: {said}", RangeWarning, stacklevel=2)
    if on_range == "clip":
        read = clipped_row(network.spec.inputs, read)
    return Explainer(network, _baseline(network, baseline), neurons).explain(read)


def _baseline(network: Network, given: Baseline | Mapping[str, Any] | str) -> Baseline:
    if isinstance(given, Baseline):
        return given
    if isinstance(given, str):
        if given not in _BASELINES:
            raise CannotError(
                f"baseline must be a row, 'middle', 'zeros' or a Baseline, not {given!r}; the mean "
                "of a table is middle(network, table)"
            )
        return _BASELINES[given](network.spec)
    return Baseline(checked_row(network.spec, given), "another row")


def middle(network: Network, table: Any) -> Baseline:
    """The middle of a table, as a baseline.

    Of numbers it is the mean, of integers and booleans the (lower) median, of categories the most
    frequent. Rows with a cell that cannot be used are left out.

    Parameters
    ----------
    network
        The network.
    table
        Any table that :meth:`nnspec.Network.evaluate` takes.

    Examples
    --------
    >>> from nnspec import Input, Layer, Network, NetworkSpec, Neuron
    >>> spec = NetworkSpec("n", (Input("age"),), (Layer("output", (Neuron("a", {"age": 1}),)),))
    >>> middle(Network(spec), {"age": [10.0, 20.0, 60.0]}).row
    {'age': 30.0}
    """
    from nnspec.tables.memory.table import open_table

    return middle_of(network.spec, open_table(network.spec.inputs, table).bind())
