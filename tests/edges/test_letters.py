"""Letters: what is asked stands first, days are words, and a machine finds the same as JSON."""

import json
from dataclasses import replace
from datetime import date
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.outbox.files import FolderOutbox
from troth.ports.outbox import KeptRows, Letter

PERSON = Identifier("email", Personal("zoë@example.org"), proven=True, origin="request")
KEPT = KeptRows(("Invoice",), 1, date(2033, 12, 31), "AO Section 147(3); checked: by nobody")
LETTER = Letter(
    case="c-1",
    recipient="mailer",
    asks="erase",
    elements=("Name",),
    identifiers=(PERSON,),
    answer_by=date(2026, 12, 6),
    sender="Larkwing Air",
    contact="privacy@larkwing.example",
    name="Quillpost Letters",
    keeps=(KEPT,),
)


def sent(folder: Path, letter: Letter) -> EmailMessage:
    """The letter as a mailer reads it."""
    place = folder / FolderOutbox(folder).send(letter, "mail:somebody@recipient.example")
    message = BytesParser(policy=policy.default).parsebytes(place.read_bytes())
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize(
    ("asks", "subject"),
    [
        ("erase", "Please erase: case c-1, answer by 6 December 2026"),
        ("note", "Erased here, please check: case c-1, answer by 6 December 2026"),
    ],
)
def test_only_whoever_works_for_us_is_told_to_erase(tmp_path: Path, asks: str, subject: str) -> None:
    """The subject says what is asked, and names nobody."""
    assert sent(tmp_path, replace(LETTER, asks=asks))["Subject"] == subject


def test_a_letter_has_days_in_words_and_a_machines_copy(tmp_path: Path) -> None:
    """The text is for a person; the attachment has a media type that exists, and ISO days."""
    message = sent(tmp_path, LETTER)
    body = message.get_body()
    assert body is not None
    text = body.get_content()
    assert "confirm by 6 December 2026" in text
    assert "(AO Section 147(3)): Invoice (1 record), until 31 December 2033" in text
    assert text.count("checked: by nobody") == 1
    assert "2026-12" not in text
    (attached,) = message.iter_attachments()
    assert attached.get_content_type() == "application/json"
    held = json.loads(attached.get_content())
    assert held["answer_by"] == "2026-12-06"
    assert held["identifiers"] == [{"kind": "email", "value": "zoë@example.org"}]
    assert held["keeps"][0]["until"] == "2033-12-31"


def test_a_checked_law_is_not_marked_in_the_copy_for_machines(tmp_path: Path) -> None:
    """Negative control; the letter itself still cites why it was sent, which nobody has checked."""
    (attached,) = sent(tmp_path, replace(LETTER, keeps=(replace(KEPT, law="AO Section 147(3)"),))).iter_attachments()
    assert '"AO Section 147(3)"' in attached.get_content().decode()
