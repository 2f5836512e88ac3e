"""Measurements of nnspec, beside its rivals where it has any; each module is run by itself."""
