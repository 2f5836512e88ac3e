"""Specs with one fault each, and the code of the diagnostic that it must give."""
