"""What differs between two specs, by name."""
