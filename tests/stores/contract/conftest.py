"""Every contract test runs over every engine found in the folder of adapters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.stores.contract.ferry import GROUNDS, NOT_SQL, Ground

from troth.stores import engines


@pytest.fixture(scope="session", params=[name for name in engines() if name not in NOT_SQL])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One database of each engine, built once."""
    if request.param not in GROUNDS:
        pytest.fail(f"engine `{request.param}` has no ground in ferry.py: its contract is untested")
    ground = GROUNDS[request.param](tmp_path_factory.mktemp(request.param))
    ground.build()
    yield ground
    ground.close()
    ground.drop()


@pytest.fixture
def ground(built: Ground) -> Iterator[Ground]:
    """The database, empty."""
    built.clear()
    yield built
    built.close()


@pytest.fixture
def folder(tmp_path: Path) -> Any:
    """A folder of one's own."""
    return tmp_path
