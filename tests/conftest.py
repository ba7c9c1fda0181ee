"""Installations for whole journeys: one is built for each test process, and copied for each test that wants one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.journey.world import Airline, Template


@pytest.fixture(scope="session")
def airline_template() -> "Iterator[Template]":
    """The sample airline, freshly made and never worked in."""
    from tests.journey.world import Template  # noqa: PLC0415 - other tests need not load all of Troth

    made = Template.build()
    yield made
    made.destroy()


@pytest.fixture
def airline(airline_template: "Template") -> "Iterator[Airline]":
    """A sample airline of the test's own."""
    copied = airline_template.copy()
    yield copied
    copied.destroy()
