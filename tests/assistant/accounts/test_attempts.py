"""Failed attempts to sign in: who has to wait for them, and who has not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.accounts.devices import KEPT as DEVICES_KEPT
from assistant.accounts.sessions import SignInRefused, TooManyAttempts, Way
from tests.assistant.accounts.doors import HERE, OTHER, PASSWORD, Doors
from tests.servers import in_files


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


@in_files
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
    assert first.encode() not in Path(str(doors.place)).read_bytes()


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
