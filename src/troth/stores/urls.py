"""Connection strings as the policy writes them: `${NAME}` is taken from the environment at the moment of use.

A filled-in URL holds a password: it is passed on, never kept, never part of a message.
"""

import re
from collections.abc import Mapping

from troth.ports.store import StoreError

NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def fill(store: str, url: str, environ: Mapping[str, str]) -> str:
    """Put the variables in. Raises StoreError `missing-variable`."""
    missing = sorted({name for name in NAME.findall(url) if not environ.get(name)})
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        raise StoreError(
            store,
            "missing-variable",
            f"the store's URL needs {names}, which the environment does not have",
            f"set {names} for this process",
        )
    return NAME.sub(lambda match: environ[match[1]], url)
