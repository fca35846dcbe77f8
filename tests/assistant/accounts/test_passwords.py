"""Which passwords are taken."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.accounts.passwords import Passwords, SignInBusy, WeakPassword, check_password, new_code, plain_code

PERSONAL = ("anna.puig", "Anna Puig", "anna.puig@biotech.example")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "wolken ziehen nachts",
        "x7$!%-_#@2(;q",  # made by a password store
        "738291047362",  # no kinds of characters are asked for
        "云在夜里飘过山谷的另一边去了",
        "Puig mira la lluna plena",
        "k" * 3 + "uwe rho tarn quil",
    ],
)
def test_long_and_unusual_passwords_are_taken(password: str) -> None:
    check_password(password, PERSONAL)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("wolken nacht", None),
        ("wolkennacht", "at least 12"),
        ("", "at least 12"),
        ("x" * 257, "at most 256"),
        ("aaaaaaaaaaaaaaaa", "easily guessed"),
        ("abababababababab", "easily guessed"),
        ("password1234", "easily guessed"),
        ("Passwort!2026", "easily guessed"),
        ("123456789012", "easily guessed"),
        ("qwertyuiop12", "easily guessed"),
        ("asdfghjklasdfghjkl", "easily guessed"),
        ("zyxwvutsrqponm", "easily guessed"),
        ("AnnaPuig2026!", "easily guessed"),
        ("anna.puig.biotech", "easily guessed"),
        ("bioXclusters-2026", "easily guessed"),
        ("MarketEntry12", "easily guessed"),
        ("contrasenya12", "easily guessed"),
        ("Motdepasse2026", "easily guessed"),
    ],
)
def test_what_anybody_would_try_first_is_refused(password: str, sentence: str | None) -> None:
    if sentence is None:
        check_password(password, PERSONAL)
        return
    with pytest.raises(WeakPassword, match=sentence):
        check_password(password, PERSONAL)


def test_codes_are_unlike_and_read_the_same_however_they_are_typed() -> None:
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    code = codes.pop()
    assert plain_code(f" {code.lower()} ") == plain_code(code) == code.replace("-", "")
    assert len(plain_code(code)) == 16


def test_a_flood_of_passwords_is_turned_away_and_holds_up_nothing_else() -> None:
    passwords = Passwords()
    with ThreadPoolExecutor(40) as many:
        outcomes = [many.submit(passwords.hash, "wolken ziehen nachts") for _ in range(40)]
    kinds = [type(outcome.exception()) for outcome in outcomes]
    assert kinds.count(type(None)) >= 12
    assert kinds.count(SignInBusy) > 0
    assert set(kinds) == {SignInBusy, type(None)}
    assert passwords.matches(passwords.hash("a"), "a")  # and nothing stays held
