"""The fit against a column, and the largest errors explained."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from nnspec.api import Network
from nnspec.diagnostics import NnspecError
from nnspec.explaining import Baseline, Explainer
from nnspec.explaining.data import METHODS, Reason, Reasons
from nnspec.explaining.text import how_exact
from nnspec.explaining.wording import amount_text, signed_text, value_text, with_unit
from nnspec.model import Value
from nnspec.reporting.fit import Fit, fit_of
from nnspec.reporting.markup import Html, safe, section, table
from nnspec.reporting.survey import Survey
from nnspec.reporting.targets import Miss, TargetTally
from nnspec.suggestions import counted

MOST_REASONS = 3
"""So many reasons are told of each error; the others are summed up."""


def fits_of(survey: Survey) -> list[Fit]:
    """How well each target is met."""
    return [fit_of(*target.columns()) for target in survey.targets]


def fit_sections(survey: Survey, fits: Sequence[Fit], table_name: str) -> Iterator[str]:
    """For each target its fit, then its largest errors."""
    units = {neuron.name: neuron.unit for _, neuron in survey.network.spec.neurons()}
    for i, (target, fit) in enumerate(zip(survey.targets, fits, strict=True)):
        unit = units.get(target.neuron)
        said = f"{target.neuron} against {target.column}"
        yield section(f"fit-{i + 1}", f"Fit: {said}", _fit(target, fit, unit))
        errors = _errors(survey, target, unit, table_name)
        yield section(f"errors-{i + 1}", f"Largest errors: {said}", errors)


def headline(fit: Fit, unit: str | None) -> str:
    """The fit in a few words."""
    if fit.n_rows == 0:
        return "no row to compare"
    names = list(fit.figures)[:3] if fit.kind == "number" else ["accuracy", "Brier score"]
    return ", ".join(f"{name} {_figure(name, fit.figures[name], unit)}" for name in names)


def _figure(name: str, value: float | None, unit: str | None) -> str:
    if value is None:
        return "undefined"
    if "percentage" in name or "accuracy" in name or "share" in name:
        return f"{value:.2f} %"
    if name in ("R2", "Brier score", "area under the ROC curve"):
        return f"{value:.4f}"
    return with_unit(signed_text(value) if name == "mean error" else amount_text(value), unit)


def _fit(target: TargetTally, fit: Fit, unit: str | None) -> Iterator[str]:
    yield f"<p>{counted(fit.n_rows, 'row')} compared{safe(_left_out(target))}.</p>"
    if fit.n_rows == 0:
        return
    rows = [(name, _figure(name, value, unit)) for name, value in fit.figures.items()]
    yield table(f"{target.neuron} against {target.column}", ["figure", "value#"], rows)
    if fit.n_zero:
        yield (f'<p class="note">The percentage errors leave out '
               f"{counted(fit.n_zero, 'row')} whose {safe(target.column)} is 0.</p>")  # fmt: skip
    if fit.kind == "probability":
        yield _confusion(target, fit)
    yield _deciles(fit, unit)
    yield ('<p class="note">Tenths of the rows by rising prediction; equal predictions keep the '
           "table's order.</p>")  # fmt: skip


def _left_out(target: TargetTally) -> str:
    if not target.left_out:
        return ", none left out"
    said = [f"{count:,} because {why}" for why, count in sorted(target.left_out.items())]
    return f"; {sum(target.left_out.values()):,} left out: {'; '.join(said)}"


def _confusion(target: TargetTally, fit: Fit) -> Html:
    a, b, c, d = (f"{count:,}" for count in fit.confusion)
    head = [f"{target.column}", "predicted yes (at least 0.5)#", "predicted no#"]
    return table("Yes and no", head, [("yes", a, b), ("no", c, d)])


def _deciles(fit: Fit, unit: str | None) -> Html:
    yes_no = fit.kind == "probability"
    head = ["tenth", "rows#", "prediction from#", "to#", "mean predicted#",
            "share of yes#" if yes_no else "mean actual#"]  # fmt: skip
    head += [] if yes_no else ["median absolute percentage error#"]
    rows = []
    for i, one in enumerate(fit.deciles):
        numbers = [amount_text(x) for x in (one.low, one.high, one.predicted, one.actual)]
        row = [f"{i + 1}", f"{one.n_rows:,}", *numbers]
        if not yes_no:
            row.append("undefined" if one.error is None else f"{one.error:.2f} %")
        rows.append(row)
    in_unit = f", in {unit}" if unit and not yes_no else ""
    return table(f"By decile of the prediction{in_unit}", head, rows)


# -- the largest errors ---------------------------------------------------------------------------


def _errors(
    survey: Survey, target: TargetTally, unit: str | None, table_name: str
) -> Iterator[str]:
    if not target.misses:
        yield "<p>No row is off.</p>" if len(target.columns()[0]) else "<p>No row to compare.</p>"
        return
    explainer, why = _explainer(survey, target.neuron, table_name)
    if explainer is None:
        yield f"<p>Not explained: {safe(why)}.</p>"
    else:
        yield from _baseline(explainer, target.neuron, unit)
    methods: set[str] = set()
    for number, miss in enumerate(target.misses, 1):
        yield '<div class="miss">'
        yield from _miss(survey.network, number, miss, unit)
        if explainer is not None:
            yield from _reasons(explainer, miss, unit, methods)
        yield "</div>"
    for name in sorted(methods):
        yield f'<p class="note">{safe(name)}: {safe(METHODS[name])}.</p>'


def _explainer(survey: Survey, neuron: str, table_name: str) -> tuple[Explainer | None, str]:
    try:
        baseline = survey.middle.baseline(table_name)
        return Explainer(survey.network, baseline, [neuron]), ""
    except NnspecError as error:
        return None, str(error)


def _baseline(explainer: Explainer, neuron: str, unit: str | None) -> Iterator[str]:
    base: Baseline = explainer.baseline
    row = _given(explainer.network, base.row)
    value = with_unit(amount_text(explainer.at_baseline.outputs[neuron]), unit)
    yield (
        f"<p>Reasons are measured from the baseline, {safe(base.description)}: {safe(row)}. "
        f"There {safe(neuron)} is {safe(value)}. Amounts add up to the prediction less that.</p>"
    )


def _given(network: Network, cells: Mapping[str, Value]) -> str:
    return ", ".join(
        f"{item.name} {with_unit(value_text(cells[item.name]), item.unit)}"
        for item in network.spec.inputs
    )


def _miss(network: Network, number: int, miss: Miss, unit: str | None) -> Iterator[str]:
    predicted, actual = (with_unit(amount_text(x), unit) for x in (miss.predicted, miss.actual))
    off = with_unit(signed_text(miss.predicted - miss.actual), unit)
    yield f"<h3>{number}. Row {miss.row:,}: off by {safe(off)}</h3>"
    yield f"<p>predicted {safe(predicted)}, actual {safe(actual)}</p>"
    yield f"<p>{safe(_given(network, miss.given))}</p>"


def _reasons(
    explainer: Explainer, miss: Miss, unit: str | None, methods: set[str]
) -> Iterator[str]:
    try:
        output = explainer.explain(miss.given).outputs[0]
    except NnspecError as error:
        yield f"<p>Not explained: {safe(str(error))}.</p>"
        return
    kinds = [("neuron", output.by_neuron), ("input", output.by_input)]
    inputs = set(explainer.network.inputs)
    if all(reason.name in inputs for reason in output.by_neuron.reasons):
        kinds = kinds[1:]  # the neuron reads the inputs themselves: twice would say the same
    for by, found in kinds:
        methods.add(found.method)
        caption = f"Row {miss.row:,} by {by} ({how_exact(found)})"
        yield table(caption, ["reason", "amount#", "because"], _top(found, unit))


def _top(found: Reasons, unit: str | None) -> Iterator[tuple[str, str, str]]:
    top, rest = found.reasons[:MOST_REASONS], found.reasons[MOST_REASONS:]
    for reason in top:
        yield reason.name, with_unit(signed_text(reason.amount), unit), reason.because
    if rest:
        yield counted(len(rest), "other"), with_unit(signed_text(_sum(rest)), unit), ""
    if not found.reasons:
        yield "nothing contributes", "", ""


def _sum(reasons: Sequence[Reason]) -> float:
    return math.fsum(reason.amount for reason in reasons)
