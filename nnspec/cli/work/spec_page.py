"""What the page of a network shows: its claims' state, and the rows of a table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import polars as pl

from nnspec import __version__
from nnspec.claims import Options, Result, run_cases
from nnspec.claims.domain import Domain
from nnspec.claims.rendering import row_text, verdict
from nnspec.cli.arguments.tables import UserTable
from nnspec.network import Network
from nnspec.spec.model import Example, NetworkSpec, Value
from nnspec.tables.cells.binding import bind
from nnspec.tables.source import Batch, Selection
from nnspec.views.numbers import finite
from nnspec.views.page import PageContent, page_html

MOST_ROWS = 1_000
"""Of a longer table the page holds an even selection."""


def page_of(
    spec: NetworkSpec, data: UserTable | None, max_examples: int, *, live: bool = False,
    version: str = "",
) -> str:  # fmt: skip
    """The page of a spec without errors, and of a table if one is named."""
    network = Network.from_checked(spec)
    options = Options(max_examples=max_examples)
    cases = [_case(network, result) for result in run_cases(network, options=options)]
    table = {} if data is None else _table(spec, data)
    content = PageContent(
        network.content_hash, __version__, cases, live=live, version=version, **table
    )
    return page_html(spec, content)


def _case(network: Network, result: Result) -> dict[str, Any]:
    row: dict[str, Value] | None = None
    if result.failures:
        row = result.failures[0].rows[-1]
    elif isinstance(result.case.claim, Example):
        row = dict(result.case.claim.given)
    messages = [f"{row_text(network, f.rows)}: {f.message}" for f in result.failures]
    return {
        "kind": result.case.kind,
        "name": result.case.name,
        "verdict": verdict(result),
        "failed": result.failed,
        "messages": messages,
        "row": None if row is None else _numbers(network.spec, row),
    }


def _numbers(spec: NetworkSpec, row: dict[str, Value]) -> dict[str, float]:
    """A row as the page's network takes it; a category as its index."""
    domain = Domain.of(spec)
    given = {**{i.name: i.missing for i in spec.inputs if i.missing is not None}, **row}
    return dict(zip(domain.index, domain.point(given).tolist(), strict=True))


def _table(spec: NetworkSpec, table: UserTable) -> dict[str, Any]:
    """Rows of a table that can be valued (an even selection), with its columns of numbers."""
    with table.open() as source:
        columns = table.columns(spec, source)
        selection = Selection.of(spec.inputs, columns, source.header)
        found = [row for batch in source.batches(selection) for row in _rows(spec, batch, columns)]
        header = source.header
    step = max(1, math.ceil(len(found) / MOST_ROWS))
    chosen = found[::step]
    used = set(columns.values())
    numeric = [n for n in header if any(isinstance(cells[n], float) for _, cells in chosen)]
    # What the network does not read comes first: that is what one compares with.
    others = [n for n in numeric if n not in used]
    names = others + [n for n in numeric if n in used]
    rows = [{"inputs": inputs, "columns": [cells[n] for n in names]} for inputs, cells in chosen]
    return {"rows": rows, "columns": names, "n_rows": len(found), "n_compared": len(others)}


def _rows(
    spec: NetworkSpec, batch: Batch, columns: dict[str, str]
) -> Iterator[tuple[dict[str, float], dict[str, float | None]]]:
    bound = bind(spec.inputs, batch.columns, columns, batch.first_row)
    values = {name: x.tolist() for name, x in bound.values.items()}
    cells = {c.name: _floats(c) for c in batch.kept.get_columns()}
    for at in range(batch.n_rows):
        if not bound.bad[at]:
            inputs = {name: x[at] for name, x in values.items()}
            yield inputs, {name: x[at] for name, x in cells.items()}


def _floats(column: pl.Series) -> list[float | None]:
    """A column's numbers; None for what is none."""
    numbers = column.cast(pl.Float64, strict=False).to_list()
    return [finite(x) for x in numbers]
