"""Backups of the sample's databases, taken and put back as an operator does: past Troth, while nobody is connected."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from tests.journey.world import Airline


def take(airline: Airline, store: str) -> None:
    """Copy a store as it is now."""
    airline.hang_up()
    if store == "website":
        shutil.copyfile(airline.home / "website.db", airline.home / "website.backup")
        return
    with _admin(airline) as admin:
        _copy(admin, airline.names[store], _backup(airline, store))


def put_back(airline: Airline, store: str) -> None:
    """Replace a store by its copy; connections to it break."""
    airline.hang_up()
    if store == "website":
        shutil.copyfile(airline.home / "website.backup", airline.home / "website.db")
        return
    with _admin(airline) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(airline.names[store])))
        _copy(admin, _backup(airline, store), airline.names[store])


@contextmanager
def dropped_after(airline: Airline, *stores: str) -> Iterator[None]:
    """Drop the copies at the end."""
    try:
        yield
    finally:
        with _admin(airline) as admin:
            for store in stores:
                backup = sql.Identifier(_backup(airline, store))
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(backup))


@contextmanager
def _admin(airline: Airline) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(airline.server.conninfo("postgres").reveal(), autocommit=True) as admin:
        yield admin


def _copy(admin: psycopg.Connection[tuple[object, ...]], old: str, new: str) -> None:
    admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(new), sql.Identifier(old)))


def _backup(airline: Airline, store: str) -> str:
    return f"{airline.names[store]}_backup"
