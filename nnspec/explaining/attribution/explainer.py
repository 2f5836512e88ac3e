"""From a network and a row to an :class:`~nnspec.explaining.data.Explanation`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from nnspec.diagnostics import CannotError
from nnspec.evaluators.reference import Valuation, evaluate_row
from nnspec.explaining.attribution.neurons import neuron_steps
from nnspec.explaining.attribution.paths import Floats, Lines
from nnspec.explaining.baselines import checked_row
from nnspec.explaining.data import (
    Baseline,
    Explanation,
    Fact,
    NeuronStep,
    OutputReasons,
    Reason,
    Reasons,
)
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.network import Network
from nnspec.program.stages import Stages
from nnspec.spec.model import Value
from nnspec.tables.errors import data_error, overflow_fault
from nnspec.views.numbers import amount_text, signed_text, value_text, with_unit

if TYPE_CHECKING:
    from nnspec.explaining.attribution.grouped import GroupLines


class Explainer:
    """Explains rows of one network against one baseline.

    Parameters
    ----------
    network
        The network.
    baseline
        What rows are compared with.
    neurons
        Whose values to give reasons for; by default the outputs.

    Raises
    ------
    CannotError
        If the baseline cannot be valued, or a layer is too large.
    """

    def __init__(
        self, network: Network, baseline: Baseline, neurons: Sequence[str] | None = None
    ) -> None:
        self.network = network
        self.spec = network.spec
        self.baseline = baseline
        self.targets = network.neuron_names(neurons)
        self.stages = Stages.of(network.compiled)
        self.group_lines: dict[int, GroupLines] = {}
        self.at_baseline = evaluate_row(self.spec, baseline.row)
        odd = not_finite(self.at_baseline)
        if odd is not None:
            raise CannotError(
                f"the baseline ({baseline.description}) cannot be valued: {odd} is not finite "
                "there; compare with another row"
            )

    def explain(self, row: Mapping[str, Value]) -> Explanation:
        """How one row was valued.

        Raises
        ------
        DataError
            If the row cannot be valued.
        """
        checked = checked_row(self.spec, row)
        valuation = evaluate_row(self.spec, checked)
        odd = not_finite(valuation)
        if odd is not None:
            raise data_error([overflow_fault(1, odd)], 1)
        steps = tuple(neuron_steps(self.spec, checked, valuation))
        facts = tuple(
            Fact(item.name, checked[item.name], self.baseline.row[item.name], item.unit,
                 {unit: valuation.outputs[unit] for unit in item.units})
            for item in self.spec.inputs
        )  # fmt: skip
        one = _Row(self, facts, {step.name: step for step in steps}, valuation)
        return Explanation(
            network=self.network.name,
            title=self.spec.title or self.network.name,
            row=checked,
            baseline=self.baseline,
            facts=facts,
            neurons=steps,
            outputs=tuple(one.output(name) for name in self.targets),
        )

    @cached_property
    def owners(self) -> dict[str, str]:
        """Whom an amount belongs to: a unit's input as a whole, or the neuron itself."""
        owners = {name: name for name in self.network.neurons}
        owners |= {unit: item.name for item in self.spec.inputs for unit in item.units}
        return owners

    @cached_property
    def start(self) -> Floats:
        """Every unit at the baseline."""
        return self.stages.values(self.at_baseline.outputs)


class _Row:
    """One row that is being explained."""

    def __init__(
        self,
        explainer: Explainer,
        facts: tuple[Fact, ...],
        steps: Mapping[str, NeuronStep],
        valuation: Valuation,
    ) -> None:
        self.explainer = explainer
        self.facts = {fact.name: fact for fact in facts}
        self.steps = steps
        self.valuation = valuation
        self.end = explainer.stages.values(valuation.outputs)

    def output(self, name: str) -> OutputReasons:
        """Why one output is what it is."""
        stages = self.explainer.stages
        first = stages.neurons_of(stages.number[name])
        return OutputReasons(
            name=name,
            unit=self.steps[name].unit,
            value=self.valuation.outputs[name],
            baseline=self.explainer.at_baseline.outputs[name],
            by_neuron=self._reasons(name, first),
            by_input=self._reasons(name, 0),
        )

    def _reasons(self, name: str, first: int) -> Reasons:
        explainer, stages = self.explainer, self.explainer.stages
        ends = explainer.start[:, None], self.end[:, None]
        line = Lines(stages, *ends, stages.number[name], first)
        each = line.contributions()[:, 0]
        owners = explainer.owners
        read = {unit: stages.number[unit] for unit in owners if stages.number[unit] < line.free}
        amounts: dict[str, float] = {}
        for unit, number in read.items():
            owner = owners[unit]
            amounts[owner] = amounts.get(owner, 0.0) + float(each[number])
        kept = {owner: amount for owner, amount in amounts.items() if amount != 0}
        ranked = sorted(kept, key=lambda owner: -abs(kept[owner]))
        change = self.valuation.outputs[name] - explainer.at_baseline.outputs[name]
        return Reasons(
            tuple(Reason(owner, kept[owner], self._because(owner)) for owner in ranked),
            "exact" if line.straight else "integrated gradients",
            change - math.fsum(kept.values()),
            float(line.scale[0]),
        )

    def _because(self, name: str) -> str:
        fact = self.facts.get(name)
        if fact is not None:
            now, then = value_text(fact.value), value_text(fact.baseline)
            return f"it is {with_unit(now, fact.unit)}, not {then}"
        step, before = self.steps[name], self.explainer.at_baseline.outputs[name]
        if step.because:
            return step.because
        now = with_unit(amount_text(step.value), step.unit)
        now = "silent" if step.fired is False and step.group is None else now
        return f"it is {now}, not {amount_text(before)}{_largest(step)}"


def _largest(step: NeuronStep) -> str:
    """The synapses that speak loudest, of a neuron that adds them up."""
    if not AGGREGATIONS[step.aggregation].linear:
        return ""
    terms = sorted((t for t in step.terms if t.amount != 0), key=lambda t: -abs(t.amount))[:3]
    said = ", ".join(f"{term.source} {signed_text(term.amount)}" for term in terms)
    return f": {said}" if said else ""


def not_finite(valuation: Valuation) -> str | None:
    """The first unit whose value is not finite."""
    for name, value in valuation.outputs.items():
        if not (math.isfinite(value) and math.isfinite(valuation.z.get(name, 0.0))):
            return name
    return None
