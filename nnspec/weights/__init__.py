"""Weights and biases in files beside the spec: opened, judged, written.

Nothing in a file is believed before it is checked, and nothing is constructed from one but arrays
of numbers: there is no pickle here.
"""
