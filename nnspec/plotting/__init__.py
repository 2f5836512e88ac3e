"""Plots of a network, by matplotlib: response curves, maps of two inputs, where neurons fire."""

from nnspec.plotting.base import Base, base_of
from nnspec.plotting.curves import plot_curves
from nnspec.plotting.firing import plot_firing
from nnspec.plotting.maps import plot_map

__all__ = ["Base", "base_of", "plot_curves", "plot_firing", "plot_map"]
