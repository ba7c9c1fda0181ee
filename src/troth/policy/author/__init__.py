"""Helps whoever writes a policy: one form for all files, and a first policy to change. Compiling needs none of it."""
