"""A backup is put back: what was erased is erased again, and nobody reads it in between."""
