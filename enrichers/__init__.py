"""What an alert cannot say by itself: lineage, attribution, owners, readiness."""
