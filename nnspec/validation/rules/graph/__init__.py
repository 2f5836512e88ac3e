"""Rules about what feeds what."""
