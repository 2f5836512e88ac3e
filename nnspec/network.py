"""The network as users hold it: load a spec, then evaluate tables or single rows."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from nnspec.diagnostics.suggestions import counted, did_you_mean, quote
from nnspec.evaluators.evaluated import Evaluated, OnRange, value_rows
from nnspec.loading import load_spec, open_weights, parse_spec
from nnspec.program.compiled import CompiledNetwork, LabelledMatrix
from nnspec.program.compiler import compile_checked, compile_network
from nnspec.spec.model import NetworkSpec, Value

if TYPE_CHECKING:
    from nnspec.evaluators.arrays.vectorised import VectorisedEvaluator
    from nnspec.evaluators.generated.columns import ColumnFunction
    from nnspec.evaluators.generated.row import RowFunction

MOST_SHOWN = 1_000_000
"""A network of more synapses is not drawn by itself in a notebook: it would be waited for."""


class Network:
    """A network that has been checked and compiled.

    Made by :func:`load` and :func:`loads`, or from a :class:`~nnspec.spec.model.NetworkSpec` built
    in Python. It is immutable and may be shared between threads.

    Parameters
    ----------
    spec
        What the network is.
    limits
        How large it may be.
    folder
        Where its weight files are, if it has any and they were not opened yet.

    Raises
    ------
    SpecError
        If the spec has errors.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        limits: Limits = DEFAULT_LIMITS,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        spec = spec if folder is None else open_weights(spec, folder, limits)
        self.spec = spec
        self.compiled: CompiledNetwork = compile_network(spec, limits)

    @classmethod
    def from_checked(cls, spec: NetworkSpec) -> Network:
        """The network of a spec that is known to have no errors."""
        network = cls.__new__(cls)
        network.spec = spec
        network.compiled = compile_checked(spec)
        return network

    @property
    def name(self) -> str:
        """The network's name."""
        return self.spec.name

    @property
    def inputs(self) -> tuple[str, ...]:
        """Its inputs, in order."""
        return tuple(item.name for item in self.spec.inputs)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Its outputs, in order."""
        return self.compiled.outputs

    @property
    def neurons(self) -> tuple[str, ...]:
        """All of its neurons, in order of evaluation."""
        return self.compiled.neurons

    @property
    def content_hash(self) -> str:
        """SHA-256 of all that decides its values and names; formatting does not move it."""
        return self.compiled.content_hash

    def weights(self, layer: str) -> LabelledMatrix:
        """A layer's weight matrix, with the names of its rows (targets) and columns (sources)."""
        return self.compiled.weights(layer)

    def __repr__(self) -> str:
        return (
            f"<Network {self.name}: {len(self.inputs)} inputs, {len(self.neurons)} neurons, "
            f"{self.compiled.n_synapses} synapses, outputs {', '.join(self.outputs[:5])}>"
        )

    def _repr_svg_(self) -> str | None:
        """The network's diagram, for notebooks; None, and so the plain repr, if it has none."""
        from nnspec.views.diagram import Look, diagram_svg

        if self.compiled.n_synapses > MOST_SHOWN:
            return None
        # Whoever looks at a network must see it, whatever may be wrong with its picture.
        with suppress(Exception):
            return diagram_svg(self.spec, Look(prefix=f"nn{self.content_hash[:12]}"))
        return None

    def evaluate(
        self,
        table: Any,
        *,
        neurons: str | Sequence[str] | None = None,
        pre_activations: bool = False,
        on_error: str = "raise",
        on_range: str = "warn",
        dtype: str = "float64",
        threads: int = 1,
        fast: bool = False,
    ) -> Any:
        """Evaluate every row of a table.

        Parameters
        ----------
        table
            A dict of arrays, a 2-D array with a column for each input in order, a polars or pandas
            frame, a row of a pandas frame, or any Arrow table. Columns are bound by name; others
            are ignored.
        neurons
            Whose values to give: names, ``"all"``, or None for the outputs.
        pre_activations
            Give each neuron's z too, in a column ``NAME.z``.
        on_error
            What a bad row does: ``"raise"`` :class:`~nnspec.tables.errors.DataError`, or
            ``"null"``, which makes its values NaN (null, in a frame).
        on_range
            What a value outside its input's declared range does: ``"warn"``
            (:class:`~nnspec.tables.errors.RangeWarning`), ``"raise"`` a ``DataError``, make the
            row's values ``"null"``, be moved into the range (``"clip"``), or nothing
            (``"ignore"``).
        dtype
            ``"float64"`` or ``"float32"``.
        threads
            How many threads share the rows. The results are the same bits for any number.
        fast
            Give that up, for BLAS in dense layers and fused multiplication and addition in
            sparse ones.

        Returns
        -------
        The same kind of table, with a column for each neuron asked for.

        Examples
        --------
        >>> network = loads('''
        ... nnspec: 1
        ... name: historic
        ... inputs: {age: {range: [0, 250]}}
        ... layers: [{name: output, activation: relu, neurons: {
        ...     historic: {bias: -100, synapses: {age: 1}}}}]
        ... ''')
        >>> network.evaluate({"age": [31, 120]})
        {'historic': array([ 0., 20.])}
        """
        from nnspec.tables.errors import RangeWarning
        from nnspec.tables.memory.table import open_table

        if on_error not in ("raise", "null"):
            raise ValueError(f"on_error must be 'raise' or 'null'; given {on_error!r}")
        if on_range not in _ON_RANGE:
            raise ValueError(f"on_range must be one of {', '.join(_ON_RANGE)}; given {on_range!r}")
        names = self.neuron_names(neurons)
        opened = open_table(self.spec.inputs, table)
        bound = opened.bind()
        valued = value_rows(
            self, bound, names, _ON_RANGE[on_range],
            pre_activations=pre_activations, dtype=dtype, threads=threads, fast=fast,
        )  # fmt: skip
        if on_error == "raise" and valued.bad.any():
            raise bound.error(valued.overflows)
        if on_range == "raise" and valued.refused.any():
            raise bound.range_error()
        if on_range == "warn" and bound.n_outside:
            shown = "; ".join(str(fault) for fault in islice(bound.range_faults(), 3))
            said = f"{counted(bound.n_outside, 'value')} outside the declared ranges: {shown}"
            warnings.warn(said, RangeWarning, stacklevel=2)
        return opened.wrap(valued.evaluated.columns, valued.absent)

    def check(self, rows: Any) -> tuple[Any, ...]:
        """Judge the spec's properties, and its neurons' ranges, on rows of one's own.

        Parameters
        ----------
        rows
            One row, a dict of values by input, or a table as :meth:`evaluate` takes it.

        Returns
        -------
        tuple of :class:`~nnspec.claims.given_rows.RowFailure`
            Each statement that a row violates, with the row's number from 0; empty if all hold.
            What is said of two rows that differ in one input is tried from each row along it.

        Raises
        ------
        DataError
            If a value is missing or is none that its input can take.

        Examples
        --------
        >>> network = loads('''
        ... nnspec: 1
        ... name: historic
        ... inputs: {age: {range: [0, 250]}}
        ... layers: [{name: output, activation: relu, neurons: {
        ...     historic: {bias: -100, synapses: {age: 1}}}}]
        ... properties: [{name: at most a century, then: {historic: [0, 100]}}]
        ... ''')
        >>> network.check({"age": 120})
        ()
        >>> print(*network.check({"age": [120, 230]}))
        row 1: property: at most a century: historic is 130, above 100
        """
        from importlib import import_module

        from nnspec.tables.memory.table import open_table

        is_row = isinstance(rows, Mapping) and all(
            value is None or np.isscalar(value) for value in rows.values()
        )
        table = {name: [value] for name, value in rows.items()} if is_row else rows
        bound = open_table(self.spec.inputs, table).bind()
        if bound.bad.any():
            raise bound.error({})
        points = np.array([bound.values[name] for name in self.inputs])
        # Claims stand above the network, and are looked up only when they are asked for.
        found: tuple[Any, ...] = import_module("nnspec.claims.given_rows").check_rows(self, points)
        return found

    def __call__(self, **values: Value) -> Any:
        """Value one row, given by input name.

        Returns
        -------
        float or dict
            The output; a dict of name to value when the network has several.

        Raises
        ------
        DataError
            If a value is missing or is none that its input can take.
        TypeError
            If there is no such input.
        """
        if self._row_function is not None:
            outputs = self._row_function(values)
            if outputs is not None:
                return outputs
        return self._value_row(values)

    def _value_row(self, values: dict[str, Value]) -> Any:
        """Value any row, or say what is wrong with it."""
        unknown = [name for name in values if name not in self.inputs]
        if unknown:
            help_ = did_you_mean(unknown[0], self.inputs)
            raise TypeError(f"{self.name} has no input {quote(unknown[0])}; {help_}")
        from nnspec.tables.cells.cell import read_row
        from nnspec.tables.errors import data_error, overflow_fault

        evaluated = self.evaluator().evaluate(read_row(self.spec.inputs, values), self.outputs)
        if evaluated.bad[0]:
            raise data_error([overflow_fault(1, self.culprits(evaluated)[0])], 1)
        outputs = {name: float(column[0]) for name, column in evaluated.values.items()}
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    def explain(self, row: Mapping[str, Value], **options: Any) -> Any:
        """How one row is valued and why, as :func:`nnspec.explain` tells it."""
        return _above("nnspec.explaining").explain(self, row, **options)

    def plot(self, neuron: str | None = None, *, given: Mapping[str, Value] | None = None) -> Any:
        """Plot a neuron, by default the first output, against each input.

        Parameters
        ----------
        neuron
            What to plot.
        given
            The row from which inputs are varied; the middle of each range otherwise.

        Returns
        -------
        matplotlib.figure.Figure
        """
        plotting = _above("nnspec.plotting")
        (name,) = self.neuron_names(neuron) if neuron is not None else self.outputs[:1]
        return plotting.plot_curves(self, plotting.base_of(self, given, None), name)

    def test(self, *, max_examples: int = 10_000, seed: int = 0) -> Any:
        """Try the examples and properties of the spec.

        Returns
        -------
        tuple of nnspec.claims.Result
            One for each; ``failed`` says whether it did.

        Examples
        --------
        >>> network = loads('''
        ... nnspec: 1
        ... name: historic
        ... inputs: {age: {range: [0, 250]}}
        ... layers: [{name: output, activation: relu, neurons: {
        ...     historic: {bias: -100, synapses: {age: 1}}}}]
        ... examples: [{given: {age: 120}, expect: {historic: 20}}]
        ... ''')
        >>> [(result.case.id, result.failed) for result in network.test()]
        [('example: example 1', False)]
        """
        claims = _above("nnspec.claims")
        options = claims.Options(max_examples=max_examples, seed=seed)
        return tuple(claims.run_cases(self, options=options))

    def evaluate_columns(
        self,
        columns: Mapping[str, Any],
        neurons: Sequence[str],
        *,
        pre_activations: bool = False,
        dtype: str = "float64",
        threads: int = 1,
        fast: bool = False,
    ) -> Evaluated:
        """Evaluate columns that have been read and checked, by the way that is fastest for them.

        Parameters
        ----------
        columns
            By input: float64 of shape (n_rows,), in the table's own units; a category as the index
            of its value.
        neurons
            Whose values to give.
        pre_activations, dtype, threads, fast
            As for :meth:`evaluate`.
        """
        plain = dtype == "float64" and threads == 1 and not (pre_activations or fast)
        if plain and self._column_function is not None:
            return self._column_function.evaluate(columns, neurons, self.evaluator)
        evaluator = self.evaluator(dtype, fast=fast)
        return evaluator.evaluate(
            columns, neurons, pre_activations=pre_activations, threads=threads
        )

    def neuron_names(self, asked: str | Sequence[str] | None) -> tuple[str, ...]:
        """The neurons that ``neurons=`` asks for.

        Raises
        ------
        UnknownNeuronError
            If one is not a neuron of this network.
        """
        if asked is None:
            return self.outputs
        if isinstance(asked, str):
            if asked == "all":
                return self.neurons
            asked = [asked]
        for name in asked:
            if self.compiled.index.get(name, -1) < self.compiled.n_input_units:
                raise UnknownNeuronError(name, self.neurons)
        return tuple(dict.fromkeys(asked))

    def culprits(self, evaluated: Evaluated) -> dict[int, str]:
        """By bad row (from 0), the unit that was the first not to be finite."""
        if not evaluated.bad.any():
            return {}
        rows = np.flatnonzero(evaluated.culprits >= 0)
        units = self.compiled.units
        return {
            row: units[unit]
            for row, unit in zip(rows.tolist(), evaluated.culprits[rows].tolist(), strict=True)
        }

    def evaluator(self, dtype: str = "float64", *, fast: bool = False) -> VectorisedEvaluator:
        """The evaluator for a dtype, planned once."""
        key = dtype, fast
        if key not in self._evaluators:
            from nnspec.evaluators.arrays.vectorised import VectorisedEvaluator

            # Two threads may both plan; either plan will do.
            self._evaluators[key] = VectorisedEvaluator(self.compiled, dtype, fast=fast)
        return self._evaluators[key]

    @cached_property
    def _column_function(self) -> ColumnFunction | None:
        """Values whole columns; None where the network is too large for it."""
        from nnspec.evaluators.generated.columns import column_function

        return column_function(self.compiled)

    @cached_property
    def _row_function(self) -> RowFunction | None:
        """Values a row that has nothing unusual; None where the network is too large for it."""
        from nnspec.evaluators.generated.row import row_function

        return row_function(self.compiled)

    @cached_property
    def _evaluators(self) -> dict[tuple[str, bool], VectorisedEvaluator]:
        return {}

    def __reduce__(self) -> tuple[Any, ...]:
        # The plans of the evaluators are made anew where it is unpickled.
        return (_restore, (self.spec,))


def _restore(spec: NetworkSpec) -> Network:
    return Network.from_checked(spec)


_ON_RANGE: Mapping[str, OnRange] = {
    "warn": "warn", "raise": "fail", "null": "null", "clip": "clip", "ignore": "ignore",
}  # fmt: skip


class UnknownNeuronError(CannotError, ValueError):
    """A neuron was asked for that the network does not have."""

    def __init__(self, name: str, legal: Sequence[str]) -> None:
        super().__init__(f"{quote(name)} is not a neuron; {did_you_mean(name, legal)}")
        self.name = name
        self.legal = tuple(legal)

    def __reduce__(self) -> tuple[Any, ...]:
        return (UnknownNeuronError, (self.name, self.legal))


def _above(module: str) -> Any:
    """A part of nnspec that stands on networks: it is imported when a network is asked for it."""
    return import_module(module)


def load(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> Network:
    """Read, check and compile a spec file.

    Raises
    ------
    SpecError
        If the spec has errors; its ``diagnostics`` say all that was found.
    OSError
        If the file cannot be read.
    """
    return Network.from_checked(load_spec(path, limits))


def loads(
    text: str,
    limits: Limits = DEFAULT_LIMITS,
    folder: str | os.PathLike[str] | None = None,
) -> Network:
    """Read, check and compile a spec given as YAML text; ``folder`` holds its weight files.

    Raises
    ------
    SpecError
        If the spec has errors; its ``diagnostics`` say all that was found.
    """
    return Network.from_checked(parse_spec(text, limits=limits, folder=folder))
