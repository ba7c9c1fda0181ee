"""Troth: the privacy notice is the program."""
