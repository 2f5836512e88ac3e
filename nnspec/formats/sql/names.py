"""The names of columns and tables: those of the spec where the dialect can hold them."""

from __future__ import annotations

import re

from nnspec.formats.sql.dialects import Dialect

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_ -]")


class Names:
    """Gives each thing a name of its own in a query, its own name where that can be.

    A name that the dialect cannot hold, or cannot tell from another, is changed: ``A`` to ``A_2``
    beside ``a``, where case does not count.

    Parameters
    ----------
    dialect
        The dialect.
    taken
        Names that may not be given.

    Examples
    --------
    >>> from nnspec.formats.sql.dialects import DIALECTS
    >>> names = Names(DIALECTS["sqlite"])
    >>> names.give("age"), names.give("AGE"), names.give("AGE")
    ('age', 'AGE_2', 'AGE_3')
    """

    def __init__(self, dialect: Dialect, taken: tuple[str, ...] = ()) -> None:
        self._dialect = dialect
        self._taken = {self._key(name) for name in (*taken, *dialect.reserved)}

    def give(self, wanted: str) -> str:
        """A name for something that is called ``wanted`` in the spec."""
        plain = _NOT_PLAIN.sub("_", wanted) if self._dialect.plain_names else wanted
        name, count = self._cut(plain, ""), 1
        while self._key(name) in self._taken:
            count += 1
            name = self._cut(plain, f"_{count}")
        self._taken.add(self._key(name))
        return name

    def can_be(self, name: str) -> bool:
        """Whether the dialect can hold a name as it is."""
        return self._cut(name, "") == name and not (
            self._dialect.plain_names and _NOT_PLAIN.search(name)
        )

    def same(self, first: str, second: str) -> bool:
        """Whether the dialect takes two names for one."""
        return self._key(first) == self._key(second)

    def _key(self, name: str) -> str:
        return name.casefold() if self._dialect.folds_case else name

    def _cut(self, name: str, end: str) -> str:
        most = self._dialect.max_name
        if most is None or len((name + end).encode()) <= most:
            return name + end
        return name.encode()[: most - len(end)].decode(errors="ignore") + end
