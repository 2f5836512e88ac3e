"""Specs at size: named synapses in YAML, and many more in a file beside the spec.

    python -m benchmarks.size [--repetitions 3]

Whole processes, in turns. Reading, judging and compiling a spec of 100,000 named synapses stands
beside composing the same file with PyYAML's C parser alone; a spec of a million, and one of ten
million synapses in a weight file, stand alone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.processes import in_turns, print_peak, python, render

REQUIRED = {"times_composing": 3.0, "peak_mib": 4096, "file_wall_s": 10.0}
"""At most: as a multiple of composing, for a million names, and for ten million in a file."""


def named_lines(n_synapses: int, fan_in: int = 100) -> Iterator[str]:
    """A spec of two layers of named neurons with so many synapses in all."""
    width = max(1, n_synapses // (2 * fan_in))
    fan_in = min(fan_in, max(1, n_synapses // (2 * width)))
    draw = np.random.default_rng(0)
    sources = [f"fact-{i}" for i in range(max(fan_in, 100))]
    yield from ("nnspec: 1", "name: large", "inputs:", *(f"  {name}: {{}}" for name in sources))
    yield "layers:"
    for layer in range(2):
        yield from (f"  - name: layer-{layer}", "    activation: relu", "    neurons:")
        names = [f"neuron-{layer}-{i}" for i in range(width)]
        for name in names:
            chosen = draw.permutation(len(sources))[:fan_in]
            weights = draw.normal(size=len(chosen))
            pairs = [f"{sources[i]}: {w:.4f}" for i, w in zip(chosen, weights, strict=True)]
            yield f"      {name}: {{bias: 0.5, synapses: {{{', '.join(pairs)}}}}}"
        sources = names


def write_named(folder: Path, n_synapses: int) -> Path:
    """Write such a spec; where it is."""
    path = folder / f"named-{n_synapses}.yaml"
    path.write_text("\n".join(named_lines(n_synapses)) + "\n", encoding="utf-8")
    return path


def write_filed(folder: Path, n_synapses: int) -> Path:
    """Write a spec of one hidden layer whose weights are in a file; where it is."""
    width = max(1, round(n_synapses**0.5))
    rows = max(1, n_synapses // width)
    weights = np.random.default_rng(0).normal(size=(rows, width)) / width**0.5
    np.save(folder / f"weights-{n_synapses}.npy", weights)
    inputs = [f"fact-{i}" for i in range(width)]
    lines = ["nnspec: 1", "name: filed", "inputs:", *(f"  {name}: {{}}" for name in inputs)]
    lines += [
        "layers:",
        f"  - {{name: hidden, size: {rows}, from: [{', '.join(inputs)}], activation: relu,",
        f"     weights: {{file: weights-{n_synapses}.npy}}}}",
    ]
    path = folder / f"filed-{n_synapses}.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def compose(path: str) -> None:
    """What PyYAML's C parser makes of a file, and no more."""
    import yaml

    with Path(path).open("rb") as file:
        yaml.compose(file, Loader=yaml.CSafeLoader)


def load(path: str) -> None:
    """What nnspec makes of it: read, judged and compiled."""
    import nnspec
    from nnspec.diagnostics.limits import Limits

    roomy = Limits(spec_bytes=2**31, nodes=10**9, neurons=10**7, synapses=10**8)
    print(nnspec.load(path, roomy).compiled.n_synapses)


def measure(repetitions: int, small: int = 100_000, large: int = 10**6, filed: int = 10**7) -> list[
    dict[str, Any]
]:  # fmt: skip
    """One entry for each spec: what it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        named = str(write_named(folder, small))
        this = ("-m", "benchmarks.size")
        compared = in_turns(
            {
                "composing": python(*this, "--compose", named),
                "nnspec": python(*this, "--load", named),
                "imports": python("-c", "import nnspec.network"),
            },
            repetitions,
        )
        single = {
            f"{large:,} named": python(*this, "--load", str(write_named(folder, large))),
            f"{filed:,} in a file": python(*this, "--load", str(write_filed(folder, filed))),
        }
        alone = in_turns(single, 1)
    imports = compared["imports"].median_cpu
    entries = [
        {
            "what": f"{small:,} named, {by}",
            "cpu_s": round(compared[by].median_cpu, 3),
            "peak_mib": round(max(compared[by].peak_mib)),
        }
        for by in ("composing", "nnspec")
    ]
    # Both processes import what they need; nnspec's own imports are not the file's cost.
    ratio = (compared["nnspec"].median_cpu - imports) / compared["composing"].median_cpu
    entries[1]["times_composing"] = round(ratio, 2)
    for what, runs in alone.items():
        entry: dict[str, Any] = {
            "what": what,
            "cpu_s": round(runs.median_cpu, 3),
            "peak_mib": round(max(runs.peak_mib)),
        }
        entries.append({**entry, "wall_s": round(runs.wall[0], 3)})
    return entries


def table(entries: list[dict[str, Any]]) -> str:
    """The entries as a table in Markdown; what falls short of a requirement says so."""
    rows = []
    for entry in entries:
        verdict = ""
        if "times_composing" in entry:
            most = REQUIRED["times_composing"]
            verdict = f"{entry['times_composing']} of composing; at most {most:g}"
            verdict += ": missed" if entry["times_composing"] > most else ""
        elif "named" in entry["what"] and "wall_s" in entry:
            verdict = f"below {REQUIRED['peak_mib']:,} MiB"
            verdict += ": missed" if entry["peak_mib"] >= REQUIRED["peak_mib"] else ""
        elif "wall_s" in entry:
            verdict = f"{entry['wall_s']} s by the clock"
            verdict += ": missed" if entry["wall_s"] > REQUIRED["file_wall_s"] else ""
        rows.append([entry["what"], f"{entry['cpu_s']:.2f}", f"{entry['peak_mib']:,}", verdict])
    return render(["synapses", "CPU s", "peak MiB", "required"], rows)


def main() -> None:
    """Measure and print; or do one of the things that are measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--compose", metavar="SPEC")
    parser.add_argument("--load", metavar="SPEC")
    options = parser.parse_args()
    if options.compose or options.load:
        (compose if options.compose else load)(options.compose or options.load)
        print_peak()
        return
    print(table(measure(options.repetitions)))


if __name__ == "__main__":
    sys.exit(main())
