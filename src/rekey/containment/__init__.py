"""Containment: a case becomes a plan, people approve it, effects follow, each with its proof.

Nothing here talks to a cloud: providers do, behind :mod:`rekey.containment.interface`.
"""
