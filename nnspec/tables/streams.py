"""The bytes that a table is read from: a file, or standard input, in UTF-8 or transcoded to it."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.errors import Place, RequestError, TableError

STDIN = "-"
"""The path that means standard input."""


def open_bytes(path: str) -> BinaryIO:
    """A file, or standard input, for reading bytes.

    Raises
    ------
    RequestError
        If standard input is a terminal, or is closed.
    OSError
        If the file cannot be opened.
    """
    if path != STDIN:
        return Path(path).open("rb", buffering=0)
    if sys.stdin is None or sys.stdin.closed:
        raise RequestError("standard input is closed", "name a file to read the table from")
    if sys.stdin.isatty():
        message = "the table is to come from standard input, which is a terminal"
        raise RequestError(message, "name a file, or pipe the table in")
    # A stream of its own: closing it must not close the process's standard input.
    return open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)


def open_file(path: str) -> BinaryIO:
    """A file that can be sought in, for reading bytes.

    Raises
    ------
    RequestError
        If the path is standard input, or leads to a pipe or a device.
    OSError
        If the file cannot be opened.
    """
    help_ = "write the table to a file first; CSV and NDJSON can come through a pipe"
    if path == STDIN:
        raise RequestError("this format cannot be read from standard input", help_)
    if not Path(path).is_dir() and Path(path).exists() and not Path(path).is_file():
        raise RequestError(f"this format cannot be read from {quote(path)}, no regular file", help_)
    return Path(path).open("rb")


def share_read(stream: BinaryIO) -> float | None:
    """How much of a regular file has been read, from 0 to 1; None for a pipe or a terminal."""
    status = os.fstat(stream.fileno())
    if not stat.S_ISREG(status.st_mode) or not status.st_size:
        return None
    return stream.tell() / status.st_size


def shown_path(path: str) -> str:
    """The file's name in messages."""
    return "<stdin>" if path == STDIN else path


def check_encoding(name: str) -> str:
    """The canonical name of a text encoding.

    Raises
    ------
    RequestError
        If there is no such encoding.
    """
    try:
        # bytes-to-bytes codecs, as "zip" is one, are no encodings of text.
        "".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        message = f"unknown encoding {quote(name)}"
        help_ = "legal: utf-8, utf-16, cp1252, latin-1, and the others that Python knows"
        raise RequestError(message, help_) from None


_LINE_BYTES = 2**16


class LineStream:
    """A regular file whose reads end with a line where they can, so that nothing is left over.

    Parameters
    ----------
    stream
        The file; a stream of another kind is read as it comes.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._regular = hasattr(os, "pread") and _is_regular(stream)

    def read(self, size: int, /) -> bytes | None:
        """Up to ``size`` bytes; none at the end."""
        if self._regular and size > _LINE_BYTES:
            place = self._stream.tell() + size - _LINE_BYTES
            end = os.pread(self._stream.fileno(), _LINE_BYTES, place)
            # Where the file ends here, so does the read.
            if len(end) == _LINE_BYTES:
                size -= _LINE_BYTES - 1 - end.rfind(b"\n")
        return self._stream.read(size)


def _is_regular(stream: BinaryIO) -> bool:
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, AttributeError):  # no file at all
        return False


class Transcoder:
    """A stream of bytes in some encoding, read as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str, path: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._path = path
        self._offset = 0
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """At least one byte of text in UTF-8, about ``size`` of them; none at the end."""
        text = ""
        while not text and not self._ended:
            chunk = self._stream.read(size)
            self._ended = not chunk
            text = self._decode(chunk)
            self._offset += len(chunk)
        return text.encode("utf-8")

    def _decode(self, chunk: bytes) -> str:
        waiting = self._decoder.getstate()[0]
        try:
            text = self._decoder.decode(chunk, final=self._ended)
            text.encode("utf-8")
        except UnicodeDecodeError as error:
            offset = self._offset - len(waiting) + error.start
            shown = error.object[error.start : error.start + 4].hex(" ")
            raise self._refuse(f" at byte {offset:,}: {shown}", offset) from None
        except UnicodeEncodeError:
            raise self._refuse(" (it gives lone surrogates)", self._offset) from None
        return text

    def _refuse(self, detail: str, offset: int) -> TableError:
        message = f"the text is not {self._encoding}{detail}"
        place = Place(self._path, offset=offset)
        return TableError(message, place, "name the encoding that it is in: --encoding")
