"""What the difference between two networks does to their outputs."""

from nnspec.comparing.effects.networks import CannotCompareError, Pair, pair_of
from nnspec.comparing.effects.search import search_effect
from nnspec.comparing.effects.table import table_effect

__all__ = ["CannotCompareError", "Pair", "pair_of", "search_effect", "table_effect"]
