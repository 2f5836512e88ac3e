"""A small network over a large table: ``nnspec eval`` beside what one would take instead.

    python -m benchmarks.tables [--rows 5000000] [--repetitions 3] [--memory] [--json FILE]

Whole processes are measured, from their start to their end, in turns: CPU seconds of all threads
(the median), seconds by the clock, and the most memory that each held. Every peer's output is held
against nnspec's. The table has the four columns that the network of
``specs/property-valuation.yaml`` reads, drawn from King County's homes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from operator import truediv
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from benchmarks.processes import ROOT, Runs, in_turns, python, render
from benchmarks.table_peers import COLUMNS, PEERS, write_model

HOMES = ROOT / "specs" / "data" / "king-county.csv"

REQUIRED = {
    "polars": 1.25,
    "duckdb": 0.5,
    "pandas + onnxruntime": 0.2,
    "pandas + scikit-learn": 0.2,
}
"""What share of a peer's CPU seconds nnspec may take."""

FORMS = ("csv", "parquet")

TOLERANCE = 1e-12
"""How far the peers' numbers may be apart, relatively: they add up in other orders."""


def make_tables(folder: Path, rows: int, forms: Sequence[str] = FORMS) -> None:
    """Write a table of so many homes in each format."""
    homes = pl.read_csv(HOMES).select(COLUMNS)
    parts = -(-rows // 10**6)
    for form in forms:
        # A part at a time, so that a table of fifty million rows can be made anywhere.
        drawn = (_drawn(homes, min(10**6, rows - i * 10**6), seed=i) for i in range(parts))
        if form == "csv":
            with (folder / "homes.csv").open("wb") as file:
                for i, part in enumerate(drawn):
                    part.write_csv(file, include_header=i == 0)
        else:
            pl.concat([part.lazy() for part in drawn]).sink_parquet(folder / "homes.parquet")


def _drawn(homes: pl.DataFrame, rows: int, seed: int) -> pl.DataFrame:
    return homes[np.random.default_rng(seed).integers(0, homes.height, rows)]


def measure(folder: Path, form: str, repetitions: int, peers: Sequence[str]) -> dict[str, Runs]:
    """Run the peers in turns over the folder's table, and hold their outputs equal."""
    model = str(folder / "homes.onnx")
    if "pandas + onnxruntime" in peers:
        write_model(model)
    commands = {
        peer: python("-m", "benchmarks.table_peers", peer, *_files(folder, form, peer), model)
        for peer in peers
    }
    found = in_turns(commands, repetitions)
    ours = _prices(folder, form, "nnspec")
    for peer in peers:
        apart = np.abs(_prices(folder, form, peer) / ours - 1).max()
        if not apart <= TOLERANCE:
            raise SystemExit(f"{peer} gives other numbers than nnspec, by {apart:.1e}")
    return found


def _files(folder: Path, form: str, peer: str) -> tuple[str, str]:
    target = f"{peer.replace(' ', '')}-out.{form}"
    return str(folder / f"homes.{form}"), str(folder / target)


def _prices(folder: Path, form: str, peer: str) -> Any:
    path = _files(folder, form, peer)[1]
    frame = pl.read_csv(path) if form == "csv" else pl.read_parquet(path)
    return frame["price"].cast(pl.Float64).to_numpy()


def results(form: str, rows: int, found: dict[str, Runs]) -> list[dict[str, Any]]:
    """One entry for each peer: what it took, and nnspec's share of it, the median of the turns."""
    ours = found["nnspec"].cpu
    return [
        {
            "form": form,
            "rows": rows,
            "peer": peer,
            "cpu_s": round(runs.median_cpu, 3),
            "wall_s": round(sorted(runs.wall)[len(runs.wall) // 2], 3),
            "peak_mib": round(max(runs.peak_mib)),
            "nnspec_share": round(median(map(truediv, ours, runs.cpu)), 3),
            "required": REQUIRED.get(peer),
        }
        for peer, runs in found.items()
    ]


def memory(rows: int) -> list[dict[str, Any]]:
    """What nnspec holds at most over tables of so many rows, and of ten times as many."""
    entries = []
    for form in FORMS:
        for n_rows in (rows, 10 * rows):
            with tempfile.TemporaryDirectory() as name:
                make_tables(Path(name), n_rows, [form])
                command = python(
                    "-m", "benchmarks.table_peers", "nnspec", *_files(Path(name), form, "nnspec")
                )
                runs = in_turns({"nnspec": command}, 1)["nnspec"]
            entries.append(
                {
                    "form": form,
                    "rows": n_rows,
                    "peak_mib": round(runs.peak_mib[0]),
                    "cpu_s": round(runs.cpu[0], 3),
                }
            )
    return entries


def table(entries: Sequence[dict[str, Any]]) -> str:
    """The entries as a table in Markdown; what falls short of a requirement says so."""
    rows = []
    for entry in entries:
        share, required = entry["nnspec_share"], entry["required"]
        verdict = "" if required is None else f"at most {required}"
        if required is not None and share > required:
            verdict += ": missed"
        peer = entry["peer"]
        rows.append(
            [
                f"{entry['form']} to {entry['form']}",
                peer,
                f"{entry['cpu_s']:.2f}",
                f"{entry['wall_s']:.2f}",
                f"{entry['peak_mib']:,}",
                "" if peer == "nnspec" else f"{share:.2f}",
                verdict,
            ]
        )
    headings = ["formats", "by", "CPU s", "wall s", "peak MiB", "nnspec's share", "required"]
    return render(headings, rows)


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--memory", action="store_true", help="peak memory over ten times the rows")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    peers = list(dict.fromkeys(["nnspec", *options.peers]))
    entries: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        make_tables(Path(name), options.rows)
        for form in FORMS:
            found = measure(Path(name), form, options.repetitions, peers)
            entries += results(form, options.rows, found)
    print(table(entries))
    held = memory(options.rows) if options.memory else []
    for entry in held:
        print(f"{entry['form']}: {entry['rows']:,} rows, at most {entry['peak_mib']:,} MiB")
    if options.json:
        options.json.write_text(json.dumps({"tables": entries, "memory": held}, indent=1) + "\n")


if __name__ == "__main__":
    main()
