"""Planted faults: each is truly there, is found, and is not seen where it is not."""

from __future__ import annotations

import functools

import pytest

from benchmarks.faults import FAMILIES, N_SEEDS, plant
from benchmarks.faults.building import Planted
from benchmarks.faults.contenders import Trial, by_chance, by_hypothesis, by_nnspec
from benchmarks.faults.volumes import BUDGET, of_volume
from benchmarks.planted import WAYS, proved, report, shares, try_fault
from nnspec.claims import Options, replay, run_case

FIRST = [pytest.param(index, id=family.__name__) for index, family in enumerate(FAMILIES)]

KINDS = [
    pytest.param(index, kind, id=f"{family.__name__}-{kind}")
    for index, family in enumerate(FAMILIES)
    for kind in range(N_SEEDS.get(family.__name__, 4))
    if "deep" not in family.__name__ or kind == 0
]


@functools.cache
def planted(index: int, kind: int = 0) -> Planted:
    return plant(FAMILIES[index], kind)


@pytest.mark.parametrize(("index", "kind"), KINDS)
def test_the_fault_is_there_and_only_there(index: int, kind: int) -> None:
    """The witness violates the claim with the fault, and does not without it."""
    proved(planted(index, kind))


@pytest.mark.parametrize("index", FIRST)
def test_a_planted_fault_is_found_and_its_counterexample_is_true(index: int) -> None:
    """The counterexample violates the claim by itself, in the reference evaluator."""
    trial = Trial(planted(index).planted, planted(index))
    result = run_case(trial.network, trial.case, Options(seed=1))
    assert result.failed
    assert all(replay(trial.network, trial.case, f.rows).failed for f in result.failures)


@pytest.mark.parametrize("index", FIRST)
def test_the_network_without_the_fault_is_not_refuted(index: int) -> None:
    """What is true is left alone, whatever inputs are tried."""
    trial = Trial(planted(index).original, planted(index))
    result = run_case(trial.network, trial.case, Options(seed=1))
    assert not result.failed
    # Rounding ends no search: all inputs are tried, but for what no full batch is left for.
    assert result.n_inputs >= 9_000 * len(trial.axes)


@pytest.mark.parametrize("number", range(8))
def test_a_fault_of_a_small_volume_in_a_deep_network_is_found(number: int) -> None:
    """Balls, boxes, corners and extremes by turns; the volume is a thousandth to a millionth."""
    one = of_volume(number)
    proved(one)
    trial = Trial(one.planted, one)
    assert run_case(trial.network, trial.case, Options(budget=BUDGET)).failed


def test_the_number_of_inputs_is_kept_to() -> None:
    """Claims about two rows cost no more inputs than others: lines are counted point by point."""
    for index, family in enumerate(FAMILIES):
        if family.__name__ in ("narrow_fall", "steep_between_hinges", "corner_of_inputs"):
            trial = Trial(planted(index).original, planted(index))
            result = run_case(trial.network, trial.case, Options(max_examples=4_000))
            assert 3_600 <= result.n_inputs <= 4_400


def test_the_same_seed_finds_the_same() -> None:
    trial = Trial(planted(2).planted, planted(2))
    first, second = (run_case(trial.network, trial.case, Options(seed=3)) for _ in range(2))
    assert first.failures == second.failures
    assert first.n_inputs == second.n_inputs


def test_the_other_contenders_find_what_is_easy() -> None:
    """A fault that shows over a fortieth of the domain is found by everyone."""
    index = next(i for i, family in enumerate(FAMILIES) if family.__name__ == "one_category")
    trial = Trial(planted(index).planted, planted(index))
    assert by_nnspec(trial, 0, 5_000).found
    assert by_hypothesis(trial, 0, 5_000).found
    *_, chance = by_chance(trial, 0, 50_000, 5.0)
    assert chance.found
    assert chance.n_inputs <= 100_000


def test_the_report_counts_what_was_found() -> None:
    records = try_fault((0, 0, 600, 1))
    assert [record["seed"] for record in records] == [0]
    assert records[0]["nnspec"] and not records[0]["false alarm"]
    assert set(WAYS) <= set(records[0])
    table = shares([*records, {**records[0], "nnspec": False}])
    assert table[-1][:4] == ["all", "1", "2", "50 %"]
    assert "| corner | 1 | 1 | 100 % |" in report(records)
