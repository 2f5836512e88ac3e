"""What came of a case, as text for people."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace

from nnspec.claims.cases import Case
from nnspec.claims.domain import MOST_INPUTS, simplest_row
from nnspec.claims.results import Failure, Result
from nnspec.claims.verdicts.violations import Rows
from nnspec.diagnostics.suggestions import counted, printable
from nnspec.network import Network
from nnspec.spec.model import Value
from nnspec.views.numbers import exact_text, number_text, pair_texts

MOST_NEURONS = 30
"""A longer list of neurons shows those nearest to the outputs."""

MOST_ROWS = 5
"""So many counterexamples of one case are shown."""


def render_result(network: Network, result: Result, *, spec_file: str | None = None) -> str:
    """One case's result as text: what was claimed, the smallest counterexample, how to replay it.

    Parameters
    ----------
    network
        The network that was tried.
    result
        What came of the case.
    spec_file
        The spec's path, for the command that replays the counterexample.
    """
    head = f"{printable(result.case.id)}: {verdict(result)}"
    failures = failure_lines(network, result, spec_file=spec_file)
    return "\n".join([head, *("  " + line for line in failures)])


def failure_lines(network: Network, result: Result, *, spec_file: str | None = None) -> list[str]:
    """What a failed case is about: for each row, what is wrong, and the values along the way."""
    by_row: dict[str, list[Failure]] = {}
    for failure in result.failures:
        by_row.setdefault(replay_text(failure.rows), []).append(failure)
    lines: list[str] = []
    for failures in list(by_row.values())[:MOST_ROWS]:
        lines += _row_lines(network, result.case, failures, spec_file)
    if len(by_row) > MOST_ROWS:
        lines.append(f"… and {len(by_row) - MOST_ROWS} more")
    return lines


def verdict(result: Result) -> str:
    """A result in a few words."""
    if result.failed:
        return "failed"
    if result.status == "passed":
        return "passed"
    if result.stopped:
        tried = counted(result.n_inputs, "input")
        return f"not refuted in {tried}; the budget ended the search"
    if result.exhausted:
        return f"not refuted by any of the {counted(result.n_inputs, 'input')} there are"
    return f"not refuted in {counted(result.n_inputs, 'input')}"


def row_text(network: Network, rows: Rows) -> str:
    """One row in names and units; of two, the input that differs as ``31 -> 32``."""
    pieces = []
    told = _told(network, rows)
    n_left_out = len(rows[0]) - len(told[0])
    rows = told
    for item in network.spec.inputs:
        if item.name not in rows[0]:
            continue
        text = exact_text(rows[0][item.name])
        if rows[-1][item.name] != rows[0][item.name]:
            text += f" -> {exact_text(rows[-1][item.name])}"
        pieces.append(f"{item.name} {text}" + (f" {item.unit}" if item.unit else ""))
    if n_left_out:
        pieces.append(f"the other {counted(n_left_out, 'input')} as simple as may be")
    return ", ".join(pieces)


def _told(network: Network, rows: Rows) -> Rows:
    """Of rows of many inputs, what is not at its simplest value: only that matters."""
    if len(rows[0]) <= MOST_INPUTS:
        return rows
    simplest = simplest_row(network.spec)
    kept = [n for n in rows[0] if any(n not in simplest or row[n] != simplest[n] for row in rows)]
    return tuple({name: row[name] for name in kept} for row in rows)


def replay_text(rows: Rows) -> str:
    """Rows as ``nnspec test --replay`` takes them: JSON, the input that differs as a pair."""
    first, last = rows[0], rows[-1]
    cells: Mapping[str, Value | list[Value]] = {
        name: _plain(value) if last[name] == value else [_plain(value), _plain(last[name])]
        for name, value in first.items()
    }
    return json.dumps(cells, ensure_ascii=False)


def _plain(value: Value) -> Value:
    """A whole number without its point."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return int(value) if whole else value


def _row_lines(
    network: Network, case: Case, failures: list[Failure], spec_file: str | None
) -> Iterator[str]:
    """Everything that one row, or one pair, shows."""
    failures = [replace(failure.shown, worst=failure.worst) for failure in failures]
    first, row = failures[0], row_text(network, failures[0].rows)
    if case.kind != "example":
        yield from (printable(f"claim: {failure.claim}") for failure in failures)
    if len(failures) == 1:
        yield printable(f"{row}: {first.message}")
    else:
        yield printable(f"{row}:")
        yield from (printable(f"  {failure.message}") for failure in failures)
    for line in _values_along_the_way(network, first):
        yield "  " + line
    for failure in failures:
        if failure.worst is not None:
            worst = failure.worst
            yield printable(f"worst found: {row_text(network, worst.rows)}: {worst.message}")
    if spec_file is not None and case.kind != "example":
        shown = replay_text(_told(network, first.rows))
        words = ["nnspec", "test", spec_file, "-k", case.id, "--replay", shown]
        yield printable("replay: " + shlex.join(words))


def _values_along_the_way(network: Network, failure: Failure) -> list[str]:
    """Each neuron's value in the row, or in both."""
    names = network.neurons[-MOST_NEURONS:]
    width = max(map(len, names))
    lines = []
    for name in names:
        first, last = [v.outputs[name] for v in (failure.values[0], failure.values[-1])]
        if len(failure.values) == 1:
            said = number_text(first)
        elif first == last:
            said = f"{number_text(first)}, both times"
        else:
            said = " -> ".join(pair_texts(first, last))
        lines.append(printable(f"{name.ljust(width)}  {said}"))
    return lines
