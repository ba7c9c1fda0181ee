"""The gate and the installed law packs speak of the same bases, and the packs cite what the gate says."""

from troth.catalog import Catalog
from troth.gate import bases
from troth.gate.codes import OPENS

CATALOG = Catalog.load()


def test_bases_are_the_packs() -> None:
    """A basis that a pack offers is one that the gate knows, and none of the gate's is a word nobody can declare."""
    offered = {basis for pack in CATALOG.laws.values() for basis in pack.bases}

    assert offered == bases.KNOWN


def test_explicit_consent_is_a_condition_of_a_pack() -> None:
    """The condition that makes a field hang on an explicit choice exists under that name."""
    assert any(bases.EXPLICIT_CONSENT in pack.conditions for pack in CATALOG.laws.values())


def test_every_yes_can_be_cited() -> None:
    """Whatever opens has law behind it."""
    assert [code for code in OPENS if not CATALOG.cite(CATALOG.laws, code)] == []
