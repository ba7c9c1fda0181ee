"""Names the concrete parts of one installation and puts a House together; the gate's client has its own, lighter way.

An installation is a folder, its *home*:

    settings.toml   where the policy is, which server holds our state
    secrets.env     NAME=value lines for store addresses; mode 0600, read beside the process environment
    keys/           the keyring, the installation's signing key, staff keys made here
    server/         the embedded PostgreSQL, unless `state` names another server
    witness/ outbox/ packages/
"""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from troth.audience.members import Members
from troth.catalog import Catalog
from troth.desk.house import House, silent
from troth.desk.post import MailWaiting, Post, waiting_in
from troth.desk.publishing import altered, not_in_force
from troth.ledger import alarm, keyfile
from troth.ledger.approval import StaffKey, verify_approval
from troth.ledger.aside import SealedNotes, SealedTokens
from troth.ledger.cut_off import CutOffState
from troth.ledger.errors import ApprovalError, LedgerError
from troth.ledger.keyring import Keyring
from troth.ledger.migrate import is_migrated, migrate
from troth.ledger.own_store import TrothStore
from troth.ledger.parcels import Parcels, SealedLinks
from troth.ledger.reconcile import reconcile as accept_loss
from troth.ledger.server import Server, ServerError, default_folder
from troth.ledger.state import LedgerState, StateSettings
from troth.model.datamap import StoreMap
from troth.model.plan import Approval
from troth.model.policy import Policy
from troth.model.problem import InputError, Severity
from troth.outbox.files import FolderOutbox, FolderShelf, make_private, write_private
from troth.outbox.smtp import SmtpMailer
from troth.outbox.spool import FolderSpool
from troth.policy import check_against_schema, compile_folder, compile_texts
from troth.ports.aside import Tokens
from troth.ports.state import ALARM, State, StateError, StateUnavailableError
from troth.ports.store import Store, StoreError
from troth.settings import DATABASE, databases, no_password_in, ring
from troth.settings import HOME as HOME  # noqa: PLC0414 - told on
from troth.settings import Settings as Settings  # noqa: PLC0414 - told on
from troth.settings import home_folder as home_folder  # noqa: PLC0414 - told on
from troth.settings import read_settings as read_settings  # noqa: PLC0414 - told on
from troth.show.findings import Finding
from troth.stores import open_store
from troth.stores.sql.trial import trial_store as trial_store  # noqa: PLC0414 - told on

HOUSE_KEY = "house.pem"
HOUSE_ROLE = "installation"

FAULTS = LedgerError
"""What can be wrong with an installation's own parts: keys, server, ledger. Each has a code, a message and a remedy."""


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """The moment."""
        return datetime.now(UTC)


def initialise(home: Path, policy: Path, state: str = "") -> Settings:
    """Make an installation, or finish making one: folder, keys, server, databases. Safe to repeat."""
    if not (policy / "organisation.yaml").is_file():
        remedy = "name a folder that holds `organisation.yaml`"
        raise InputError("no-policy", f"`{policy}` is not a policy folder", remedy, exit_code=3)
    no_password_in(state)
    make_home(home, embedded=not state)
    file = home / "settings.toml"
    if not file.exists():
        lines = {
            "policy": str(policy.resolve()),
            "state": state,
            "server": str(_server_folder(home)) if not state else "",
        }
        text = "".join(f"{name} = {_toml(value)}\n" for name, value in lines.items() if value)
        write_private(file, text)
    settings = read_settings(home)
    start_server(settings)
    _make_keys(settings)
    migrate(*databases(settings))
    return settings


def make_home(home: Path, *, embedded: bool = True) -> None:
    """Make the folder of an installation, and those missing above it, for its owner alone.

    Root's embedded server runs under another account, which has to pass through: then nobody else may list it.
    """
    make_private(home, 0o711 if embedded and os.geteuid() == 0 else 0o700)


def _make_keys(settings: Settings) -> None:
    """Keys are made once, before there is a state. New ones would not open it: every objection would be forgotten."""
    keys, house_key = ring(settings), settings.home / "keys" / HOUSE_KEY
    if not keys.exists() and is_migrated(databases(settings)[0]):
        remedy = "put the folder back from its own backup; without it, this state cannot be opened"
        raise InputError("keys-lost", f"there is a state, but no keyring in `{keys}`", remedy)
    keyfile.make_folder(keys.parent)
    if not keys.exists():
        Keyring.create(keys)
    if not house_key.exists():
        StaffKey.create(house_key)


def start_server(settings: Settings) -> None:
    """Have the embedded server running, where it is used."""
    if not settings.state:
        server = Server(settings.server)
        server.start()
        server.create_database(DATABASE)
        server.create_database(f"{DATABASE}_vault")


def stop_server(settings: Settings) -> None:
    """Stop the embedded server, where it is used."""
    if not settings.state:
        Server(settings.server).stop()


def read_policy(settings: Settings) -> Policy:
    """The policy as the folder says it now. Raises InputError when it does not compile."""
    policy, problems = compile_folder(settings.policy, Catalog.load())
    if policy is None:
        raise InputError(
            "policy-invalid",
            f"the policy in `{settings.policy}` has {len(problems)} problems",
            f"`troth check {settings.policy}` lists them",
            exit_code=3,
        )
    for name in settings.limits:
        if name not in policy.stores:
            message, known = f"settings.toml, `[stores.{name}]`: no such store", ", ".join(policy.stores)
            raise InputError("bad-store-settings", message, f"declared: {known}", exit_code=3)
    return policy


def examine(home: Path) -> list[Finding]:
    """Look at every part of an installation, from the ground up; what stands on a broken part is not looked at."""
    found: list[Finding] = []
    with _noting(found, "installation", f"in {home}"):
        settings = read_settings(home)
    if found[-1].bad:
        return found
    found += _open_to_others(settings)
    with _noting(found, "policy", "compiles"):
        policy = read_policy(settings)
    with _noting(found, "server", "runs"):
        start_server(settings)
    with _noting(found, "keys", "are private and whole"):
        StaffKey.open(settings.home / "keys" / HOUSE_KEY)
        for problem in Keyring.open(ring(settings)).problems():
            raise problem
    with _noting(found, "state and ledger", "migrated, and agree with the witness"):
        LedgerState.open(_state(settings)).close()
    if any(finding.bad for finding in found):
        return found
    with LedgerState.open(_state(settings)) as state:
        found.append(_examine_force(settings, policy, state))
        for name, declared in policy.stores.items():
            found += _examine_store(settings, name, declared, state)
    return found


def _examine_force(settings: Settings, policy: Policy, state: LedgerState) -> Finding:
    seals = HouseSeals(StaffKey.open(settings.home / "keys" / HOUSE_KEY))
    with state.unit(at=SystemClock().now()) as unit:
        kept = [unit.policies.get(hash_) for hash_, _ in unit.policies.all()]
        changed = (problem for version in kept if (problem := altered(version)))
        problem = next(changed, None) or not_in_force(policy, unit, seals)
    if problem is None:
        return Finding("policy in force", says="is the one in the folder, and signed")
    return Finding("policy in force", problem.code, problem.message, problem.remedy, care=True)


def _open_to_others(settings: Settings) -> list[Finding]:
    """What of an installation others may read, list or change. The home itself may be passed through.

    An open secrets.env is not even read.
    """
    found: list[Finding] = []
    names = ("", "settings.toml", "keys", "outbox", "packages", "witness", "spool", "later")
    for path in (settings.home / name for name in names):
        refused = 0o066 if path == settings.home else 0o077
        if path.exists() and path.stat().st_mode & refused:
            says, repair = f"`{path}` is open to others", f"chmod {'700' if path.is_dir() else '600'} {path}"
            found.append(Finding("privacy", "open-to-others", says, repair, care=True))
    return found or [Finding("privacy", says="files and folders are ours alone")]


def _examine_store(settings: Settings, name: str, declared: StoreMap, state: LedgerState) -> list[Finding]:
    found: list[Finding] = []
    with _noting(found, f"store {name}", "answers, with both credentials"):
        store = _open(settings, declared, state)
        try:
            found += [Finding(f"store {name}", code, says, repair) for code, says, repair in store.probe()]
            for problem in check_against_schema(declared, store.describe()):
                care = problem.severity is Severity.WARNING
                found.append(Finding(f"store {name}", problem.code, problem.message, problem.hint, care=care))
        finally:
            store.close()
    return found


@contextmanager
def _noting(found: list[Finding], what: str, well: str) -> Iterator[None]:
    """Turn what goes wrong inside into a finding, and what does not into a good one."""
    try:
        yield
    except (InputError, StateError, StoreError, LedgerError) as error:
        found.append(Finding(what, error.code, error.message, error.remedy))
    else:
        found.append(Finding(what, says=well))


@contextmanager
def open_house(
    settings: Settings,
    between: Callable[[str], None] = silent,
    *,
    draft: bool = False,
    cut_off: bool = False,
    broken: bool = False,
) -> Iterator[House]:
    """Everything put together, and let go of at the end. The embedded server is started when it does not run.

    Until the day of a version that was published for later, the house works under the one before it, unless what the
    folder says is asked for (`draft`). A folder that does not compile is an error, unless the version in force serves
    as well (`broken`).

    `cut_off`: where our own database does not answer, go on without it and without any store: questions are answered
    by what hangs on no fact. Raises otherwise what `LedgerState.open` says; a ledger behind its witness always does.
    """
    wanted = _wanted(settings, broken=broken)
    state = _reach(settings, cut_off=cut_off)
    if isinstance(state, LedgerState) and not draft:
        wanted = _meanwhile(wanted, state)
    if isinstance(wanted, InputError):
        state.close()
        raise wanted
    stores: dict[str, Store] = {}
    if isinstance(state, LedgerState):
        stores = {name: _open(settings, declared, state) for name, declared in wanted.stores.items()}
    gc.freeze()  # programs, packs and policy live as long as the process: looking for garbage, nobody has to pass them
    try:
        yield _house(settings, wanted, state, stores, between)
    finally:
        for store in stores.values():
            store.close()
        state.close()


@contextmanager
def open_bare(settings: Settings, policy: Policy) -> Iterator[House]:
    """The installation under a policy that is in force, without any store; where need be without its state."""
    state = _reach(settings, cut_off=True)
    try:
        yield _house(settings, policy, state, {}, silent)
    finally:
        state.close()


def is_cut_off(house: House) -> bool:
    """Whether it was opened while our own database did not answer: until it is opened again, nothing is reached."""
    return isinstance(house.state, CutOffState)


def tokens(settings: Settings) -> Tokens:
    """What seals and opens the tokens of answers."""
    return SealedTokens(Keyring.open(ring(settings)))


def _house(
    settings: Settings, policy: Policy, state: State, stores: dict[str, Store], between: Callable[[str], None]
) -> House:
    keyring = Keyring.open(ring(settings))
    return House(
        policy=policy,
        catalog=Catalog.load(),
        state=state,
        stores=stores,
        clock=SystemClock(),
        outbox=_outbox(settings),
        shelf=_shelf(settings),
        seals=HouseSeals(StaffKey.open(settings.home / "keys" / HOUSE_KEY)),
        tokens=SealedTokens(keyring),
        notes=SealedNotes(keyring, settings.home / "later"),
        between=between,
        own=next((store for store in stores.values() if isinstance(store, TrothStore)), None),
        pace=settings.pace,
        mailer=SmtpMailer(settings.messages) if settings.messages else None,
    )


def mail_waiting(settings: Settings) -> MailWaiting:
    """What waits in the spool of the mail path; nothing where there is no such path."""
    folder = settings.home / "spool"
    return waiting_in(FolderSpool(folder, Parcels(Keyring.open(ring(settings)))) if folder.is_dir() else None)


def open_post(settings: Settings, house: House) -> Post:
    """The mail path of an open house. Raises InputError `no-mail-settings`."""
    if settings.mail is None:
        remedy = "write a table `[mail]` with `next` and `links`: docs/how-to/gate-your-mail.md"
        raise InputError("no-mail-settings", "settings.toml says nothing about mail", remedy, exit_code=3)
    keys = Keyring.open(ring(settings))
    return Post(house, settings.mail, FolderSpool(settings.home / "spool", Parcels(keys)), SealedLinks(keys))


def _wanted(settings: Settings, *, broken: bool) -> Policy | InputError:
    """What the folder says, or why it says nothing where that is to be borne."""
    try:
        return read_policy(settings)
    except InputError as error:
        if not broken:
            raise
        return error


def _meanwhile(wanted: Policy | InputError, state: LedgerState) -> Policy | InputError:
    """The version in force while the folder's waits for its day, or is none; the folder's in any other case."""
    now = SystemClock().now()
    with state.unit(at=now) as unit:
        known, current = dict(unit.policies.all()), unit.policies.current()
    begins = known.get(wanted.hash, now) if isinstance(wanted, Policy) else None
    if current is None or (begins is not None and begins <= now):
        return wanted
    return compile_texts(current.files, current.hash, Catalog.load()) or wanted


def members(settings: Settings) -> Members:
    """Who stood in the last file for each network."""
    return Members(settings.home / "audiences", Parcels(Keyring.open(ring(settings))))


def _reach(settings: Settings, *, cut_off: bool) -> State:
    try:
        start_server(settings)
        return LedgerState.open(_state(settings))
    except StateUnavailableError as error:
        if not cut_off:
            raise
        return CutOffState(error)


def _open(settings: Settings, declared: StoreMap, state: State) -> Store:
    if declared.ours:
        return TrothStore(declared, lambda: state.unit(at=SystemClock().now()), _shelf(settings), _outbox(settings))
    environ = {**settings.environment, **settings.limits.get(declared.name, {})}
    return open_store(declared, environ=environ, folder=settings.home)


def _outbox(settings: Settings) -> FolderOutbox:
    return FolderOutbox(settings.home / "outbox")


def _shelf(settings: Settings) -> FolderShelf:
    return FolderShelf(settings.home / "packages")


class HouseSeals:
    """Signs as the installation, and checks anybody's signature under a plan."""

    def __init__(self, key: StaffKey) -> None:
        self._key = key

    @property
    def signer(self) -> str:
        """As whom the installation signs."""
        return HOUSE_ROLE

    def sign(self, plan: str, at: str) -> Approval:
        """A signature of the installation itself."""
        return self._key.approve(plan, signer=HOUSE_ROLE, role=HOUSE_ROLE, at=at)

    def holds(self, approval: Approval) -> bool:
        """Whether the signature fits. Who may sign is the caller's question; an installation's key must be ours."""
        allowed = self._key.public_key_text if approval.signer == HOUSE_ROLE else approval.public_key
        try:
            verify_approval(approval, plan=approval.plan, allowed=[allowed])
        except ApprovalError:
            return False
        return True


def make_staff_key(settings: Settings, staff: str) -> str:
    """A new private key for a member of staff, kept in the home; gives the public key for staff.yaml."""
    return StaffKey.create(_staff_key(settings, staff)).public_key_text


def sign_as(settings: Settings, staff: str, role: str, plan: str, at: str) -> Approval:
    """Sign a plan with the key of a member of staff."""
    path = _staff_key(settings, staff)
    if not path.exists():
        raise InputError("no-key", f"there is no key for `{staff}` here", f"`troth staff {staff}` makes one")
    return StaffKey.open(path).approve(plan, signer=staff, role=role, at=at)


async def listen_for_alarms(settings: Settings, wake: Callable[[], None]) -> None:
    """Call `wake` whenever an alarm rings, until a signal stops the process. Only a waker: it carries no work."""
    from procrastinate import App, PsycopgConnector  # noqa: PLC0415 - only the worker listens
    from procrastinate.exceptions import ConnectorException  # noqa: PLC0415

    connector = PsycopgConnector(conninfo=databases(settings)[0].reveal(), kwargs={"options": alarm.OPTIONS})
    app = App(connector=connector)

    @app.task(name=ALARM, queue=ALARM)
    def ringing(ref: str) -> None:  # noqa: ARG001 - the due tables say what is to be done
        wake()

    try:
        async with app.open_async():
            await app.run_worker_async(queues=[ALARM], delete_jobs="always")
    except ConnectorException:
        message, remedy = "no alarm can be heard", "work is found by the worker's own clock meanwhile"
        raise StateUnavailableError("alarm-unavailable", message, remedy) from None


def reconcile(settings: Settings, *, code: str, reason: str, by: str) -> None:
    """Open a ledger that is behind its witness: the operator's act, recorded in the ledger."""
    start_server(settings)
    accept_loss(_state(settings), by=by, code=code, reason=reason)


def _state(settings: Settings) -> StateSettings:
    state_url, vault_url = databases(settings)
    return StateSettings(state_url, ring(settings), vault_url, witnesses=(settings.home / "witness",))


def _staff_key(settings: Settings, staff: str) -> Path:
    if not staff.replace("-", "").isalnum():
        raise InputError("bad-staff-id", f"`{staff}` is not a staff id", "use letters, digits and dashes")
    return settings.home / "keys" / f"staff-{staff}.pem"


def _server_folder(home: Path) -> Path:
    """Inside the home where the server's account can reach it, otherwise in the machine's place for such things.

    There it is named after the home's whole path: homes called alike never share a server.
    """
    inside = home / "server"
    try:
        Server(inside).start()
    except ServerError as error:
        if error.code != "folder-unreachable":
            raise
        with suppress(OSError):
            inside.rmdir()
        return default_folder().parent / f"{home.name}-{sha256(str(home).encode()).hexdigest()[:8]}"
    return inside


def _toml(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
