"""The formats of tables: the names of files that tell them, and the bytes that files begin with."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal, TypeAlias, get_args

from nnspec.diagnostics.suggestions import did_you_mean, listed, printable, quote
from nnspec.tables.errors import Place, RequestError, TableError

Format: TypeAlias = Literal["csv", "parquet", "ndjson", "arrow", "excel"]

FORMATS: tuple[Format, ...] = get_args(Format)

BINARY: tuple[Format, ...] = ("parquet", "arrow", "excel")
"""The formats that are no text, and so not for a terminal."""

EXTENSIONS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".xlsx": "excel",
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


def delimiter_of(path: str, decimal: str = ".") -> str:
    """The delimiter that a CSV file's extension tells; not the sign that separates decimals."""
    if PurePath(path).suffix.lower() == ".tsv":
        return "\t"
    return ";" if decimal == "," else ","


# -- a file is not always what its name says -----------------------------------------------------

LONGEST = 16
"""How many of a file's first bytes are looked at."""

# The first pattern that the bytes begin with names them.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "a gzip archive", "unpack it first: gunzip"),
    (
        b"PK\x03\x04",
        "a zip archive, as Excel's .xlsx files are",
        "of a workbook, name it .xlsx, or say --input-format excel",
    ),
    (b"PK\x05\x06", "an empty zip archive", "save the sheet as CSV"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Office file, as .xls is, or an encrypted one",
        "save it as .xlsx without a password, or as CSV",
    ),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it first: unzstd"),
    (b"BZh", "a bzip2 archive", "unpack it first: bunzip2"),
    (b"\xfd7zXZ\x00", "an xz archive", "unpack it first: unxz"),
    (b"PAR1", "a Parquet file", "name it .parquet, or say --input-format parquet"),
    (b"PARE", "an encrypted Parquet file", "decrypt it first: nnspec holds no keys"),
    (b"ARROW1", "an Arrow IPC file", "name it .arrow, or say --input-format arrow"),
    (b"\xff\xff\xff\xff", "a stream of Arrow IPC messages", "write it in Arrow's file format"),
    (b"SQLite format 3\x00", "an SQLite database", "export the table as CSV"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "export the table as CSV or Parquet"),
    (b"%PDF-", "a PDF document", "export the table as CSV"),
    (b"\x93NUMPY", "a NumPy array", "write it as CSV or Parquet, with the columns' names"),
)


def refuse_binary(start: bytes, expected: str, place: Place) -> None:
    """Refuse a text file that begins as a binary one does.

    Parameters
    ----------
    start
        The file's first bytes.
    expected
        What it was taken for, such as ``CSV``.
    place
        The file, for the message.

    Raises
    ------
    TableError
        If the bytes are those of another kind of file.
    """
    for signature, kind, help_ in _SIGNATURES:
        if start.startswith(signature):
            raise TableError(f"this is {kind}, not {expected}", _at_start(place), help_)


def refuse_other(start: bytes, signature: bytes, expected: str, place: Place) -> None:
    """Refuse a file that does not begin with the signature of its format.

    Raises
    ------
    TableError
        If it does not; the message names what it is instead, where that is known.
    """
    if start.startswith(signature):
        return
    if not start:
        raise TableError(f"the file is empty, not {expected}", _at_start(place))
    refuse_binary(start, expected, place)
    shown = printable(start.decode("latin-1"))
    help_ = "if it is text, name it .csv or .ndjson, or say --input-format"
    raise TableError(f"this is not {expected}: it begins with '{shown}'", _at_start(place), help_)


def _at_start(place: Place) -> Place:
    return Place(place.path, offset=0)
