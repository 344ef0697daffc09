"""Containment swept on servers that enforce: every point of a crash, every fault, an adversary."""
