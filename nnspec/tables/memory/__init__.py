"""Tables that a caller holds: frames, arrays and mappings."""
