"""A layer as stages of a query: pre-activations, activations, and what a group makes of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import quote
from nnspec.formats.sql.bounds import ANYTHING, Bounds, of_size
from nnspec.formats.sql.dialects import LARGEST, SETTLED, Dialect
from nnspec.formats.sql.expressions import UnsayableError, Wording
from nnspec.formats.sql.groups import CommonTable, GroupTables
from nnspec.formats.sql.names import Names
from nnspec.formats.sql.neurons import NeuronPlan, SqlColumn, neuron_plans, pre_activation
from nnspec.formats.sql.reach import Reach, reach_of
from nnspec.formats.sql.terms import Term, absolute, case, column, compare, null, number
from nnspec.functions.activations import ACTIVATIONS, ActivationFunction
from nnspec.functions.groups import GROUPS
from nnspec.program.compiled import CompiledLayer


@dataclass(frozen=True, slots=True)
class LayerColumns:
    """Writes one layer.

    Parameters
    ----------
    dialect
        The dialect.
    layer
        The layer.
    names
        Gives its columns their names.
    tables
        The tables of the WITH clause that compute it, filled by :meth:`write`.
    checks
        What must hold for a row to be valued, filled likewise.
    """

    dialect: Dialect
    layer: CompiledLayer
    names: Names
    tables: list[CommonTable] = field(default_factory=list)
    checks: list[Term] = field(default_factory=list)

    def write(self, sources: Sequence[SqlColumn], units: Mapping[str, str]) -> dict[str, SqlColumn]:
        """Write the layer, given the source of each of its columns and each unit's own column.

        Returns
        -------
        dict of str to SqlColumn
            What later layers see: by neuron.
        """
        name, group = self.layer.name, self.layer.group
        plans = neuron_plans(self.layer, sources)
        written = {p.name: pre_activation(self.dialect, p) for p in plans}
        ends = {p.name: units[p.name] for p in plans}
        if group is not None:
            ends = {p.name: self.names.give(f"{p.name}.a") for p in plans}
        shaped = [p for p in plans if not self._is_plain(p, written[p.name].bounds)]
        z = dict(ends)
        for p in shaped:
            z[p.name] = self.names.give(f"{p.name}.z")
        self._table(
            f"{name}.z" if shaped or group is not None else name,
            [(z[p.name], written[p.name].double) for p in plans],
        )
        columns = {p.name: SqlColumn(z[p.name], written[p.name].bounds) for p in plans}
        activated = [(ends[p.name], self._activation(p, columns[p.name])) for p in shaped]
        self._table(name if group is None else f"{name}.a", activated)
        may_fail = [p for p in shaped if self._may_fail(p, columns[p.name].bounds)]
        self._check_finite([*z.values(), *(ends[p.name] for p in may_fail)])
        for p in shaped:
            columns[p.name] = SqlColumn(ends[p.name], self._bounds(p, columns[p.name].bounds))
        return columns if group is None else self._group(group, columns, units)

    def _table(self, name: str, columns: list[tuple[str, Term]]) -> None:
        if columns:
            self.tables.append(CommonTable(name, columns))

    def _check_finite(self, columns: Sequence[str], limit: float = LARGEST) -> None:
        self.checks.extend(compare(absolute(column(name)), "<=", limit) for name in columns)

    # -- activations ----------------------------------------------------------------------------

    def _reach(self, plan: NeuronPlan) -> Reach:
        return reach_of(_function(plan), dict(plan.activation.parameters))

    def _is_held(self, plan: NeuronPlan, z: Bounds) -> bool:
        """Whether z must be held to what the activation, and what follows, can take."""
        if not self.dialect.raises:
            return False
        reach = self._reach(plan)
        return z.least < reach.low or z.most > reach.high

    def _is_plain(self, plan: NeuronPlan, z: Bounds) -> bool:
        """Whether the neuron's output is its z."""
        return plan.activation.is_identity and not self._is_held(plan, z)

    def _activation(self, plan: NeuronPlan, z: SqlColumn) -> Term:
        function, parameters = _function(plan), plan.activation.parameters
        self.dialect.check_plain(
            f"the activation of neuron {quote(plan.name)}",
            np.ravel(list(parameters.values())).tolist(),
        )
        held = self._is_held(plan, z.bounds)
        tree = function.tree(settled=self.dialect.raises, **parameters)
        writer = Wording(self.dialect, {"z": column(z.name)}, settled=True)
        try:
            a = writer.write(tree, {"z": self._held(plan, z.bounds) if held else z.bounds}).double
        except UnsayableError:
            instead = f"; {function.instead}, and can be said" if function.instead else ""
            raise self._cannot(plan, f"has no words in SQL{instead}") from None
        if not self.dialect.raises:
            return a
        if self._reach(plan).broken:
            raise self._cannot(plan, "leaves the range of doubles on its way, which is an error")
        return self._within(plan, z, a) if held else a

    def _cannot(self, plan: NeuronPlan, reason: str) -> CannotError:
        return CannotError(
            f"neuron {quote(plan.name)} cannot be said in {self.dialect.title}: its activation "
            f"{quote(plan.activation.name)} {reason}"
        )

    def _held(self, plan: NeuronPlan, z: Bounds) -> Bounds:
        """What is known of z where it is held."""
        reach = self._reach(plan)
        low, high = max(z.low, -reach.high), min(z.high, reach.high)
        return Bounds(low, high, max(z.least, reach.low), z.zero and z.least >= reach.low)

    def _within(self, plan: NeuronPlan, z: SqlColumn, a: Term) -> Term:
        """The activation of a z within its reach; that of 0 below it, NULL above."""
        reach, size = self._reach(plan), absolute(column(z.name))
        branches = []
        if z.bounds.least < reach.low:
            at_zero = _function(plan).scalar(0.0, **plan.activation.parameters)
            near = number(at_zero) if math.isfinite(at_zero) else null()
            branches.append((compare(size, "<", reach.low), near))
        if z.bounds.most <= reach.high:
            return case(branches, a)
        return case([*branches, (compare(size, "<=", reach.high), a)])

    def _may_fail(self, plan: NeuronPlan, z: Bounds) -> bool:
        """Whether the activation of a finite z may be none."""
        parameters = plan.activation.parameters
        return self._is_held(plan, z) or not _function(plan).is_always_finite(**parameters)

    def _bounds(self, plan: NeuronPlan, z: Bounds) -> Bounds:
        """What is known of the activation."""
        if not self.dialect.raises:
            return ANYTHING
        z = self._held(plan, z)
        low, high = _function(plan).image((-z.most, z.most), **plan.activation.parameters)
        ends = [abs(end) for end in (low, high) if not math.isnan(end)]
        most = min(max(ends, default=0.0), SETTLED)
        return of_size(self._reach(plan).least(z.least, z.most), most)

    # -- groups ---------------------------------------------------------------------------------

    def _group(
        self, group: str, columns: Mapping[str, SqlColumn], units: Mapping[str, str]
    ) -> dict[str, SqlColumn]:
        order = [self.layer.neurons[row] for row in self.layer.group_order.tolist()]
        writer = GroupTables(self.dialect, self.names, self.layer.name, GROUPS[group])
        results = [units[name] for name in order]
        found = writer.write([columns[name] for name in order], results)
        self.tables.extend(writer.tables)
        self._check_finite(results, self.dialect.limit)
        return dict(zip(order, found, strict=True))


def _function(plan: NeuronPlan) -> ActivationFunction:
    return ACTIVATIONS[plan.activation.name]
