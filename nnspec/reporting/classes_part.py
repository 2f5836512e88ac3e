"""Answers beside a column: how often they are right, and the worst mistakes explained."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics.suggestions import counted, listed
from nnspec.reporting.compared_columns import ClassTally, Mistake
from nnspec.reporting.fit_part import left_out_said
from nnspec.reporting.markup import safe, section, table
from nnspec.reporting.reasons_part import WrongRow, wrong_rows
from nnspec.reporting.survey import Survey
from nnspec.views.numbers import amount_text


def class_sections(survey: Survey, table_name: str) -> Iterator[str]:
    """For each column the answers, then the worst mistakes."""
    for i, tally in enumerate(survey.classes, 1):
        yield section(f"answers-{i}", f"Answers: {tally.column}", _answers(tally))
        mistakes = _mistakes(survey, tally, table_name)
        yield section(f"mistakes-{i}", f"Worst mistakes: {tally.column}", mistakes)


def class_headline(tally: ClassTally) -> str:
    """The answers in a few words."""
    if tally.n_rows == 0:
        return "no row to compare"
    return ", ".join(f"{name} {value:.2f} %" for name, value in tally.figures.items())


def _answers(tally: ClassTally) -> Iterator[str]:
    names = listed(tally.neurons, 12)
    yield (
        f"<p>The answer is the greatest of {safe(names)}. {counted(tally.n_rows, 'row')} "
        f"compared{safe(left_out_said(tally.left_out))}.</p>"
    )
    if tally.n_rows == 0:
        return
    figures = [(name, f"{value:.2f} %") for name, value in tally.figures.items()]
    yield table(f"Answers beside {tally.column}", ["figure", "value#"], figures)
    head = [tally.column, *(f"answered {name}#" for name in tally.neurons), "right#"]
    rows = [
        (name, *(f"{n:,}" for n in counts), _percent(counts[i], sum(counts)))
        for i, (name, counts) in enumerate(zip(tally.neurons, tally.counts.tolist(), strict=True))
    ]
    columns = tally.counts.T.tolist()
    right = [_percent(counts[i], sum(counts)) for i, counts in enumerate(columns)]
    yield table("By what is so and by the answer", head, [*rows, ("right", *right, "")])


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "none"


def _mistakes(survey: Survey, tally: ClassTally, table_name: str) -> Iterator[str]:
    if not tally.mistakes:
        yield "<p>No answer is wrong.</p>" if tally.n_rows else "<p>No row to compare.</p>"
        return
    rows = [WrongRow(one.row, one.given, *_mistake(one), (one.predicted, one.actual))
            for one in tally.mistakes]  # fmt: skip
    yield from wrong_rows(survey, tally.neurons, rows, table_name)


def _mistake(mistake: Mistake) -> tuple[str, str]:
    pair = zip((mistake.predicted, mistake.actual), mistake.values, strict=True)
    values = ", ".join(f"{name} {amount_text(value)}" for name, value in pair)
    return f"{mistake.predicted} instead of {mistake.actual}", values
