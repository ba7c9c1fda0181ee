"""What leads to a person, for the privacy office: each identifier with its history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from troth.model.personal import Personal
from troth.show.blocks import Blocks, Heading, Line, Lines, Tone
from troth.show.words import moment


class Link(Protocol):
    """One identifier of a person and how long it led to them."""

    @property
    def kind(self) -> str:
        """Its kind."""

    @property
    def value(self) -> Personal[str]:
        """Its normal form."""

    @property
    def origin(self) -> str:
        """Where we have it from."""

    @property
    def proven(self) -> bool:
        """Whether it is theirs for sure."""

    @property
    def since(self) -> datetime:
        """When it was linked."""

    @property
    def until(self) -> datetime | None:
        """When it was taken back."""


def links(case: str, found: Sequence[Link]) -> Blocks:
    """One line for each, what was taken back among them."""
    return (Heading(f"What leads to the person of case {case}"), Lines([_line(link) for link in found]))


def as_json(found: Sequence[Link]) -> list[dict[str, Any]]:
    """For machines of the office."""
    return [
        {
            "kind": link.kind,
            "value": link.value.reveal(),
            "origin": link.origin,
            "proven": link.proven,
            "since": link.since.isoformat(),
            "until": link.until.isoformat() if link.until else None,
        }
        for link in found
    ]


def _line(link: Link) -> Line:
    sure = "for sure" if link.proven else "perhaps"
    details = [f"{sure}, from {link.origin}, since {moment(link.since)}"]
    if link.until:
        details.append(f"taken back on {moment(link.until)}")
    tone = Tone.QUIET if link.until else Tone.PLAIN
    return Line("-" if link.until else "=", f"{link.kind}={link.value.reveal()}", details, tone, "link")
