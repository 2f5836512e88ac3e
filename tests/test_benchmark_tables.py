"""The benchmark of tables: it measures what it says, and refuses a peer that computes otherwise."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_whole_processes_are_measured_and_their_numbers_held_equal(tmp_path, form, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1])
    tables = importlib.import_module("benchmarks.tables")
    tables.make_tables(tmp_path, 1_000, [form])
    found = tables.measure(tmp_path, form, 1, ["nnspec", "polars"])
    entries = tables.results(form, 1_000, found)
    assert [entry["peer"] for entry in entries] == ["nnspec", "polars"]
    assert all(entry["cpu_s"] > 0 and entry["peak_mib"] > 10 for entry in entries)
    assert "at most 1.25" in tables.table(entries)
    monkeypatch.setattr(tables, "TOLERANCE", -1.0)
    with pytest.raises(SystemExit, match="gives other numbers than nnspec"):
        tables.measure(tmp_path, form, 1, ["nnspec", "polars"])


def test_the_results_are_those_of_the_json(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1])
    main = importlib.import_module("benchmarks.__main__")
    kept = json.loads((main.FOLDER / "results.json").read_text(encoding="utf-8"))
    assert set(kept) == set(main.PARTS)
    assert (main.FOLDER / "RESULTS.md").read_text(encoding="utf-8") == main.report(kept)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_a_slope_is_that_of_the_upper_decades(monkeypatch, power):
    monkeypatch.syspath_prepend(Path(__file__).parents[1])
    scaling = importlib.import_module("benchmarks.scaling")
    points = [(10**k, 3.0 + (0.0 if k < 4 else 10.0 ** (power * k))) for k in range(1, 9)]
    assert scaling.slope(points) == pytest.approx(power, abs=1e-3)
