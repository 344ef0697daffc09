"""Deployment: what was built, what is live, and the way from one to the other.

built package ─┐
live objects  ─┼─ compare → plan (digest) → apply → ledger
ledger        ─┘
"""
