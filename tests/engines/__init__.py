"""Real servers for tests: how they are found, started once for a run, and ended."""
