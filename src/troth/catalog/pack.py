"""One law pack: its head is read at once, each topic when it is first asked for.

All packs together take longer to read than a command may take to start; a command asks for few topics of few packs.
`Catalog.check` reads them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from troth.catalog.clocks import Clock
from troth.catalog.nouns import (
    Adequacy,
    Age,
    Authority,
    Basis,
    Cite,
    Condition,
    Contents,
    Exemption,
    Fee,
    Identity,
    LawRight,
    MarketingRule,
    Mechanism,
    Regions,
    StatutoryPeriod,
    Withheld,
)
from troth.catalog.raw import PackError, Raw
from troth.catalog.topics import CITE_KEYS, TOPICS, Head, Topic

LAW_KEYS = {
    "law": "the pack's code, and the name of its folder",
    "name": "how the law is cited",
    "says": "its name in full",
    "source": "address of the official text",
    "in-force-from": "first day",
    "in-force-to": "last day; absent while it has none",
    "status": "`in-force`, `proposed` or `repealed`",
    "checked": "who compared the pack with the primary text, and when",
    "beside": "the pack that it adds to: national law beside a union's",
    "like": "`{pack, tables}`: rows of these tables that this pack does not say stand in that one, in the same article",
    "regions": "names for groups of countries, for everybody to use",
    "home": "the region inside which data moves freely",
    "established-in": "region, country or part: it binds organisations there",
    "residents-of": "region, country or part: it protects people there",
}


@dataclass(frozen=True)
class LawPack:
    """One jurisdiction or act, as data. Reading a topic for the first time may raise PackError."""

    code: str
    name: str
    says: str
    source: str
    in_force_from: date
    status: str
    checked: str
    beside: str
    regions: Regions
    established_in: frozenset[str]
    """Countries and parts whose organisations it binds."""
    residents_of: frozenset[str]
    """Countries and parts whose people it protects."""
    home: frozenset[str]
    """Countries to which data moves freely; empty where the law has no such idea."""
    _laws: Traversable = field(repr=False, compare=False)
    """The folder of all packs."""
    _head: Raw = field(repr=False, compare=False)

    @cached_property
    def bases(self) -> Mapping[str, Basis]:
        """Legal grounds."""
        return self.topic("bases")

    @cached_property
    def conditions(self) -> Mapping[str, Condition]:
        """What opens special categories."""
        return self.topic("conditions")

    @cached_property
    def rights(self) -> Mapping[str, LawRight]:
        """Rights of a person."""
        return self.topic("rights")

    @cached_property
    def clocks(self) -> Mapping[str, Clock]:
        """Time limits."""
        return self.topic("clocks")

    @cached_property
    def exemptions(self) -> Mapping[str, Exemption]:
        """What lets an organisation do less."""
        return self.topic("exemptions")

    @cached_property
    def contents(self) -> Mapping[str, Contents]:
        """What answers and notices must say."""
        return self.topic("contents")

    @cached_property
    def identity(self) -> Mapping[str, Identity]:
        """When one may ask who somebody is."""
        return self.topic("identity")

    @cached_property
    def fees(self) -> Mapping[str, Fee]:
        """When one may ask for money."""
        return self.topic("fees")

    @cached_property
    def withheld(self) -> Mapping[str, Withheld]:
        """Values that a copy must not show."""
        return self.topic("withheld")

    @cached_property
    def ages(self) -> Mapping[str, Age]:
        """From which age a person decides alone."""
        return self.topic("ages")

    @cached_property
    def marketing(self) -> Mapping[str, MarketingRule]:
        """What channels need."""
        return self.topic("marketing")

    @cached_property
    def adequate(self) -> Mapping[str, Adequacy]:
        """Countries as safe as home."""
        return self.topic("adequate")

    @cached_property
    def mechanisms(self) -> Mapping[str, Mechanism]:
        """What else opens a transfer."""
        return self.topic("mechanisms")

    @cached_property
    def authorities(self) -> Mapping[str, Authority]:
        """Whom a person can complain to."""
        return self.topic("authorities")

    @cached_property
    def retention(self) -> Mapping[str, StatutoryPeriod]:
        """Duties to keep."""
        return self.topic("retention")

    @cached_property
    def cites(self) -> Mapping[str, Cite]:
        """Where the law speaks about a reason code."""
        return self.topic("cites")

    def topic(self, table: str) -> Mapping[str, Any]:
        """The rows of one table of TOPICS, read anew; empty where the pack says nothing about it. Raises PackError."""
        topic = TOPICS[table]
        file = _file(self._laws, self.code, topic)
        like = self._head.under("like")
        taken = _alike(self._laws, like.text("pack"), topic) if table in like.words("tables") else {}
        found = {name: (row, Head(self.code, Raw(row.where, {}), self._head)) for name, row in taken.items()}
        found |= {name: (row, Head(self.code, file, self._head)) for name, row in file.table(table)}
        keys = {*topic.keys, *CITE_KEYS, *(("says",) if topic.wordy else ())}
        for row, _ in found.values():
            row.only(keys)
        return MappingProxyType(
            {name: topic.make(name, row, head.cite(row), head) for name, (row, head) in found.items()}
        )


def _file(laws: Traversable, code: str, topic: Topic) -> Raw:
    """The file of a topic; empty where the pack has none."""
    path, where = laws / code / topic.file, f"law/{code}/{topic.file}"
    file = Raw.file(path, where) if path.is_file() else Raw(where, {})
    tables = {each.table for each in TOPICS.values() if each.file == topic.file}
    file.only({*tables, *CITE_KEYS, *(("counting",) if "clocks" in tables else ())})
    return file


def _alike(laws: Traversable, code: str, topic: Topic) -> dict[str, Raw]:
    """Rows of another pack that this law has in the same article. Remarks, and what is of a third act, stay behind."""
    rows = _file(laws, code, topic).table(topic.table)
    return {
        name: Raw(row.where, {key: value for key, value in row.data.items() if key not in ("note", "sure", "source")})
        for name, row in rows
        if "law" not in row.data
    }


def read_heads(folder: Traversable) -> dict[str, LawPack]:
    """The packs of a folder, by code, only their heads. Raises PackError."""
    names = sorted(entry.name for entry in folder.iterdir() if (entry / "law.yaml").is_file())
    heads = {name: Raw.file(folder / name / "law.yaml", f"law/{name}/law.yaml") for name in names}
    regions: dict[str, frozenset[str]] = {}
    for head in heads.values():
        head.only(LAW_KEYS)
        regions |= _regions(head)
    return {code: _pack(code, folder, head, regions) for code, head in heads.items()}


def _regions(head: Raw) -> Regions:
    said = head.under("regions")
    return {name: frozenset(said.words(name)) for name in said.data}


def _pack(code: str, laws: Traversable, head: Raw, regions: Regions) -> LawPack:
    if head.text("law") != code:
        raise PackError(f"{head.where}: says `{head.text('law')}` and stands in the folder `{code}`")

    def places(key: str) -> frozenset[str]:
        return frozenset().union(*(regions.get(name, frozenset({name})) for name in head.words(key)))

    return LawPack(
        code=code,
        name=head.text("name"),
        says=head.text("says"),
        source=head.text("source"),
        in_force_from=head.day("in-force-from"),
        status=head.one_of("status", ("in-force", "proposed", "repealed")),
        checked=head.text("checked"),
        beside=head.text("beside", ""),
        regions=MappingProxyType(dict(_regions(head))),
        established_in=places("established-in"),
        residents_of=places("residents-of"),
        home=places("home"),
        _laws=laws,
        _head=head,
    )
