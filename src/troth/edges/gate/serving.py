"""Serves the gate until stopped: on this machine alone, behind TLS of its own, or behind a proxy that brings it."""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from troth import wire
from troth.client.gate import Gate
from troth.edges.gate.access import Access
from troth.edges.gate.app import GateApp
from troth.edges.gate.releasing import Releases
from troth.model.problem import InputError


@dataclass(frozen=True)
class Listen:
    """Where the gate listens, and how what is sent there is kept from others."""

    host: str = "127.0.0.1"
    port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False

    def check(self) -> None:
        """Raises InputError `not-encrypted`, `no-certificate`: keys and identifiers do not cross a network in clear."""
        if (self.certificate is None) != (self.key is None):
            raise InputError("no-certificate", "a certificate goes with its key", "name both, or neither")
        for path in (self.certificate, self.key):
            if path is not None and not path.is_file():
                raise InputError("no-certificate", f"`{path}` is no file", "name the PEM files of this host")
        if self.certificate is None and not self.behind_proxy and not _here(self.host):
            remedy = "`--certificate` and `--certificate-key`, or `--behind-proxy` where one encrypts"
            raise InputError("not-encrypted", f"`{self.host}` can be reached by others, without encryption", remedy)


def serve(home: Path, listen: Listen, announce: Callable[[str], None]) -> None:
    """Follow the ledger and answer until a signal. Raises InputError, StateError."""
    listen.check()
    access = Access()
    with Gate.open(home, also=access.look) as gate, bound(listen) as ours:
        scheme = "http" if listen.certificate is None else "https"
        announce(f"{scheme}://{listen.host}:{ours.getsockname()[1]}")
        releases = Releases(wire.read_settings(home), gate)
        try:
            run(GateApp(gate, access, releases), listen, ours)
        finally:
            releases.close()


def run(app: GateApp, listen: Listen, ours: socket.socket) -> None:
    """Answer on a socket until a signal."""
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        http=HttpToolsProtocol,
        ws="none",
        ssl_certfile=listen.certificate,
        ssl_keyfile=listen.key,
    )
    uvloop.run(uvicorn.Server(config).serve(sockets=[ours]))


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bound(listen: Listen) -> socket.socket:
    """The socket. Raises InputError `port-taken`."""
    try:
        return socket.create_server((listen.host, listen.port), backlog=1024)
    except OSError as error:
        message = f"`{listen.host}`, port `{listen.port}` cannot be had: {error.strerror}"
        raise InputError("port-taken", message, "name another one, or `--port 0` for any that is free") from None
