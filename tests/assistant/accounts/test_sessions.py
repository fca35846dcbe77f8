"""Signing in by passwords and one-time codes, and the sessions that begin with it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from assistant.accounts.accounts import (
    AccountDisabled,
    Details,
    Permission,
    Role,
    may,
)
from assistant.accounts.passwords import WeakPassword
from assistant.accounts.sessions import CODE_LIFE, IDLE, LONGEST, Sessions, SignInRefused, TooManyAttempts, Way
from tests.assistant.accounts.doors import HERE, OTHER, PASSWORD, Doors
from tests.servers import in_files

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


@in_files
def test_nobody_can_sign_in_with_what_stands_in_the_file(doors: Doors, tmp_path: Path) -> None:
    token = doors.person("anna")
    code = doors.accounts.add("bea", Details(display_name="Bea", role=Role.AUTHOR), who="x")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (token, PASSWORD, code, code.replace("-", ""), "203.0.113.7"):
        assert secret.encode() not in kept
    assert b"$argon2id$" in kept
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_a_hash_with_old_parameters_is_made_anew_at_the_next_sign_in(doors: Doors) -> None:
    def kept() -> str:
        with doors.store.reading() as connection:
            return str(connection.scalar(text("SELECT password FROM accounts")))

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
