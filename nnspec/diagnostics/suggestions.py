"""The nearest legal name, and lists of legal names, for messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MAX_WORK = 2_000_000
"""Beyond this many pairs of letters only names that begin alike are compared, and few of them."""


def nearest(given: str, legal: Iterable[str]) -> str | None:
    """The legal name most like the one given, or None when none is near.

    Letters' case, ``_`` for ``-`` and spaces are forgiven first, then ordinary misspelling.

    Examples
    --------
    >>> nearest("activaton", ["activation", "aggregation", "bias"])
    'activation'
    >>> nearest("Large_near_city", ["large-near-city", "historic"])
    'large-near-city'
    >>> nearest("zebra", ["activation", "bias"]) is None
    True
    """
    names = list(legal)
    plain = _plain(given[:200])
    if len(plain) * sum(map(len, names)) > MAX_WORK:
        alike = [n for n in names if n[:2] == given[:2] and abs(len(n) - len(given)) <= 2]
        names = alike[:50]
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(_plain(name), name)
    if plain in by_plain:
        return by_plain[plain]
    found = difflib.get_close_matches(plain, by_plain, n=1, cutoff=0.6)
    return by_plain[found[0]] if found else None


def _plain(name: str) -> str:
    return name.strip().casefold().replace("_", "-").replace(" ", "-")


MOST_SUGGESTIONS = 50
"""A rule looks for the nearest names this often; of a thousand misspelt names few are read."""


def did_you_mean(given: str, legal: Iterable[str]) -> str:
    """Help that names the nearest legal name, or else lists the legal ones.

    Examples
    --------
    >>> did_you_mean("reul", ["relu", "tanh"])
    "did you mean 'relu'?"
    >>> did_you_mean("zebra", ["relu", "tanh"])
    'legal: relu, tanh'
    """
    names = list(legal)
    near = nearest(given, names)
    if near is not None:
        return f"did you mean {quote(near)}?"
    return f"legal: {listed(names)}" if names else ""


def listed(names: Iterable[object], most: int = 30) -> str:
    """Names separated by commas, cut with a count when there are many.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    texts = [str(name) for name in names]
    if len(texts) <= most:
        return ", ".join(texts)
    return f"{', '.join(texts[:most])} and {len(texts) - most:,} more"


def quote(value: object, most: int = 60) -> str:
    r"""A value as messages show it: quoted, on one line, escaped, and not too long.

    Examples
    --------
    >>> quote("two\nlines"), quote(2.5), quote(None)
    ("'two\\nlines'", '2.5', 'nothing')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        cut = value if len(value) <= most else value[: most - 1] + "…"
        return "'" + printable(cut) + "'"
    return repr(value)


def printable(text: str) -> str:
    r"""Text with everything that is not printable escaped, so that no terminal obeys it.

    Examples
    --------
    >>> printable("red \x1b[31m")
    'red \\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "neuron"), counted(12000, "synapse")
    ('1 neuron', '12,000 synapses')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
