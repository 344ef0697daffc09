"""Elastic: our field names and ES|QL queries, found by sigma-cli as ``rekey_elastic``."""
