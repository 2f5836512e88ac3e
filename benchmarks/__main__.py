"""Every comparison, beside what people would take instead: ``benchmarks/RESULTS.md`` and its JSON.

    pip install '.[bench]' torch && python -m benchmarks [--quick] [--only tables latency …]

Each part stands alone too: ``python -m benchmarks.tables`` and its neighbours. Whatever a peer does
better is in the tables like the rest. A run with ``--only`` keeps what the file has of other parts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks import latency, reasons, scaling, size, sparse, table_peers, tables
from benchmarks.processes import ROOT

FOLDER = ROOT / "benchmarks"
PACKAGES = (
    "nnspec", "numpy", "polars", "duckdb", "onnxruntime", "pandas", "pyarrow", "scikit-learn",
    "scipy", "torch", "numba", "PyYAML",
)  # fmt: skip


def machine() -> dict[str, Any]:
    """The processor, its cores and the versions of all that was measured."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    versions = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": model,
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "versions": versions,
    }


def measure_tables(*, quick: bool) -> dict[str, Any]:
    """CSV to CSV and Parquet to Parquet, and nnspec's memory over ten times the rows."""
    rows, entries = (200_000 if quick else 5_000_000), []
    with tempfile.TemporaryDirectory() as name:
        tables.make_tables(Path(name), rows)
        for form in tables.FORMS:
            found = tables.measure(Path(name), form, 1 if quick else 9, list(table_peers.PEERS))
            entries += tables.results(form, rows, found)
    return {"tables": entries, "memory": tables.memory(rows)}


def measure_latency(*, quick: bool) -> list[dict[str, Any]]:
    """One row, and ten rows from the start of the process."""
    with tempfile.TemporaryDirectory() as name:
        model = str(Path(name) / "homes.onnx")
        table_peers.write_model(model)
        calls = latency.measure(latency.peers(model), 500 if quick else 5_000, 7)
    return latency.results(calls, latency.starting_up(3 if quick else 9))


def measure_reasons(*, quick: bool) -> list[dict[str, Any]]:
    """Reasons beside every row."""
    return reasons.measure(10_000, 1) if quick else reasons.measure(1_000_000, 3)


def measure_sparse(*, quick: bool) -> list[dict[str, Any]]:
    """Deep sparse networks."""
    return sparse.run(512 if quick else 3072, 1 if quick else 12)


def measure_size(*, quick: bool) -> list[dict[str, Any]]:
    """Specs of many synapses."""
    return size.measure(1, 2_000, 5_000, 10**5) if quick else size.measure(5)


def measure_scaling(*, quick: bool) -> dict[str, Any]:
    """Cost by rows and by synapses."""
    repetitions = 1 if quick else 3
    return {
        "rows": scaling.by_rows(10**5 if quick else 5 * 10**7, repetitions),
        "synapses": scaling.by_synapses(10**4 if quick else 10**7, repetitions),
    }


PARTS: dict[str, Callable[..., Any]] = {
    "tables": measure_tables,
    "latency": measure_latency,
    "reasons": measure_reasons,
    "sparse": measure_sparse,
    "size": measure_size,
    "scaling": measure_scaling,
}


def report(found: dict[str, Any]) -> str:
    """All that was measured, as Markdown."""
    parts = ["# Results", "Written by `python -m benchmarks`; the same in JSON: `results.json`."]
    if "tables" in found:
        parts += _part(found, "tables", "Tables: whole processes", tables.table, "tables")
        parts.append(
            "\n".join(
                f"- {e['form']}, {e['rows']:,} rows: nnspec held at most {e['peak_mib']:,} MiB"
                for e in found["tables"]["result"]["memory"]
            )
        )
    if "latency" in found:
        parts += _part(found, "latency", "One row, and ten", latency.table)
    if "reasons" in found:
        parts += _part(found, "reasons", "Reasons beside every row", reasons.table)
    if "sparse" in found:
        parts += _part(found, "sparse", "Deep sparse networks", sparse.table)
    if "size" in found:
        parts += _part(found, "size", "Specs at size", size.table)
    if "scaling" in found:
        parts += _scaling(found)
    return "\n\n".join(parts) + "\n"


def _part(
    found: dict[str, Any], part: str, title: str, table: Callable[[Any], str], key: str = ""
) -> list[str]:
    result = found[part]["result"]
    return [f"## {title}", _where(found[part]["machine"]), table(result[key] if key else result)]


def _where(on: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in on["versions"].items())
    return (
        f"{on['date']}, {on['processor']}, {on['cores']} cores, load {on['load_before']} before. "
        f"{versions}."
    )


def _scaling(found: dict[str, Any]) -> list[str]:
    rows, synapses = _curves(found)
    return [
        "## How cost grows",
        _where(found["scaling"]["machine"]),
        "CPU seconds. The slope is that of the logarithms over the upper two decades.",
        scaling.table(rows, "rows"),
        "![Cost by rows](cost-by-rows.svg)",
        scaling.table(synapses, "synapses"),
        "![Cost by synapses](cost-by-synapses.svg)",
    ]


def _curves(found: dict[str, Any]) -> tuple[scaling.Series, scaling.Series]:
    """Cost by rows and by synapses, whether just measured or read from JSON."""
    rows, synapses = (
        {name: [(int(n), float(y)) for n, y in points] for name, points in series.items()}
        for series in map(found["scaling"]["result"].get, ("rows", "synapses"))
    )
    return rows, synapses


def main() -> None:
    """Measure what was asked for, and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="small tables; nothing is written")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    options = parser.parse_args()
    kept = FOLDER / "results.json"
    found: dict[str, Any] = {}
    if kept.exists() and not options.quick:
        found = json.loads(kept.read_text(encoding="utf-8"))
    for part in options.only:
        on = machine()
        found[part] = {"machine": on, "result": PARTS[part](quick=options.quick)}
        print(f"{part}: done", flush=True)
        if not options.quick:
            kept.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            (FOLDER / "RESULTS.md").write_text(report(found), encoding="utf-8")
            if part == "scaling":
                scaling.draw(*_curves(found), FOLDER)
    if options.quick:
        print(report(found))


if __name__ == "__main__":
    main()
