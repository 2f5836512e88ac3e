"""Strategies for specs with one fault, and the code of the diagnostic that it must give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from nnspec.spec.writing import to_data
from nnspec.testing.arguments import check_names
from nnspec.testing.faults import claim_faults, shape_faults, text_faults
from nnspec.testing.faults.sketches import Fault, Sketch
from nnspec.testing.faults.warnings import WARNINGS, plain_data
from nnspec.testing.strategies.networks import network_specs
from nnspec.testing.strategies.parts import Draw


class BrokenSpec(NamedTuple):
    """The text of a spec with one fault.

    Parameters
    ----------
    text
        The spec, as YAML.
    code
        The code of the diagnostics that ``nnspec validate`` gives: this one and no other.
    """

    text: str
    code: str


FAULTS: Mapping[str, Fault] = {
    **text_faults.FAULTS, **shape_faults.FAULTS, **claim_faults.FAULTS
}  # fmt: skip
"""What is wrong enough to forbid a spec's use, by its code."""


@st.composite
def broken_specs(draw: Draw, *, codes: Sequence[str] = tuple(FAULTS)) -> BrokenSpec:
    """Specs with one fault, each with the code of the diagnostic that it must give.

    They shrink toward the code that is listed first, and toward small specs.

    Parameters
    ----------
    codes
        Which faults; by default every error that the text of a spec can have. Those of a file's
        bytes, size and weights (NS115, NS6xx) it cannot. Warnings (NS9xx) must be asked for.

    Examples
    --------
    >>> strategy = broken_specs(codes=["NS301", "NS401"])
    """
    check_names("codes", codes, {**FAULTS, **WARNINGS})
    code = draw(st.sampled_from(codes))
    if code in FAULTS:
        data = to_data(draw(network_specs(max_layers=2, max_neurons=2, bulk=False)))
    else:
        data = plain_data(draw)
    sketch = Sketch(draw, data)
    {**FAULTS, **WARNINGS}[code](sketch)
    return BrokenSpec(sketch.text(), code)
