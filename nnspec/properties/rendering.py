"""What came of a case, as text for people."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping

from nnspec.api import Network
from nnspec.model import Value
from nnspec.properties.cases import Case
from nnspec.properties.deciding import Rows
from nnspec.properties.numbers import exact_text, number_text, pair_texts
from nnspec.properties.running import Failure, Result
from nnspec.suggestions import counted, printable

MOST_NEURONS = 30
"""A longer list of neurons shows those nearest to the outputs."""

MOST_FAILURES = 5


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
    lines = [f"{printable(result.case.id)}: {verdict(result)}"]
    for failure in result.failures[:MOST_FAILURES]:
        lines += ["  " + line for line in _failure_lines(network, result.case, failure, spec_file)]
    if len(result.failures) > MOST_FAILURES:
        lines.append(f"  … and {len(result.failures) - MOST_FAILURES} more")
    return "\n".join(lines)


def verdict(result: Result) -> str:
    """A result in a few words."""
    if result.failed:
        return "failed"
    if result.status == "passed":
        return "passed"
    if result.exhausted:
        return f"not refuted by any of the {counted(result.n_inputs, 'input')} there are"
    return f"not refuted in {counted(result.n_inputs, 'input')}"


def row_text(network: Network, rows: Rows) -> str:
    """One row in names and units; of two, the input that differs as ``31 -> 32``."""
    pieces = []
    for item in network.spec.inputs:
        if item.name not in rows[0]:
            continue
        text = exact_text(rows[0][item.name])
        if rows[-1][item.name] != rows[0][item.name]:
            text += f" -> {exact_text(rows[-1][item.name])}"
        pieces.append(f"{item.name} {text}" + (f" {item.unit}" if item.unit else ""))
    return ", ".join(pieces)


def replay_text(rows: Rows) -> str:
    """Rows as ``nnspec test --replay`` takes them: JSON, the input that differs as a pair."""
    first, last = rows[0], rows[-1]
    cells: Mapping[str, Value | list[Value]] = {
        name: value if last[name] == value else [value, last[name]] for name, value in first.items()
    }
    return json.dumps(cells, ensure_ascii=False)


def _failure_lines(
    network: Network, case: Case, failure: Failure, spec_file: str | None
) -> Iterator[str]:
    yield printable(failure.claim)
    yield printable(f"{row_text(network, failure.rows)}: {failure.message}")
    for line in _values_along_the_way(network, failure):
        yield "  " + line
    if spec_file is not None and case.kind != "example":
        words = ["nnspec", "test", spec_file, "-k", case.id, "--replay", replay_text(failure.rows)]
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
