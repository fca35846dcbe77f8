"""Accounts in a real file: what they may do, and how administrators keep them."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine

from assistant.accounts import attempts
from assistant.accounts.accounts import (
    Account,
    AccountExists,
    AccountState,
    BadDetails,
    Details,
    LastAdministrator,
    Permission,
    Role,
    UnknownAccount,
    may,
    reader_of,
    schema,
)
from corpus.documents import Reader
from tests.assistant.accounts.doors import HERE, PASSWORD, Doors
from tests.servers import in_files

SESSION_OF_BEFORE = "aRCQLi64hNIfK8mNXucPSl7hxhkLxf40p7h_h1spVU8"


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


@in_files
def test_the_store_has_the_columns_that_the_code_reads(doors: Doors) -> None:
    found = MetaData()
    found.reflect(create_engine(f"sqlite:///{doors.place}"))
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


# Processes


@pytest.mark.servers
@in_files
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
            [sys.executable, "-c", adding.replace("name{n}", f"t{turn}-{{n}}"), str(doors.place)],
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
    with sqlite3.connect(str(doors.place)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        added = connection.execute("SELECT name FROM changes WHERE what = 'added' ORDER BY name").fetchall()
        assert added == connection.execute("SELECT name FROM accounts ORDER BY name").fetchall()
        unusable = "SELECT name FROM accounts WHERE password IS NULL AND code IS NULL"
        assert connection.execute(unusable).fetchall() == []
