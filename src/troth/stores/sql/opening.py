"""How an engine file opens its stores: the same for every SQL engine."""

from collections.abc import Callable, Mapping
from functools import partial

from troth.model.datamap import StoreMap
from troth.model.schema import Schema
from troth.stores.sql.dialect import Dialect, Limits
from troth.stores.sql.store import SqlStore
from troth.stores.urls import fill


def open_sql(
    dialect: Callable[[str, str, Limits], Dialect],
    store_map: StoreMap,
    schema_hint: Schema | None,
    environ: Mapping[str, str],
) -> SqlStore:
    """The store over a dialect; URLs are filled in when a connection is made."""
    return SqlStore(
        store_map,
        dialect(store_map.name, store_map.schema, Limits.of(environ)),
        partial(fill, store_map.name, store_map.look_url, environ),
        partial(fill, store_map.name, store_map.act_url, environ) if store_map.act_url else None,
        schema_hint,
    )
