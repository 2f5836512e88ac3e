"""A network as one query: a table of the WITH clause after the other, then what was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import sqlglot
from sqlglot import exp

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import counted, quote
from nnspec.formats.sql.dialects import MAX_PARTS, Dialect
from nnspec.formats.sql.groups import CommonTable
from nnspec.formats.sql.inputs import InputColumns
from nnspec.formats.sql.layers import LayerColumns
from nnspec.formats.sql.names import Names
from nnspec.formats.sql.neurons import SqlColumn
from nnspec.formats.sql.terms import Term, all_of, case, column
from nnspec.program.compiled import CompiledNetwork


class Query:
    """Writes the query of one network.

    Parameters
    ----------
    network
        The network.
    dialect
        The dialect.
    table
        The table, as SQL of the dialect names it.
    neurons
        Whose values to give.
    keep
        Columns of the table to carry through: the table's name of each, by its name in the result.

    Raises
    ------
    CannotError
        If the dialect cannot say it.
    """

    def __init__(
        self,
        network: CompiledNetwork,
        dialect: Dialect,
        table: str,
        neurons: Sequence[str],
        keep: Mapping[str, str],
    ) -> None:
        self._network, self._dialect = network, dialect
        _check_size(network)
        self._neurons, self._keep = tuple(neurons), dict(keep)
        self._table = _table(table, dialect)
        self._tables = Names(dialect, tuple(part.name for part in self._table.parts))
        self._names = Names(dialect)
        self._common: list[CommonTable] = []
        self._checks: list[Term] = []
        self.columns = self._name_columns()
        self._check_names()

    def _name_columns(self) -> dict[str, str]:
        """The column of each unit, and of each kept column; the results come first."""
        first = dict.fromkeys([*self._neurons, *self._network.units])
        return {unit: self._names.give(unit) for unit in first}

    def _check_names(self) -> None:
        d = self._dialect
        read = dict.fromkeys([*(i.column_name for i in self._network.inputs), *self._keep.values()])
        keys = Counter(name.casefold() if d.folds_case else name for name in read)
        for name in read:
            if keys[name.casefold() if d.folds_case else name] > 1:
                raise CannotError(
                    f"the column {quote(name)} has a name that {d.title} cannot tell from "
                    "another column's: case does not count there"
                )
        for name in (*read, *self._keep):
            if not self._names.can_be(name):
                raise CannotError(f"{d.title} can have no column of the name {quote(name)}")
        outputs = [self.columns[name] for name in self._neurons]
        for name in self._keep:
            if any(self._names.same(name, output) for output in outputs):
                raise CannotError(
                    f"the kept column {quote(name)} has the name of an output: "
                    f"rename it, NEW={self._keep[name]}"
                )

    # -- stages ---------------------------------------------------------------------------------

    def write(self) -> str:
        """The query's text."""
        sources = self._write_inputs()
        units = self._network.units
        for layer in self._network.layers:
            writer = LayerColumns(self._dialect, layer, self._names)
            own = [sources[units[at]] for at in layer.sources.tolist()]
            sources.update(writer.write(own, self.columns))
            self._common += writer.tables
            self._checks += writer.checks
        valued = self._names.give("is_valued")
        self._common.append(CommonTable("checked", [(valued, all_of(self._checks))]))
        self._check_width()
        return self._finish(valued)

    def _write_inputs(self) -> dict[str, SqlColumn]:
        """Write the inputs; the column of each unit."""
        inputs = [self._input(index) for index in range(len(self._network.inputs))]
        self._kept = {name: self._names.give(name) for name in self._keep}
        given: list[tuple[str, Term]] = [
            (self._kept[name], self._cell(column_name)) for name, column_name in self._keep.items()
        ]
        seen: list[tuple[str, Term]] = []
        sources = {}
        for one in inputs:
            given.append((one.given, one.read()))
            for unit, name, written in zip(one.input.units, one.units, one.seen(), strict=True):
                sources[unit] = SqlColumn(name, written.bounds)
                if not one.is_direct:
                    seen.append((name, written.double))
            self._checks += one.checks()
        self._common.append(CommonTable("given" if seen else "inputs", given))
        if seen:
            self._common.append(CommonTable("inputs", seen))
        return sources

    def _input(self, index: int) -> InputColumns:
        one = self._network.inputs[index]
        units = tuple(self.columns[unit] for unit in one.units)
        is_direct = one.type != "category" and not one.transforms and not self._dialect.raises
        given = units[0] if is_direct else self._names.give(f"{one.name}.given")
        return InputColumns(self._dialect, one, self._cell(one.column_name), given, units)

    def _cell(self, name: str) -> Term:
        # With the table's name before it: SQLite would read the quoted name of a column that is not
        # there as a text.
        found = exp.column(name, quoted=True)
        found.set("table", self._table.this.copy())
        return found

    def _check_width(self) -> None:
        most = self._dialect.max_columns
        width = sum(len(table.columns) for table in self._common)
        if most is not None and width > most:
            raise CannotError(
                f"the network is too wide for {self._dialect.title}: its "
                f"{counted(len(self._network.units), 'unit')} need {width:,} columns, "
                f"and a query there may carry {most:,}"
            )

    # -- text -----------------------------------------------------------------------------------

    def _finish(self, valued: str) -> str:
        before: exp.Expr = self._table
        ctes = []
        for number, table in enumerate(self._common):
            columns = [_named(term, name) for name, term in table.columns]
            everything = [] if number == 0 else [exp.Star()]
            select = exp.Select(expressions=[*everything, *columns]).from_(before, copy=False)
            name = exp.to_identifier(self._tables.give(table.name), quoted=True)
            alias = exp.TableAlias(this=name)
            fence = True if self._dialect.materialized else None
            ctes.append(exp.CTE(this=select, alias=alias, materialized=fence))
            before = exp.Table(this=name.copy())
        kept = [_named(column(self._kept[name]), name) for name in self._keep]
        outputs = [self._output(name, valued) for name in self._neurons]
        query = exp.Select(expressions=[*kept, *outputs]).from_(before, copy=False)
        query.set("with_", exp.With(expressions=ctes))
        return self._text(query)

    def _output(self, neuron: str, valued: str) -> Term:
        own = self.columns[neuron]
        return _named(case([(column(valued), column(own))]), own)

    def _text(self, query: exp.Select) -> str:
        body = query.sql(self._dialect.name, copy=False, pretty=True, comments=False)
        text = "\n".join([*self._header(), body]) + "\n"
        most = self._dialect.max_text
        if most is not None and len(text.encode()) > most:
            raise CannotError(
                f"the network is too large for {self._dialect.title}: its query has "
                f"{len(text.encode()):,} bytes, and one there may have {most:,}"
            )
        return text

    def _header(self) -> list[str]:
        lines = [f"-- {self._network.name}, content hash {self._network.content_hash[:16]}"]
        changed = [name for name in self._neurons if self.columns[name] != name]
        if changed:
            pairs = [f"{name} as {self.columns[name]}" for name in changed]
            lines.append(
                f"-- {self._dialect.title} cannot name these as they are: {'; '.join(pairs)}"
            )
        return lines


def _check_size(network: CompiledNetwork) -> None:
    """Refuse a network that is too large, before anything is written."""
    if network.n_synapses + len(network.units) > MAX_PARTS:
        raise CannotError(
            f"the network is too large for SQL: it has {counted(len(network.units), 'unit')} and "
            f"{counted(network.n_synapses, 'synapse')}, and a query may have {MAX_PARTS:,} of both "
            "together, as engines take minutes to read a longer one; nnspec eval values a table, "
            "and nnspec.spark.evaluate a frame"
        )


def _named(term: Term, name: str) -> Term:
    return exp.Alias(this=term, alias=exp.to_identifier(name, quoted=True))


def _table(text: str, dialect: Dialect) -> exp.Table:
    """A table as it is named in SQL, quoted or not, with its schema or without."""
    try:
        parsed = sqlglot.parse(f"SELECT 1 FROM {text}", dialect=dialect.name)
    except (sqlglot.ParseError, sqlglot.TokenError):
        parsed = []
    found = parsed[0].find(exp.Table) if len(parsed) == 1 and parsed[0] is not None else None
    # Nothing but a name: no alias, no join, no second statement.
    plain = exp.Select(expressions=[exp.Literal.number(1)])
    is_plain = (
        isinstance(found, exp.Table)
        and isinstance(found.this, exp.Identifier)
        and not found.alias
        and plain.from_(found.copy()) == parsed[0]
    )
    if found is None or not is_plain:
        raise CannotError(
            f"{quote(text)} is no name of a table in {dialect.title}; write it as in a query, "
            "with quotes if it needs them"
        )
    table: exp.Table = found.copy()
    return table
