"""Where the links in messages lead: one page, one button, no login, years later.

A GET changes nothing, since scanners and previews follow links. A POST ends the kind of message the link stood in; mail
programs send it by themselves when their reader presses their button (RFC 8058). The page says the same whoever asks.
"""

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from troth.catalog.languages import phrases
from troth.desk.post import Post
from troth.desk.stopping import press
from troth.edges.pages import HEADERS
from troth.show.blocks import Blocks, Button, Heading, Para
from troth.show.html import content_policy, page


def links_app(post: Post) -> Starlette:
    """The application behind `links`."""
    language = post.house.policy.organisation.languages[0]
    words, name = phrases(language), post.house.policy.organisation.name

    def shown(blocks: Blocks, status: int = 200) -> Response:
        headers = {**HEADERS, "Content-Security-Policy": content_policy(forms=True)}
        return HTMLResponse(page(name, blocks, language=words.code), status_code=status, headers=headers)

    async def ask(_request: Request) -> Response:
        button = Button(words("mail-stop-button"))
        return shown((Heading(words("mail-stop-title", name=name)), Para(words("mail-stop-says")), button))

    async def act(request: Request) -> Response:
        said = post.links.read(request.path_params["link"].rpartition("/")[2])
        try:
            done = await run_in_threadpool(press, post.house, said)
        except Exception:  # noqa: BLE001 - whatever it was, it was not heard: the reader must know, and no log needs to
            return shown((Heading(words("mail-stop-later")), Para(words("mail-stop-later-says"))), 503)
        if not done.known:
            return shown((Heading(words("mail-stop-no-link")), Para(words("mail-stop-no-link-says"))), 404)
        says = words("mail-stopped-says" if done.kind else "mail-stopped-advertising")
        return shown((Heading(words("mail-stopped")), Para(says)))

    link = "/{link:path}"  # whatever your web server leaves of the public address before it
    return Starlette(routes=[Route(link, ask, methods=["GET"]), Route(link, act, methods=["POST"])])
