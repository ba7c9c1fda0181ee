"""One copy of a message: what stays, what goes, what is put in, and what is refused rather than half-edited."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.show.mail import UnreadableMailError, WayOut, made_for, read

WAY_OUT = WayOut("https://choices.example/abc", "Stop messages of this kind")
PLAIN = "Your parcel left.\n[troth:block offers]\nTen percent off!\n[troth:end]\nGoodbye\n"
HTML = (
    "<html><body><p>Left.</p><!-- troth:block offers --><b>Ten percent!</b><!-- troth:end --><p>Bye</p></body></html>"
)


def message(plain: str = PLAIN, html: str = HTML, **headers: str) -> bytes:
    """What a mailer hands in."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = "shop@ellery.example", "maud@ellery.example", "Grüße"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(plain)
    if html:
        made.add_alternative(html, subtype="html")
    made.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="slip.bin")
    return made.as_bytes()


def texts(content: bytes) -> dict[str, str]:
    """Subtype -> text, of the parts that a reader sees."""
    made = message_from_bytes(content, policy=SMTP)
    return {
        p.get_content_subtype(): p.get_content().replace("\r\n", "\n")
        for p in made.walk()
        if p.get_content_maintype() == "text"
    }


def test_a_block_goes_unless_it_may_stay() -> None:
    """In plain text and HTML alike; its marks go either way, and all else stays."""
    without = texts(made_for(message(), keep=(), way_out=None))
    assert "percent" not in "".join(without.values())
    assert without["plain"] == "Your parcel left.\nGoodbye\n"
    kept = texts(made_for(message(), keep={"offers"}, way_out=None))
    assert all("percent" in text and "troth:" not in text for text in kept.values())
    assert read(message()).blocks == {"offers"}


def test_a_way_out_is_put_in_twice() -> None:
    """For the mail program in the headers of RFC 8058, for the reader at the foot; one of the mailer's own goes."""
    made = made_for(message(List_Unsubscribe="<https://elsewhere.example/x>"), keep=(), way_out=WAY_OUT)
    headers = message_from_bytes(made, policy=SMTP)
    assert headers.get_all("List-Unsubscribe") == [f"<{WAY_OUT.address}>"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    shown = texts(made)
    assert WAY_OUT.address in shown["plain"]
    assert f'<a href="{WAY_OUT.address}">' in shown["html"].partition("</body>")[0]


def test_headers_that_must_not_leave_do_not() -> None:
    """A broken signature, hidden recipients, and the purpose that the mailer named for us."""
    said = message(DKIM_Signature="v=1; b=x", Bcc="jonas@ellery.example", X_Troth_Purpose="news")
    made = made_for(said, keep=(), way_out=None, without=("X-Troth-Purpose",))
    assert all(name not in made.decode("latin-1") for name in ("DKIM", "Bcc", "X-Troth"))
    assert message_from_bytes(made, policy=SMTP)["Subject"] == "Grüße"
    attachments = [p for p in message_from_bytes(made, policy=SMTP).walk() if p.get_filename() == "slip.bin"]
    assert attachments[0].get_content() == b"\x00\x01"


@pytest.mark.parametrize(
    "plain",
    [
        "[troth:block offers]\nnever closed\n",
        "[troth:end]\n",
        "[troth:block a]\n[troth:block b]\n[troth:end]\n[troth:end]\n",
        "x [troth:block offers]\ny\n[troth:end]\n",
        "[troth:block Offers!]\ny\n[troth:end]\n",
    ],
)
def test_a_mark_that_is_not_understood_is_refused(plain: str) -> None:
    """Advertising must not get through because its mark was mistyped."""
    with pytest.raises(UnreadableMailError) as refused:
        read(message(plain, html=""))
    assert refused.value.code == "block-not-closed"


@pytest.mark.parametrize(
    "content",
    [
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n\r\nhello",
        b"Content-Type: text/plain; charset=no-such\r\n\r\nhello\r\n",
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff\xfe\r\n",
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(content: bytes) -> None:
    """Nothing is guessed."""
    with pytest.raises(UnreadableMailError):
        read(content)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=200), st.booleans())
def test_texts_without_marks_stay_what_they_are(text: str, out: bool) -> None:
    """Whatever the language; only a way out may be added."""
    if "troth:" in text:
        return
    made = texts(made_for(message(text + "\n", html=""), keep=(), way_out=WAY_OUT if out else None))["plain"]
    body = made.rpartition("\n\n-- \n")[0] if out else made
    assert body.rstrip() == text.rstrip()
