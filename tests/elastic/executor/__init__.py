"""The executor itself: edges of windows, groups, history and schedule, on hand-written rules."""
