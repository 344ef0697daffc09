"""Four weeks in which nothing is wrong: what everyday automation writes into the logs.

Each component is one tool or habit, written from its vendor's documentation; none is written to
fit a rule. ``test_budgets`` holds the rules to their budgets on it; ``make noise`` prints how
loud they are. Record shapes are those of the scenarios' generator.
"""
