"""Who answers: the lines that stand at the head of every record."""

from troth.model.policy import Contact, Region
from troth.show.records.reading import Reading

Head = tuple[tuple[str, str, tuple[str, ...]], ...]


def head(reading: Reading) -> Head:
    """Name and contact of the organisation and of its data protection officer, and of which version this is."""
    policy, organisation = reading.policy, reading.policy.organisation
    register = organisation.register
    say = reading.say
    free = say("free-of-charge", phone=organisation.free_phone) if organisation.free_phone else ""
    return (
        ("organisation", say("organisation"), (organisation.name,)),
        ("address", say("address"), (organisation.address,)),
        ("contact", say("write-to"), (organisation.contact, *filter(None, (organisation.phone, free)))),
        ("register", say("registered"), (f"{register.court}, {register.number}",) if register else ()),
        ("regions", say("region-variants"), tuple(_region(reading, one) for one in organisation.regions.values())),
        ("officer", say("officer"), (_officer(organisation.dpo) or say("none-declared"),)),
        ("authorities", say("watched-by"), (organisation.authority, *_authorities(reading))),
        ("laws", say("under-laws"), tuple(_law(reading, code) for code in organisation.regimes)),
        ("policy", say("policy-version"), (policy.hash,)),
        ("in-force-from", say("in-force-from"), (policy.effective_from,)),
    )


def _officer(officer: Contact | None) -> str:
    return ", ".join(filter(None, (officer.name, officer.email, officer.phone, officer.address))) if officer else ""


def _region(reading: Reading, region: Region) -> str:
    said = (region.name, region.address, region.contact, region.phone, _authority(reading, region.authority))
    return f"{reading.said(region.says)}: {', '.join(filter(None, said))}".removesuffix(": ")


def _authorities(reading: Reading) -> list[str]:
    return [_authority(reading, ref) for ref in reading.policy.organisation.authorities]


def _authority(reading: Reading, ref: str) -> str:
    found = reading.catalog.authority(ref)
    return reading.checked(found.says, found.cite.checked) if found else ref


def _law(reading: Reading, code: str) -> str:
    pack = reading.catalog.laws.get(code)
    return reading.checked(reading.law(pack), pack.checked) if pack else code
