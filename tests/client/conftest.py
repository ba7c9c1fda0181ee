"""A tea shop that a program follows from beside it."""

from tests.edges.conftest import built, shop
from tests.ledger.conftest import postgres

__all__ = ["built", "postgres", "shop"]
