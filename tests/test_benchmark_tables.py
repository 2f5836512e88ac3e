"""The benchmark of tables: it measures what it says, and refuses a peer that computes otherwise."""

from __future__ import annotations

import importlib
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
