"""The command line: `troth`. One file for each group of commands; each command is a few lines over the desk."""

from troth.edges.cli.main import main, program

__all__ = ["main", "program"]
