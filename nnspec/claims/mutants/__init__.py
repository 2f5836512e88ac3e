"""A network with one thing changed, and which changes no claim notices."""
