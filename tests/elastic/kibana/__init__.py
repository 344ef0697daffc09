"""Kibana's detection engine, as far as it is documented and our rules use it, on a real server.

Kibana itself cannot be had from a package registry. Written from Elastic's documentation
(https://www.elastic.co/docs/solutions/security/detect-and-alert) and not from our compiler; what a
rule asks for that is not known here is refused.
"""
