"""Law and vocabularies, read from packs/ into frozen values.

The core emits codes; a pack owns the citation. Adding a law, a channel or an identifier kind touches packs/ alone. This
part knows how packs are written and what follows from them; it never decides anything about a person, and never asks
what day it is.

    raw, topics   how packs are written, and what each row becomes (nouns)
    pack          one law, its topics read when first asked for
    catalog       all of them, with the vocabularies
    clocks        where a time limit ends after what happened
    together      several laws at once
"""

from troth.catalog.catalog import Catalog, Channel, IdentifierKind, Sounds, read_packs
from troth.catalog.clocks import Clock, Ending, Ends, NoNumber, WaitsFor, clock_end, earliest
from troth.catalog.nouns import Basis, Cite, Condition, LawRight, StatutoryPeriod
from troth.catalog.pack import LawPack
from troth.catalog.places import knows_place
from troth.catalog.raw import PackError

__all__ = [
    "Basis",
    "Catalog",
    "Channel",
    "Cite",
    "Clock",
    "Condition",
    "Ending",
    "Ends",
    "IdentifierKind",
    "LawPack",
    "LawRight",
    "NoNumber",
    "PackError",
    "Sounds",
    "StatutoryPeriod",
    "WaitsFor",
    "clock_end",
    "earliest",
    "knows_place",
    "read_packs",
]
