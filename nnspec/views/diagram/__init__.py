"""The diagram of a network: named units in columns, and the synapses that exist."""

from nnspec.views.diagram.dot import diagram_dot
from nnspec.views.diagram.svg import Look, diagram_svg

__all__ = ["Look", "diagram_dot", "diagram_svg"]
