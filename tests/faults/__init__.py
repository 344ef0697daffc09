"""Faults between a client and a server that knows nothing of them."""
