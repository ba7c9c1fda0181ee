"""Organisations that do not exist, each with its databases and its policy."""
