"""The command line: `troth`. One file for each group of commands; each command is a few lines over the desk."""

from troth.edges.cli.main import app, main

__all__ = ["app", "main"]
