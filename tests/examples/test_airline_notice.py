"""The sample's published notice: complete as the law asks, made from the same folder that everything else reads."""

from pathlib import Path

import pytest

from troth.catalog import Catalog
from troth.model.policy import Policy
from troth.policy import compile_folder
from troth.show.blocks import Heading, Table
from troth.show.notice import notice

FOLDER = Path(__file__).parents[2] / "examples" / "airline" / "policy"


@pytest.fixture(scope="module")
def policy() -> Policy:
    made, problems = compile_folder(FOLDER, Catalog.load())
    assert made is not None, problems
    return made


def table(policy: Policy, title: str) -> list[tuple[str, ...]]:
    """The rows of the table under a heading."""
    blocks = notice(policy, Catalog.load())
    at = next(number for number, block in enumerate(blocks) if isinstance(block, Heading) and block.text == title)
    found = blocks[at + 1]
    assert isinstance(found, Table)
    return [tuple(row) for row in found.rows]


def test_every_purpose_stands_with_a_ground_and_its_article(policy: Policy) -> None:
    """Art. 13(1)(c). What opens special categories is cited too."""
    rows = {row[0]: row for row in table(policy, "Each purpose with its ground")}
    assert set(rows) == {policy.words(purpose.says) for purpose in policy.purposes.values()}
    assert all("GDPR Art. 6(1)(" in row[1] and row[2] for row in rows.values())
    assert "Art. 9(2)(a)" in rows[policy.words(policy.purposes["special-care"].says)][1]


def test_every_recipient_stands_with_its_country_and_what_protects_data_there(policy: Policy) -> None:
    """Art. 13(1)(e) and (f)."""
    said = [row[0] for row in table(policy, "Who receives your data")]
    assert len(said) == len(policy.recipients)
    (mere,) = [words for words in said if words.startswith("Mere Air")]
    assert "in the United Kingdom; Adequacy decision" in mere


def test_every_kind_of_record_has_a_period_or_a_criterion(policy: Policy) -> None:
    """Art. 13(2)(a). A passport's differs from the rest of its row."""
    rows = dict(table(policy, "How long we keep it"))  # type: ignore[arg-type]
    assert "no period is declared" not in " ".join(rows.values())
    assert "Passport number and country: Until the flight that you gave it for has landed" in rows["You as a traveller"]


def test_only_law_that_obliges_here_is_called_an_obligation(policy: Policy) -> None:
    """Art. 6(3): a duty under foreign law is no ground of its own."""
    obliged = {purpose.id for purpose in policy.purposes.values() if purpose.basis == "legal-obligation"}
    authorities = [recipient for recipient in policy.recipients.values() if recipient.role == "authority"]
    assert {a.country for a in authorities if obliged.intersection(a.purposes)} == {"DE"}
    assert {a.country for a in authorities} > {"DE"}
