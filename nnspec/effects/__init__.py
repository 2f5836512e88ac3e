"""What the difference between two networks does to their outputs."""

from nnspec.effects.pairs import CannotCompareError, Pair, pair_of
from nnspec.effects.search import search_effect
from nnspec.effects.table import table_effect

__all__ = ["CannotCompareError", "Pair", "pair_of", "search_effect", "table_effect"]
