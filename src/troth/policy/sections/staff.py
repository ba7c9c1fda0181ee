"""staff.yaml: who signs. Public keys only; the file may be empty where keys are supplied from elsewhere."""

import base64
import binascii
from collections.abc import Mapping
from types import MappingProxyType

from troth.model.policy import Staff
from troth.policy.section import Context, Section
from troth.policy.shapes import ID, TEXT, Field, Named, Record, Table, Values

ROLE = Field("role", ID, "what the person or desk may do", required=True)
KEY = Field("key", TEXT, "Ed25519 public key, base64", required=True)
STAFF = Field("staff", Table(Record(ROLE, KEY), kind="staff", may_be_empty=True), "by id")


def build(values: Values, context: Context) -> Mapping[str, Staff]:
    """By id."""
    return MappingProxyType({named.key: _member(named, context) for named in values[STAFF]})


def _member(named: Named[Values], context: Context) -> Staff:
    key = named.value[KEY]
    if key and not _is_public_key(key):
        context.report.say("bad-public-key", f"the key of `{named.key}` is not 32 bytes in base64", named.value.at(KEY))
    return Staff(id=named.key, role=named.value[ROLE], public_key=key, place=named.place)


def _is_public_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32  # noqa: PLR2004  # the size of an Ed25519 key
    except (binascii.Error, ValueError):
        return False


SECTION = Section("staff", "staff.yaml", "Who signs plans.", Record(STAFF), build, kinds=("staff",), required=False)
