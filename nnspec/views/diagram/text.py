"""How wide a text is drawn."""

from __future__ import annotations

import unicodedata

FONT = "ui-sans-serif, system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"

_NARROW = frozenset("iljtfrI.,:;'|!()[]-/\\ ")
_SIGNS = frozenset("#&+<=>^~")
_WIDE = frozenset("mwMW@%…—")
_ODD = 1.1
"""What a character beyond ASCII may take, in sizes; ligatures and arrows may take more."""

_BOLD = 1.18


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """At most how wide a text is in a common sans-serif font, in the units of ``size``.

    DejaVu Sans, the widest of the fonts asked for, is what is reckoned with, so that no label is
    wider than the place kept for it.

    Examples
    --------
    >>> text_width("historic", 10) < text_width("HISTORIC", 10) < text_width("価格価格価格価格", 10)
    True
    """
    return size * (_BOLD if bold else 1.0) * sum(_em(character) for character in text)


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    base = unicodedata.normalize("NFD", character)[0]  # an accent takes no room
    if base in _NARROW:
        return 0.42
    if base in _WIDE:
        return 1.0
    if not base.isascii():
        return _ODD
    return 0.84 if base in _SIGNS else 0.79 if base.isupper() else 0.66


def shortened(text: str, most: int = 34) -> str:
    """A text of so many characters at most, cut in its middle: names often differ at their ends.

    Examples
    --------
    >>> shortened("distance-to-the-nearest-station", 20)
    'distance-to…-station'
    """
    if len(text) <= most:
        return text
    tail = most * 2 // 5
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"
