"""The compiled kernel for weighted sums, and what only deep sparse networks need."""
