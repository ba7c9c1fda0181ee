"""Use cases: gather facts, ask the pure core, act through a port, write it down. One file for each matter."""
