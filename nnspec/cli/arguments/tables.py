"""A table that the command line names: how it is written, and which column each input reads."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, overload

import click

from nnspec.cli.arguments.options import names_of, pairs_of
from nnspec.diagnostics import CannotError
from nnspec.tables.formats import FORMATS

if TYPE_CHECKING:
    from nnspec.spec.model import NetworkSpec
    from nnspec.tables.source import Source

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Reading:
    """How tables are to be read.

    Parameters
    ----------
    format
        If the table's name does not say it.
    delimiter, null_values, encoding, decimal
        Of CSV.
    columns
        By input, the column that it reads instead of the declared one.
    sheet
        Of an Excel workbook.
    """

    format: str | None = None
    delimiter: str | None = None
    null_values: tuple[str, ...] = ()
    encoding: str = "utf-8"
    decimal: str = "."
    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None

    @overload
    def table(self, path: str) -> UserTable: ...
    @overload
    def table(self, path: None) -> None: ...
    def table(self, path: str | None) -> UserTable | None:
        """The table of this name, if there is one.

        Raises
        ------
        CannotError
            If there is none, and an option says how to read it.
        """
        if path is not None:
            return UserTable(path, self)
        if self != Reading():
            raise CannotError(
                "--column, --delimiter, --decimal, --null-values, --encoding, --sheet and "
                "--input-format say how a table is read: name the table too"
            )
        return None


@dataclass(frozen=True, slots=True)
class UserTable:
    """A table, not yet opened.

    Parameters
    ----------
    path
        Where it is; ``-`` for standard input.
    reading
        How it is to be read.
    """

    path: str
    reading: Reading = Reading()

    def open(self) -> Source:
        """Open it, so far that its header is known."""
        from nnspec.tables.csv.source import CsvOptions
        from nnspec.tables.opening import open_source

        how = self.reading
        options = CsvOptions(how.delimiter, how.null_values, how.encoding, how.decimal)
        return open_source(self.path, how.format, options, how.sheet)

    def columns(self, spec: NetworkSpec, source: Source) -> dict[str, str]:
        """The column of the opened table that each input reads, of a type that it can read.

        Raises
        ------
        RequestError
            If ``--column`` names no input.
        TableError
            If columns are missing, or cannot hold what an input reads.
        """
        from nnspec.tables.cells.columns import check_types, match_columns

        found = match_columns(spec.inputs, source.header, self.reading.columns, source.place)
        if source.types is not None:
            check_types(spec.inputs, found, source.types, source.place)
        return found


def one_table(table: str | None, data: str | None) -> str | None:
    """The table's name, as an argument or as ``--data``, the way it was written at first."""
    if data is None:
        return table
    if table is not None:
        raise click.UsageError("--data names a table, and TABLE another one; name one")
    said = "the table is an argument after the specs now; --data TABLE is its old spelling"
    click.echo(f"nnspec: {said}", err=True)
    return data


def check_one_reader(spec: str, table: str | None) -> None:
    """Refuse to read both a spec and a table from standard input."""
    if spec == table == "-":
        raise click.UsageError("standard input can be the spec or the table, not both; name one")


def paths_of(table: UserTable | None) -> list[str]:
    """The file of a table, if there is one: it must not be written over."""
    return [] if table is None else [table.path]


_OPTIONS = (
    click.option("--delimiter", metavar="CHARACTER", help="Of a CSV table, if it is no comma; "
                 "or 'tab'."),
    click.option("--null-values", callback=names_of, metavar="TEXT,…",
                 help="Cells of a CSV table that mean a missing value, besides the empty one."),
    click.option("--decimal", type=click.Choice([".", ","]), default=".", show_default=True,
                 help="Of the numbers of a CSV table; with a comma, ';' separates cells."),
    click.option("--encoding", default="utf-8", show_default=True, help="Of a CSV table."),
    click.option("--sheet", metavar="NAME", help="Of an Excel workbook with several."),
    click.option("--input-format", type=click.Choice(FORMATS),
                 help="Of a table, if its ending does not say it."),
)  # fmt: skip

_COLUMN = click.option(
    "--column", "columns", multiple=True, callback=pairs_of, metavar="INPUT=COLUMN",
    help="Read an input from another column; may be repeated.",
)  # fmt: skip


def table_options(command: Command) -> Command:
    """Add the options that say how a table is read; the command gets them as ``reading``."""
    return _with_reading(command, (_COLUMN, *_OPTIONS))


def table_argument(command: Command) -> Command:
    """Add ``[TABLE]`` and how it is read; the command gets it as ``table``, a UserTable or None.

    ``--data TABLE``, as it was written at first, does the same and says so.
    """

    @functools.wraps(command)
    def run(
        *arguments: Any, table: str | None, data: str | None, reading: Reading, **others: Any
    ) -> Any:
        path = one_table(table, data)
        check_one_reader(others["spec"], path)
        return command(*arguments, table=reading.table(path), **others)

    hidden = click.option("--data", metavar="TABLE", hidden=True)
    place = click.argument(
        "table", required=False, metavar="[TABLE]", type=click.Path(allow_dash=True)
    )
    return place(hidden(table_options(run)))  # type: ignore[return-value]


def format_options(command: Command) -> Command:
    """The same without ``--column``, where more than one network reads the table."""
    return _with_reading(command, _OPTIONS)


def _with_reading(command: Command, options: Any) -> Command:
    @functools.wraps(command)
    def run(
        *arguments: Any, delimiter: str | None, null_values: tuple[str, ...], encoding: str,
        decimal: str, sheet: str | None,
        input_format: str | None, columns: Mapping[str, str] | None = None, **others: Any,
    ) -> Any:  # fmt: skip
        reading = Reading(
            input_format, delimiter, null_values, encoding, decimal, columns or {}, sheet
        )
        return command(*arguments, reading=reading, **others)

    for option in reversed(options):
        run = option(run)
    return run  # type: ignore[return-value]
