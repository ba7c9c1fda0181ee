"""Troth: the privacy notice is the program."""

__version__ = "0.1.0"
