"""Values into words. An artefact is described once, as blocks; terminal, page and plain text render the same blocks.

So what was signed is what was shown, wherever it was shown. Nothing here decides, and nothing here reads a database.
"""
