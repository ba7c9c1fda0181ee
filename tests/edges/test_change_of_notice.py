"""A change of the notice, person by person: told, bounced, objecting, new; narrowing, forced. Over real mail."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from tests.edges.mailhost import MailHost, mail_host, report
from tests.edges.shop import Shop, Still

from troth.desk import asking, informing
from troth.desk.governing import versions_for
from troth.desk.house import House
from troth.desk.requests import identifiers_from, receive
from troth.desk.working import sweep, work_until_idle
from troth.model.change import Telling, Way
from troth.model.problem import InputError
from troth.outbox.smtp import messages_from
from troth.ports.state import Unit

ROOT = Path(__file__).parents[2]
EACH = """ratings:
  material:
    says: Anything wider
    by: [page, message, fresh-choice]
    before-effect: true
    ahead: 14 days
    each-person: true
    despite-objection: true
    old-choice-ends: true
  minor: {says: Anything else, by: page}
"""
CLAIRE, TOM, ERIN, NEW = "claire@ellery.example", "tom@ellery.example", "erin@ellery.example", "new@ellery.example"
JUNE = datetime(2026, 6, 30, 12, tzinfo=UTC)


@dataclass
class Told:
    """The shop with its mail server, and the clock of the test."""

    shop: Shop
    host: MailHost

    @property
    def clock(self) -> Still:
        return self.shop.clock

    @contextmanager
    def house(self) -> Iterator[House]:
        with self.shop.house() as house:
            yield house

    def write(self, file: str, old: str, new: str) -> None:
        path = self.shop.policy / file
        text = path.read_text(encoding="utf-8")
        assert old in text, text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def starts(self, day: str) -> None:
        path = self.shop.policy / "organisation.yaml"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        lines[0] = f"effective-from: {day}\n"
        path.write_text("".join(lines), encoding="utf-8")

    def know(self, *addresses: str) -> None:
        with self.house() as house:
            for address in addresses:
                asking.know(house, who(house, address), ["customer"], by="staff:nell")

    def work(self) -> list[str]:
        with self.house() as house:
            return [done.code for done in work_until_idle(house, "test")]

    def allowed(self, address: str, purpose: str = "selling", **asked: object) -> bool:
        with self.house() as house:
            answer = asking.ask(house, "use", purpose, who(house, address), **asked).answer  # type: ignore[arg-type]
            return answer.allowed

    def governed(self, address: str) -> tuple[str, ...]:
        """Versions, by the day from which each is in force."""
        with self.house() as house, house.unit() as unit:
            return tuple(policy.effective_from for policy in versions_for(house, unit, person(unit, house, address)))


def who(house: House, address: str) -> tuple:  # type: ignore[type-arg]
    return identifiers_from(house, [("email", address)], proven=True)


def text_of(message: Message) -> str:
    content = message.get_content()  # type: ignore[attr-defined]
    return str(content).replace("\r\n", "\n")


def person(unit: Unit, house: House, address: str) -> str:
    found = unit.persons.by(who(house, address)[0])
    assert found
    return found


@contextmanager
def begun(shop: Shop, promise: str) -> Iterator[Told]:
    """Three customers under a first version with this promise about changes; one objects to advertising."""
    with mail_host() as host:
        with (shop.home / "settings.toml").open("a", encoding="utf-8") as file:
            at = f'server = "127.0.0.1:{host.port}"\nsecurity = "none"'
            file.write(f'[messages]\n{at}\nfrom = "privacy@kettle.example"\n')
        (shop.policy / "changes.yaml").write_text(promise, encoding="utf-8")
        shop.publish()
        made = Told(shop, host)
        made.know(CLAIRE, TOM, ERIN)
        with made.house() as house:
            for address in (CLAIRE, TOM, ERIN):
                asking.choose(house, who(house, address), "newsletter", yes=True, by="staff:nell")
            asking.object_to(house, who(house, ERIN), by="staff:nell")
        made.clock.at += timedelta(minutes=1)
        yield made


@pytest.fixture
def told(shop: Shop) -> Iterator[Told]:
    """They were promised fourteen days' notice of anything wider, each of them."""
    with begun(shop, EACH) as made:
        yield made


WIDER = (
    "  newsletter:\n    says: News about teas\n    for: customer\n    uses: [name, email]",
    "  newsletter:\n    says: News about teas\n    for: customer\n    uses: [name, email, purchase]",
)
NEW_PURPOSE = """  courses:
    says: Courses about tea
    for: customer
    uses: [name, email]
    basis: contract
    channels:
      email: {basis: contract}
"""


def widen(told: Told, starts: str = "2026-07-20") -> None:
    """A new purpose, in force from a day on, and its clause."""
    path = told.shop.policy / "purposes.yaml"
    path.write_text(path.read_text(encoding="utf-8") + NEW_PURPOSE, encoding="utf-8")
    notice = told.shop.policy / "notice" / "en.md"
    notice.write_text(
        notice.read_text(encoding="utf-8")
        + "\n## Courses {#courses}\nspeaks of: purpose:courses\n\nWe give courses.\n",
        encoding="utf-8",
    )
    told.starts(starts)
    told.shop.publish()


def test_told_bounced_objecting_and_new(told: Told) -> None:
    """One day for each: published, told, settled, in force; and the gate with both versions for each person."""
    told.host.refuse[TOM] = "550 5.1.1 no such mailbox"
    widen(told)
    assert told.work() == ["done"]
    assert {whom for whom, _ in told.host.arrived} == {CLAIRE, ERIN}, "an objection to advertising does not stop it"
    told.clock.at = datetime(2026, 7, 21, tzinfo=UTC)
    told.know(NEW)
    told.work()
    first, second = "2026-01-01", "2026-07-20"
    assert told.governed(CLAIRE) == (second,)
    assert told.governed(TOM) == (first, second)
    assert told.governed(ERIN) == (second,)
    assert told.governed(NEW) == (second,)
    opens = {address: told.allowed(address, "courses") for address in (CLAIRE, TOM, ERIN, NEW)}
    assert opens == {CLAIRE: True, TOM: False, ERIN: True, NEW: True}
    assert all(told.allowed(address) for address in (CLAIRE, TOM, ERIN, NEW)), "what was told before stays open"
    assert len(told.host.to(CLAIRE)) == 1, "nobody is told twice"


def test_before_its_day_it_governs_nobody(told: Told) -> None:
    widen(told)
    told.work()
    told.clock.at = datetime(2026, 7, 19, tzinfo=UTC)
    with told.house() as house, house.unit() as unit:
        assert unit.notices.governing([person(unit, house, CLAIRE)]) != {person(unit, house, CLAIRE): house.policy.hash}


def test_what_is_said(told: Told) -> None:
    """What, on which ground, from when, where to read more; and it advertises nothing and names nobody."""
    widen(told)
    told.work()
    message = told.host.to(CLAIRE)[0]
    text = text_of(message)
    assert "20 July 2026" in message["Subject"]
    assert message["Auto-Submitted"] == "auto-generated"
    for part in ("Courses about tea", "contract", "Art. 6(1)(b)", "Name", "privacy@kettle.example", "Courses"):
        assert part in text, text
    assert "ellery" not in text
    assert message["From"] == "privacy@kettle.example"
    assert [line for line in told.host.said if line.startswith("rcpt") and "NOTIFY=FAILURE" in line]


def test_a_report_takes_back_what_the_message_opened(told: Told) -> None:
    widen(told)
    told.work()
    told.clock.at = datetime(2026, 7, 21, tzinfo=UTC)
    assert told.allowed(TOM, "courses")
    original = told.host.to(TOM)[0]
    with told.house() as house:
        assert informing.returned(house, report(original, action="delayed"), by="staff:nell").bounced == 0
        assert told.allowed(TOM, "courses")
        found = informing.returned(house, report(original), by="staff:nell")
        assert (found.bounced, found.known) == (1, 1)
        assert informing.returned(house, report(original), by="staff:nell").bounced == 0
        with pytest.raises(InputError, match="no report"):
            informing.returned(house, original.as_bytes(), by="staff:nell")
    assert not told.allowed(TOM, "courses")
    assert told.allowed(CLAIRE, "courses")
    with told.house() as house, house.unit() as unit:
        tried = unit.notices.tried(person(unit, house, TOM))
        assert [(each.state, each.why) for each in tried] == [(Telling.BOUNCED, "5.1.1")]
        lived = [each.way for each in unit.notices.history(person(unit, house, TOM))]
    assert lived == [Way.REGISTERED, Way.MESSAGE, Way.REGISTERED]


def test_a_message_counts_when_it_can_no_longer_come_back(told: Told) -> None:
    """Accepted the day before the new version starts: five days it may still return."""
    widen(told)
    told.clock.at = datetime(2026, 7, 19, 12, tzinfo=UTC)
    told.work()
    told.clock.at = datetime(2026, 7, 22, tzinfo=UTC)
    assert not told.allowed(CLAIRE, "courses")
    told.clock.at = datetime(2026, 7, 24, 13, tzinfo=UTC)
    assert told.allowed(CLAIRE, "courses")


def test_a_server_that_hangs_up_keeps_people_waiting_and_is_asked_again(told: Told) -> None:
    told.host.break_after = 1
    widen(told)
    assert told.work() == ["mail-unreachable"]
    assert len(told.host.arrived) == 1
    told.host.break_after = None
    told.clock.at += timedelta(hours=1)
    assert told.work() == ["done"]
    assert sorted(whom for whom, _ in told.host.arrived) == sorted([CLAIRE, TOM, ERIN])
    with told.house() as house, house.unit() as unit:
        again = [event.envelope["again"] for event in unit.events.read(kinds=["notice.accepted"])]
    assert again.count(True) == 1, "the one that was in hand may have come twice, and is said to"


def test_a_server_that_asks_to_come_back_is_asked_again(told: Told) -> None:
    told.host.refuse[CLAIRE] = "451 4.7.1 later please"
    widen(told)
    assert told.work() == ["mail-later"]
    told.clock.at += timedelta(hours=1)
    del told.host.refuse[CLAIRE]
    assert told.work() == ["done"]
    assert len(told.host.to(CLAIRE)) == len(told.host.to(TOM)) == 1


def test_a_server_that_never_takes_it_ends_as_bounced(told: Told) -> None:
    told.host.refuse[CLAIRE] = "451 4.7.1 later please"
    widen(told)
    told.work()
    told.clock.at += timedelta(days=6)
    told.work()
    with told.house() as house, house.unit() as unit:
        tried = unit.notices.tried(person(unit, house, CLAIRE))
    assert [(each.state, each.why) for each in tried] == [(Telling.BOUNCED, "expired")]


def test_what_narrows_governs_all_at_once_and_nobody_is_written_to(told: Told) -> None:
    told.write("purposes.yaml", "uses: [name, email]", "uses: [email]")
    told.starts("2026-06-30")
    told.shop.publish()
    assert told.work() == []
    assert told.host.arrived == []
    assert told.governed(TOM) == ("2026-06-30",)


def test_what_a_law_forces_governs_all_at_once(told: Told) -> None:
    told.write("retention.yaml", "keep: 8 years", "keep: 9 years")
    told.starts("2026-06-30")
    told.shop.publish()
    assert told.governed(TOM) == ("2026-06-30",)
    with told.house() as house, house.unit() as unit:
        assert unit.notices.followed(house.policy.hash) is None


def test_a_wider_use_on_consent_ends_the_old_yes_and_asks_again(told: Told) -> None:
    """The old yes counts no longer; the message asks; a yes in the new words opens, whether or not a message came."""
    told.write("purposes.yaml", *WIDER)
    told.starts("2026-07-20")
    with pytest.raises(InputError) as refused:
        told.shop.publish()
    assert refused.value.code == "choice-not-raised"
    told.write("choices.yaml", "version: 1", "version: 2")
    told.host.refuse[TOM] = "550 5.1.1 no such mailbox"
    told.shop.publish()
    told.work()
    text = text_of(told.host.to(CLAIRE)[0])
    assert "say yes again:\n  - Yes, write to me about new teas." in text
    assert "Purchases, their dates and prices" in text
    told.clock.at = datetime(2026, 7, 21, tzinfo=UTC)
    assert not told.allowed(CLAIRE, "newsletter")
    assert not told.allowed(TOM, "newsletter")
    with told.house() as house:
        for address in (CLAIRE, TOM):
            asking.choose(house, who(house, address), "newsletter", yes=True, by="staff:nell")
    assert told.allowed(CLAIRE, "newsletter")
    assert told.allowed(TOM, "newsletter")
    with told.house() as house, house.unit() as unit:
        assert unit.notices.history(person(unit, house, TOM))[-1].way is Way.CHOICE


def test_without_a_mail_server_it_is_not_put_in_force(told: Told) -> None:
    settings = told.shop.home / "settings.toml"
    settings.write_text(settings.read_text(encoding="utf-8").partition("[messages]")[0], encoding="utf-8")
    with pytest.raises(InputError) as refused:
        widen(told)
    assert refused.value.code == "no-mailer"


def test_who_came_between_the_announcement_and_its_day_is_told_as_well(told: Told) -> None:
    widen(told)
    told.work()
    told.clock.at = datetime(2026, 7, 10, tzinfo=UTC)
    told.know(NEW)
    told.clock.at = datetime(2026, 7, 20, 1, tzinfo=UTC)
    assert not told.allowed(NEW, "courses")
    told.work()
    assert len(told.host.to(NEW)) == 1
    told.clock.at = datetime(2026, 7, 26, tzinfo=UTC)
    assert told.allowed(NEW, "courses")


def test_an_objection_holds_where_no_promise_passes_it(told: Told) -> None:
    """Negative control of `despite-objection`."""
    told.write("changes.yaml", "    despite-objection: true\n", "")
    told.starts("2026-06-30")
    told.shop.publish()
    widen(told)
    told.work()
    assert told.host.to(CLAIRE)
    assert not told.host.to(ERIN)
    with told.house() as house, house.unit() as unit:
        tried = unit.notices.tried(person(unit, house, ERIN))
    assert [(each.state, each.why) for each in tried] == [(Telling.NO_WAY, "objected")]


NEW_ONLY = """ratings:
  any: {says: Anything, by: [page, message], despite-objection: true}
new-purpose:
  unrelated: [notice, legal-basis]
"""
ANY = """ratings:
  any: {says: Anything, by: [page, message], before-effect: true, each-person: true, despite-objection: true}
"""


def test_a_new_purpose_opens_for_each_once_told_where_that_alone_is_promised(shop: Shop) -> None:
    """And what else gets wider holds at once, and is told all the same."""
    with begun(shop, NEW_ONLY) as told:
        told.host.refuse[TOM] = "550 5.1.1 no such mailbox"
        told.write("retention.yaml", "keep: 8 years", "keep: 9 years")
        told.starts("2026-06-30")
        told.shop.publish()
        told.work()
        assert told.governed(TOM) == ("2026-06-30",)
        assert len(told.host.to(CLAIRE)) == 1
        widen(told, "2026-07-01")
        told.work()
        told.clock.at = datetime(2026, 7, 8, tzinfo=UTC)
        assert {a: told.allowed(a, "courses") for a in (CLAIRE, TOM, ERIN)} == {CLAIRE: True, TOM: False, ERIN: True}
        assert "Art. 6(1)(b)), with " in text_of(told.host.to(CLAIRE)[1])


def test_where_every_change_was_promised_to_each_a_narrower_one_waits_too(shop: Shop) -> None:
    """The text that governs them is the older one; the gate holds to both, so the narrower use is not missed."""
    with begun(shop, ANY) as told:
        told.host.refuse[TOM] = "550 5.1.1 no such mailbox"
        told.write("purposes.yaml", "uses: [contact-details, purchases]", "uses: [contact-details]")
        told.write("purposes.yaml", "uses: [name, purchase]", "uses: [name, purchase, wish]")
        told.starts("2026-07-01")
        told.shop.publish()
        told.work()
        told.clock.at = datetime(2026, 7, 8, tzinfo=UTC)
        assert told.governed(CLAIRE) == ("2026-07-01",)
        assert told.governed(TOM) == ("2026-01-01", "2026-07-01")
        assert not told.allowed(TOM, "selling", fields=["purchase"])
        assert not told.allowed(CLAIRE, "selling", fields=["purchase"])


# --- At the command line ----------------------------------------------------------------------------------------------


def said(told: Told, *words: str) -> dict[str, Any]:
    done = told.shop.troth(*words, "--format", "json")
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_which_text_applied_to_somebody_on_a_day(told: Told) -> None:
    """Before it came, and after: each with since when and how; and for whom it did not reach, the older text."""
    told.host.refuse[TOM] = "550 5.1.1 no such mailbox"
    widen(told)
    told.work()
    claire = ("notice", "--who", f"email={CLAIRE}", "--on")
    before, after = said(told, *claire, "2026-07-19"), said(told, *claire, "2026-07-20")
    assert (before["in_force_from"], before["way"]) == ("2026-01-01", "registered")
    assert (after["in_force_from"], after["way"], after["since"][:10]) == ("2026-07-20", "message", "2026-07-20")
    assert "courses" not in {clause["id"] for clause in before["clauses"]}
    assert "courses" in {clause["id"] for clause in after["clauses"]}
    assert [(each["state"], each["why"]) for each in after["told"]] == [("accepted", "")]
    tom = said(told, "notice", "--who", f"email={TOM}", "--on", "2026-08-01")
    assert tom["in_force_from"] == "2026-01-01"
    assert [(each["state"], each["why"]) for each in tom["told"]] == [("bounced", "5.1.1")]
    early = said(told, "notice", "--who", f"email={TOM}", "--on", "2026-03-01")
    assert (early["way"], early["told"]) == (None, [])
    words = told.shop.troth("notice", "--who", f"email={CLAIRE}", "--on", "2026-08-01", "--format", "plain").stdout
    assert "by a message that did not come back" in words
    nobody = told.shop.troth("notice", "--who", "email=who@else.example")
    assert (nobody.returncode, "nobody" in nobody.stderr) == (2, True)


def test_who_was_not_reached_is_named_with_the_reason(told: Told, tmp_path: Path) -> None:
    """By `status` in numbers, by `told` one by one; a report and an operator's word count alike; shown, it is over."""
    told.host.refuse[TOM] = "550 5.1.1 no such mailbox"
    widen(told)
    told.work()
    came_back = tmp_path / "report.eml"
    came_back.write_bytes(report(told.host.to(CLAIRE)[0], "5.2.2"))
    done = told.shop.troth("bounced", str(came_back), "--by", "nell")
    assert done.stdout == "1 message came back\n", done.stderr
    word = ("bounced", "--who", f"email={ERIN}", "--why", "post-returned", "--by", "nell")
    assert told.shop.troth(*word).stdout == "1 message came back\n"
    assert told.shop.troth(*word).stdout == "0 messages came back\n"
    with told.house() as house, house.unit() as unit:
        ids = {address: person(unit, house, address) for address in (CLAIRE, TOM, ERIN)}
    reasons = {CLAIRE: "5.2.2", TOM: "5.1.1", ERIN: "post-returned"}
    unreached = {each["person"]: each["why"] for each in said(told, "told")["unreached"]}
    assert unreached == {ids[address]: why for address, why in reasons.items()}
    waits = [one for one in said(told, "status")["notice"] if one["what"] == "unreached"]
    assert len(waits) == 1
    assert "did not reach 3 people" in waits[0]["says"]
    assert all(f"1 {why}" in waits[0]["says"] for why in reasons.values())
    assert "no" in told.shop.troth("ask", "courses", "--who", f"email={CLAIRE}", "--format", "plain").stdout
    shown = told.shop.troth("shown", "--who", f"email={CLAIRE}", "--by", "nell")
    assert "has reached them" in shown.stdout, shown.stderr
    assert told.shop.troth("ask", "courses", "--operation", "use", "--who", f"email={CLAIRE}").returncode == 0
    assert told.shop.troth("ask", "courses", "--operation", "use", "--who", f"email={TOM}").returncode == 2


def watched(told: Told, more: str = "") -> None:
    """Whose task it is is declared."""
    told.write("changes.yaml", "ratings:", f"drift-to: privacy-officer\n{more}ratings:")
    lines = [f"  {role}: {{says: Works here, for: [selling]}}\n" for role in ("privacy-officer", "till")]
    roles = "roles:\n" + "".join(lines)
    (told.shop.policy / "roles.yaml").write_text(roles, encoding="utf-8")
    told.starts("2026-07-20")
    told.shop.publish()
    told.work()


def test_a_register_that_parts_from_the_notice_is_a_task_with_a_day(told: Told) -> None:
    """A recipient that no clause speaks of: the folder does not compile, and who has to mend it until when is told."""
    watched(told)
    assert said(told, "status")["notice"] == []
    told.write(
        "recipients.yaml",
        "recipients:\n",
        "recipients:\n  printer: {name: Ink, role: processor, country: DE, "
        "gets: [name], for: selling, tell: work-order}\n",
    )
    done = told.shop.troth("status", "--format", "json")
    found = {one["what"]: one for one in json.loads(done.stdout)["notice"]}
    assert done.returncode == 2
    assert found.keys() == {"invalid", "drift"}
    assert "recipient:printer" in found["drift"]["says"]
    assert found["drift"]["role"] == "privacy-officer"
    first = (found["drift"]["since"], found["drift"]["due"])
    again = {one["what"]: one for one in said(told, "status")["notice"]}
    assert (again["drift"]["since"], again["drift"]["due"]) == first, "the day does not move with each look"


def test_a_review_that_is_due_is_told_until_somebody_looked(told: Told) -> None:
    watched(told, "review-every: 2 months\n")
    found = said(told, "status")["notice"]
    assert [(one["what"], one["role"], one["due"]) for one in found] == [("review", "privacy-officer", "2026-08-30")]
    assert told.shop.troth("reviewed", "--by", "nell").returncode == 0
    assert said(told, "status")["notice"] == []


def test_the_worker_tells_people_before_the_day_of_the_version(told: Told) -> None:
    """Until its day the folder is ahead of what is in force: work goes on under the version that is."""
    widen(told, "2099-01-01")
    done = told.shop.troth("worker", "--once")
    assert done.returncode == 0, done.stderr
    assert {whom for whom, _ in told.host.arrived} == {CLAIRE, TOM, ERIN}
    assert told.shop.troth("ask", "courses", "--operation", "use", "--who", f"email={CLAIRE}").returncode == 2
    assert told.shop.troth("ask", "selling", "--operation", "use", "--who", f"email={CLAIRE}").returncode == 0


def test_a_copy_says_which_notice_holds_and_since_when(told: Told) -> None:
    widen(told)
    told.work()
    told.clock.at = datetime(2026, 7, 21, tzinfo=UTC)
    with told.house() as house:
        known = [*who(house, CLAIRE), *identifiers_from(house, [("customer-number", "T-001")], proven=True)]
        asking.know(house, known, ["customer"], by="staff:nell")
        case = receive(house, "access", known[:1], by="staff:nell").case
        work_until_idle(house, "test")
        version = house.policy.hash[:12]
    page = (told.shop.home / "packages" / case / "index.html").read_text(encoding="utf-8")
    assert "notice that holds for you" in page
    assert f"version {version}, since 20 July 2026: by a message that did not come back" in page


KILLED = """
import os, signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tests.edges.shop import Shop
from troth.desk.working import sweep, work_until_idle

passed = 0
def stop(step):
    global passed
    passed += step == {step!r}
    if passed == {number}:
        os.kill(os.getpid(), signal.SIGKILL)

shop = Shop(Path({folder!r}))
shop.clock.at += timedelta(hours=1)
with shop.house() as house:
    work_until_idle(replace(house, between=stop), "killed")
"""


@pytest.mark.parametrize(
    ("step", "number", "arrived"), [("about to tell", 1, 0), ("told one", 2, 2), ("told some", 1, 3)]
)
def test_killed_in_the_middle_nobody_is_left_out_and_what_may_come_twice_is_said_to(
    told: Told, step: str, number: int, arrived: int
) -> None:
    widen(told)
    script = KILLED.format(step=step, number=number, folder=str(told.shop.folder))
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, capture_output=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(told.host.arrived) == arrived
    told.clock.at += timedelta(hours=3)
    with told.house() as house:
        sweep(house)
    told.work()
    times = {address: len(told.host.to(address)) for address in (CLAIRE, TOM, ERIN)}
    assert set(times.values()) <= {1, 2}
    with told.house() as house, house.unit() as unit:
        events = unit.events.read(kinds=["notice.accepted"])
        again = {event.extra["subjects"][0] for event in events if event.envelope["again"]}
        twice = {person(unit, house, address) for address, number in times.items() if number == 2}
    assert len(events) == 3, "each is counted once"
    assert twice <= again, "whoever may have got it twice is known"
    assert not (step == "told some" and again), "what was written down is not begun again"


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ({"server": "mail.example", "from": "a@b.example"}, "with its port"),
        ({"server": "mail.example:587", "from": "nobody"}, "come back to"),
        ({"server": "mail.example:25", "from": "a@b.example", "security": "none"}, "on this machine alone"),
        ({"server": "mail.example:25", "from": "a@b.example", "user": "troth"}, "MESSAGES_PASSWORD"),
        ({"server": "mail.example:25", "from": "a@b.example", "settles": -1}, "number of days"),
        ({"server": "mail.example:25", "from": "a@b.example", "host": "x"}, "it may hold"),
    ],
)
def test_settings_that_would_send_in_clear_or_nowhere_are_refused(said: dict[str, object], remedy: str) -> None:
    with pytest.raises(InputError) as refused:
        messages_from(said, {})
    assert (refused.value.code, remedy in refused.value.remedy) == ("bad-message-settings", True)
    assert messages_from({}, {}) is None
    assert messages_from({"server": "127.0.0.1:25", "from": "a@b.example", "security": "none"}, {})
