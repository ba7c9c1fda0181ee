"""Whole lists held to what the gate says about each person."""
