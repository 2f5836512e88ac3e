"""Tables written: whole or not at all."""
