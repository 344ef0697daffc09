"""Splunk: our field names and queries, found by sigma-cli as ``rekey_splunk``."""
