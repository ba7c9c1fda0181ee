"""The planner, held against cases in words and against slow, obvious references."""
