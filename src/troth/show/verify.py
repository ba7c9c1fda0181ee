"""How a receipt is checked by somebody who trusts neither us nor our machines."""

from troth.show.blocks import Blocks, Heading, Line, Lines, Para


def how_to_verify() -> Blocks:
    """The page that goes with a receipt."""
    return (
        Heading("Check a receipt yourself"),
        Para("You need Python 3.11 or later and the package `cryptography`. Nothing is sent anywhere."),
        Lines(
            [
                Line("1", "Ask for the proof of your case: a file made by `troth proof CASE --to receipt.json`."),
                Line("2", "Get the script: `troth verify --script > verify.py`. It is short enough to read."),
                Line(
                    "3", "Run it: `python verify.py receipt.json --trust KEY`, with the key from another way than ours."
                ),
            ]
        ),
        Heading("What it shows", 2),
        Lines(
            [
                Line("✓", "every event of the case stands in the ledger at its position"),
                Line("✓", "the ledger was signed at that length, and older signed states agree with it"),
                Line("✓", "the signature stands under exactly the plan that the receipt names"),
            ]
        ),
        Heading("What it cannot show", 2),
        Para(
            "An owner who signs a log alone can keep two of them. That is why signed states leave the house: compare "
            "with one that somebody else has kept."
        ),
    )
