"""rekey: detections and response playbooks for the abuse of workload identities."""

__version__ = "0.1.0"
