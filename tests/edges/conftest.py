"""A tea shop for each test that changes one, copied in a moment from one that was built once."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.edges.shop import Shop, build, copied
from tests.ledger.conftest import drop_database, postgres

__all__ = ["postgres"]


@pytest.fixture(scope="session")
def built(postgres: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Folder and database of the shop that is only copied."""
    folder, name = tmp_path_factory.mktemp("built"), f"troth_shop_{secrets.token_hex(4)}"
    try:
        build(folder, name)
        yield folder, name
    finally:
        drop_database(name)
        drop_database(f"{name}_vault")


@pytest.fixture
def shop(built: tuple[Path, str], tmp_path: Path) -> Iterator[Shop]:
    """An installation of one's own."""
    with copied(*built, tmp_path / "shop", f"troth_shop_{secrets.token_hex(6)}") as made:
        yield made


@pytest.fixture(scope="session")
def quiet(built: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One for all the tests that only look, or that are refused."""
    with copied(*built, tmp_path_factory.mktemp("quiet") / "shop", f"troth_shop_{secrets.token_hex(6)}") as made:
        yield made
