"""The JSON Schemas of the spec format, shipped as the package data of ``nnspec.schemas``."""
