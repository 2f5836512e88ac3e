"""How cost grows: with rows from 1e3 to 5e7, and with synapses from 1e1 to 1e7.

    python -m benchmarks.scaling [--most-rows 50000000] [--most-synapses 10000000] [--folder .]

Rows: whole processes of ``nnspec eval``, CSV to CSV, the network of
``specs/property-valuation.yaml``, beside the formula by hand in polars. Synapses: loading a spec of
named synapses (to 1e6) and one with its weights in a file, and evaluating the latter. A slope is
that of the logarithms over the upper decades, where what is fixed no longer counts: 1 means that
ten times as many cost ten times as much.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nnspec
from benchmarks import size
from benchmarks.processes import in_turns, python, render
from benchmarks.tables import make_tables
from nnspec.diagnostics.limits import Limits

ROWS = (1_000, 10_000, 100_000, 1_000_000, 5_000_000, 20_000_000, 50_000_000)
SYNAPSES = (10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
MOST_NAMED = 10**6
"""The most synapses that are written out by name."""

EVALUATED_ROWS = 1_000

ROOMY = Limits(spec_bytes=2**31, nodes=10**9, neurons=10**7, synapses=10**8)

Series = dict[str, list[tuple[int, float]]]


def by_rows(most: int, repetitions: int) -> Series:
    """CPU seconds of whole processes, by rows."""
    found: Series = {"nnspec eval": [], "polars by hand": []}
    for n_rows in [n for n in ROWS if n <= most]:
        with tempfile.TemporaryDirectory() as name:
            make_tables(Path(name), n_rows, ["csv"])
            files = [f"{name}/homes.csv", f"{name}/out.csv"]
            commands = {
                peer: python("-m", "benchmarks.table_peers", key, *files)
                for peer, key in (("nnspec eval", "nnspec"), ("polars by hand", "polars"))
            }
            for peer, runs in in_turns(commands, repetitions if n_rows <= 5e6 else 1).items():
                found[peer].append((n_rows, runs.median_cpu))
    return found


def by_synapses(most: int, repetitions: int) -> Series:
    """CPU seconds to load a spec, and to evaluate a thousand rows, by synapses."""
    found: Series = {"load, named": [], "load, weight file": [], "evaluate 1,000 rows": []}
    with tempfile.TemporaryDirectory() as name:
        for n in [n for n in SYNAPSES if n <= most]:
            if n <= MOST_NAMED:
                spec = size.write_named(Path(name), n)
                found["load, named"].append((n, _loading(spec, 1 if n > 10**5 else repetitions)))
            spec = size.write_filed(Path(name), n)
            found["load, weight file"].append((n, _loading(spec, repetitions)))
            seconds = _evaluating(nnspec.load(spec, ROOMY), repetitions)
            found["evaluate 1,000 rows"].append((n, seconds))
    return found


def _loading(spec: Path, repetitions: int) -> float:
    return min(_cpu(lambda: nnspec.load(spec, ROOMY).compiled) for _ in range(repetitions))


def _evaluating(network: nnspec.Network, repetitions: int) -> float:
    """CPU seconds to evaluate a thousand rows."""
    table = np.random.default_rng(0).normal(size=(EVALUATED_ROWS, len(network.inputs)))
    network.evaluate(table)  # it plans once
    calls = max(1, 10**5 // network.compiled.n_synapses)  # too short for the clock, taken alone
    rounds = (
        _cpu(lambda: [network.evaluate(table) for _ in range(calls)]) for _ in range(repetitions)
    )
    return min(rounds) / calls


def _cpu(call: Any) -> float:
    started = time.process_time()
    call()
    return time.process_time() - started


def slope(points: Sequence[tuple[int, float]], decades: float = 2.0) -> float:
    """The slope of the logarithms over the upper decades."""
    x, y = np.log10(np.array(points, np.float64)).T
    upper = x >= x[-1] - decades
    return float(np.polyfit(x[upper], y[upper], 1)[0])


def plot(found: Series, title: str, x_label: str, path: Path) -> None:
    """Draw the series on logarithmic axes."""
    import matplotlib as mpl

    mpl.use("Agg")
    # Without dates and random names, the same figures give the same file.
    mpl.rcParams.update({"svg.hashsalt": "nnspec", "svg.fonttype": "none"})
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for (name, points), marker in zip(found.items(), "osx^", strict=False):
        label = f"{name}: slope {slope(points):.2f}"
        axes.loglog(*zip(*points, strict=True), marker=marker, label=label)
    axes.set(title=title, xlabel=x_label, ylabel="CPU seconds")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def table(found: Series, what: str) -> str:
    """The series as a table in Markdown: CPU seconds, and slopes in the last line."""
    columns = [dict(points) for points in found.values()]
    counts = sorted(set().union(*columns))
    rows = [[f"{n:,}", *(f"{c[n]:.3g}" if n in c else "" for c in columns)] for n in counts]
    rows.append(["slope", *(f"{slope(points):.2f}" for points in found.values())])
    return render([what, *found], rows)


def main() -> None:
    """Measure, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--most-rows", type=int, default=ROWS[-1])
    parser.add_argument("--most-synapses", type=int, default=SYNAPSES[-1])
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path())
    options = parser.parse_args()
    rows = by_rows(options.most_rows, options.repetitions)
    synapses = by_synapses(options.most_synapses, options.repetitions)
    print(table(rows, "rows"), table(synapses, "synapses"), sep="\n\n")
    draw(rows, synapses, options.folder)


def draw(rows: Series, synapses: Series, folder: Path) -> None:
    """Both plots, as SVG."""
    title = "CSV to CSV, a network of 4 neurons: cost by rows"
    plot(rows, title, "rows", folder / "cost-by-rows.svg")
    plot(synapses, "Cost by synapses", "synapses", folder / "cost-by-synapses.svg")


if __name__ == "__main__":
    main()
