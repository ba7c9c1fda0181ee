"""Adapters to the real systems that hold data. An engine is one file in this folder; nothing else lists engines."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from troth.model.datamap import StoreMap
from troth.model.schema import Schema
from troth.ports.store import Store, StoreError

_HELPERS = {"seen", "urls"}
"""Modules here that are no engine."""


def engines() -> tuple[str, ...]:
    """Names of the engines, as a policy writes them."""
    found = (module.name for module in iter_modules(__path__) if not module.ispkg and module.name not in _HELPERS)
    return tuple(sorted(name.replace("_", "-") for name in found))


def open_store(
    store_map: StoreMap,
    schema_hint: Schema | None = None,
    *,
    environ: Mapping[str, str],
    folder: Path | None = None,
) -> Store:
    """Make the adapter of a store. Connects to nothing yet.

    Args:
        store_map: The policy's declaration.
        schema_hint: What `describe` said before; without it the schema is read at the first look.
        environ: Where `${NAME}` in a URL comes from.
        folder: Against which a relative path in a URL is resolved.

    Raises:
        StoreError: `unknown-engine`.
    """
    if store_map.engine not in engines():
        raise StoreError(
            store_map.name,
            "unknown-engine",
            f"no adapter is called `{store_map.engine}` ({store_map.place})",
            f"one of: {', '.join(engines())}",
        )
    module = import_module(f"{__name__}.{store_map.engine.replace('-', '_')}")
    opened: Store = module.open_store(store_map, schema_hint, environ, folder)
    return opened
