"""Claims of a spec, and what decides them: examples and generated inputs."""

from nnspec.claims.cases import Case, cases, property_case
from nnspec.claims.rendering import render_result
from nnspec.claims.results import Failure, Options, Result
from nnspec.claims.runs import replay, run_case, run_cases

__all__ = [
    "Case",
    "Failure",
    "Options",
    "Result",
    "cases",
    "property_case",
    "render_result",
    "replay",
    "run_case",
    "run_cases",
]
