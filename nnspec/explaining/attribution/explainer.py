"""From a network and a row to an :class:`~nnspec.explaining.shown.Explanation`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np

from nnspec.diagnostics import CannotError
from nnspec.evaluators.reference import Valuation, evaluate_row
from nnspec.explaining.attribution.amounts import Amounts, Columns, amounts_of
from nnspec.explaining.attribution.baseline_values import BaselineValues
from nnspec.explaining.attribution.neuron_steps import neuron_steps
from nnspec.explaining.baselines import checked_row
from nnspec.explaining.data import Baseline, Fact, NeuronStep, OutputReasons, Reason, Reasons
from nnspec.explaining.shown import Explanation
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.network import Network
from nnspec.spec.model import Value
from nnspec.tables.errors import data_error, overflow_fault
from nnspec.views.numbers import amount_text, signed_text, value_text, with_unit


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
        self.base = BaselineValues(network, baseline)

    @property
    def at_baseline(self) -> Valuation:
        """Every unit at the baseline."""
        return self.base.valuation

    def explain(self, row: Mapping[str, Value]) -> Explanation:
        """How one row was valued.

        Raises
        ------
        DataError
            If the row cannot be valued.
        """
        checked = checked_row(self.spec, row)
        valuation = evaluate_row(self.spec, checked)
        odd = valuation.not_finite()
        if odd is not None:
            raise data_error([overflow_fault(1, odd)], 1)
        self._check_differences(valuation)
        steps = tuple(neuron_steps(self.spec, checked, valuation))
        facts = tuple(
            Fact(item.name, checked[item.name], self.baseline.row[item.name], item.unit,
                 {unit: valuation.outputs[unit] for unit in item.units})
            for item in self.spec.inputs
        )  # fmt: skip
        one = _Row(self.base, facts, {step.name: step for step in steps}, valuation)
        return Explanation(
            network=self.network.name,
            title=self.spec.title or self.network.name,
            row=checked,
            baseline=self.baseline,
            facts=facts,
            neurons=steps,
            outputs=tuple(
                one.output(name, self._by_neuron[name], self._by_input[name])
                for name in self.targets
            ),
        )

    def _check_differences(self, valuation: Valuation) -> None:
        """Refuse a row that is farther from the baseline than a double can tell."""
        before = self.at_baseline.outputs
        units = [unit for item in self.spec.inputs for unit in item.units]
        for name in (*units, *self.targets):
            if not math.isfinite(valuation.outputs[name] - before[name]):
                raise CannotError(
                    f"{name} is {valuation.outputs[name]:.6g}, and {before[name]:.6g} at the "
                    "baseline: no double holds the difference; compare with another row"
                )

    @cached_property
    def _by_neuron(self) -> dict[str, Amounts]:
        return amounts_of(self.base, self.targets, "neuron")

    @cached_property
    def _by_input(self) -> dict[str, Amounts]:
        return amounts_of(self.base, self.targets, "input")


class _Row:
    """One row that is being explained."""

    def __init__(
        self,
        base: BaselineValues,
        facts: tuple[Fact, ...],
        steps: Mapping[str, NeuronStep],
        valuation: Valuation,
    ) -> None:
        self.base = base
        self.facts = {fact.name: fact for fact in facts}
        self.steps = steps
        self.valuation = valuation
        outputs = valuation.outputs
        units = base.network.compiled.units[: base.network.compiled.n_input_units]
        self.seen = np.array([outputs[unit] for unit in units], dtype=np.float64)[:, None]
        self.values: Columns = {name: np.array([outputs[name]]) for name in base.network.neurons}

    def output(self, name: str, by_neuron: Amounts, by_input: Amounts) -> OutputReasons:
        """Why one output is what it is."""
        return OutputReasons(
            name=name,
            unit=self.steps[name].unit,
            value=self.valuation.outputs[name],
            baseline=self.base.valuation.outputs[name],
            by_neuron=self._reasons(by_neuron, "neuron"),
            by_input=self._reasons(by_input, "input"),
        )

    def _reasons(self, amounts: Amounts, by: str) -> Reasons:
        base, name = self.base, amounts.output
        each, scale = amounts.measured(self.seen, self.values)
        found = zip(amounts.names, amounts.by_name(each)[0].tolist(), strict=True)
        kept = {owner: amount for owner, amount in found if amount != 0 and math.isfinite(amount)}
        ranked = sorted(kept, key=lambda owner: -abs(kept[owner]))
        change = self.valuation.outputs[name] - base.valuation.outputs[name]
        return Reasons(
            tuple(Reason(owner, kept[owner], self._because(owner)) for owner in ranked),
            "exact" if base.is_straight(name, by) else "integrated gradients",
            change - _total(kept.values()),
            float(scale[0]),
        )

    def _because(self, name: str) -> str:
        fact = self.facts.get(name)
        if fact is not None:
            now, then = value_text(fact.value), value_text(fact.baseline)
            return f"it is {with_unit(now, fact.unit)}, not {then}"
        step, before = self.steps[name], self.base.valuation.outputs[name]
        if step.because:
            return step.because
        now = with_unit(amount_text(step.value), step.unit)
        now = "silent" if step.fired is False and step.group is None else now
        return (
            f"it is {now}, not {amount_text(before)}{_largest(step, self.base.valuation.outputs)}"
        )


def _total(amounts: Iterable[float]) -> float:
    try:
        return math.fsum(amounts)
    except OverflowError:
        return math.inf


def _largest(step: NeuronStep, before: Mapping[str, float]) -> str:
    """The synapses that changed most since the baseline, of a neuron that adds them up."""
    if not AGGREGATIONS[step.aggregation].linear:
        return ""
    moved = {term.source: term.weight * (term.value - before[term.source]) for term in step.terms}
    ranked = sorted((name for name in moved if moved[name]), key=lambda name: -abs(moved[name]))
    said = ", ".join(f"{name} {signed_text(moved[name])}" for name in ranked[:3])
    return f": {said}" if said else ""
