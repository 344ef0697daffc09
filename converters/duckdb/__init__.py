"""The embedded engine: Sigma to DuckDB SQL."""
