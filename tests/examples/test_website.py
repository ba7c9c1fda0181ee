"""The violin maker's policy put to the gate: what its table calls enforced is asked here, with the law behind it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from troth.catalog import Catalog
from troth.gate.ask import ask
from troth.model.policy import Policy
from troth.model.question import Answer, ChoiceState, Facts, Operation, Question
from troth.policy import compile_folder

FOLDER = Path(__file__).parents[2] / "examples" / "website" / "policy"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
CATALOG = Catalog.load()


def policy() -> Policy:
    made, problems = compile_folder(FOLDER, CATALOG)
    assert made is not None, problems
    return made


def asked(*, yes: bool | None) -> Answer:
    """Whether somebody who wrote through the form, and said this, may be answered."""
    said = {} if yes is None else {"form-consent": ChoiceState(yes=yes, version=1, at=NOW, event=1, confirmed=True)}
    known = Facts(
        frozenset({"writer"}), MappingProxyType(said), (), (), erased=False,
        events={"letter-came": NOW}, matters=frozenset(), messages={},
    )  # fmt: skip
    question = Question(
        Operation.SEND, "contact-form", "p", NOW, ("name", "email"), channel="email", source="your-form"
    )
    made = policy()
    return ask((made,), question, known, lambda code: CATALOG.cite(made.organisation.regimes, code))


def test_an_answer_names_the_consent_article_whether_it_is_yes_or_no() -> None:
    """Yes, never asked, taken back: Art. 6(1)(a) stands on each; only a yes opens."""
    for said, code in ((True, "choice-yes"), (None, "choice-not-given"), (False, "choice-no")):
        answer = asked(yes=said)
        assert answer.allowed is (said is True)
        assert code in {reason.code for reason in answer.reasons}
        assert "Art. 6(1)(a)" in {reason.code: reason.law for reason in answer.reasons}["basis-consent"]


def test_another_ground_would_name_another_article() -> None:
    """Negative control: what stands on the answer comes from the declared ground."""
    made = policy()
    changed = replace(made.purposes["contact-form"], basis="legitimate-interest", ground=None)
    other = replace(made, purposes={**made.purposes, "contact-form": changed})
    question = Question(Operation.USE, "contact-form", "p", NOW, ("name",), source="your-form")
    known = Facts(frozenset({"writer"}), {}, (), (), erased=False, events={"letter-came": NOW}, matters=frozenset())
    answer = ask((other,), question, known, lambda code: CATALOG.cite(made.organisation.regimes, code))
    assert "basis-consent" not in {reason.code for reason in answer.reasons}
