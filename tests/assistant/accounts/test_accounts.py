"""Accounts and sessions, in a real file."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import MetaData, create_engine

from assistant.accounts import attempts
from assistant.accounts.accounts import (
    Account,
    AccountDisabled,
    AccountExists,
    Accounts,
    AccountState,
    BadDetails,
    Details,
    LastAdministrator,
    Permission,
    Role,
    UnknownAccount,
    account_store,
    may,
    reader_of,
    schema,
)
from assistant.accounts.devices import KEPT as DEVICES_KEPT
from assistant.accounts.passwords import WeakPassword
from assistant.accounts.sessions import CODE_LIFE, IDLE, LONGEST, Sessions, SignInRefused, TooManyAttempts, Way
from corpus.documents import Reader
from tests.conftest import Clock, quick_passwords

PASSWORD = "wolken ziehen nachts"  # noqa: S105 - of nobody
OTHER = "dreizehn blaue ziegel"
HERE = "203.0.113.7"
SESSION_OF_BEFORE = "aRCQLi64hNIfK8mNXucPSl7hxhkLxf40p7h_h1spVU8"


class Doors:
    """The accounts and sessions of one file, and the clock by which they live."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock()
        self.store = account_store(path)
        self.accounts = Accounts(self.store, self.clock)
        self.sessions = Sessions(self.store, self.clock, quick_passwords())

    def person(self, name: str, role: Role = Role.AUTHOR, password: str = PASSWORD) -> str:
        """Make an account with a password; returns the token of its first session."""
        code = self.accounts.add(name, Details(display_name=name.title(), role=role), who="test")
        return self.sessions.use_code(name, code, password, address=HERE)

    def signs_in(self, name: str, password: str = PASSWORD, address: str = HERE) -> bool:
        try:
            self.sessions.sign_in(name, password, address=address)
        except SignInRefused:
            return False
        return True

    def fail(self, times: int, name: str = "anna") -> list[float]:
        """Give a wrong password so many times; returns the seconds to wait that were asked for on the way."""
        waits: list[float] = []
        while times:
            try:
                self.sessions.sign_in(name, "wrong", address=HERE)
            except TooManyAttempts as error:
                waits.append(error.seconds)
                self.clock.now += error.seconds
            except SignInRefused:
                times -= 1
        return waits


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    doors = Doors(tmp_path / "accounts.sqlite")
    yield doors
    doors.store.close()


# What accounts may do


@pytest.mark.parametrize(
    ("role", "acts", "reader"),
    [
        (Role.MEMBER, {Permission.READ_MEMBERS}, Reader.MEMBER),
        (Role.AUTHOR, {Permission.READ_MEMBERS, Permission.READ_STAFF, Permission.WRITE}, Reader.STAFF),
        (
            Role.REVIEWER,
            set(Permission)
            - {Permission.PURGE, Permission.READ_ALL_LETTERS, Permission.QUALIFY, Permission.MANAGE_ACCOUNTS},
            Reader.STAFF,
        ),
        (Role.ADMINISTRATOR, set(Permission), Reader.STAFF),
    ],
)
def test_each_role_may_what_its_row_says_and_nothing_when_disabled(
    role: Role, acts: set[Permission], reader: Reader
) -> None:
    account = Account(name="x", display_name="X", role=role)
    assert {act for act in Permission if may(account, act)} == acts
    assert reader_of(account) is reader
    disabled = replace(account, disabled=True)
    assert not any(may(disabled, act) for act in Permission)
    assert reader_of(disabled) is Reader.ANYONE


def test_nobody_may_do_nothing_and_reads_what_anyone_reads() -> None:
    assert not any(may(None, act) for act in Permission)
    assert reader_of(None) is Reader.ANYONE


# A file of the release before


def test_a_file_of_the_release_before_opens_with_its_accounts_sessions_and_failures(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "accounts.sqlite")) as old:
        old.executescript(Path(__file__).with_name("accounts_0001.sql").read_text("utf-8"))
    doors = Doors(tmp_path / "accounts.sqlite")
    session = doors.sessions.session(SESSION_OF_BEFORE)
    assert session is not None
    assert (session.account.name, session.account.cluster, session.wrong_attempts) == ("anna", "biom", 0)
    assert len(doors.sessions.failed()) == 2
    device = doors.sessions.know(doors.sessions.sign_in("anna", PASSWORD, address=HERE))
    doors.fail(9)
    assert doors.sessions.sign_in("anna", PASSWORD, address=HERE, device=device)
    doors.store.close()


# Administrators


def test_the_store_has_the_columns_that_the_code_reads(doors: Doors) -> None:
    found = MetaData()
    found.reflect(create_engine(f"sqlite:///{doors.path}"))
    written = {name: set(table.columns.keys()) for name, table in found.tables.items() if name != "alembic_version"}
    tables = schema.tables | attempts.schema.tables
    assert written == {name: set(table.columns.keys()) for name, table in tables.items()}


def test_an_account_is_new_until_its_code_is_used_and_remembers_what_was_done(doors: Doors) -> None:
    code = doors.accounts.add("Anna ", Details(display_name="Anna  Puig", role=Role.AUTHOR, cluster="biocat"), who="x")
    account = doors.accounts.account("ANNA")
    assert (account.name, account.display_name, account.state) == ("anna", "Anna Puig", AccountState.NEW)
    assert not doors.signs_in("anna")
    doors.sessions.use_code("anna", code, PASSWORD, address=HERE)
    assert doors.accounts.account("anna").state is AccountState.IN_USE
    assert [(change.what, change.who) for change in doors.accounts.changes("anna")] == [
        ("password", "anna"),
        ("added", "x"),
    ]


@pytest.mark.parametrize("name", ["", "a", "anna puig", "ànna", "a/b", ".a", "x" * 65, "a\nb", "<b>", "a\u202eb"])
def test_names_are_plain(doors: Doors, name: str) -> None:
    with pytest.raises(BadDetails, match="2 to 64 characters"):
        doors.accounts.add(name, Details(display_name="X", role=Role.AUTHOR), who="x")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"display_name": "  "}, "visible characters"),
        ({"display_name": "x" * 81}, "1 to 80"),
        ({"display_name": "Anna\u202ehcir"}, "visible characters"),
        ({"cluster": "mars"}, "choose from biocat, biom, biopmed, lyonbiopole"),
        ({"email": "anna"}, "name@example.org"),
        ({"email": "a b@example.org"}, "name@example.org"),
        ({"language": "xx"}, "choose from en"),
    ],
)
def test_details_that_cannot_be_used_are_told(doors: Doors, fields: dict[str, str], sentence: str) -> None:
    details = replace(Details(display_name="Anna", role=Role.AUTHOR), **fields)  # type: ignore[arg-type]
    with pytest.raises(BadDetails, match=sentence):
        doors.accounts.add("anna", details, who="x")


def test_a_name_and_an_email_address_belong_to_one_account(doors: Doors) -> None:
    details = Details(display_name="Anna", role=Role.ADMINISTRATOR, email="Anna@Example.org")
    doors.accounts.add("anna", details, who="x")
    with pytest.raises(AccountExists, match="'anna' has an account"):
        doors.accounts.add("ANNA", Details(display_name="Other", role=Role.MEMBER), who="x")
    with pytest.raises(AccountExists, match=r"anna@example\.org"):
        doors.accounts.add("bea", replace(details, email="anna@example.org"), who="x")
    doors.accounts.change("anna", replace(details, display_name="Anna Puig"), who="x")
    doors.accounts.add("bea", replace(details, email=""), who="x")
    doors.accounts.add("carla", replace(details, email=""), who="x")


def test_accounts_are_found_by_parts_of_what_is_known_staff_first_a_page_at_a_time(doors: Doors) -> None:
    for number in range(12):
        details = Details(display_name=f"Company {number}", role=Role.MEMBER, cluster="biom")
        doors.accounts.add(f"company{number:02}", details, who="x")
    doors.accounts.add("zoe", Details(display_name="Zoe 100%", role=Role.REVIEWER, email="zoe@example.org"), who="x")
    assert [account.name for account in doors.accounts.accounts(limit=3)] == ["zoe", "company00", "company01"]
    assert [account.name for account in doors.accounts.accounts(start=12, limit=3)] == ["company11"]
    assert doors.accounts.count() == 13
    assert doors.accounts.count("biom") == 12
    assert [account.name for account in doors.accounts.accounts("100%")] == ["zoe"]
    assert [account.name for account in doors.accounts.accounts("EXAMPLE.org")] == ["zoe"]
    assert doors.accounts.accounts("%") == doors.accounts.accounts("100%")


def test_the_last_administrator_stays_one(doors: Doors) -> None:
    doors.person("anna", Role.ADMINISTRATOR)
    doors.person("bea", Role.ADMINISTRATOR)
    doors.accounts.disable("bea", who="anna")
    with pytest.raises(LastAdministrator, match="somebody else"):
        doors.accounts.disable("anna", who="anna")
    with pytest.raises(LastAdministrator, match="somebody else"):
        doors.accounts.change("anna", Details(display_name="Anna", role=Role.AUTHOR), who="anna")
    assert doors.accounts.account("anna").role is Role.ADMINISTRATOR
    assert [change.what for change in doors.accounts.changes("anna")] == ["password", "added"]


def test_two_administrators_who_disable_each_other_at_once_leave_one(doors: Doors) -> None:
    doors.person("anna", Role.ADMINISTRATOR)
    doors.person("bea", Role.ADMINISTRATOR)
    with ThreadPoolExecutor(2) as both:
        outcomes = [both.submit(doors.accounts.disable, name, who="x") for name in ("anna", "bea")]
    assert sorted(type(outcome.exception()).__name__ for outcome in outcomes) == ["LastAdministrator", "NoneType"]


def test_what_is_done_to_an_account_that_is_not_there_is_told(doors: Doors) -> None:
    for act in (doors.accounts.disable, doors.accounts.enable, doors.accounts.reset):
        with pytest.raises(UnknownAccount, match="There is no account 'anna'"):
            act("anna", who="x")


# Signing in


def test_a_password_signs_in_and_a_wrong_one_says_the_same_as_a_wrong_name(doors: Doors) -> None:
    doors.person("anna")
    session = doors.sessions.session(doors.sessions.sign_in(" Anna", PASSWORD, address=HERE))
    assert session is not None
    assert (session.account.name, session.way) == ("anna", Way.PASSWORD)
    sentences = set()
    for name, password in (("anna", "wrong"), ("nobody", PASSWORD), ("anna", ""), ("", ""), ("anna", "\ud800")):
        with pytest.raises(SignInRefused) as refused:
            doors.sessions.sign_in(name, password, address=HERE)
        sentences.add(str(refused.value))
    assert len(sentences) == 1


def test_a_name_without_an_account_takes_as_long_as_a_wrong_password(doors: Doors) -> None:
    doors.sessions = Sessions(doors.store, doors.clock)  # with hashes as expensive as they are in earnest
    doors.person("anna")

    def seconds(name: str) -> float:
        taken = []
        for number in range(4):
            began = time.process_time()  # of all threads, whatever else this machine does
            assert not doors.signs_in(name, "wrong", address=f"203.0.113.{number}")
            taken.append(time.process_time() - began)
        return min(taken)

    assert 0.5 < seconds("nobody") / seconds("anna") < 2


def test_a_password_is_the_same_however_its_accents_are_composed(doors: Doors) -> None:
    doors.person("anna", Role.AUTHOR, "núvols de cotó fluix")
    assert doors.signs_in("anna", "nu\u0301vols de coto\u0301 fluix")


def test_nobody_can_sign_in_with_what_stands_in_the_file(doors: Doors) -> None:
    token = doors.person("anna")
    code = doors.accounts.add("bea", Details(display_name="Bea", role=Role.AUTHOR), who="x")
    kept = b"".join(path.read_bytes() for path in doors.path.parent.iterdir())
    for secret in (token, PASSWORD, code, code.replace("-", ""), "203.0.113.7"):
        assert secret.encode() not in kept
    assert b"$argon2id$" in kept
    assert {path.stat().st_mode & 0o077 for path in doors.path.parent.iterdir()} == {0}


def test_a_hash_with_old_parameters_is_made_anew_at_the_next_sign_in(doors: Doors) -> None:
    def kept() -> str:
        with sqlite3.connect(doors.path) as connection:
            return str(connection.execute("SELECT password FROM accounts").fetchone()[0])

    doors.person("anna")
    before = kept()
    doors.sessions = Sessions(doors.store, doors.clock)
    assert doors.signs_in("anna")
    assert not PasswordHasher().check_needs_rehash(kept())
    assert PasswordHasher().check_needs_rehash(before)
    assert doors.signs_in("anna")


def test_known_people_sign_in_by_name_or_verified_address_and_strangers_do_not(doors: Doors) -> None:
    doors.accounts.add("anna", Details(display_name="Anna", role=Role.AUTHOR, email="anna@example.org"), who="x")
    by_name = doors.sessions.session(doors.sessions.sign_in_known(Way.PROXY, name="Anna"))
    by_email = doors.sessions.session(doors.sessions.sign_in_known(Way.OPENID, email="ANNA@example.org"))
    assert by_name is not None
    assert by_email is not None
    assert (by_name.way, by_email.way) == (Way.PROXY, Way.OPENID)
    for stranger in ({"name": "bea"}, {"email": "bea@example.org"}, {"name": ""}):
        with pytest.raises(SignInRefused, match="no account here"):
            doors.sessions.sign_in_known(Way.PROXY, **stranger)
    doors.accounts.disable("anna", who="x")
    with pytest.raises(SignInRefused, match="no account here"):
        doors.sessions.sign_in_known(Way.PROXY, name="anna")


# Failed attempts


def test_the_wait_doubles_with_each_failure_up_to_a_quarter_of_an_hour(doors: Doors) -> None:
    doors.person("anna")
    assert doors.fail(5) == []
    assert doors.fail(8) == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_name_without_an_account_waits_like_one_with(doors: Doors) -> None:
    doors.person("anna")
    assert doors.fail(9, "anna") == doors.fail(9, "nobody")


def test_waiting_people_are_refused_with_the_right_password_and_let_in_afterwards(doors: Doors) -> None:
    doors.person("anna")
    doors.fail(6)
    with pytest.raises(TooManyAttempts, match="try again in 1 min"):
        doors.sessions.sign_in("anna", PASSWORD, address=HERE)
    doors.clock.now += 60
    assert doors.signs_in("anna")
    assert doors.fail(5) == []  # what failed before is forgotten


def test_other_accounts_and_people_who_are_signed_in_are_not_hurt(doors: Doors) -> None:
    doors.person("bea")
    doors.person("anna")
    doors.fail(8)
    token = doors.sessions.sign_in_known(Way.PROXY, name="anna")
    with pytest.raises(TooManyAttempts):
        doors.sessions.sign_in("anna", "wrong", address=HERE)
    assert doors.sessions.session(token) is not None
    assert doors.signs_in("bea", address="198.51.100.1")
    assert doors.signs_in("bea")


def test_an_address_that_tries_many_names_waits_and_others_do_not(doors: Doors) -> None:
    doors.person("anna")
    for number in range(30):
        assert not doors.signs_in(f"name{number}", "wrong", address="2001:db8:1:2::1")
    with pytest.raises(TooManyAttempts):
        doors.sessions.sign_in("anna", PASSWORD, address="2001:db8:1:2:ffff::9")  # the same household
    assert doors.signs_in("anna", address="2001:db8:1:3::1")


def test_attempts_at_the_same_time_gain_nothing(doors: Doors) -> None:
    doors.person("anna")

    def attempt(number: int) -> str:
        try:
            doors.sessions.sign_in("anna", f"wrong {number}", address=HERE)
        except (SignInRefused, TooManyAttempts) as error:
            return type(error).__name__
        raise AssertionError

    with ThreadPoolExecutor(12) as many:
        outcomes = list(many.map(attempt, range(12)))
    assert outcomes.count("SignInRefused") == 5


def test_a_stranger_who_guesses_keeps_the_person_out_nowhere_else(doors: Doors) -> None:
    doors.person("anna")
    doors.fail(9)
    with pytest.raises(TooManyAttempts):
        doors.sessions.sign_in("anna", PASSWORD, address=HERE)
    assert doors.signs_in("anna", address="198.51.100.1")


def besiege(doors: Doors, name: str) -> int:
    """Let strangers at a hundred addresses guess at a name; returns how many of these guesses were looked at."""
    looked_at = 0
    for number in range(100):
        try:
            doors.sessions.sign_in(name, "wrong", address=f"2001:db8:{number:x}::1")
        except SignInRefused:
            looked_at += 1
        except TooManyAttempts:
            continue
    return looked_at


def test_strangers_at_many_addresses_have_a_few_guesses_and_then_one_now_and_then(doors: Doors) -> None:
    doors.person("anna")
    assert besiege(doors, "anna") == 20
    doors.clock.now += 30
    assert besiege(doors, "anna") == 1
    doors.clock.now += 30
    assert besiege(doors, "anna") == 0


def test_no_stranger_keeps_a_person_out_of_the_browser_in_which_they_signed_in_before(doors: Doors) -> None:
    device = doors.sessions.know(doors.person("anna"))
    for number in range(30):
        assert not doors.signs_in(f"name{number}", "wrong")  # at the address that the person has, too
    besiege(doors, "anna")
    with pytest.raises(TooManyAttempts):
        doors.sessions.sign_in("anna", PASSWORD, address="198.51.100.1")
    assert doors.sessions.sign_in("anna", PASSWORD, address=HERE, device=device)


def test_a_known_browser_waits_for_its_own_mistakes_alone(doors: Doors) -> None:
    device = doors.sessions.know(doors.person("anna"))
    for _ in range(5):
        with pytest.raises(SignInRefused):
            doors.sessions.sign_in("anna", "wrong", address=HERE, device=device)
    with pytest.raises(TooManyAttempts):
        doors.sessions.sign_in("anna", PASSWORD, address="198.51.100.1", device=device)
    assert doors.signs_in("anna")


def test_what_a_browser_keeps_counts_for_its_own_account_alone_and_is_replaced_when_it_is_used(doors: Doors) -> None:
    first = doors.sessions.know(doors.person("anna"))
    doors.person("bea")
    doors.fail(6, "bea")
    for planted in (first, "", "x", "\ud800"):
        with pytest.raises(TooManyAttempts):
            doors.sessions.sign_in("bea", PASSWORD, address=HERE, device=planted)
    token = doors.sessions.sign_in("anna", PASSWORD, address=HERE, device=first)
    second = doors.sessions.know(token, first)
    doors.fail(6)
    with pytest.raises(TooManyAttempts):
        doors.sessions.sign_in("anna", PASSWORD, address=HERE, device=first)
    assert doors.sessions.sign_in("anna", PASSWORD, address=HERE, device=second)
    assert first.encode() not in doors.path.read_bytes()


def test_a_browser_is_known_no_more_after_a_reset_or_half_a_year(doors: Doors) -> None:
    doors.person("bea")
    devices = {"bea": doors.sessions.know(doors.sessions.sign_in("bea", PASSWORD, address=HERE))}
    devices["anna"] = doors.sessions.know(doors.person("anna"))
    code = doors.accounts.reset("anna", who="x")
    doors.sessions.use_code("anna", code, PASSWORD, address=HERE)
    doors.clock.now += DEVICES_KEPT + 1
    assert doors.sessions.forget() > 0
    for name, device in devices.items():
        doors.fail(6, name)
        with pytest.raises(TooManyAttempts):
            doors.sessions.sign_in(name, PASSWORD, address=HERE, device=device)
    assert doors.sessions.known_devices() == []


def test_an_account_is_known_by_no_more_than_the_latest_browsers(doors: Doors) -> None:
    doors.person("anna")
    for _ in range(25):
        doors.clock.now += 1
        doors.sessions.know(doors.sessions.sign_in("anna", PASSWORD, address=HERE))
    assert min(doors.sessions.known_devices()) == doors.clock.now - 19


def test_a_person_is_told_once_how_often_others_have_tried_to_be_them(doors: Doors) -> None:
    device = doors.sessions.know(doors.person("anna"))
    doors.fail(3)

    def told(token: str) -> int:
        session = doors.sessions.session(token)
        assert session is not None
        return session.wrong_attempts

    with pytest.raises(SignInRefused):  # a slip of their own
        doors.sessions.sign_in("anna", "wrong", address=HERE, device=device)
    assert told(doors.sessions.sign_in("anna", PASSWORD, address=HERE, device=device)) == 3
    doors.fail(2)
    assert told(doors.sessions.change_password("anna", PASSWORD, OTHER, address=HERE, device=device)) == 0
    assert told(doors.sessions.sign_in_known(Way.PROXY, name="anna")) == 2
    assert told(doors.sessions.sign_in("anna", OTHER, address="198.51.100.1")) == 0


def test_after_a_reset_a_code_lets_its_person_in_whoever_is_guessing(doors: Doors) -> None:
    doors.person("anna")
    code = doors.accounts.reset("anna", who="x")
    besiege(doors, "anna")
    assert doors.sessions.use_code("anna", code, PASSWORD, address="198.51.100.1")


def test_an_administrator_ends_the_wait(doors: Doors) -> None:
    doors.person("anna")
    doors.fail(9)
    code = doors.accounts.reset("anna", who="x")
    doors.sessions.use_code("anna", code, OTHER, address=HERE)
    assert doors.signs_in("anna", OTHER)


def test_a_clock_that_is_put_back_locks_nobody_out(doors: Doors) -> None:
    doors.person("anna")
    doors.clock.now += 10 * 365 * 86_400
    doors.fail(9)
    doors.clock.now -= 10 * 365 * 86_400
    with pytest.raises(TooManyAttempts):
        doors.sessions.sign_in("anna", PASSWORD, address=HERE)
    doors.clock.now += 15 * 60
    assert doors.signs_in("anna")


# One-time codes


def test_a_code_works_once_and_however_it_is_typed(doors: Doors) -> None:
    code = doors.accounts.add("anna", Details(display_name="Anna", role=Role.AUTHOR), who="x")
    doors.sessions.use_code("anna", f" {code.lower().replace('-', ' ')}", PASSWORD, address=HERE)
    with pytest.raises(SignInRefused, match="used or too old"):
        doors.sessions.use_code("anna", code, OTHER, address=HERE)
    assert doors.signs_in("anna", PASSWORD)


def test_a_code_of_a_reset_works_once_and_never_after_another_reset(doors: Doors) -> None:
    doors.person("anna")
    first = doors.accounts.reset("anna", who="x")
    doors.sessions.use_code("anna", first, PASSWORD, address=HERE)
    second = doors.accounts.reset("anna", who="x")
    for used in (first, first):
        with pytest.raises(SignInRefused, match="used or too old"):
            doors.sessions.use_code("anna", used, OTHER, address=HERE)
    doors.sessions.use_code("anna", second, OTHER, address=HERE)
    with pytest.raises(SignInRefused, match="used or too old"):
        doors.sessions.use_code("anna", second, PASSWORD, address=HERE)
    assert doors.signs_in("anna", OTHER)


def test_a_code_of_two_browsers_at_once_sets_one_password(doors: Doors) -> None:
    code = doors.accounts.add("anna", Details(display_name="Anna", role=Role.AUTHOR), who="x")
    with ThreadPoolExecutor(2) as both:
        passwords = (PASSWORD, OTHER)
        outcomes = [both.submit(doors.sessions.use_code, "anna", code, one, address=HERE) for one in passwords]
    refused = [isinstance(outcome.exception(), SignInRefused) for outcome in outcomes]
    assert sorted(refused) == [False, True]
    assert doors.signs_in("anna", passwords[refused.index(False)])


def test_a_code_is_refused_when_old_foreign_or_made_before_another(doors: Doors) -> None:
    first = doors.accounts.add("anna", Details(display_name="Anna", role=Role.AUTHOR), who="x")
    second = doors.accounts.reset("anna", who="x")
    doors.accounts.add("bea", Details(display_name="Bea", role=Role.AUTHOR), who="x")
    for name, code in (("anna", first), ("bea", second), ("nobody", second), ("anna", ""), ("anna", "ABCD")):
        with pytest.raises(SignInRefused, match="do not fit together"):
            doors.sessions.use_code(name, code, PASSWORD, address=HERE)
    doors.clock.now += CODE_LIFE + 1
    with pytest.raises(SignInRefused, match="too old"):
        doors.sessions.use_code("anna", second, PASSWORD, address=HERE)


def test_a_weak_password_leaves_the_code_to_be_used_again_and_costs_no_attempt(doors: Doors) -> None:
    code = doors.accounts.add("anna", Details(display_name="Anna Puig", role=Role.AUTHOR), who="x")
    for _ in range(8):
        with pytest.raises(WeakPassword):
            doors.sessions.use_code("anna", code, "AnnaPuig2026", address=HERE)
    doors.sessions.use_code("anna", code, PASSWORD, address=HERE)


def test_guessing_codes_has_to_wait(doors: Doors) -> None:
    code = doors.accounts.add("anna", Details(display_name="Anna", role=Role.AUTHOR), who="x")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            doors.sessions.use_code("anna", "ABCD-ABCD-ABCD-ABCD", PASSWORD, address=HERE)
    with pytest.raises(TooManyAttempts):
        doors.sessions.use_code("anna", code, PASSWORD, address=HERE)


# Sessions


def test_a_session_ends_when_it_is_not_used_and_in_any_case_after_half_a_day(doors: Doors) -> None:
    token = doors.person("anna")
    doors.clock.now += IDLE - 1
    assert doors.sessions.session(token) is not None
    doors.clock.now += IDLE + 1
    assert doors.sessions.session(token) is None
    began = doors.clock.now
    token = doors.sessions.sign_in("anna", PASSWORD, address=HERE)
    while doors.clock.now < began + LONGEST - IDLE:
        doors.clock.now += IDLE - 1
        assert doors.sessions.session(token) is not None
    doors.clock.now = began + LONGEST + 1
    assert doors.sessions.session(token) is None


def test_a_clock_put_back_a_little_ends_no_session_and_much_ends_it(doors: Doors) -> None:
    token = doors.person("anna")
    doors.clock.now -= 60
    assert doors.sessions.session(token) is not None
    doors.clock.now -= 24 * 3600
    assert doors.sessions.session(token) is None


def test_tokens_that_nobody_was_given_are_nobodys(doors: Doors) -> None:
    token = doors.person("anna")
    for wrong in ("", "x", token[:-1], token + "x", token.swapcase(), "\ud800", "' OR 1=1 --", "\x00"):
        assert doors.sessions.session(wrong) is None
    assert doors.sessions.session(token) is not None


@pytest.mark.parametrize("act", ["disable", "reset"])
def test_all_sessions_of_an_account_end_at_once_when_it_is_disabled_or_reset(doors: Doors, act: str) -> None:
    doors.person("admin", Role.ADMINISTRATOR)
    tokens = [doors.person("anna"), doors.sessions.sign_in("anna", PASSWORD, address=HERE)]
    getattr(doors.accounts, act)("anna", who="admin")
    assert [doors.sessions.session(token) for token in tokens] == [None, None]
    assert not doors.signs_in("anna")


def test_a_disabled_account_is_given_no_code_and_keeps_its_password_for_later(doors: Doors) -> None:
    doors.person("admin", Role.ADMINISTRATOR)
    doors.person("anna")
    doors.accounts.disable("anna", who="admin")
    with pytest.raises(AccountDisabled, match="enable it first"):
        doors.accounts.reset("anna", who="admin")
    doors.accounts.enable("anna", who="admin")
    assert doors.signs_in("anna")


def test_sessions_of_before_do_not_come_back_when_an_account_is_enabled(doors: Doors) -> None:
    doors.person("admin", Role.ADMINISTRATOR)
    token = doors.person("anna")
    doors.accounts.disable("anna", who="admin")
    doors.accounts.enable("anna", who="admin")
    assert doors.sessions.session(token) is None


def test_another_password_ends_all_other_sessions(doors: Doors) -> None:
    before = doors.person("anna")
    with pytest.raises(SignInRefused, match="not the present password"):
        doors.sessions.change_password("anna", "wrong", OTHER, address=HERE)
    token = doors.sessions.change_password("anna", PASSWORD, OTHER, address=HERE)
    assert doors.sessions.session(before) is None
    assert doors.sessions.session(token) is not None
    assert doors.signs_in("anna", OTHER)
    assert not doors.signs_in("anna", PASSWORD)


def test_signing_out_ends_that_session_alone(doors: Doors) -> None:
    first = doors.person("anna")
    second = doors.sessions.sign_in("anna", PASSWORD, address=HERE)
    doors.sessions.sign_out(first)
    assert doors.sessions.session(first) is None
    assert doors.sessions.session(second) is not None


def test_another_role_counts_from_the_next_request_on(doors: Doors) -> None:
    token = doors.person("anna")
    doors.person("admin", Role.ADMINISTRATOR)
    doors.accounts.change("anna", Details(display_name="Anna", role=Role.MEMBER), who="admin")
    session = doors.sessions.session(token)
    assert session is not None
    assert not may(session.account, Permission.READ_STAFF)


# Processes


def test_an_account_that_was_told_is_whole_after_the_process_was_killed(doors: Doors) -> None:
    adding = (
        "import sys; from pathlib import Path\n"
        "from assistant.accounts.accounts import *\n"
        "accounts = Accounts(account_store(Path(sys.argv[1])))\n"
        "for n in range(10**6):\n"
        "    code = accounts.add(f'name{n}', Details(display_name='N', role=Role.AUTHOR), who='loop')\n"
        "    print(n, code, flush=True)\n"
    )
    for turn in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", adding.replace("name{n}", f"t{turn}-{{n}}"), str(doors.path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        assert process.stdout is not None
        told = [process.stdout.readline().split() for _ in range(20 + 7 * turn)]
        os.kill(process.pid, signal.SIGKILL)
        told += [line.split() for line in process.stdout if len(line.split()) == 2]
        process.wait()
        process.stdout.close()
        for number, code in told[:2] + told[-2:]:
            doors.clock.now = time.time()
            doors.sessions.use_code(f"t{turn}-{number}", code, PASSWORD, address=f"198.51.100.{turn}")
    with sqlite3.connect(doors.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        added = connection.execute("SELECT name FROM changes WHERE what = 'added' ORDER BY name").fetchall()
        assert added == connection.execute("SELECT name FROM accounts ORDER BY name").fetchall()
        unusable = "SELECT name FROM accounts WHERE password IS NULL AND code IS NULL"
        assert connection.execute(unusable).fetchall() == []
