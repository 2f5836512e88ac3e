"""Networks with one planted fault each, and a true claim that the fault breaks."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.faults import corners, deep, discrete, pairs, scales, smooth
from benchmarks.faults.building import Planted

FAMILIES: tuple[Callable[[np.random.Generator, int], Planted], ...] = (
    corners.corner_of_inputs,
    corners.corner_of_layers,
    corners.bump,
    corners.ordered_corner,
    corners.linear_miss,
    pairs.narrow_fall,
    pairs.fall_in_corner,
    pairs.wrong_sign_falls,
    pairs.steep_between_hinges,
    pairs.beyond_a_clip,
    discrete.off_by_one,
    discrete.full_share,
    discrete.one_category,
    discrete.one_combination,
    discrete.wrong_sign_sinks,
    smooth.smooth_bump,
    smooth.softmax_class,
    deep.deep_region,
    deep.deep_wrong_sign,
    scales.unusual_scale,
)

N_SEEDS = {"corner_of_inputs": 8, "bump": 8, "off_by_one": 6, "unusual_scale": 6}
"""Families of more than four kinds."""


def plant(family: Callable[[np.random.Generator, int], Planted], seed: int) -> Planted:
    """One planted fault; the same for the same seed."""
    return family(np.random.default_rng([zlib.crc32(family.__name__.encode()), seed]), seed)


def planted_faults(only: str = "") -> Iterator[Planted]:
    """Every planted fault, or those of the functions whose names hold a text."""
    for family in FAMILIES:
        if only not in family.__name__:
            continue
        for seed in range(N_SEEDS.get(family.__name__, 4)):
            yield plant(family, seed)
