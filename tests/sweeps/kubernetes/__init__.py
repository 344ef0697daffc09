"""A cluster, workloads in namespaces of their own, and the truth about them."""
