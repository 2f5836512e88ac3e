"""One row through a small network: a function of plain Python, written for that network.

It does what :mod:`nnspec.evaluators.vectorised` does, term by term in the same order, so that its
bits are those that the row has in a table; only without arrays, whose every step costs more than
all of a small network's arithmetic. Functions whose last bits are NumPy's own (``exp`` and its
kind) are still NumPy's. Whatever is unusual (a value that is no plain number, a missing one, a
result that is not finite) makes it give None, and is left to the general path to judge.
"""

from __future__ import annotations

from nnspec.network import CompiledNetwork
from nnspec.single_row.writer import RowFunction, RowWriter

__all__ = ["MOST_SYNAPSES", "RowFunction", "row_function"]

MOST_SYNAPSES = 2_000
"""The most synapses of a network that is written out; beyond it arrays are as fast."""


def row_function(network: CompiledNetwork) -> RowFunction | None:
    """The function that values one row of a network; None where the network is too large for one.

    Examples
    --------
    >>> from nnspec.api import Network
    >>> from nnspec.model import Input, Layer, NetworkSpec, Neuron
    >>> neuron = Neuron("historic", {"age": 1}, bias=-100, activation="relu")
    >>> network = Network(NetworkSpec("n", (Input("age"),), (Layer("hidden", (neuron,)),)))
    >>> value = row_function(network.compiled)
    >>> value({"age": 120}), value({"age": "old"})
    (20.0, None)
    """
    if network.n_synapses + len(network.units) > MOST_SYNAPSES:
        return None
    return RowWriter(network).function()
