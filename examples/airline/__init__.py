"""Larkwing Air: an airline that does not exist, with the troubles that real ones have."""
