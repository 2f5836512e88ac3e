"""What differs between two networks: their structure by name, then what that does to outputs."""

from nnspec.comparing.structure.compare import compare
from nnspec.comparing.structure.differences import Difference, WeightMove, WeightMoves
from nnspec.comparing.structure.matching import match
from nnspec.comparing.structure.renames import Renames, renamed_spec

__all__ = [
    "Difference",
    "Renames",
    "WeightMove",
    "WeightMoves",
    "compare",
    "match",
    "renamed_spec",
]
