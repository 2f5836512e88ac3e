"""What differs between two networks: their structure by name, then what that does to outputs."""

from nnspec.comparison.differences import Difference, WeightMove, WeightMoves
from nnspec.comparison.matching import match
from nnspec.comparison.renames import Renames, renamed_spec
from nnspec.comparison.structure import compare

__all__ = [
    "Difference",
    "Renames",
    "WeightMove",
    "WeightMoves",
    "compare",
    "match",
    "renamed_spec",
]
