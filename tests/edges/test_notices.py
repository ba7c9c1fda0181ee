"""Published notices: the newest at one address, earlier ones beside it unchanged, in every language, linked whole."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.edges.shop import Shop

from troth.catalog import Catalog
from troth.catalog.languages import languages, phrases
from troth.policy import compile_folder
from troth.show.site import folder, site

ROOT = Path(__file__).parents[2]


class Links(HTMLParser):
    """Addresses and anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.to: list[str] = []
        self.anchors: set[str] = set()
        self.lang = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "html":
            self.lang = said.get("lang") or ""
        if tag == "a" and said.get("href"):
            self.to.append(said["href"] or "")
        if said.get("id"):
            self.anchors.add(said["id"] or "")


def whole(pages: dict[str, str]) -> list[str]:
    """Links that lead nowhere."""
    lost = []
    for path, text in pages.items():
        page = Links(text)
        for address in page.to:
            if address.startswith(("http:", "https:", "mailto:")):
                continue
            file, _, anchor = address.partition("#")
            target = str((Path("/") / path).parent.joinpath(file).resolve().relative_to("/")) if file else path
            if target not in pages or (anchor and anchor not in Links(pages[target]).anchors):
                lost.append(f"{path}: {address}")
    return lost


@pytest.mark.parametrize("organisation", ["website", "airline", "flooring"])
def test_every_link_of_a_site_leads_somewhere(organisation: str) -> None:
    policy, _ = compile_folder(ROOT / "examples" / organisation / "policy", Catalog.load())
    assert policy
    pages = dict(site([policy], Catalog.load()))
    assert "index.html" in pages
    assert f"{folder(policy)}/index.html" in pages
    assert whole(pages) == []
    assert not [path for path, text in pages.items() if re.search(r"<script|<link|src=|url\(", text)]


def test_a_lost_link_is_noticed() -> None:
    """Negative control."""
    assert whole({"index.html": '<a href="de/index.html">x</a><a href="#gone">y</a>'}) != []


def test_each_language_speaks_its_own() -> None:
    policy, _ = compile_folder(ROOT / "examples/website/policy", Catalog.load())
    assert policy
    pages = site([policy], Catalog.load())
    assert Links(pages["index.html"]).lang == "en"
    assert Links(pages["de/index.html"]).lang == "de"
    assert "Jeder Zweck mit seinem Grund" in pages["de/index.html"]
    assert "Each purpose" not in pages["de/index.html"]


def test_all_languages_have_the_same_words() -> None:
    """A key that one pack lacks would break the page of that language alone."""
    keys = {code: set(phrases(code).words) for code in languages()}
    assert len(keys) >= 4
    assert all(words == keys["en"] for words in keys.values()), keys
    assert phrases("pt").code == "en"
    assert phrases("de-AT").code == "de"


def test_earlier_versions_stay_and_a_day_finds_its_own(shop: Shop, tmp_path: Path) -> None:
    """What was published is found again word for word; a version of tomorrow is no notice today."""
    file = shop.policy / "notice" / "en.md"
    before = file.read_text(encoding="utf-8")
    with shop.house() as house:
        first = folder(house.policy)
    file.write_text(before + "\nA sentence of the second version.\n", encoding="utf-8")
    organisation = shop.policy / "organisation.yaml"
    text = organisation.read_text(encoding="utf-8")
    organisation.write_text(text.replace("effective-from: 2026-01-01", "effective-from: 2026-03-01"), encoding="utf-8")
    shop.publish()
    out = tmp_path / "pages"
    assert shop.troth("notice", "--out", str(out)).returncode == 0
    pages = {str(p.relative_to(out)): p.read_text(encoding="utf-8") for p in out.rglob("*.html")}
    assert whole(pages) == []
    assert "A sentence of the second version." in pages["index.html"]
    assert "A sentence of the second version." not in pages[f"{first}/index.html"]
    assert f"{first}/index.html" in Links(pages["index.html"]).to
    assert not list(out.rglob("*.new"))
    then = shop.troth("notice", "--on", "2026-02-28", "--format", "plain")
    now = shop.troth("notice", "--on", "2026-03-01", "--format", "plain")
    assert "second version" not in then.stdout
    assert "second version" in now.stdout
    never = shop.troth("notice", "--on", "2025-12-31")
    assert (never.returncode, "nothing-published" in never.stderr) == (1, True)
    assert "bad-day" in shop.troth("notice", "--on", "yesterday").stderr
    assert "no-such-notice" in shop.troth("notice", "--language", "xx").stderr
