"""limits.yaml: promises about the policy itself, which the compiler keeps (policy/limits.py)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import final

from troth.model.policy_guard import Limit
from troth.model.problem import Place
from troth.policy.common import Places, Thing, says
from troth.policy.nodes import Node
from troth.policy.report import Report
from troth.policy.section import EVERYTHING, Section, made_of
from troth.policy.shapes import (
    NOWHERE,
    Field,
    JsonSchema,
    Line,
    Making,
    Many,
    OneOf,
    Record,
    Ref,
    Shape,
    Table,
    Values,
)

OPERATIONS = ("disclose", "share", "sell", "rent", "publish", "transfer", "profile", "decide", "follow")
OF = (
    "organisation", "element", "category", "purpose", "recipient", "recipient-class", "relationship", "source", "store",
    "activity", "channel", "space", "role", "tracker-category",
)  # fmt: skip
DEMANDS = (
    "retention", "factors", "approved", "source", "activity", "notice-of-its-own", "unsubscribe", "policy-link",
    "contract", "storage-countries", "assessment", "role", "review",
)  # fmt: skip

SETS = (
    Field("purposes", Many(Ref("purpose", "everything"), one_ok=True), "purposes that use it"),
    Field(
        "elements", Many(Ref("element", "category", "everything"), one_ok=True), "elements or categories that it has"
    ),
    Field("recipients", Many(Ref("recipient", "everything"), one_ok=True), "recipients that get it"),
    Field("recipient-classes", Many(Ref("recipient-class", "everything"), one_ok=True), "classes of recipients"),
    Field("channels", Many(Ref("channel", "everything"), one_ok=True), "channels over which it is used"),
    Field("countries", Places(parts=True), "countries in which it is"),
    Field("operations", Many(OneOf(*OPERATIONS, EVERYTHING, blank=""), one_ok=True), "what is done with it"),
    Field("bases", Many(Ref("basis", "everything"), one_ok=True), "legal grounds on which it is used"),
    Field("roles", Many(Ref("role", "everything"), one_ok=True), "roles that see it"),
    Field("sources", Many(Ref("source", "everything"), one_ok=True), "sources that give it"),
    Field("relationships", Many(Ref("relationship", "everything"), one_ok=True), "relationships that bring it"),
    Field("activities", Many(Ref("activity", "everything"), one_ok=True), "activities in which it is used"),
    Field("stores", Many(Ref("store", "everything"), one_ok=True), "stores that hold it"),
)
"""Dimensions in which a thing is limited."""


_RECORD = Record(*SETS)


@final
class Sets(Shape[Values]):
    """Dimension -> what stands there. The noun has elements for categories and codes for regions."""

    blank = NOWHERE

    def _read(self, node: Node, report: Report) -> Values:
        return _RECORD.read(node, report)

    def _schema(self) -> JsonSchema:
        return _RECORD.schema()

    def make(self, value: Values, place: Place, making: Making) -> Mapping[str, tuple[str, ...]]:
        """By dimension, sorted."""
        made = {key.name: key.shape.make(value[key], place, making) for key in SETS if key in value}
        if "elements" in made:
            made["elements"] = making.elements_in(made["elements"])
        return MappingProxyType({name: tuple(sorted(values)) for name, values in made.items()})


LIMIT = Record(
    says("the promise in words people understand"),
    Field("of", Thing(*OF), "what it limits", required=True),
    Field("only", Sets(), "nothing but these may ever stand there"),
    Field("never", Sets(), "these never stand there; `all`: nothing does"),
    Field("must", Many(OneOf(*DEMANDS, blank=""), one_ok=True), "what each such thing has to declare"),
    Field("unless", Line("`notice:` and an id", "notice:[a-z0-9-]+"), "the specific notice that lifts it"),
    makes=Limit,
)
LIMITS = Field("limits", Table(LIMIT, kind="limit"), "by id", required=True)

SECTION = Section(
    "limits",
    "limits.yaml",
    "Promises about the policy itself.",
    Record(LIMITS),
    made_of(LIMITS),
    kinds=("limit",),
    required=False,
)
