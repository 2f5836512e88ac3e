"""What Hypothesis calls when it is imported: it learns how to make specs, and so networks."""

from __future__ import annotations

from typing import Any


def setup() -> None:
    """Let ``st.from_type(NetworkSpec)`` give valid specs, and ``st.from_type(Network)`` networks.

    A network is built from a spec and limits, so that its class, which would bring the arrays in,
    need not be named. The generator comes with the first spec that is asked for.
    """
    from hypothesis import strategies as st

    from nnspec.diagnostics.limits import DEFAULT_LIMITS, Limits
    from nnspec.spec.model import NetworkSpec

    st.register_type_strategy(NetworkSpec, _specs)
    # Limits drawn at random would refuse the networks.
    st.register_type_strategy(Limits, st.just(DEFAULT_LIMITS))


def _specs(_: type) -> Any:
    from nnspec.testing.strategies.networks import network_specs

    return network_specs()
