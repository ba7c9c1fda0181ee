"""packs/networks.yaml: how each network wants addresses that are handed over scrambled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType

from troth.catalog.raw import PackError, Raw

_FILE = files("troth") / "packs" / "networks.yaml"
_GMAIL = ("gmail.com", "googlemail.com")


def _without_dots(address: str) -> str:
    """Google reads addresses of its own without dots: only there is it the same box."""
    box, at, host = address.rpartition("@")
    return f"{box.replace('.', '')}{at}{host}" if host in _GMAIL else address


STEPS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"trim": str.strip, "lower": str.lower, "gmail-dots": _without_dots}
)
"""What may be done to an address before it is scrambled, by the name a pack uses."""
HASHES: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"sha256": lambda text: sha256(text.encode()).hexdigest()}
)


@dataclass(frozen=True)
class Network:
    """One network's published form."""

    id: str
    says: str
    normal: tuple[str, ...]
    hash: str
    heading: str
    """Name of the one column; empty: there is none."""
    source: str
    checked: str

    def scrambled(self, address: str) -> str:
        """The one value that leaves for an address."""
        for step in self.normal:
            address = STEPS[step](address)
        return HASHES[self.hash](address)


@cache
def networks() -> Mapping[str, Network]:
    """All networks by id. Raises PackError for a step or hash that nobody wrote."""
    table = Raw.file(_FILE).under("networks")
    return MappingProxyType({name: _network(name, table.under(name)) for name in table.data})


def _network(name: str, raw: Raw) -> Network:
    made = Network(
        id=name,
        says=raw.text("says"),
        normal=raw.words("normal"),
        hash=raw.text("hash"),
        heading=raw.text("heading", ""),
        source=raw.text("source"),
        checked=raw.text("checked"),
    )
    unknown = [step for step in made.normal if step not in STEPS] + [made.hash] * (made.hash not in HASHES)
    if unknown:
        raise PackError(f"{raw.where}: `{unknown[0]}` is no way to write an address")
    return made
