"""All packs: law by topic, and the vocabularies that a policy uses. Only readings, no decisions about a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from troth.catalog.clocks import Ends, earliest
from troth.catalog.nouns import IN_FORCE, Authority, Basis, Cite, LawRight, Regions
from troth.catalog.pack import LawPack, read_heads
from troth.catalog.raw import Raw
from troth.catalog.together import endings
from troth.model.law import NOBODY, cited

RECEIVED = "received"


@dataclass(frozen=True)
class Channel:
    """A way to reach a person."""

    id: str
    says: str
    address: str


@dataclass(frozen=True)
class IdentifierKind:
    """A kind of identifier, and how its values are compared."""

    id: str
    says: str
    normal_form: str


@dataclass(frozen=True)
class Sounds:
    """Words in table and column names that usually mean people."""

    tables: frozenset[str]
    columns: frozenset[str]
    phrases: frozenset[str]


@dataclass(frozen=True)
class Catalog:
    """All packs, frozen."""

    laws: Mapping[str, LawPack]
    channels: Mapping[str, Channel]
    identifiers: Mapping[str, IdentifierKind]
    sounds: Sounds
    countries: Mapping[str, str]
    """ISO 3166-1 alpha-2 code -> what people call it."""

    @staticmethod
    def load() -> "Catalog":
        """The installed packs, read once for each process. Raises PackError."""
        return _installed()

    def country(self, code: str) -> str:
        """What people call a country; a code that no pack names stands for itself."""
        return self.countries.get(code, code)

    @property
    def regions(self) -> Regions:
        """Names for groups of countries, as the packs declare them: `eea`."""
        return {name: places for pack in self.laws.values() for name, places in pack.regions.items()}

    def regimes(self, codes: Iterable[str]) -> tuple[LawPack, ...]:
        """The packs of these codes that exist, the most special last-named first: national law before the union's."""
        return tuple(self.laws[code] for code in reversed(tuple(codes)) if code in self.laws)

    def law(self, code: str, regime: str, at: date) -> Cite | None:
        """Where one regime speaks about a reason code, if it was in force on that day."""
        pack = self.laws.get(regime)
        cite = pack.cites.get(code) if pack else None
        return cite if cite and cite.status == IN_FORCE and cite.applies(at) else None

    def cite(self, regimes: Iterable[str], code: str) -> str:
        """The citations of a reason code in all regimes, in their order. Empty: no law is cited.

        `GDPR Art. 21(3); checked: by nobody`, until somebody has compared each of them with the law.
        """
        packs = (self.laws[regime] for regime in regimes if regime in self.laws)
        found = [pack.cites[code] for pack in packs if code in pack.cites]
        nobody = any(cite.checked == NOBODY for cite in found)
        return cited(", ".join(map(str, found)), NOBODY if nobody else "")

    def basis(self, regimes: Iterable[str], basis: str) -> Basis | None:
        """A legal ground, from the first regime that knows it."""
        return next((pack.bases[basis] for pack in self.regimes(regimes) if basis in pack.bases), None)

    def right(self, regimes: Iterable[str], right: str) -> LawRight | None:
        """A right, from the first regime that grants it."""
        return next((pack.rights[right] for pack in self.regimes(regimes) if right in pack.rights), None)

    def authority(self, ref: str) -> Authority | None:
        """A supervisory authority by pack and name: `de/hamburg`."""
        code, _, name = ref.partition("/")
        return self.laws[code].authorities.get(name) if code in self.laws else None

    def names_period(self, regimes: Iterable[str], right: str) -> bool:
        """Whether any of the regimes says with a number when that right must be answered."""
        granting = (pack for pack in self.regimes(regimes) if right in pack.rights)
        return any(pack.clocks[pack.rights[right].clock].period for pack in granting)

    def due(self, regimes: Iterable[str], right: str, start: date, place: str = "") -> date | None:
        """The day by which a right asked for on `start` must be answered, if nothing else happens.

        The earliest of all regimes that grant it; None where none of them names a number. Raises KeyError for a right
        that none of them grants.
        """
        found = endings(self.regimes(regimes), right, {RECEIVED: start}, place)
        if not found:
            raise KeyError(right)
        end = earliest(found.values())
        return end.at if isinstance(end, Ends) else None


@cache
def _installed() -> Catalog:
    return read_packs(files("troth") / "packs")


def read_packs(root: Traversable) -> Catalog:
    """Read a packs folder. Raises PackError naming the file and what is wrong with it."""
    channels = {
        name: Channel(name, raw.text("says"), raw.text("address"))
        for name, raw in Raw.file(root / "channels.yaml").table("channels")
    }
    identifiers = {
        name: IdentifierKind(name, raw.text("says"), raw.text("normal-form"))
        for name, raw in Raw.file(root / "identifiers.yaml").table("identifiers")
    }
    sounds = Raw.file(root / "sounds.yaml")
    countries = Raw.file(root / "countries.yaml")
    return Catalog(
        laws=MappingProxyType(read_heads(root / "law")),
        channels=MappingProxyType(channels),
        identifiers=MappingProxyType(identifiers),
        sounds=Sounds(*(frozenset(sounds.words(key)) for key in ("tables", "columns", "phrases"))),
        countries=MappingProxyType({code: countries.text(code) for code in countries.data}),
    )
