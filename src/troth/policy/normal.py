"""The normal form of an identifier: what two spellings of the same address or number have in common.

Normal forms decide identity, so they never merge people: no dots or plus tags are dropped, and look-alike letters stay
different. Nothing here asks a network. A message never repeats the value, which is somebody's.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

import phonenumbers

from troth.catalog import Catalog

LONGEST = 256
"""Characters. The longest address that mail can carry has 254."""

_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060-\u2064\ufeff\ufff9-\ufffb]")


class Unreadable(ValueError):  # reads as what it says: the identifier is unreadable
    """An identifier that has no normal form. `code` is stable; the message never holds the value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def normal_form(kind: str, text: str, region: str = "") -> str:
    """The normal form of a value of an identifier kind.

    Args:
        kind: An identifier kind of the catalog; an unknown kind is compared as an opaque id.
        text: The value as somebody wrote it.
        region: ISO 3166-1 country that a telephone number without `+` belongs to.

    Raises:
        Unreadable: The value cannot be an identifier of that kind.
    """
    known = Catalog.load().identifiers.get(kind)
    return _FORMS[known.normal_form if known else "opaque"](_cleaned(text), region)


def _cleaned(text: str) -> str:
    """Without surrounding space and in one Unicode form; refused where it hides something."""
    if len(text) > 4 * LONGEST:
        raise Unreadable("identifier-too-long", f"it is longer than {LONGEST} characters")
    cleaned = unicodedata.normalize("NFC", text).strip()
    if not cleaned:
        raise Unreadable("identifier-empty", "it is empty")
    if len(cleaned) > LONGEST:
        raise Unreadable("identifier-too-long", f"it is longer than {LONGEST} characters")
    if _DIRECTION.search(cleaned) or _UNSEEN.search(cleaned):
        raise Unreadable("identifier-hides", "it holds invisible or direction-changing characters")
    if any(unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"} for character in cleaned):
        raise Unreadable("identifier-control", "it holds characters that are no text")
    return cleaned


def _opaque(text: str, _region: str) -> str:
    return text


def _email(text: str, _region: str) -> str:
    """Lower case as a whole: no mail host in use tells people apart by capitals. The domain in its ASCII form."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - most commands read none

    try:
        address = validate_email(text, check_deliverability=False, test_environment=True)
    except (EmailNotValidError, UnicodeError):
        raise Unreadable("identifier-not-email", "it is not an e-mail address") from None
    local = unicodedata.normalize("NFC", address.local_part).lower()
    return f"{local}@{(address.ascii_domain or address.domain).lower()}"


def _phone(text: str, region: str) -> str:
    """E.164. A number without `+` needs the region it was written in."""
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        raise Unreadable("identifier-not-phone", "it is not a telephone number with its country") from None
    if (
        number.extension
        or phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE
    ):
        raise Unreadable("identifier-not-phone", "it is not a telephone number with its country")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def written_phone(text: str) -> str:
    """A stored telephone number in normal form, where it says its country (`+49`, `0049`); else as it stands."""
    said = text.strip().removeprefix("tel:")
    said = f"+{said[2:]}" if said.startswith("00") else said
    if not said.startswith("+"):
        return text
    try:
        return _phone(said.replace("(0)", ""), "")
    except Unreadable:
        return text


def spellings(phone: str) -> tuple[str, ...]:
    """How a telephone number in normal form is usually written with its country; itself alone where it is none.

    Written without its country, one text is several people's numbers: nobody is looked for by it.
    """
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return (phone,)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    country, _, rest = written.partition(" ")
    groups = rest.replace("-", " ").split(" ")
    joined = [mark.join([country, *groups]) for mark in (" ", "-", ".", "/", "")]
    joined += [f"{country} {''.join(groups)}", f"{country} (0){' '.join(groups)}", f"{country} (0) {' '.join(groups)}"]
    from_abroad = [f"00{each.removeprefix('+')}" for each in joined]
    rfc = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.RFC3966)
    return tuple(dict.fromkeys([phone, written, *joined, *from_abroad, rfc]))


_FORMS: Mapping[str, Callable[[str, str], str]] = MappingProxyType(
    {"opaque": _opaque, "email": _email, "phone": _phone}
)
