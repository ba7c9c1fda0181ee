"""What programs say has left, over HTTP: asked once more and written down by the desk, once for each token.

The answer's token carries the question, sealed by us: nobody can let go of anything else than was asked about.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Lock

from troth import wire
from troth.client.gate import Gate
from troth.client.prepared import Said
from troth.desk.access import RELEASE
from troth.desk.asking import RELEASES, UNSEEN, Asked, question_from, question_words, release
from troth.desk.house import House
from troth.edges.gate.access import Access
from troth.edges.gate.problems import RefusedError
from troth.gate.memo import unfold
from troth.model.event import Json
from troth.model.policy import Policy
from troth.model.question import Answer, Question
from troth.ports.access import AccessKey
from troth.ports.state import NotFoundError
from troth.ports.state import RefusedError as StateRefusedError

OLDEST = timedelta(hours=1)
"""After that a token lets go of nothing any more: ask again."""
LONGEST = 8_192
AT_ONCE = 4


class Releases:
    """Lets things leave. The state is opened with the first release, and again while it could not be reached."""

    def __init__(self, settings: wire.Settings, gate: Gate) -> None:
        self._settings, self._gate, self._tokens = settings, gate, wire.tokens(settings)
        self._lock, self._opened = Lock(), ExitStack()
        self._house: House | None = None
        self._threads = ThreadPoolExecutor(AT_ONCE, "troth-release")

    def sealed(self, key: AccessKey, question: Question, said: Said) -> Answer:
        """The answer; where this key may let go of it, with a token that carries the question."""
        answer = said.answer
        if not answer.allowed or RELEASE not in key.operations or question.operation not in RELEASES:
            return answer
        person, event = (said.person, unfold(said.folded).event) if said.folded else (UNSEEN, 0)
        asked = replace(question, person=person, at=said.at)
        body: Json = {**question_words(asked), "event": event, "asker": key.name, "about": said.person}
        if said.observed:
            body = {**body, "observed": said.observed.isoformat()}
        return replace(answer, token=self._tokens.seal(answer.token, body))

    async def release(self, access: Access, key: AccessKey, token: object) -> Asked:
        """Ask once more and write it down; the same token again changes nothing. Raises RefusedError."""
        if RELEASE not in key.operations:
            raise RefusedError("out-of-scope")
        if not isinstance(token, str) or len(token) > LONGEST or not token.isascii():
            raise RefusedError("bad-question", "`token` is the token of an answer")
        body = self._tokens.open(token)
        if body is None or "asker" not in body:
            raise RefusedError("bad-question", "`token` is of no answer that this gate gave to a key that may release")
        question = question_from(body)
        if body["asker"] != key.name:
            raise RefusedError("out-of-scope")
        access.may(key, question)
        if datetime.now(UTC) - question.at > OLDEST:
            raise RefusedError("bad-question", "token-too-old: ask again")
        if not body["about"]:
            raise RefusedError("bad-question", "nobody could be seen when this was asked: ask again, by `person`")
        access.take(key, 1)
        asked = Asked(replace(question, person=body["about"]), Answer(allowed=False, reasons=(), token=token))
        note = sha256(token.encode()).hexdigest()[:24]
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._release, asked, note)

    def close(self) -> None:
        """Finish what is in hand, and let go of the state."""
        self._threads.shutdown()
        self._opened.close()

    def _release(self, asked: Asked, note: str) -> Asked:
        policy = self._gate.view.era.policy
        if policy is None:
            raise RefusedError("not-ready", "no signed policy version is known")
        house = self._open(policy)
        try:
            return release(house, asked, note=note)
        except StateRefusedError:  # the same token at the same moment: the other was quicker
            return release(house, asked, note=note)
        except NotFoundError:
            raise RefusedError("bad-question", "nobody is known by this id") from None

    def _open(self, policy: Policy) -> House:
        with self._lock:
            if self._house is None or wire.is_cut_off(self._house):
                self._opened.close()
                self._house = self._opened.enter_context(wire.open_bare(self._settings, policy))
            return replace(self._house, policy=policy)
