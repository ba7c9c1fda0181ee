"""A mail server on this machine: SMTP over a real socket. It keeps what it took, and refuses whom it is told to."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default


@dataclass
class MailHost:
    """What arrived, and what is to be answered."""

    port: int = 0
    arrived: list[tuple[str, Message]] = field(default_factory=list)
    """Address and message, in order."""
    refuse: dict[str, str] = field(default_factory=dict)
    """Address -> reply to its RCPT, such as `550 5.1.1 no such mailbox here`."""
    break_after: int | None = None
    """Hang up on the data of the message after so many."""
    said: list[str] = field(default_factory=list)
    """Every command, as it came."""

    def to(self, address: str) -> list[Message]:
        """Messages to one address."""
        return [message for whom, message in self.arrived if whom == address]


@contextmanager
def mail_host() -> Iterator[MailHost]:
    """Listening on any free port of the loopback address."""
    host = MailHost()

    class Conversation(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

        def handle(self) -> None:
            self.say("220 post.example ESMTP")
            to = ""
            while line := self.rfile.readline().decode():
                host.said.append(line.strip())
                verb = line[:4].upper()
                if verb == "EHLO":
                    self.say("250-post.example\r\n250-DSN\r\n250 8BITMIME")
                elif verb == "RCPT":
                    found = re.search("<(.*?)>", line)
                    to = found[1] if found else ""
                    self.say(host.refuse.get(to, "250 2.1.5 fine"))
                elif verb == "DATA":
                    self.say("354 go on")
                    lines = []
                    while (part := self.rfile.readline()) not in (b".\r\n", b""):
                        lines.append(part[1:] if part.startswith(b"..") else part)
                    if host.break_after is not None and len(host.arrived) >= host.break_after:
                        return
                    host.arrived.append((to, message_from_bytes(b"".join(lines), policy=default)))
                    self.say("250 2.0.0 taken")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 2.0.0 fine")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Conversation) as server:
        host.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()


def report(original: Message, status: str = "5.1.1", action: str = "failed") -> bytes:
    """What a mail server sends back about a message that it could not hand on (RFC 3464)."""
    mark = str(original["Message-ID"]).strip("<>").partition("@")[0]
    return (
        "From: MAILER-DAEMON@post.example\r\nTo: privacy@example.org\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; post.example\r\nOriginal-Envelope-Id: {mark}\r\n\r\n"
        f"Final-Recipient: rfc822; somebody@example.org\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {original['Message-ID']}\r\n\r\n--x--\r\n"
    ).encode()
