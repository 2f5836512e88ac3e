"""Nothing of a table is lost or changed in silence, whatever one byte of it is made."""

from __future__ import annotations

import pytest
from mutations import SEEDS, attempts


@pytest.mark.parametrize("kind", SEEDS)
def test_a_changed_byte_is_refused_or_read_as_another_reader_reads_it(kind):
    """More of them: ``python tests/tables/mutations.py 5000``."""
    found = dict(attempts(kind, 200, seed=0))
    assert "WRONG" not in found, found["WRONG"]
    assert len(found) >= 2, "the changes reach what is read"
