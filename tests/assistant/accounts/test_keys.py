"""Keys by which programs ask, in a real file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.accounts.accounts import Details, Role
from assistant.accounts.keys import BadKey, KeyRefused, Keys, Scope, UnknownKey
from corpus.documents import Reader
from tests.assistant.accounts.doors import Doors
from tests.servers import in_files


@pytest.fixture
def keys(doors: Doors) -> Keys:
    return Keys(doors.accounts)


@in_files
def test_a_key_is_known_by_what_the_program_sends_and_kept_only_as_a_digest(doors: Doors, keys: Keys) -> None:
    made, token = keys.add("  Members' area ", [Scope.ASK], who="anna")
    found = keys.used(token)
    assert (found.number, found.name, found.reader) == (made.number, "Members' area", Reader.ANYONE)
    assert found.scopes == {Scope.ASK}
    doors.store.scrub()
    assert token.encode() not in Path(str(doors.place)).read_bytes()
    for other in ("", token[:-1], token.upper(), "mek_" + "x" * 43, "\ud800"):
        with pytest.raises(KeyRefused):
            keys.used(other)


def test_its_last_use_is_noted_by_the_day(doors: Doors, keys: Keys) -> None:
    _, token = keys.add("a site", [Scope.READ], who="anna")
    assert keys.all()[0].used_on is None
    keys.used(token)
    assert keys.all()[0].used_on == date(2027, 1, 15)
    doors.clock.now += 86_400
    keys.used(token)
    assert keys.all()[0].used_on == date(2027, 1, 16)


def test_a_revoked_key_is_refused_at_once_and_says_who_revoked_it(keys: Keys) -> None:
    made, token = keys.add("a site", [Scope.ASK], who="anna")
    keys.revoke(made.number, who="otto")
    with pytest.raises(KeyRefused):
        keys.used(token)
    assert keys.all()[0].revoked_by == "otto"
    for number in (made.number, 99):
        with pytest.raises(UnknownKey):
            keys.revoke(number, who="otto")


def test_a_key_in_the_name_of_an_account_reads_what_that_may_and_ends_with_it(doors: Doors, keys: Keys) -> None:
    doors.accounts.add("acme", Details(display_name="Acme", role=Role.MEMBER), who="test")
    _, token = keys.add("their intranet", [Scope.ASK], account="ACME", who="anna")
    assert keys.used(token).reader is Reader.MEMBER
    doors.accounts.disable("acme", who="anna")
    with pytest.raises(KeyRefused):
        keys.used(token)


@pytest.mark.parametrize(
    ("name", "scopes", "more", "sentence"),
    [
        ("", ["ask"], {}, "what the key is for"),
        ("x" * 81, ["ask"], {}, "what the key is for"),
        ("a site", [], {}, "ask, read, curate"),
        ("a site", ["ask"], {"account": "nobody"}, "no account 'nobody'"),
        ("a site", ["ask"], {"a_minute": 0}, "1 to 10000"),
        ("a site", ["curate"], {}, "an account that may write"),
        ("a site", ["curate"], {"account": "acme"}, "an account that may write"),
    ],
)
def test_a_key_that_cannot_be_is_not_made(
    doors: Doors, keys: Keys, name: str, scopes: list[str], more: dict[str, str | int], sentence: str
) -> None:
    doors.accounts.add("acme", Details(display_name="Acme", role=Role.MEMBER), who="test")
    with pytest.raises(BadKey, match=sentence):
        keys.add(name, map(Scope, scopes), who="anna", **more)  # type: ignore[arg-type]
    assert keys.all() == []
