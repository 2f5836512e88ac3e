"""One row at a time: ``network(...)`` beside what one would take instead; and starting up.

    python -m benchmarks.latency [--calls 5000] [--repetitions 7] [--json FILE]

The network is that of ``specs/property-valuation.yaml``. Peers are called in turns in one process;
the median of the repetitions counts, in microseconds of CPU a call. Each value is held against
nnspec's. Then whole commands, in turns: ten rows through ``nnspec eval``, beside importing what any
such tool has to import.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import nnspec
from benchmarks.processes import in_turns, python, render
from benchmarks.table_peers import COLUMNS, SPEC, sklearn_network, write_model

HOME = {"area": 3000.0, "bedrooms": 4.0, "distance": 2.0, "age": 120.0}

REQUIRED = {"onnxruntime": 1.0, "imports": 1.5}
"""What share of a peer's time nnspec may take."""

Call = Callable[[], float]


def peers(model: str) -> dict[str, Call]:
    """Every way to value the home; an array is made where that is what a peer takes."""
    import onnxruntime

    network = nnspec.load(SPEC)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options)
    row = np.array([[HOME[name] for name in COLUMNS]])
    regressor = sklearn_network()

    def by_hand(area: float, bedrooms: float, distance: float, age: float) -> float:
        near = max(0.0, 75700 + 181.8 * area - 28220 * distance)
        family = max(0.0, -194400 + 120.5 * area + 8000 * bedrooms - 530 * age)
        return 272000 + near + family + 1840 * max(0.0, age - 100)

    return {
        "nnspec": lambda: network(**HOME),
        "nnspec, a table of one row": lambda: network.evaluate(row)[0, 0],
        "plain Python": lambda: by_hand(**HOME),
        "onnxruntime": lambda: session.run(None, {"x": row})[0][0, 0],
        "onnxruntime, array made": lambda: session.run(
            None, {"x": np.array([[HOME[name] for name in COLUMNS]])}
        )[0][0, 0],
        "scikit-learn": lambda: regressor.predict(row)[0],
    }


def measure(calls: dict[str, Call], n_calls: int, repetitions: int) -> dict[str, float]:
    """Microseconds of CPU that a call of each takes, the median."""
    expected = calls["nnspec"]()
    for name, call in calls.items():
        if not abs(call() / expected - 1) <= 1e-12:
            raise SystemExit(f"{name} gives {call()}, nnspec {expected}")
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repetitions):
        for name, call in calls.items():
            started = time.process_time()
            for _ in range(n_calls):
                call()
            taken[name].append((time.process_time() - started) / n_calls * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def starting_up(repetitions: int) -> dict[str, Any]:
    """Seconds that ten rows take from the start of the process, beside imports alone."""
    imports = "import numpy, yaml, jsonschema, polars"
    with tempfile.TemporaryDirectory() as name:
        table = Path(name) / "homes.csv"
        lines = [",".join(COLUMNS), *["3000,4,2,120"] * 10]
        table.write_text("\n".join(lines) + "\n", encoding="ascii")
        target = str(Path(name) / "out.csv")
        evaluation = ["-m", "nnspec", "eval", str(SPEC), str(table), "-q", "-o", target]
        commands = {
            "nnspec eval, ten rows": python(*evaluation),
            imports: python("-c", imports),
            "nnspec validate": python("-m", "nnspec", "validate", str(SPEC)),
        }
        return dict(in_turns(commands, repetitions))


def results(calls: dict[str, float], commands: dict[str, Any]) -> list[dict[str, Any]]:
    """One entry for each peer and each command."""
    entries: list[dict[str, Any]] = [
        {
            "what": "one row",
            "by": name,
            "cpu_us": round(taken, 2),
            "nnspec_share": round(calls["nnspec"] / taken, 3),
            "required": REQUIRED.get(name),
        }
        for name, taken in calls.items()
    ]
    ours = statistics.median(commands["nnspec eval, ten rows"].wall)
    for name, runs in commands.items():
        wall = statistics.median(runs.wall)
        entries.append(
            {
                "what": "a command",
                "by": name,
                "cpu_us": round(runs.median_cpu * 1e6),
                "wall_us": round(wall * 1e6),
                "nnspec_share": round(ours / wall, 3),
                "required": REQUIRED["imports"] if name.startswith("import") else None,
            }
        )
    return entries


def table(entries: list[dict[str, Any]]) -> str:
    """The entries as a table in Markdown; what falls short of a requirement says so."""
    rows = []
    for entry in entries:
        share, required = entry["nnspec_share"], entry["required"]
        verdict = "" if required is None else f"at most {required:g}"
        if required is not None and share > required:
            verdict += ": missed"
        clock = f"{entry['wall_us']:,}" if "wall_us" in entry else ""
        taken = f"{entry['cpu_us']:,}"
        rows.append([entry["what"], entry["by"], taken, clock, f"{share:.2f}", verdict])
    headings = ["what", "by", "CPU µs", "wall µs", "nnspec's share", "required"]
    return render(headings, rows)


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=5_000)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        model = str(Path(name) / "homes.onnx")
        write_model(model)
        calls = measure(peers(model), options.calls, options.repetitions)
    entries = results(calls, starting_up(options.repetitions))
    print(table(entries))
    if options.json:
        options.json.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
