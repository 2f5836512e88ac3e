"""Reasons beside every row: ``nnspec explain`` beside ``nnspec eval``, CSV to CSV.

    python -m benchmarks.reasons [--rows 1000000] [--repetitions 3] [--json FILE]

Every shipped spec, over rows drawn evenly from the declared ranges of its inputs. Both verbs carry
the table's own columns through; ``explain`` adds the three strongest reasons for each output with
their amounts, which are measured from the middle of the table, so that it reads the table twice.
CPU seconds of whole processes, in turns, the median of the repetitions. With ``--by input``, where
hidden neurons that bend or jump take the place of closed forms, a 20th of the rows is explained.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import nnspec
from benchmarks.processes import ROOT, in_turns, python, render

REQUIRED = 5.0
"""How many times the evaluation's time reasons may take."""

FEWER = 20
"""What part of the rows is explained by input."""

SPECS = sorted((ROOT / "specs").glob("*.yaml"))


def make_table(network: nnspec.Network, n_rows: int, path: Path) -> None:
    """A table of rows within the declared ranges; where there is no end, 1000 beyond the other."""
    rng = np.random.default_rng(1)
    columns: dict[str, Any] = {}
    for item in network.spec.inputs:
        if item.type == "category":
            columns[item.column_name] = rng.choice(list(item.categories), n_rows)
            continue
        if item.type == "boolean":
            columns[item.column_name] = rng.integers(0, 2, n_rows)
            continue
        low = 0.0 if item.range[0] is None else float(item.range[0])
        high = low + 1000 if item.range[1] is None else float(item.range[1])
        x = rng.uniform(low, high, n_rows)
        columns[item.column_name] = x.astype(np.int64) if item.type == "integer" else x.round(3)
    pl.DataFrame(columns).write_csv(path)


def measure(n_rows: int, repetitions: int, specs: list[Path] | None = None) -> list[dict[str, Any]]:
    """One entry for each spec."""
    entries = []
    for spec in SPECS if specs is None else specs:
        network = nnspec.load(spec)
        with tempfile.TemporaryDirectory() as name:
            table, few = Path(name) / "rows.csv", Path(name) / "few.csv"
            make_table(network, n_rows, table)
            make_table(network, n_rows // FEWER, few)
            options = ["-q", "--keep", "all", "-o", str(Path(name) / "out.csv")]
            explain = ["-m", "nnspec", "explain", str(spec)]
            runs = in_turns(
                {
                    "eval": python("-m", "nnspec", "eval", str(spec), str(table), *options),
                    "neuron": python(*explain, str(table), *options),
                    "input": python(*explain, str(few), "--by", "input", *options),
                },
                repetitions,
            )
        taken = {name: one.median_cpu for name, one in runs.items()}
        entries.append(
            {
                "spec": network.name,
                "outputs": len(network.outputs),
                "rows": n_rows,
                "cpu_s": {name: round(seconds, 3) for name, seconds in taken.items()},
                "times_eval": round(taken["neuron"] / taken["eval"], 2),
                "required": REQUIRED,
            }
        )
    return entries


def table(entries: list[dict[str, Any]]) -> str:
    """The entries as a table in Markdown; what falls short of the requirement says so."""
    rows = []
    for entry in entries:
        cpu, times = entry["cpu_s"], entry["times_eval"]
        verdict = f"at most {entry['required']:g}{': missed' * (times > entry['required'])}"
        seconds = [f"{cpu[name]:.2f}" for name in ("eval", "neuron", "input")]
        size = [f"{entry['rows']:,}", str(entry["outputs"])]
        rows.append([entry["spec"], *size, *seconds[:2], f"{times:.1f}", verdict, seconds[2]])
    headings = ["spec", "rows", "outputs", "eval, CPU s", "explain, CPU s", "explain / eval",
                "required", f"--by input, a {FEWER}th of the rows, CPU s"]  # fmt: skip
    return render(headings, rows)


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    entries = measure(options.rows, options.repetitions)
    print(table(entries))
    if options.json:
        options.json.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
