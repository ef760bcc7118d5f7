from __future__ import annotations

import pytest

from harness.config.storeurl import chosen, expected, has_password, without_password
from harness.errors import ConfigError

SECRET = "hunter2"

AS_WRITTEN = "postgresql://farm@db/farm"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"postgresql://farm:{SECRET}@db/farm", AS_WRITTEN),
        # A question mark and a number sign within the password do not end it for libpq.
        (f"postgresql://farm:{SECRET}?x@db/farm", AS_WRITTEN),
        (f"postgresql://farm:{SECRET}#x@db/farm", AS_WRITTEN),
        (f"postgresql://farm:%40{SECRET}%2F@db/farm", AS_WRITTEN),
        (f"postgresql://farm@db/farm?password={SECRET}", AS_WRITTEN),
        (f"postgresql://farm@db/farm?pass%77ord={SECRET}", AS_WRITTEN),
        (f"postgresql://farm@db/farm?a=%20+b&sslpassword={SECRET}&c=", f"{AS_WRITTEN}?a=%20+b&c="),
        (f"postgresql://farm@db/farm?sslkey=k&scram_client_key={SECRET}", f"{AS_WRITTEN}?sslkey=k"),
        (f"postgresql://farm@db/farm?Password={SECRET}", AS_WRITTEN),
        (f"postgresql://farm:{SECRET}@db1:5432,db2:5433/farm", "postgresql://farm@db1:5432,db2:5433/farm"),
    ],
)
def test_a_url_is_told_without_its_password_and_else_as_it_was_written(url: str, told: str) -> None:
    assert without_password(url) == told
    assert has_password(url)
    assert without_password(told) == told


@pytest.mark.parametrize(
    "store",
    [
        "sqlite",
        "/home/farm/leases.sqlite3",
        AS_WRITTEN,
        "postgresql://db:5432/farm?sslmode=require",
        "postgresql:///farm?host=/run/postgresql",
    ],
)
def test_what_has_no_password_is_chosen_as_it_is(store: str) -> None:
    assert not has_password(store)
    assert chosen(store, "sqlite") == chosen(None, store) == store


@pytest.mark.parametrize(
    "password", [f"{SECRET}@x", f"x@{SECRET}", f"{SECRET}/x", f"x/{SECRET}", f"x/?{SECRET}"]
)
def test_where_libpq_would_take_a_part_of_the_password_for_the_host_nothing_is_told(password: str) -> None:
    with pytest.raises(ConfigError, match=r"an @ too many.* %40 %2F %3F %23") as caught:
        without_password(f"postgresql://farm:{password}@db/farm")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("store", [f"postgres://farm:{SECRET}@db/farm", f"farm:{SECRET}@db/farm"])
def test_a_store_that_is_none_is_refused_without_its_password(store: str) -> None:
    assert "expected sqlite or postgresql://user@host/database" in expected(store)
    assert SECRET not in expected(store)


def test_a_password_on_the_command_line_is_refused_with_where_it_belongs() -> None:
    with pytest.raises(ConfigError, match=r"list of processes.*~/\.pgpass") as caught:
        chosen(f"postgresql://farm:{SECRET}@db/farm", None)
    assert SECRET not in str(caught.value)


def test_a_devices_yaml_may_have_one() -> None:
    url = f"postgresql://farm:{SECRET}@db/farm"
    assert chosen(None, url) == url
    assert chosen("sqlite", url) == "sqlite"
    assert chosen(None, None) == "sqlite"
