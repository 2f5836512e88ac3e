"""Deep sparse networks: nnspec beside scipy.sparse, torch.sparse and onnxruntime.

    python -m benchmarks.sparse [--rows 3072] [--repetitions 3] [--json FILE]

It needs the extras ``bench`` and ``torch``. The networks have the shape of the Sparse Deep Neural
Network Graph Challenge (see ``benchmarks.radixnet``). Every peer takes the same rows as float32,
one thread each unless it says otherwise, in turns; the best of the repetitions counts, in CPU
seconds. All begin with the rows in the layout that they like best; nnspec "table to table" is
``network.evaluate``, which also reads the table, judges each value and makes a table of outputs.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

import nnspec
from benchmarks import sparse_peers
from benchmarks.processes import render
from benchmarks.radixnet import FAN_IN, RadixNet, digits
from nnspec.evaluators.arrays.vectorised import VectorisedEvaluator
from nnspec.evaluators.evaluated import Evaluated

ROWS_WITHOUT_KERNEL = 128
"""Rows for nnspec without numba: enough to tell its rate."""


@dataclass(frozen=True)
class Case:
    """A network and its table.

    ``dense_layers`` is how many layers the dense peer computes: a full matrix of each has to fit in
    memory.
    """

    net: RadixNet
    rows_share: float
    dense_layers: int


CASES = (
    Case(RadixNet(1024, (1, 32), -0.30), 1.0, 120),
    Case(RadixNet(1024, (1, 32), -0.30, shuffled=True), 0.5, 0),
    Case(RadixNet(4096, (1, 32, 128), -0.35), 0.5, 12),
)

REQUIRED = {"scipy.sparse": 5.0, "torch.sparse CSR": 3.0, "onnxruntime dense": 5.0}
"""How many times as fast as a peer nnspec has to be."""

THREADS_REQUIRED = 1.7
"""How many times as fast two threads have to be, by the clock."""

LIMIT_TARGETS = 1024
"""How many neurons are computed where the processor's limit is measured."""

PAIRS = 2
"""How many pairs of runs with one thread and with two each repetition stands for: a run is short
and a neighbour of the machine disturbs two threads twice, so that it takes the median of many."""


@dataclass
class Entry:
    """One way to compute a case, and what it took."""

    name: str
    run: Callable[[], Any]
    n_rows: int
    n_layers: int
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    outputs: Any = None

    def measure(self) -> None:
        """Run it once more."""
        cpu, wall = time.process_time(), time.perf_counter()
        self.outputs = self.run()
        self.cpu.append(time.process_time() - cpu)
        self.wall.append(time.perf_counter() - wall)

    def edges(self, net: RadixNet) -> int:
        """How many synapses it passes, in all rows."""
        return net.n_synapses * self.n_layers * self.n_rows

    def result(self, net: RadixNet) -> dict[str, Any]:
        """What is reported."""
        edges = self.edges(net)
        return {
            "name": f"sparse {net.name}",
            "peer": self.name,
            "rows": self.n_rows,
            "layers": self.n_layers,
            "edges_per_cpu_s": edges / min(self.cpu),
            "edges_per_wall_s": edges / min(self.wall),
            "cpu_s": self.cpu,
            "wall_s": self.wall,
            "repetitions": len(self.cpu),
        }


def run(n_rows: int = 3072, repetitions: int = 3) -> list[dict[str, Any]]:
    """Measure every case; JSON-able results, each with nnspec's ratio to the peer.

    Raises
    ------
    AssertionError
        If two peers do not give the same numbers.
    """
    limits = [limit("float32", fast=fast) for fast in (False, True)]
    results = []
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            network = nnspec.load(case.net.write(Path(folder)))
            entries = _entries(case, network, max(512, round(n_rows * case.rows_share)))
            for entry in entries:
                if entry.name.startswith("nnspec"):
                    entry.run()  # the first run compiles and plans
            for _ in range(repetitions):
                for entry in entries + limits:
                    entry.measure()
            _check_same(network, case, entries)
            speedup = _speedup(entries[0], entries[1], PAIRS * repetitions)
            results += _with_ratios(case, entries, speedup)
    at_the_limit = RadixNet(LIMIT_TARGETS, (1,), 0.0, n_layers=1)
    return [*(entry.result(at_the_limit) for entry in limits), *results]


def _speedup(one: Entry, two: Entry, pairs: int) -> float:
    """How many times as fast the second entry is by the clock: the median of runs in turns."""
    one, two = [replace(entry, cpu=[], wall=[]) for entry in (one, two)]
    for _ in range(pairs):
        one.measure()
        two.measure()
    return statistics.median(a / b for a, b in zip(one.wall, two.wall, strict=True))


def _entries(case: Case, network: nnspec.Network, n_rows: int) -> list[Entry]:
    net = case.net
    table = digits(net.n_neurons, n_rows)
    weights = sparse_peers.matrices(net)
    layers = net.n_layers

    evaluator = network.evaluator("float32"), network.evaluator("float32", fast=True)
    columns = dict(zip(network.inputs, np.ascontiguousarray(table.T, np.float64), strict=True))

    def own(*, fast: bool = False, threads: int = 1) -> Callable[[], Any]:
        return lambda: evaluator[fast].evaluate(columns, network.outputs, threads=threads)

    whole, block = sparse_peers.WHOLE, 256
    entries = [
        Entry("nnspec", own(), n_rows, layers),
        Entry("nnspec, two threads", own(threads=2), n_rows, layers),
        Entry("nnspec, fast", own(fast=True), n_rows, layers),
        Entry(
            "nnspec, table to table",
            lambda: network.evaluate(table, dtype="float32"), n_rows, layers,
        ),
        Entry("scipy.sparse", sparse_peers.by_scipy(net, weights, table, whole), n_rows, layers),
        Entry(
            f"scipy.sparse, {block} rows at a time",
            sparse_peers.by_scipy(net, weights, table, block), n_rows, layers,
        ),
        Entry(
            "torch.sparse CSR",
            sparse_peers.by_torch(net, weights, table, whole), n_rows, layers,
        ),
        Entry(
            f"torch.sparse CSR, {block} rows at a time",
            sparse_peers.by_torch(net, weights, table, block), n_rows, layers,
        ),
    ]  # fmt: skip
    if case.dense_layers:
        dense = sparse_peers.by_onnxruntime(net, weights[: case.dense_layers], table)
        entries.append(Entry("onnxruntime dense", dense, n_rows, case.dense_layers))
        few = table[:ROWS_WITHOUT_KERNEL]
        entries.append(
            Entry("nnspec without numba", _without_kernel(network, few), len(few), layers)
        )
    return entries


def _as_table(outputs: Any) -> Any:
    """Outputs of shape (n_rows, n_neurons)."""
    if isinstance(outputs, Evaluated):
        return np.stack(list(outputs.values.values()), axis=1)
    return np.asarray(outputs)


def _without_kernel(network: nnspec.Network, table: Any) -> Callable[[], Any]:
    evaluator = VectorisedEvaluator(network.compiled, "float32", use_kernel=False)
    columns = dict(zip(network.inputs, np.ascontiguousarray(table.T, np.float64), strict=True))
    return lambda: evaluator.evaluate(columns, network.outputs)


def _check_same(network: nnspec.Network, case: Case, entries: Sequence[Entry]) -> None:
    """All peers give nnspec's numbers: within 1e-3 of the largest, since every order rounds."""
    for entry in entries:
        last = entry.n_layers - 1
        names = [f"layer{last}.{i}" for i in range(case.net.n_neurons)]
        rows = min(entry.n_rows, 512)
        table = digits(case.net.n_neurons, rows)
        expected = np.asarray(network.evaluate(table, neurons=names, dtype="float64"))
        error = float(np.abs(_as_table(entry.outputs)[:rows] - expected).max())
        if not error <= 1e-3 * case.net.ceiling:
            raise AssertionError(f"{entry.name} differs from nnspec by {error}")


def _with_ratios(case: Case, entries: Sequence[Entry], speedup: float) -> list[dict[str, Any]]:
    results = [entry.result(case.net) for entry in entries]
    own = results[0]
    for result in results:
        result["nnspec_is_times_as_fast"] = own["edges_per_cpu_s"] / result["edges_per_cpu_s"]
        result["required"] = REQUIRED.get(result["peer"])
    results[1]["wall_speedup"] = speedup
    return results


def limit(dtype: str, *, fast: bool) -> Entry:
    """The kernel's rate where all it reads lies in the nearest cache: what the processor allows."""
    from nnspec.evaluators.arrays.workspace import TILE_BYTES, Workspace
    from nnspec.evaluators.kernel.sums import sums

    real = np.dtype(dtype)
    n_sources, n_targets, rows = FAN_IN, LIMIT_TARGETS, TILE_BYTES // real.itemsize
    x, out = [Workspace(real).take(n, rows) for n in (n_sources, 8)]
    x[:] = 1
    indices = np.tile(np.arange(n_sources, dtype=np.int32), n_targets)
    indptr = np.arange(0, len(indices) + 1, n_sources)
    targets = np.arange(n_targets) % 8
    data, bias = np.full(len(indices), 1 / 16, real), np.zeros(n_targets, real)
    starts, low, high = np.array([0, n_targets]), np.array([0], real), np.array([32], real)
    function, flags = sums(dtype, fast=fast), np.zeros(rows, real)
    return Entry(
        f"limit of the processor{', fused' if fast else ''}",
        lambda: [
            function(x, starts, targets, indptr, indices, data, bias, low, high, rows, out, out,
                     flags)
            for _ in range(20)
        ],
        20 * rows, 1,
    )  # fmt: skip


def table(results: Sequence[dict[str, Any]]) -> str:
    """The results as a table in Markdown; what falls short of a requirement says so."""
    rows = []
    for one in results:
        ratio, required = one.get("nnspec_is_times_as_fast"), one.get("required")
        verdict = "" if not required else f"at least {required:g}{': missed' * _misses(one)}"
        if "wall_speedup" in one:
            verdict = f"{one['wall_speedup']:.2f} x one thread by the clock; at least 1.7"
            verdict += ": missed" if one["wall_speedup"] < THREADS_REQUIRED else ""
        rates = [f"{one[f'edges_per_{clock}_s'] / 1e9:.2f}" for clock in ("cpu", "wall")]
        times = "" if ratio is None else f"{ratio:.1f}"
        rows.append([one["name"], one["peer"], *rates, times, verdict])
    headings = ["network", "by", "1e9 edges / CPU s", "1e9 edges / wall s", "nnspec is x as fast"]
    return render([*headings, "required"], rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3072)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = run(options.rows, options.repetitions)
    print(table(results))
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    missed = [one for one in results if _misses(one)]
    sys.exit(1 if missed else 0)


def _misses(result: dict[str, Any]) -> bool:
    required = result.get("required")
    return required is not None and result["nnspec_is_times_as_fast"] < required


if __name__ == "__main__":
    main()
