"""Colour, and whether a terminal wants it."""

from __future__ import annotations

import os
import unicodedata
from typing import TextIO

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
