"""Hard cases, end to end on real parts: plant, see, act, see nothing, and the neighbour is what it was."""
