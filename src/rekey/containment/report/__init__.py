"""What is shown of plans and runs: on a screen, as evidence for programs, as a page for people."""
