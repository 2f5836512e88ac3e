"""A layer as stages of a query: pre-activations, activations, and what a group makes of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import quote
from nnspec.formats.sql.activations import INSTEAD, REACH, WRITERS
from nnspec.formats.sql.aggregations import pre_activation
from nnspec.formats.sql.dialects import LARGEST, SETTLED
from nnspec.formats.sql.functions import SMALL, Functions
from nnspec.formats.sql.groups import GROUP_WRITERS, Stage
from nnspec.formats.sql.names import Names
from nnspec.formats.sql.plans import NeuronPlan, Source, neuron_plans
from nnspec.formats.sql.sizes import ONE, TINIEST, Size, check_plain, size_of_activation
from nnspec.formats.sql.terms import Term, absolute, case, column, compare, null, number
from nnspec.functions.activations import ACTIVATIONS
from nnspec.program.compiled import CompiledLayer


@dataclass(frozen=True, slots=True)
class LayerColumns:
    """Writes one layer.

    Parameters
    ----------
    functions
        The functions of the dialect.
    layer
        The layer.
    names
        Gives its columns their names.
    stages
        The tables of the WITH clause that compute it, filled by :meth:`write`.
    checks
        What must hold for a row to be valued, filled likewise.
    """

    functions: Functions
    layer: CompiledLayer
    names: Names
    stages: list[Stage] = field(default_factory=list)
    checks: list[Term] = field(default_factory=list)

    def write(self, sources: Sequence[Source], units: Mapping[str, str]) -> dict[str, Source]:
        """Write the layer, given the source of each of its columns and each unit's own column.

        Returns
        -------
        dict of str to Source
            What later layers see: by neuron.
        """
        name, group = self.layer.name, self.layer.group
        plans = neuron_plans(self.layer, sources)
        ends = {p.name: units[p.name] for p in plans}
        if group is not None:
            ends = {p.name: self.names.give(f"{p.name}.a") for p in plans}
        plain = {p.name: self._is_plain(p) for p in plans}
        z = {
            p.name: ends[p.name] if plain[p.name] else self.names.give(f"{p.name}.z") for p in plans
        }
        shaped = [p for p in plans if not plain[p.name]]
        activated = name if group is None else f"{name}.a"
        self._stage(
            f"{name}.z" if shaped or group is not None else name,
            [(z[p.name], pre_activation(self.functions, p)) for p in plans],
        )
        self._stage(activated, [(ends[p.name], self._activation(p, z[p.name])) for p in shaped])
        self._check_finite([*z.values(), *(ends[p.name] for p in shaped if self._may_fail(p))])
        if group is None:
            return {p.name: Source(ends[p.name], self._size(p)) for p in plans}
        return self._group(group, plans, ends, units)

    def _stage(self, name: str, columns: list[tuple[str, Term]]) -> None:
        if columns:
            self.stages.append(Stage(name, columns))

    def _check_finite(self, columns: Sequence[str]) -> None:
        self.checks.extend(compare(absolute(column(name)), "<=", LARGEST) for name in columns)

    # -- activations ----------------------------------------------------------------------------

    def _reach(self, plan: NeuronPlan) -> tuple[float, float]:
        return REACH.get(plan.activation.name, (SMALL, SETTLED))

    def _is_held(self, plan: NeuronPlan) -> bool:
        """Whether z must be held to what the activation, and what follows, can take."""
        low, high = self._reach(plan)
        return self.functions.dialect.raises and (plan.size.least < low or plan.size.most > high)

    def _is_plain(self, plan: NeuronPlan) -> bool:
        """Whether the neuron's output is its z."""
        return plan.activation.name == "identity" and not self._is_held(plan)

    def _activation(self, plan: NeuronPlan, z: str) -> Term:
        used = plan.activation
        writer = WRITERS[used.name]
        if writer is None:
            raise CannotError(
                f"neuron {quote(plan.name)} cannot be said in {self.functions.dialect.title}: its "
                f"activation {quote(used.name)} has no words in SQL; {INSTEAD[used.name]}"
            )
        check_plain(
            self.functions.dialect,
            f"the activation of neuron {quote(plan.name)}",
            np.ravel(list(used.parameters.values())).tolist(),
        )
        a = writer(self.functions, column(z), **used.parameters)
        if not self._is_held(plan):
            return a
        low, high = self._reach(plan)
        size = absolute(column(z))
        branches = []
        if plan.size.least < low:
            at_zero = ACTIVATIONS[used.name].scalar(0.0, **used.parameters)
            near = number(at_zero) if math.isfinite(at_zero) else null()
            branches.append((compare(size, "<", low), near))
        if plan.size.most <= high or math.isinf(high):
            return case(branches, a) if branches else a
        return case([*branches, (compare(size, "<=", high), a)])

    def _may_fail(self, plan: NeuronPlan) -> bool:
        """Whether the activation of a finite z may be none."""
        record, parameters = ACTIVATIONS[plan.activation.name], plan.activation.parameters
        image = record.image((-LARGEST, LARGEST), **parameters)
        everywhere = record.domain(**parameters) == (-math.inf, math.inf)
        return self._is_held(plan) or not everywhere or not all(map(math.isfinite, image))

    def _size(self, plan: NeuronPlan) -> Size:
        if not self.functions.dialect.raises or self._is_plain(plan):
            return plan.size
        low, high = self._reach(plan)
        z = Size(max(plan.size.least, low, TINIEST), min(plan.size.most, high))
        return size_of_activation(plan.activation, z, SETTLED)

    # -- groups ---------------------------------------------------------------------------------

    def _group(
        self, group: str, plans: Sequence[NeuronPlan], ends: Mapping[str, str],
        units: Mapping[str, str],
    ) -> dict[str, Source]:  # fmt: skip
        order = [self.layer.neurons[row] for row in self.layer.group_order.tolist()]
        members = [(ends[name], units[name]) for name in order]
        write = GROUP_WRITERS[group]
        self.stages.extend(write(self.functions, self.names, self.layer.name, members))
        self._check_finite([units[name] for name in order])
        size = ONE if group == "winner" else Size(1e-310, SETTLED if group == "normalize" else 1.0)
        return {plan.name: Source(units[plan.name], size) for plan in plans}
