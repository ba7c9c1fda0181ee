"""Commands of the mail path: the gate itself, and what waits in it."""

import asyncio
import signal
import threading

import typer
import uvicorn

from troth import wire
from troth.desk.post import Post
from troth.edges.cli.options import Home, house
from troth.edges.console import guarded
from troth.edges.mail.deliver import Carrier, carry_on
from troth.edges.mail.links import links_app
from troth.edges.mail.listen import listener


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("mail-gate")(guarded(mail_gate))


def mail_gate(home: Home = None) -> None:
    """Stand before your mailer: ask about each message and each recipient, hand on what may leave, until stopped."""
    woken, stopped = threading.Event(), threading.Event()

    def stop(*_: object) -> None:
        stopped.set()
        woken.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    while not stopped.is_set():  # again after another version of the policy was put in force
        settings = wire.read_settings(wire.home_folder(home))
        with house(home, "", acts=True) as opened:
            run(wire.open_post(settings, opened), woken, stopped)


def run(post: Post, woken: threading.Event, stopped: threading.Event) -> None:
    """Listen, carry on and serve the links until stopped; what is in hand is finished first."""
    with post.spool.alone():
        _run(post, woken, stopped)


def _run(post: Post, woken: threading.Event, stopped: threading.Event) -> None:
    listening = listener(post, woken.set)
    at = post.rules.links_listen
    config = uvicorn.Config(
        links_app(post), host=at.host, port=at.port, log_level="critical", access_log=False, server_header=False
    )
    links = uvicorn.Server(config)
    serving = threading.Thread(target=lambda: asyncio.run(links.serve()), daemon=True)
    listening.start()
    serving.start()
    typer.echo(f"mail: {post.rules.listen.host}:{post.rules.listen.port}  links: {at.host}:{at.port}  (stop: Ctrl-C)")
    try:
        carry_on(Carrier(post, typer.echo, stopped=stopped.is_set), woken, stopped)
    finally:
        listening.stop()
        links.should_exit = True
        serving.join(timeout=10)
