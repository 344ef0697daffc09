"""Elastic: rules as Kibana imports them, and the same for sigma-cli as ``rekey_elastic``."""
