"""Rules about the YAML itself."""
