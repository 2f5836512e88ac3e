"""Rules about files beside a spec."""
