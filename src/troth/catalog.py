"""Law and vocabularies, read once from packs/ into a frozen Catalog that has been checked against itself.

The core emits codes; a pack owns the citation. Written in full by the policy compiler's part.
"""
