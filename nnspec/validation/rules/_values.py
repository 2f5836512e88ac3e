"""Which values an input can take, judged quickly for many of them."""

from __future__ import annotations

import sys

from nnspec.diagnostics.suggestions import quote
from nnspec.spec.model import Input, Value, category_text
from nnspec.text.scalars import looks_numeric
from nnspec.validation.rules._claims import affordable
from nnspec.validation.rules.numbers.impossible_stand_in import impossible_value

Fault = tuple[str, str]
"""A message and its help."""


class Values:
    """Judges values that examples and properties give to inputs.

    ``types_known`` is False when an input's type or categories may be unread: text, booleans and
    categories are then let pass.
    """

    def __init__(self, *, types_known: bool) -> None:
        self.types_known = types_known
        self.categories: dict[str, frozenset[str]] = {}
        self.explained = 0

    def fault(self, item: Input, value: Value | None) -> Fault | None:
        """Why an input cannot take a value, and what it can; None if it can or nobody can tell."""
        if value is None:  # no value at all, which the schema reports
            return None
        if item.type == "category":
            return self._category_fault(item, value)
        if isinstance(value, str):
            return _text_fault(item, value) if self.types_known else None
        if isinstance(value, bool) and not self.types_known:
            return None
        if not is_finite(value) or (has_no_values(item) and item.type != "boolean"):
            return None
        return impossible_value(item, value)

    def _category_fault(self, item: Input, value: Value) -> Fault | None:
        if not self.types_known or not item.categories:
            return None
        if item.name not in self.categories:
            texts = frozenset(item.category_texts)
            self.categories[item.name] = texts
        if category_text(value) in self.categories[item.name]:
            return None
        self.explained += 1
        if self.explained > affordable(len(item.categories)):
            return f"{quote(value)} is not a category of {quote(item.name)}", ""
        return impossible_value(item, value)


def _text_fault(item: Input, value: str) -> Fault:
    """The fault of text given to an input that takes numbers."""
    what = f"{quote(item.name)} is {with_article(item.type)} and cannot be {quote(value)}"
    if looks_numeric(value):
        return what, "write it as a plain decimal number, such as 1000 or 0.5"
    if item.type == "boolean":
        return what, "legal: true, false, 1, 0"
    return what, "write a number, without quotes"


def is_finite(value: float) -> bool:
    """Whether a double holds a number at all; what is not finite is NS108's fault."""
    return abs(value) <= sys.float_info.max  # compares integers of any size, and NaN is False


def has_no_values(item: Input) -> bool:
    """Whether an input's range is empty, which is NS501's fault."""
    low, high = item.range
    return low is not None and high is not None and low > high


def with_article(noun: str) -> str:
    """A noun after "a" or "an"."""
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
