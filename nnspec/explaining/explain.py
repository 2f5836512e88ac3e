"""What users call: an explanation of a row, and the middle of a table to compare it with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nnspec.diagnostics import CannotError
from nnspec.explaining.attribution.explainer import Explainer
from nnspec.explaining.baselines import checked_row, middle_of, middle_of_ranges, zeros
from nnspec.explaining.data import Baseline
from nnspec.explaining.shown import Explanation
from nnspec.network import Network
from nnspec.spec.model import NetworkSpec, Value

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
    >>> reason = explain(network, {"age": 120}).output("price").by_neuron.reasons[0]
    >>> reason.name, reason.amount, reason.because
    ('historic', 36800.0, 'age 120 is 20 past 100')
    """
    return Explainer(network, _baseline(network, baseline), neurons).explain(row)


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
