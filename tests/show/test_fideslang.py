"""The Fideslang export has the shape that its published model reads, by our own reading of that model.

The model forbids little (unknown keys are dropped in silence), so this is stricter: no key that it does not have.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.policy.little import MINI
from tests.show.makes import changed, compiled, library

from troth.catalog import Catalog
from troth.model.policy import Policy
from troth.policy.sections.elements import SPECIAL_KINDS
from troth.show.records.fideslang import as_json, as_yaml, document
from troth.show.records.vocabulary import vocabulary

TAXONOMY = yaml.safe_load((Path(__file__).parent / "fideslang.yaml").read_text(encoding="utf-8"))
KEY = re.compile(r"[a-zA-Z0-9_.<>-]+")
FORMS = {"text": str, "list": list, "flag": bool, "map": dict}
MODEL = TAXONOMY["model"]


def parts(found: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every resource and every part of one, by the name of its model."""
    for kind, entries in found.items():
        yield from ((kind, entry) for entry in entries)
    for data in found["dataset"]:
        for collection in data["collections"]:
            yield "collection", collection
            yield from (("field", field) for field in collection["fields"])
    for system in found["system"]:
        yield from (("declaration", one) for one in system["privacy_declarations"])
        yield from (("flow", one) for one in system.get("egress", []))


def wrong(found: Mapping[str, Any]) -> list[str]:
    """What the model would not read as it is meant."""
    said = []
    for kind, entry in parts(found):
        known = MODEL[kind]["required"] | MODEL[kind]["optional"]
        said += [f"{kind}: `{key}` is missing" for key in MODEL[kind]["required"].keys() - entry.keys()]
        said += [f"{kind}: `{key}` is unknown" for key in entry.keys() - known.keys()]
        for key in entry.keys() & known.keys():
            said += [] if isinstance(entry[key], FORMS[known[key]]) else [f"{kind}: `{key}` is no {known[key]}"]
    return said + list(dangling(found))


def dangling(found: Mapping[str, Any]) -> Iterator[str]:
    """Keys that lead nowhere, neither in the export nor in the published taxonomy."""
    keys = {kind: {entry["fides_key"] for entry in entries} for kind, entries in found.items()}
    categories = set(TAXONOMY["categories"])
    uses, people = keys["data_use"] | set(TAXONOMY["uses"]), keys["data_subject"] | set(TAXONOMY["people"])
    for kind, entry in parts(found):
        yield from (
            f"{kind}: no category `{one}`"
            for one in {*entry.get("data_categories", []), *entry.get("shared_categories", [])} - categories
        )
        yield from (f"{kind}: no group of people `{one}`" for one in set(entry.get("data_subjects", [])) - people)
        yield from (
            f"{kind}: no use `{one}`" for one in {entry.get("data_use"), entry.get("parent_key")} - {None, *uses}
        )
        yield from (f"{kind}: no dataset `{one}`" for one in set(entry.get("dataset_references", [])) - keys["dataset"])
        if "parent_key" in entry and entry["parent_key"] != entry["fides_key"].rpartition(".")[0]:
            yield f"{kind}: `{entry['fides_key']}` does not hang under its parent"
        if "fides_key" in entry and not KEY.fullmatch(entry["fides_key"]):
            yield f"{kind}: `{entry['fides_key']}` is no key"
    for system in found["system"]:
        flows = {flow["fides_key"] for flow in system.get("egress", [])}
        yield from (f"no system `{one}`" for one in flows - keys["system"])
        for declaration in system["privacy_declarations"]:
            yield from (f"no flow to `{one}`" for one in set(declaration.get("egress", [])) - flows)


def made(policy: Policy) -> dict[str, Any]:
    """The export."""
    return document(policy, Catalog.load())


@pytest.mark.parametrize("policy", [library(), compiled(MINI)], ids=["library", "mini"])
def test_it_is_read_as_it_is_meant(policy: Policy) -> None:
    """Nothing missing, nothing unknown, nothing that leads nowhere; both forms say the same."""
    assert wrong(made(policy)) == []
    assert (
        yaml.safe_load(as_yaml(policy, Catalog.load())) == json.loads(as_json(policy, Catalog.load())) == made(policy)
    )


def first(found: dict[str, Any]) -> dict[str, Any]:
    """The first declaration of the first system."""
    one: dict[str, Any] = found["system"][0]["privacy_declarations"][0]
    return one


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda found: found["dataset"][0].pop("collections"), KeyError),
        (lambda found: found["system"][0].pop("system_type"), "system: `system_type` is missing"),
        (lambda found: found["system"][0].update(owner="x"), "system: `owner` is unknown"),
        (lambda found: first(found).update(data_use="x"), "declaration: no use `x`"),
        (lambda found: found["system"][1]["egress"].append({"fides_key": "x"}), "flow: `type` is missing"),
        (lambda found: found["dataset"].pop(), "declaration: no dataset `website`"),
        (lambda found: first(found)["data_categories"].append("x"), "declaration: no category `x`"),
        (lambda found: found["system"].pop(), "no system `recipient.fair`"),
        (lambda found: found["data_subject"].clear(), "declaration: no group of people `reader`"),
    ],
)  # fmt: skip
def test_our_reading_finds_what_is_wrong(spoil: Any, said: Any) -> None:
    """The control."""
    found = made(library())
    spoil(found)
    if isinstance(said, str):
        assert said in wrong(found)
    else:
        with pytest.raises(said):
            wrong(found)


def test_what_is_certain_is_mapped_and_nothing_else() -> None:
    """By the id of an element or identifier, by what it was declared to be, and `user` where neither says enough."""
    fields = {
        (collection["name"], field["name"]): field.get("data_categories")
        for data in made(library())["dataset"]
        for collection in data["collections"]
        for field in collection["fields"]
    }
    assert fields["reader", "full_name"] == ["user.name"]
    assert fields["reader", "email"] == ["user.contact.email"]
    assert fields["reader", "reader_number"] == ["user"]
    assert fields["fee", "amount_cents"] == ["user.financial"]
    assert fields["loan", "title"] == ["user"]
    assert fields["loan", "loan_id"] is None
    (reading,) = [
        one
        for system in made(library())["system"]
        for one in system["privacy_declarations"]
        if "illness" in one["name"]
    ]
    assert reading["data_categories"] == ["user.name", "user.health_and_medical"]
    assert reading["special_category_legal_basis"] == "Explicit consent"
    assert reading["legal_basis_for_processing"] == "Contract"


def test_a_purpose_hangs_where_its_class_says(tmp_path: Path) -> None:
    """Marketing and service have a place in the tree; a purpose of no class stands by itself."""
    uses = {one["name"]: (one["fides_key"], one.get("parent_key")) for one in made(library())["data_use"]}
    assert uses["News about new books"] == ("marketing.newsletter", "marketing")
    assert uses["Lending you books"] == ("essential.service.lending", "essential.service")
    assert uses["Fees and their accounting"] == ("invoices", None)
    renamed = changed(
        tmp_path, {"relationships.yaml": {"  reader:\n": "  customer:\n"}} | everywhere("reader", "customer")
    )
    people = {one["fides_key"] for one in made(renamed)["data_subject"]}
    assert "customer" not in people  # Fideslang has customers of its own
    assert wrong(made(renamed)) == []


def everywhere(old: str, new: str) -> dict[str, Any]:
    """The library's purposes, activities and stores for people of another name."""
    folder = Path(__file__).parent / "library"
    names = ("purposes.yaml", "activities.yaml", "stores/lending.yaml", "stores/website.yaml")
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in names}
    return {name: re.sub(rf"(for|relationship): {old}\b", rf"\1: {new}", text) for name, text in texts.items()}


def test_every_word_that_we_map_to_is_published() -> None:
    """The pack names no key that the taxonomy does not have, and no special kind that a policy cannot say."""
    words = vocabulary("fideslang")
    mapped = {word for table in ("elements", "special", "sensitive") for word in words.under(table).data.values()}
    assert mapped | {words.text("otherwise")} <= set(TAXONOMY["categories"])
    assert set(words.under("uses").data.values()) <= set(TAXONOMY["uses"])
    assert set(words.words("people")) <= set(TAXONOMY["people"])
    assert set(words.under("grounds").data.values()) <= set(TAXONOMY["grounds"])
    assert set(words.under("conditions").data.values()) <= set(TAXONOMY["conditions"])
    assert words.under("special").data.keys() <= set(SPECIAL_KINDS)
