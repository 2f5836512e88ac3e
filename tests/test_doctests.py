"""Every example in a docstring is run."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import nnspec

MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(nnspec.__path__, "nnspec.")
    if not found.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    failed, _ = doctest.testmod(import_module(name))
    assert failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = sum(
        bool(test.examples) for name in MODULES for test in finder.find(import_module(name))
    )
    assert found > 20
