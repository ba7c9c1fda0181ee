"""`python -m troth`."""

from troth.edges.cli import main

main()
