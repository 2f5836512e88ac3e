"""What all tests share: how Hypothesis runs.

A run is the same on every machine, so that a failure can be repeated; ``--hypothesis-profile=seek``
draws other examples, and more of them, for whoever looks for faults.
"""

from __future__ import annotations

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
