"""Other formats that networks are written to and read from: one module, or package, for each."""
