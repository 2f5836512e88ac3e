"""The search for inputs that violate a statement: special points, hinges, uphill, then smaller."""
