"""Rules about examples and properties."""
