"""A Vault, workloads that log in to it, and the truth about them."""
