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
        "[troth:\nblock offers]\ny\n[troth:\nend]\n",
        "[TROTH:BLOCK offers]\ny\n[TROTH:END]\n",
        "[tro\u200bth:block offers]\ny\n[tro\u200bth:end]\n",
        "[troth : block offers]\ny\n[troth : end]\n",
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
        b"Subject: a\x0cBcc: evil@x.example\r\n\r\nhello\r\n",
        b"Subject: a\rBcc: evil@x.example\r\n\r\nhello\r\n",
        b"Subject: a\x1eBcc: evil@x.example\r\n\r\nhello\r\n",
        b"Subject: a\r\n\r\nhello\n.\nMAIL FROM:<x@y.example>\r\n",
        b"Subject: a\r\n\r\nhello\r\n.\rMAIL FROM:<x@y.example>\r\n",
        b"Content-Type: text/html; charset=utf-7\r\n\r\n+ADwAIQ\xff\r\n",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!!\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n\r\nhello",
        b"Content-Type: text/plain; charset=no-such\r\n\r\nhello\r\n",
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff\xfe\r\n",
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(content: bytes) -> None:
    """Nothing is guessed."""
    with pytest.raises(UnreadableMailError):
        read(content)


def test_a_long_way_out_stands_unfolded_and_unencoded() -> None:
    """Mail programs look for the address between angle brackets; an encoded word is no address (RFC 2047, 5)."""
    address = "https://choices.example/" + "A" * 600
    head = made_for(message(), keep=(), way_out=WayOut(address, "Stop")).partition(b"\r\n\r\n")[0]
    assert f"List-Unsubscribe: <{address}>".encode() in head.splitlines()
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head.splitlines()
    with pytest.raises(UnreadableMailError, match="one line"):
        made_for(message(), keep=(), way_out=WayOut("https://x.example/" + "A" * 1000, "Stop"))
    with pytest.raises(UnreadableMailError, match="one line"):
        made_for(message(), keep=(), way_out=None, trace="by here\r\nBcc: evil@x.example")


def _with(kind: str, body: str, **more: str) -> bytes:
    """A message with a marked text and one more part."""
    made = EmailMessage(policy=SMTP)
    made["Subject"] = "Tea"
    made.set_content(PLAIN)
    maintype, _, subtype = kind.partition("/")
    if maintype == "text" and not more:
        made.add_alternative(body, subtype=subtype)
    else:
        made.add_attachment(body.encode(more.pop("coding", "utf-8")), maintype=maintype, subtype=subtype, **more)
    return made.as_bytes()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (message(html="<p>Ten percent off!</p>"), "block-uneven"),
        (message(plain="Left. Ten percent off!\n"), "block-uneven"),
        (_with("text/x-amp-html", "<p>Ten percent off!</p>"), "block-uneven"),
        (_with("text/x-amp-html", HTML), "block-out-of-reach"),
        (_with("text/html", HTML, filename="offer.html"), "block-out-of-reach"),
        (_with("text/html", HTML, filename="offer.html", coding="utf-16"), "block-out-of-reach"),
        (_with("text/calendar", "SUMMARY:[troth:block offers]", filename="a.ics"), "block-out-of-reach"),
        (message(Comments="[troth:block offers] Ten percent [troth:end]"), "block-out-of-reach"),
        (
            b"Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\n[troth:block offers]\r\n--x--\r\n",
            "block-out-of-reach",
        ),
        (
            b"Content-Disposition: attachment\r\n\r\n[troth:block offers]\r\nTen\r\n[troth:end]\r\n",
            "block-out-of-reach",
        ),
    ],
)
def test_a_block_that_would_stay_in_another_form_is_refused(content: bytes, code: str) -> None:
    """A reader must not be shown by one form what was taken out of another."""
    with pytest.raises(UnreadableMailError) as refused:
        read(content)
    assert refused.value.code == code
    with pytest.raises(UnreadableMailError):
        made_for(content, keep=(), way_out=None)


def test_a_date_beside_the_text_needs_no_marks() -> None:
    """A booking with its appointment goes on."""
    made = made_for(_with("text/calendar", "BEGIN:VCALENDAR\nEND:VCALENDAR\n"), keep=(), way_out=None)
    assert b"VCALENDAR" in made
    assert b"percent" not in made


@pytest.mark.parametrize("coding", ["quoted-printable", "base64", "8bit"])
def test_a_block_goes_whatever_the_coding_and_the_depth(coding: str) -> None:
    """Inside forwarded messages and nested parts as well."""
    inner, outer = EmailMessage(policy=SMTP), EmailMessage(policy=SMTP)
    inner.set_content("Grüße\n" + PLAIN, cte=coding)
    inner.add_alternative("<p>Grüße</p>" + HTML, subtype="html", cte=coding)
    outer.set_content("See below.\n")
    outer.add_attachment(inner, disposition="inline")
    content = outer.as_bytes()
    assert read(content).blocks == {"offers"}
    assert "percent" in "".join(texts(made_for(content, keep={"offers"}, way_out=None)).values())
    assert "percent" not in "".join(texts(made_for(content, keep=(), way_out=None)).values())


def test_a_picture_that_only_a_block_shows_goes_with_it() -> None:
    """It would be shown as an attachment; one that the text shows as well stays."""
    made = EmailMessage(policy=SMTP)
    made.set_content(PLAIN)
    logo, sale = '<img src="cid:logo@x">', '<img src="cid:sale%40x">'
    html = f"{logo}<!-- troth:block offers -->{logo}{sale}<!-- troth:end -->"
    made.add_alternative(html, subtype="html")
    related = made.get_payload()[1]
    related.add_related(b"LOGO", "image", "png", cid="<logo@x>")
    related.add_related(b"SALE", "image", "png", cid="<sale@x>")
    for keep, shown in (((), {"<logo@x>"}), ({"offers"}, {"<logo@x>", "<sale@x>"})):
        copy = message_from_bytes(made_for(made.as_bytes(), keep=keep, way_out=None), policy=SMTP)
        assert {p["Content-ID"] for p in copy.walk() if p.get_content_maintype() == "image"} == shown


def test_a_signed_body_leaves_as_it_came() -> None:
    """To the octet: otherwise its signature would not hold. The way out stands in the headers alone."""
    body = (
        b"--x\r\nContent-Type: text/plain;   charset=utf-8\r\nX-Odd:  two  spaces\r\n\twrapped \r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\nFrom here:  Gr\xc3\xbc\xc3\x9fe \t\r\n.\r\n-- \r\n\r\n--x\r\n"
        b"Content-Type: application/pgp-signature\r\n\r\nabc\r\n--x--\r\n"
    )
    head = b"DKIM-Signature: v;\r\n\tb=x\r\nSubject: a\r\narc-seal: i\r\n"
    head += b"Content-Type: multipart/signed; boundary=x\r\n\r\n"
    made = made_for(head + body, keep=(), way_out=WAY_OUT)
    assert made.partition(b"\r\n\r\n")[2] == body
    assert WAY_OUT.address.encode() in made.partition(b"\r\n\r\n")[0]
    assert b"DKIM" not in made
    assert b"arc" not in made
    assert b"\tb=x" not in made
    assert b"\r\nSubject: a\r\n" in made


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n"])
)
def test_anything_is_read_or_refused(content: bytes, head: bytes) -> None:
    """No other error gets out: it would carry words of the message into a log."""
    try:
        made = made_for(head + content, keep=(), way_out=WAY_OUT)
    except UnreadableMailError:
        return
    assert made.startswith(b"List-Unsubscribe: <https://choices.example/abc>\r\n")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=200), st.booleans())
def test_texts_without_marks_stay_what_they_are(text: str, out: bool) -> None:
    """Whatever the language; only a way out may be added."""
    if "troth:" in text:
        return
    made = texts(made_for(message(text + "\n", html=""), keep=(), way_out=WAY_OUT if out else None))["plain"]
    body = made.rpartition("\n\n-- \n")[0] if out else made
    assert body.rstrip() == text.rstrip()
