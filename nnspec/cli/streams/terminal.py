"""Colour, and whether a terminal wants it."""

from __future__ import annotations

import json
import os
import unicodedata
from typing import Any, TextIO

RED, GREEN, YELLOW, BLUE, BOLD = "31;1", "32", "33;1", "34;1", "1"


def wants_color(stream: TextIO, choice: str = "auto") -> bool:
    """Whether to colour what goes to a stream.

    ``--color`` wins over NO_COLOR, NO_COLOR over FORCE_COLOR, and that over whether the stream is
    a terminal that is not dumb.
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def paint(text: str, style: str, *, color: bool) -> str:
    """Text in a style, if colour is wanted."""
    return f"\x1b[{style}m{text}\x1b[0m" if color and text else text


def display_width(text: str) -> int:
    """How many columns a text takes on a terminal.

    Examples
    --------
    >>> display_width("price"), display_width("価格")
    (5, 4)
    """
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def json_text(data: Any) -> str:
    r"""Data as JSON that a person may read: letters as they are, and escaped what no one sees.

    Examples
    --------
    >>> print(json_text({"größe": "a\u202eb"}))
    {
      "größe": "a\u202eb"
    }
    """
    return hidden_escaped(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


def hidden_escaped(text: str) -> str:
    """JSON with what is not printable escaped, such as characters that turn the reading order."""
    plain = text.replace("\n", "")
    if plain.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
