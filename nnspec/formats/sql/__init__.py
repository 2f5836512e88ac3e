"""Networks as SQL: a query that gives the reference's numbers where the data are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import did_you_mean, quote
from nnspec.formats.sql.dialects import DIALECTS
from nnspec.program.compiled import CompiledNetwork


def write_network(
    network: CompiledNetwork,
    dialect: str,
    *,
    table: str = "data",
    neurons: Sequence[str] | None = None,
    keep: Mapping[str, str] | None = None,
) -> str:
    """Write a network as a query.

    A row that cannot be valued has NULL outputs, as with ``nnspec eval --on-error null``.

    Parameters
    ----------
    network
        The network: ``Network.compiled``.
    dialect
        ``duckdb``, ``postgres``, ``spark``, ``bigquery``, ``snowflake`` or ``sqlite``.
    table
        The table that holds the rows, as the dialect's SQL names it.
    neurons
        Whose values to give; None for the outputs.
    keep
        Columns of the table to carry through: the table's name of each, by its name in the result.

    Raises
    ------
    CannotError
        If sqlglot is not installed, or the dialect cannot say the network, with the reason.

    Examples
    --------
    >>> from nnspec.network import loads
    >>> network = loads("{nnspec: 1, name: n, inputs: {age: {}}, layers: [{name: output, neurons: "
    ...     "{historic: {bias: -100, synapses: {age: 1}}}}]}")
    >>> text = write_network(network.compiled, "duckdb", table="homes")
    >>> 'CAST(homes."age" AS DOUBLE)' in text
    True
    """
    if dialect not in DIALECTS:
        raise CannotError(f"no dialect {quote(dialect)}; {did_you_mean(dialect, DIALECTS)}")
    if find_spec("sqlglot") is None:
        raise CannotError("SQL is written by sqlglot: pip install 'nnspec[sql]'")
    from nnspec.formats.sql.query import Query

    asked = network.outputs if neurons is None else neurons
    return Query(network, DIALECTS[dialect], table, asked, {} if keep is None else keep).write()
