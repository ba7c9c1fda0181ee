"""What every SQL store shares: the walk, the acting transaction, set-based statements, reflection."""
