"""Text as workbooks write it: characters that XML does not carry stand as ``_xHHHH_``."""

from __future__ import annotations

import re

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_WRITTEN = re.compile("_x([0-9A-Fa-f]{4})_")


def escaped(text: str) -> str:
    r"""A text as a workbook writes it.

    Examples
    --------
    >>> escaped("two\r\nlines"), escaped("_x000D_")
    ('two_x000D_\nlines', '_x005F_x000D_')
    """
    return _UNSAFE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescaped(text: str) -> str:
    r"""What a text of a workbook says.

    Examples
    --------
    >>> unescaped("two_x000D_\nlines"), unescaped("_x005F_x000D_")
    ('two\r\nlines', '_x000D_')
    """
    return _WRITTEN.sub(lambda found: chr(int(found[1], 16)), text)
