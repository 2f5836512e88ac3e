"""Move weights between a spec's text and a file beside it, and leave the rest of the text alone."""

from nnspec.packing.moving import Packed, Unpacked, pack_text, unpack_text

__all__ = ["Packed", "Unpacked", "pack_text", "unpack_text"]
