"""What containment costs: the journal, a plan, and runs on real servers beside their bare calls."""
