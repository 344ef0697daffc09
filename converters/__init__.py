"""Sigma to engines: the field registry, the rule set, and one folder for each engine."""
