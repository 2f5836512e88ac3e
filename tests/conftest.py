"""What all tests share: how Hypothesis runs, how tests are spread, and the servers they ask.

A run is the same on every machine, so that a failure can be repeated; ``--hypothesis-profile=seek``
draws other examples, and more of them, for whoever looks for faults.

``pytest`` alone spreads the tests over the processors. Where files or tests are named, as an
editor does, they run in this one process, in which a debugger stops and output is seen; ``-n 2``
spreads those too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import engines
import pytest
from hypothesis import HealthCheck, settings

# Whole specs are large to draw; that a few of them are slow or refused says nothing.
QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile(
    "repeatable",
    derandomize=True,
    print_blob=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=QUIET,
)
settings.register_profile(
    "seek", print_blob=True, deadline=None, max_examples=1000, suppress_health_check=QUIET
)
settings.load_profile("repeatable")


# -- how tests are spread -------------------------------------------------------------------------


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes run the tests, where no one says it: one for each processor, or this."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        config.option.dist = "no"
        return 0
    return len(os.sched_getaffinity(0))


SERVERS = {"spark_session": "spark", "browser": "browser", "port": "server", "wheel": "wheel"}
"""By fixture that starts what is slow to start: the group of tests that share it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a server run in one process, so that each server is started once."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        groups = [group for fixture, group in SERVERS.items() if fixture in names]
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if not groups and "engine" in parameters:
            groups = [parameters["engine"]]
        if groups:
            item.add_marker(pytest.mark.xdist_group(groups[0]))


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Any]:
    """The one session of Spark that all tests share."""
    with engines.spark_session() as session:
        yield session
