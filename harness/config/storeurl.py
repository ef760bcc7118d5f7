"""Where leases are kept, as people write it, and what of that may be told.

A URL may hold the password of the database. It is then for the one who connects, and for nobody else: not
for output, logs, errors, files or the list of processes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from harness.errors import ConfigError

REMOTE = "postgresql://"

SHAPE = f"{REMOTE}user@host/database"

WITHOUT = "Take it out of the URL and put it into ~/.pgpass, or the file that PGPASSFILE names"
"""What to do about a password at a place where it would be seen."""

SECRETS: Mapping[str, str] = {
    "password": "PGPASSWORD",
    "sslpassword": "HARNESS_STORE_SSLPASSWORD",
    "scram_client_key": "HARNESS_STORE_SCRAM_CLIENT_KEY",
    "scram_server_key": "HARNESS_STORE_SCRAM_SERVER_KEY",
    "oauth_client_secret": "HARNESS_STORE_OAUTH_CLIENT_SECRET",
}
"""What in a URL is secret -> the variable that another process gets it by, which has the URL without it.

libpq reads the first variable itself and has none for the others. Source: its manual of version 18,
"Parameter Key Words" and "Environment Variables".
"""

_LOGIN = re.compile(r"(?<=://)([^:@/]*):[^@/]*(?=@)")
"""User and password, as libpq tells them apart: its manual, "Connection URIs"."""


def is_remote(store: str) -> bool:
    """Whether a store is PostgreSQL, for several machines."""
    return store.startswith(REMOTE)


def expected(store: str) -> str:
    """What is said of a store that is none; what may be secret in it is left out."""
    scheme, is_url, _ = store.partition("://")
    shown = f"{scheme}://…" if is_url else "…" if "@" in store else store
    return f"expected sqlite or {SHAPE}, found {shown!r}"


def without_password(url: str) -> str:
    """The same URL without what is secret in it.

    Raises:
        ConfigError: it has an @, a slash or the like within its password, which libpq takes for its end.
    """
    place, asks, query = _LOGIN.sub(r"\1", url).partition("?")
    asked = [one for one in query.split("&") if not _is_secret(unquote(one.partition("=")[0]).lower())]
    told = place + (asks if any(asked) else "") + "&".join(asked)
    if told.count("@") > 1 or "@" in told.partition("://")[2].partition("/")[2]:
        what = "the URL of the lease database cannot be read: it has an @ too many"
        # To show it would show the password.
        raise ConfigError(what, fix=f"Write it as {SHAPE}, and @ / ? # within each part as %40 %2F %3F %23")
    return told


def _is_secret(option: str) -> bool:
    # Also one that libpq has never heard of: it may be a slip of the pen.
    return option in SECRETS or "password" in option


def has_password(store: str) -> bool:
    """Whether there is something secret in the URL of a store.

    Raises:
        ConfigError: it cannot be told where the secret ends.
    """
    return is_remote(store) and without_password(store) != store


def chosen(named: str | None, in_file: str | None) -> str:
    """Where leases are kept, of what a command line and a devices.yaml say.

    Args:
        named: the store that the command line names.
        in_file: that of the devices.yaml, where there is one.

    Raises:
        ConfigError: there is a password on the command line.
    """
    if named and has_password(named):
        what = "the password in --store is seen by everybody on this machine, in its list of processes"
        raise ConfigError(what, fix=WITHOUT)
    return named or in_file or "sqlite"
