"""Samples: totals over many people, with nothing applied and nothing kept."""
