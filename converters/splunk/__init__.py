"""Splunk: rules as an app, and as queries for sigma-cli (``rekey_splunk``).

A search has three parts: plain terms that take events from disk (:mod:`prefilter`), the exact condition
in ``where`` (:mod:`condition`), and for stateful rules windows (:mod:`windows`) or what was learned
(:mod:`baseline`). docs/siem/splunk.md lists all SPL that is emitted, and what is asked of Splunk.
"""
