"""The fit against a column, and the largest errors explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from nnspec.diagnostics.suggestions import counted
from nnspec.reporting.compared_columns import Miss, TargetTally
from nnspec.reporting.fit import Fit, fit_of
from nnspec.reporting.markup import Html, safe, section, table
from nnspec.reporting.reasons_part import WrongRow, wrong_rows
from nnspec.reporting.survey import Survey
from nnspec.views.numbers import amount_text, signed_text, with_unit


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
    yield f"<p>{counted(fit.n_rows, 'row')} compared{safe(left_out_said(target.left_out))}.</p>"
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


def left_out_said(why: Counter[str]) -> str:
    """How many rows were left out, and why, in words."""
    if not why:
        return ", none left out"
    said = [f"{count:,} because {reason}" for reason, count in sorted(why.items())]
    return f"; {why.total():,} left out: {'; '.join(said)}"


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
    rows = [WrongRow(miss.row, miss.given, *_miss(miss, unit), [target.neuron])
            for miss in target.misses]  # fmt: skip
    yield from wrong_rows(survey, [target.neuron], rows, table_name)


def _miss(miss: Miss, unit: str | None) -> tuple[str, str]:
    predicted, actual = (with_unit(amount_text(x), unit) for x in (miss.predicted, miss.actual))
    off = with_unit(signed_text(miss.predicted - miss.actual), unit)
    return f"off by {off}", f"predicted {predicted}, actual {actual}"
