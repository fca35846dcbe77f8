"""The accounts and sessions of one file, and the clock by which they live."""

from __future__ import annotations

from assistant.accounts.accounts import (
    Accounts,
    Details,
    Role,
    account_store,
)
from assistant.accounts.sessions import Sessions, SignInRefused, TooManyAttempts
from corpus.store import Place
from tests.conftest import Clock, quick_passwords

PASSWORD = "wolken ziehen nachts"  # noqa: S105 - of nobody
OTHER = "dreizehn blaue ziegel"
HERE = "203.0.113.7"


class Doors:
    """The accounts and sessions of one file, and the clock by which they live."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.clock = Clock()
        self.store = account_store(place)
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
