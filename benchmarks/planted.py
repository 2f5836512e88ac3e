"""Planted faults: how many nnspec, plain Hypothesis and uniform sampling find.

    python -m benchmarks.planted [--inputs 10000] [--seeds 3] [--jobs 1] [--only TEXT] [--json FILE]

Each fault stands in a network by itself, breaks a claim that is true without it, and is proved to
be there: a known row, or pair of rows, violates the claim by the reference evaluator and in 60
digits. Everyone gets the same number of inputs (a pair counts as one), and in a second reckoning
the same processor time: as long as nnspec takes to search the network without the fault in vain.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.faults import FAMILIES, N_SEEDS, plant
from benchmarks.faults.building import Planted
from benchmarks.faults.contenders import Trial, by_chance, by_hypothesis, by_nnspec
from nnspec.claims import replay

WAYS = (
    "nnspec",
    "Hypothesis, same inputs", "Hypothesis, same time",
    "uniform, same inputs", "uniform, same time",
)  # fmt: skip

Job = tuple[int, int, int, int]
"""Index of the family, seed of the fault, how many inputs, how many seeds."""


def proved(planted: Planted) -> None:
    """Make sure that the fault is there, and only there.

    Raises
    ------
    ValueError
        If the witness does not violate the claim, or violates it without the fault.
    """
    for spec, expected in ((planted.planted, True), (planted.original, False)):
        trial = Trial(spec, planted)
        if replay(trial.network, trial.case, planted.witness).failed is not expected:
            where = "with" if expected else "without"
            raise ValueError(f"{planted.family} {planted.seed}: wrong witness {where} the fault")


def try_fault(job: Job) -> list[dict[str, Any]]:
    """One planted fault: what every contender makes of it, by seed."""
    family, kind, n_inputs, n_seeds = job
    planted = plant(FAMILIES[family], kind)
    proved(planted)
    original, trial = Trial(planted.original, planted), Trial(planted.planted, planted)
    by_nnspec(original, 0, n_inputs)  # the first run imports and compiles
    found = []
    for seed in range(n_seeds):
        vain = by_nnspec(original, seed, n_inputs)
        own = by_nnspec(trial, seed, n_inputs)
        guessed = by_hypothesis(trial, seed, vain.n_inputs)
        chance = by_chance(trial, seed, vain.n_inputs, vain.seconds)
        fair, long = next(chance), next(chance)
        in_time = guessed.found and guessed.seconds <= vain.seconds
        outcomes = (own.found, guessed.found, in_time, fair.found, long.found)
        found.append({
            "benchmark": "planted", "family": planted.family, "fault": kind, "seed": seed,
            "inputs": vain.n_inputs, "seconds": round(vain.seconds, 4),
            "false alarm": vain.found,
            "Hypothesis inputs": guessed.n_inputs, "Hypothesis seconds": round(guessed.seconds, 3),
            "uniform inputs": long.n_inputs,
            **dict(zip(WAYS, outcomes, strict=True)),
        })  # fmt: skip
    return found


def results(
    n_inputs: int = 10_000, n_seeds: int = 3, jobs: int = 1, only: str = ""
) -> list[dict[str, Any]]:
    """A record for each fault and seed."""
    todo = [
        (index, kind, n_inputs, n_seeds)
        for index, family in enumerate(FAMILIES)
        for kind in range(N_SEEDS.get(family.__name__, 4))
        if only in family.__name__
    ]
    found: list[dict[str, Any]] = []
    for records in _run(todo, jobs):
        found += records
        done = f"{records[0]['family']} {records[0]['fault']}"
        missed = [way for way in WAYS for record in records if not record[way]]
        print(f"{done}: {len(missed)} missed", file=sys.stderr, flush=True)
    return found


def _run(todo: Sequence[Job], jobs: int) -> Iterator[list[dict[str, Any]]]:
    if jobs == 1:
        yield from map(try_fault, todo)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(try_fault, todo)


def shares(records: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Rows of a table: by family, and of all, how many trials there are and the shares found."""
    families = list(dict.fromkeys(record["family"] for record in records))
    table = []
    for family in [*families, "all"]:
        own = [r for r in records if family in (r["family"], "all")]
        faults = len({(r["family"], r["fault"]) for r in own})
        shown = [f"{100 * sum(r[way] for r in own) / len(own):.0f} %" for way in WAYS]
        table.append([family, str(faults), str(len(own)), *shown])
    return table


def report(records: Sequence[dict[str, Any]]) -> str:
    """The table, and what it was measured with, as Markdown."""
    header = ["fault", "networks", "trials", *WAYS]
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *shares(records)]
    alarms = sum(record["false alarm"] for record in records)
    seconds = sorted(record["seconds"] for record in records)
    missed = {way: sum(not record[way] for record in records) for way in WAYS}
    return "\n".join([
        "# Planted faults", "",
        *["| " + " | ".join(line) + " |" for line in lines], "",
        f"Missed, of {len(records)} trials: "
        + "; ".join(f"{way} {count}" for way, count in missed.items()) + ".", "",
        f"False alarms of nnspec on the networks without the fault: {alarms} of {len(records)}.",
        f"Same time: {seconds[0]:.2f} to {seconds[-1]:.2f} s of processor time "
        f"(median {seconds[len(seconds) // 2]:.2f} s).", "",
        f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in ("nnspec", "numpy", "hypothesis"))
        + f", {platform.machine()}, {platform.system()}. "
        "Run by `python -m benchmarks.planted`; the same seeds give the same shares, but for the "
        "columns that go by time.", "",
    ])  # fmt: skip


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="", help="families whose function's name holds this")
    parser.add_argument("--json", type=Path, help="where to write every record")
    given = parser.parse_args()
    records = results(given.inputs, given.seeds, given.jobs, given.only)
    if given.json:
        given.json.write_text(json.dumps(records, indent=1))
    print(report(records))


if __name__ == "__main__":
    main()
