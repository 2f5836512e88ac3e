"""The formats of tables, and the names of files that tell them."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal, TypeAlias, get_args

from nnspec.diagnostics.suggestions import did_you_mean, listed, quote
from nnspec.tables.errors import RequestError

Format: TypeAlias = Literal["csv", "parquet", "ndjson", "arrow"]

FORMATS: tuple[Format, ...] = get_args(Format)

EXTENSIONS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".arrow": "arrow",
    ".feather": "arrow",
}
"""The format that a file's extension tells."""

_PACKED = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z")


def format_of(path: str, given: str | None, option: str) -> Format:
    """The format to read or write a file in.

    Parameters
    ----------
    path
        The file; ``-`` is standard input or output, which is CSV unless a format is given.
    given
        The format that was asked for; None to go by the file's name.
    option
        What a user writes to ask for one, such as ``--input-format``.

    Raises
    ------
    RequestError
        If there is no such format, or the name tells none.
    """
    if given is not None:
        for known in FORMATS:
            if given == known:
                return known
        message = f"there is no format {quote(given)} of tables"
        raise RequestError(message, did_you_mean(given, FORMATS))
    if path == "-":
        return "csv"
    extension = PurePath(path).suffix.lower()
    if extension in EXTENSIONS:
        return EXTENSIONS[extension]
    message = f"the name {quote(path)} does not tell the format of the table"
    known_names = f"known are {listed(EXTENSIONS)}; for another name: {option} {'|'.join(FORMATS)}"
    if extension in _PACKED:
        known_names = "packed files are neither read nor written"
    raise RequestError(message, known_names)


def delimiter_of(path: str) -> str:
    """The delimiter that a CSV file's extension tells."""
    return "\t" if PurePath(path).suffix.lower() == ".tsv" else ","
