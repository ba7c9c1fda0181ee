"""The JSON-LD export is a graph in the vocabulary's own terms, fits our shapes, and has the same bytes every time."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import RDF
from tests.policy.little import MINI
from tests.show.makes import LIBRARY, changed, compiled, library

from troth.catalog import Catalog
from troth.model.period import Period
from troth.model.policy import Policy
from troth.show.records.dpv import iso, json_ld

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
"""Of rdflib's own reader, which still uses it inside."""

DPV, GDPR = "https://w3id.org/dpv#", "https://w3id.org/dpv/legal/eu/gdpr#"
OTHERS = ("http://purl.org/dc/terms/", "http://www.w3.org/2006/time#", "https://w3id.org/dpv/loc#", str(RDF))
SHAPES = sorted((Path(__file__).parent / "shapes").glob("*.rq"))
TERMS = frozenset((Path(__file__).parent / "shapes" / "terms.txt").read_text(encoding="utf-8").split())
"""Terms of the vocabulary, version 2.0, that we use: whatever is not published cannot be written by mistake."""
POINTS = re.compile(r"A6-1-[a-f]|A9-2-[a-j]|A45-3|A46-2-[b-f]|A49-1-[a-g]")
PREFIXES = {
    "dpv": DPV,
    "dct": "http://purl.org/dc/terms/",
    "time": "http://www.w3.org/2006/time#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def graph(policy: Policy) -> Graph:
    """The export, read by somebody else's program."""
    return Graph().parse(data=json_ld(policy, Catalog.load()), format="json-ld")


def broken(found: Graph, shape: Path) -> list[object]:
    """What breaks a shape."""
    return list(found.query(shape.read_text(encoding="utf-8"), initNs=PREFIXES))


def under(found: Graph, subject: str, term: str) -> set[str]:
    """The last parts of what a node of ours points at."""
    (base,) = {str(one).removesuffix("organisation") for one in found.subjects(RDF.type, URIRef(f"{DPV}Organisation"))}
    said = found.objects(URIRef(f"{base}{subject}"), URIRef(f"{DPV}{term}"))
    return {str(one).removeprefix(base).removeprefix(GDPR).removeprefix(DPV) for one in said}


POLICIES = {folder.name: folder for folder in (LIBRARY, MINI, MINI.parent / "everything")}


@pytest.mark.parametrize("name", POLICIES)
def test_the_export_fits_the_shapes(name: str) -> None:
    """The rich library, the little one, and an organisation that says everything once."""
    found = graph(compiled(POLICIES[name]))
    assert {shape.stem: rows for shape in SHAPES if (rows := broken(found, shape))} == {}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.stem)
def test_a_broken_graph_does_not_fit(shape: Path) -> None:
    """The control: with the change that the shape names, it gives what is wrong."""
    found = graph(library())
    (update,) = re.findall(r"^# breaks: (.*)$", shape.read_text(encoding="utf-8"), re.MULTILINE)
    found.update(update, initNs=PREFIXES)
    assert broken(found, shape)


def test_there_are_shapes() -> None:
    """The search finds them."""
    assert len(SHAPES) > 8


def test_only_published_terms_are_used() -> None:
    """Classes and properties of the vocabulary, points of the GDPR under its own names, and beside them our ids."""
    found = graph(library())
    own = "https://library.example/privacy#"
    nodes = {str(one) for triple in found for one in triple if isinstance(one, URIRef)}
    assert {one.removeprefix(DPV) for one in nodes if one.startswith(DPV)} <= TERMS
    assert [one for one in nodes if one.startswith(GDPR) and not POINTS.fullmatch(one.removeprefix(GDPR))] == []
    assert [one for one in nodes if not one.startswith((DPV, GDPR, own, *OTHERS))] == []


def test_nothing_is_lost_on_the_way() -> None:
    """What the policy says of one purpose is what the graph says of its process."""
    found, name = graph(library()), "process/desk/easy-reading"
    assert under(found, name, "hasPurpose") == {"purpose/easy-reading"}
    assert under(found, name, "hasLegalBasis") == {"A6-1-b", "A9-2-a"}
    assert under(found, name, "hasPersonalData") == {"element/name", "element/reading-aid"}
    assert under(found, name, "hasDataSubject") == {"people/reader"}
    assert under(found, name, "hasTechnicalOrganisationalMeasure") == {
        "measure/encrypted-disks", "measure/locked-cabinet",
    }  # fmt: skip
    assert under(found, "process/website/measuring", "hasRecipient") == {"recipient/counter"}
    assert under(found, "process/invoices", "hasLegalBasis") == {"A6-1-b", "A6-1-c"}
    assert under(found, "process/invoices", "hasStorageCondition") == {"period/fee-voucher"}
    assert under(found, "process/festival/tickets", "hasDataController") == {"organisation", "recipient/fair"}
    assert under(found, "served/catalogue-service", "hasDataController") == {"customer/harbour-school"}
    assert under(found, "transfer/counter/US", "hasLegalBasis") == {"A46-2-c"}
    assert under(found, "period/fee-voucher", "hasDuration") == {"duration/fee-voucher"}


def test_a_ground_of_another_law_keeps_an_id_of_ours(tmp_path: Path) -> None:
    """The vocabulary's names are for the GDPR alone."""
    laws = {"organisation.yaml": {"regimes: [gdpr, de]": "regimes: [de, uk]"}}
    other = changed(tmp_path, laws | {"transfers.yaml": {"safeguards:\n": "home: eea\nsafeguards:\n"}})
    grounds = {str(one) for one in graph(other).objects(None, URIRef(f"{DPV}hasLegalBasis"))}
    assert any("#ground/uk/" in one for one in grounds)
    assert not any(one.startswith(GDPR) for one in grounds)


def test_an_adequacy_decision_is_the_ground_of_a_transfer(tmp_path: Path) -> None:
    """Each decision is a source of the one point of law under which all of them stand."""
    moved = {
        "recipients.yaml": {"    country: US\n    stored-in: [US, CA]\n": "    country: GB\n    stored-in: [GB, CH]\n"},
        "transfers.yaml": {"mechanism: scc\n    signed: 2025-05-06\n    until: 2028-05-05": "mechanism: adequacy"},
    }
    found = graph(changed(tmp_path, moved))
    assert under(found, "transfer/counter/GB", "hasLegalBasis") == {"A45-3"}
    sources = {str(one) for one in found.objects(URIRef(f"{GDPR}A45-3"), URIRef("http://purl.org/dc/terms/source"))}
    assert {source.split(" Art.")[0] for source in sources} == {
        "Decision 2000/518/EC", "Implementing Decision (EU) 2021/1772",
    }  # fmt: skip
    assert [shape.stem for shape in SHAPES if broken(found, shape)] == []


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither writing it nor reading it opens a connection: the context stands in it."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("somebody connects")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert len(graph(library())) > 100


@pytest.mark.parametrize("kind", ["dpv", "fideslang"])
def test_the_same_policy_makes_the_same_bytes(kind: str) -> None:
    """In other processes, where sets have another order."""

    def made(seed: str) -> bytes:
        command = [sys.executable, "-m", "troth", "records", kind, str(LIBRARY)]
        return subprocess.run(
            command, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout

    first, *others = (made(seed) for seed in ("1", "2", "77"))
    assert first
    assert [one for one in others if one != first] == []


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (Period(years=8), "P8Y"),
        (Period(months=6, days=10), "P6M10D"),
        (Period(hours=48), "PT48H"),
        (Period(days=1, hours=12), "P1DT12H"),
        (Period(), ""),
    ],
)
def test_a_period_as_the_standard_writes_it(period: Period, text: str) -> None:
    """ISO 8601."""
    assert iso(period) == text
