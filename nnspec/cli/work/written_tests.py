"""What ``nnspec new --tests`` writes: the test file of a network that one would begin with.

What it says of directions is what a search finds true of the network as it is, so that the file
passes; whoever keeps it decides what of that is meant.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent, indent

import numpy as np

from nnspec.claims import Options, property_case, run_case
from nnspec.claims.domain import simplest_row
from nnspec.claims.influence import supports
from nnspec.diagnostics.suggestions import counted, printable
from nnspec.network import Network
from nnspec.spec.model import Monotone, Property

MOST_DIRECTIONS = 24
"""So many pairs of an output and an input are tried at most."""

N_INPUTS = 2_000
"""How many inputs each direction is tried with, here and in the file."""


def tests_path(spec: Path) -> Path:
    """The name of a spec's test file, beside it, as pytest finds it.

    Examples
    --------
    >>> str(tests_path(Path("specs/body-mass-index.yaml")))
    'specs/test_body_mass_index.py'
    """
    stem = spec.name.removesuffix(".yaml").removesuffix(".yml").removesuffix(".nnspec")
    return spec.with_name(f"test_{re.sub(r'[^A-Za-z0-9_]', '_', stem)}.py")


def written_tests(network: Network, spec: Path, target: Path) -> str:
    """The test file of a network whose spec is at a path."""
    parts = [_claims(), _rows(network), _tables(), _directions(network)]
    if not network.spec.examples:
        parts.append(_as_it_was(network))
    body = "\n\n".join(part for part in parts if part)
    return f"{_head(network, spec, target, body)}\n\n{body}"


def _head(network: Network, spec: Path, target: Path, body: str) -> str:
    names = ["assert_monotone", "examples", "inputs", "tables"]
    used = ", ".join(name for name in names if f"{name}(" in body)
    libraries = "import nnspec\n" + ("import pytest\n" if "pytest." in body else "")
    where = os.path.relpath(spec.resolve(), target.resolve().parent).replace(os.sep, "/")
    title = printable(network.name)
    return dedent('''\
        """Tests of {title}, to begin with: keep what is meant of it, and add what you know.

        nnspec new --tests wrote them. They pass for the network as it was then.
        """

        import math
        from pathlib import Path

        {libraries}from hypothesis import given, settings
        from nnspec.testing import {used}

        network = nnspec.load(Path(__file__).parent / {where})
        ''').format(title=title, libraries=libraries, used=used, where=json.dumps(where))


def _claims() -> str:
    return dedent('''\
        def test_the_spec_keeps_what_it_claims():
            """Its examples, its properties and its neurons' ranges; nnspec test says more."""
            assert [result.case.id for result in network.test() if result.failed] == []
        ''')


def _rows(network: Network) -> str:
    decorator = "@examples(network)\n" if network.spec.examples else ""
    values = "[network(**row)]" if len(network.outputs) == 1 else "network(**row).values()"
    return decorator + dedent('''\
        @settings(deadline=None)
        @given(inputs(network))
        def test_every_row_within_the_ranges_has_a_value(row):
            """Also at their ends, and where neurons begin to fire."""
            assert all(math.isfinite(value) for value in {values})
        ''').format(values=values)


def _tables() -> str:
    return dedent('''\
        @settings(deadline=None)
        @given(tables(network, max_rows=20))
        def test_a_row_has_the_same_value_wherever_it_stands(table):
            """To the last bit: alone, among others, and in any order."""
            forward = network.evaluate(table)
            backward = network.evaluate({name: cells[::-1] for name, cells in table.items()})
            assert all((backward[name][::-1] == values).all() for name, values in forward.items())
        ''')


def _directions(network: Network) -> str:
    """What an output does as an input rises, all else equal."""
    asserted = [
        f"assert_monotone(network, {neuron!r}, {name!r}, {direction!r}, max_examples={N_INPUTS:_})"
        for neuron, name, direction in _found_directions(network)
    ]
    if not asserted:
        return ""
    return dedent('''\
        def test_directions():
            """Found true of {found} each. Keep those that are meant, or claim them in the spec."""
        ''').format(found=counted(N_INPUTS, "input")) + indent("\n".join(asserted) + "\n", "    ")


def _found_directions(network: Network) -> Iterator[tuple[str, str, str]]:
    claimed = {
        (neuron, name)
        for item in network.spec.properties
        if isinstance(item.claim, Monotone) and not item.when
        for neuron, directions in item.claim.directions.items()
        for name in directions
    }
    options = Options(max_examples=N_INPUTS)
    for neuron, name in _pairs(network)[:MOST_DIRECTIONS]:
        for direction in ("increasing", "decreasing") if (neuron, name) not in claimed else ():
            case = property_case(Property(Monotone({neuron: {name: direction}})))
            if not run_case(network, case, options).failed:
                yield neuron, name, direction
                break


def _pairs(network: Network) -> list[tuple[str, str]]:
    """Each output, and each input that is ordered and on which it depends."""
    compiled = network.compiled
    units = [compiled.index[name] for name in network.outputs]
    ordered = [item.type in ("number", "integer") for item in network.spec.inputs]
    reached = supports(compiled, units) & np.array(ordered)
    return [
        (neuron, network.inputs[at])
        for neuron, row in zip(network.outputs, reached, strict=True)
        for at in np.flatnonzero(row)
    ]


def _as_it_was(network: Network) -> str:
    """A row's values as they are: what a spec without examples can be held to."""
    row = simplest_row(network.spec)
    return dedent('''\
        def test_a_row_is_worth_what_it_was():
            """Put a row here that you worked out by hand, or make it an example of the spec."""
            row = {row!r}
            assert network(**row) == pytest.approx({values!r})
        ''').format(row=row, values=network(**row))
