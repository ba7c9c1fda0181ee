"""The gate held to its word."""
