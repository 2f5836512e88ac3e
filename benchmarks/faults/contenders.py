"""Three ways to look for a planted fault: nnspec, plain Hypothesis, and chance."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as hypothesis_seed
from hypothesis import strategies as st

from benchmarks.faults.building import Floats, Planted
from nnspec.claims import Case, Options, property_case, replay, run_case
from nnspec.claims.domain import Domain
from nnspec.claims.search.frontier import NOISE
from nnspec.claims.statements import Statement, statements
from nnspec.network import Network
from nnspec.spec.model import Input, NetworkSpec

Row = dict[str, Any]
BATCH = 20_000


@dataclass(frozen=True)
class Attempt:
    """What one contender came to.

    Parameters
    ----------
    found
        Whether it found a violation.
    n_inputs
        How many inputs it tried until then.
    seconds
        The processor's time until then.
    """

    found: bool
    n_inputs: int
    seconds: float


class Trial:
    """One network and the claim about it.

    Parameters
    ----------
    spec
        The original or the planted one.
    planted
        Where it is from.
    """

    def __init__(self, spec: NetworkSpec, planted: Planted) -> None:
        self.case: Case = property_case(planted.claim)
        self.claim = planted.claim
        self.statements = tuple(statements(planted.claim.claim))
        self.spec = spec
        self.network = Network(spec)
        self.domain = Domain.of(spec, planted.claim.when)
        # Statements by the input in which two rows differ; None for those about one row.
        self.axes = tuple(dict.fromkeys(s.axis for s in self.statements))

    @cached_property
    def watched(self) -> Network:
        """The same network with the neurons of the claim as its outputs, to value single rows."""
        inputs = {item.name for item in self.spec.inputs}
        names = [n for s in self.statements for n in s.names if n not in inputs]
        return Network(replace(self.spec, outputs=tuple(dict.fromkeys(names))))

    def values(self, row: Row) -> dict[str, Any]:
        """What statements may speak of, for one row."""
        valued = self.watched(**row)
        outputs = valued if isinstance(valued, dict) else {self.watched.outputs[0]: valued}
        return {**row, **outputs}

    def violated(self, axis: str | None, rows: tuple[Row, ...]) -> bool:
        """Whether one row, or two, violate the claim, and by more than rounding."""
        valued = [self.values(row) for row in rows]
        for statement in self.statements:
            if statement.axis == axis and _beyond_noise(statement, valued[0], valued[-1]):
                return replay(self.network, self.case, rows).failed
        return False


def _beyond_noise(statement: Statement, first: Row, second: Row) -> Any:
    sizes = [np.abs(v[name]) for v in (first, second) for name in statement.names]
    scale = np.max(np.array(sizes), axis=0)
    return statement.excess(float, first, second) > NOISE * scale


def by_nnspec(trial: Trial, seed: int, n_inputs: int) -> Attempt:
    """``run_case``: so many inputs for all the statements of the claim together."""
    options = Options(max_examples=n_inputs // len(trial.axes), seed=seed)
    start = time.process_time()
    result = run_case(trial.network, trial.case, options)
    return Attempt(result.failed, result.n_inputs, time.process_time() - start)


class _FoundError(Exception):
    """The contender found a violation."""


def by_hypothesis(trial: Trial, seed: int, n_inputs: int) -> Attempt:
    """``@given`` rows of the inputs' ranges, one evaluation an example, all as Hypothesis does it.

    Shrinking is left out: a fault counts when it is found.
    """
    drawn = [0]

    @hypothesis_seed(seed)
    @settings(
        max_examples=n_inputs,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(_example(trial))
    def claim_holds(example: tuple[str | None, tuple[Any, ...], Any]) -> None:
        drawn[0] += 1
        if trial.violated(example[0], _rows(trial, *example)):
            raise _FoundError

    start = time.process_time()
    try:
        claim_holds()
    except _FoundError:
        return Attempt(True, drawn[0], time.process_time() - start)
    return Attempt(False, drawn[0], time.process_time() - start)


def _example(trial: Trial) -> st.SearchStrategy[Any]:
    """An input to vary, a row, and another value for that input."""
    cells = [_cell(axis.input, axis) for axis in trial.domain.axes]
    row = st.tuples(*cells)
    if trial.axes == (None,):
        return st.tuples(st.none(), row, st.none())
    choices = [st.tuples(st.just(name), row, cells[trial.domain.index[name]])
               for name in trial.axes if name is not None]  # fmt: skip
    return st.one_of(choices)


def _cell(item: Input, axis: Any) -> st.SearchStrategy[Any]:
    if item.type == "category":
        return st.sampled_from([item.categories[code] for code in axis.codes])
    if item.type == "boolean":
        return st.booleans()
    low, high = (None if is_open else end for is_open, end in
                 zip(axis.open_sides, (axis.low, axis.high), strict=True))  # fmt: skip
    if item.type == "integer":
        return st.integers(None if low is None else int(low), None if high is None else int(high))
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


def _rows(trial: Trial, axis: str | None, cells: tuple[Any, ...], other: Any) -> tuple[Row, ...]:
    row = dict(zip([a.name for a in trial.domain.axes], cells, strict=True))
    if axis is None:
        return (row,)
    return {**row, axis: min(row[axis], other)}, {**row, axis: max(row[axis], other)}


def by_chance(trial: Trial, seed: int, n_inputs: int, seconds: float) -> Iterator[Attempt]:
    """Uniform points in batches: what so many inputs come to, then what so much time does."""
    rng = np.random.default_rng(seed)
    start, tried, found = time.process_time(), 0, False
    while tried < n_inputs and not found:
        n = min(BATCH, n_inputs - tried)
        found, tried = _any_violated(trial, rng, n), tried + n
    yield Attempt(found, tried, time.process_time() - start)
    while not found and time.process_time() - start < seconds:
        found, tried = _any_violated(trial, rng, BATCH), tried + BATCH
    yield Attempt(found, tried, time.process_time() - start)


def _any_violated(trial: Trial, rng: np.random.Generator, n: int) -> bool:
    names = list(dict.fromkeys(n for s in trial.statements for n in s.names))
    neurons = [name for name in names if name in trial.network.neurons]
    for axis in trial.axes:
        points = _uniform(trial.domain, rng, n // len(trial.axes))
        sides = [points]
        if axis is not None:
            i = trial.domain.index[axis]
            both = np.sort([points[i], _uniform(trial.domain, rng, points.shape[1])[i]], axis=0)
            sides = [_with(points, i, both[0]), _with(points, i, both[1])]
        columns = [trial.domain.columns(side) for side in sides]
        values = [{**c, **trial.network.evaluator().evaluate(c, neurons).values} for c in columns]
        for statement in (s for s in trial.statements if s.axis == axis):
            hits = np.flatnonzero(_beyond_noise(statement, values[0], values[-1]))
            for at in hits[:3].tolist():
                rows = tuple(trial.domain.row(side[:, at]) for side in sides)
                if replay(trial.network, trial.case, rows).failed:
                    return True
    return False


def _with(points: Floats, i: int, values: Floats) -> Floats:
    changed = points.copy()
    changed[i] = values
    return changed


def _uniform(domain: Domain, rng: np.random.Generator, n: int) -> Floats:
    drawn: list[Floats] = []
    for axis in domain.axes:
        if axis.choices is not None:
            drawn.append(rng.choice(axis.choices, n))
        elif axis.whole:
            drawn.append(rng.integers(int(axis.low), int(axis.high) + 1, n).astype(float))
        else:
            drawn.append(axis.low + axis.span * rng.random(n))
    return np.array(drawn)
