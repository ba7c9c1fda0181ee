"""Points of the GDPR in a citation: what other vocabularies name grounds, conditions and transfers by."""

import re

from troth.catalog.nouns import Cite

_GDPR = "gdpr"
_POINT = re.compile(r"Art\. (\d+)(?:\((\d+)\))?(?:\(([a-z])\))?")


def point(cite: Cite) -> tuple[str, str, str] | None:
    """(article, paragraph, letter) of a citation of the GDPR, what is missing empty; None for any other law."""
    found = _POINT.fullmatch(cite.article) if cite.regime == _GDPR else None
    return (found[1], found[2] or "", found[3] or "") if found else None
