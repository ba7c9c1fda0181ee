"""May this happen, to this person, for this purpose, now? Pure: moment and facts are told, nothing is looked up.

`ask` answers. `rules` holds what it answers by, `reference` says the same slowly, `cases` checks written examples.
"""
