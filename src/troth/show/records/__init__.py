"""The records that a policy makes by itself: one module each, from the compiled policy and the law packs alone.

Pure: the same policy, day and language give the same bytes.
"""
