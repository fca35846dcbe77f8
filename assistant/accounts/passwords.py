"""Passwords: which are good enough, and how they are kept (as Argon2id hashes, with the library's parameters)."""

from __future__ import annotations

import secrets
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from assistant.texts import TranslatedError

SHORTEST, LONGEST = 12, 256

_AT_ONCE, _IN_ALL = 2, 12  # hashes made at the same time (each takes 64 MiB), and with those that wait for them
_BEYOND, _DIFFERENT = 6, 4  # characters beyond the words and runs that everybody thinks of, and different ones in them
_RUN = 3  # characters that lie beside each other on a keyboard
_LIST = tomllib.loads((Path(__file__).parent / "passwords.toml").read_text("utf-8"))
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that are read for one another; 32 letters are 5 bits each
_CODE_PARTS, _PART = 4, 4


class WeakPassword(TranslatedError):
    """A password that is too short, too long, or among the first that somebody would try."""


class SignInBusy(TranslatedError):
    """Too many people sign in at this moment."""

    retryable = True


class Passwords:
    """Makes and compares hashes, a few at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = BoundedSemaphore(_AT_ONCE)
        self._room = BoundedSemaphore(_IN_ALL)

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        with self._turn():
            return self._hasher.hash(_bytes(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether this is the password that `kept` was made from.

        Where there is none (`None`), the comparison takes as long as with one, so that time tells nothing.
        """
        dummy = self._dummy
        with self._turn():
            try:
                self._hasher.verify(kept or dummy, _bytes(password))
            except VerificationError:
                return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether the library's parameters have grown since this hash was made."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _dummy(self) -> str:
        return self.hash(secrets.token_urlsafe())

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._room.acquire(blocking=False):
            raise SignInBusy("too_busy")
        try:
            with self._turns:
                yield
        finally:
            self._room.release()


def check_password(password: str, personal: Iterable[str]) -> None:
    """Hold a new password to the rules: long enough, and not easily guessed. No kinds of characters are asked for.

    What is easily guessed: names of the person and of this site, common password words and keyboard runs, with
    whatever digits and signs around them (after NIST SP 800-63B, 3.1.1.2).

    Raises:
        WeakPassword: it does not keep them.
    """
    password = _normal(password)
    if len(password) < SHORTEST:
        raise WeakPassword("password_short", shortest=SHORTEST)
    if len(password) > LONGEST:
        raise WeakPassword("password_long", longest=LONGEST)
    rest = password.casefold()
    words = {word for text in personal for word in _words(text)} | set(_LIST["words"])
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, " ")
    rest = "".join(_without_runs(rest).split())
    if len(rest) < _BEYOND or len(set(rest)) < _DIFFERENT:
        raise WeakPassword("password_guessable")


def new_code() -> str:
    """A one-time code of 80 random bits, fit to be read out: `ABCD-EFGH-JKLM-NPQR`."""
    parts = ("".join(secrets.choice(_ALPHABET) for _ in range(_PART)) for _ in range(_CODE_PARTS))
    return "-".join(parts)


def plain_code(code: str) -> str:
    """A code as it is compared: without the hyphens, spaces and small letters that people type."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _normal(password).encode("utf-8", "surrogatepass")


def _words(text: str) -> list[str]:
    """The words of a name that are long enough to be recognised."""
    apart = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return [word for word in apart.split() if len(word) > 2]


def _without_runs(text: str) -> str:
    """The text without stretches of the keyboard, the alphabet or the digits, either way."""
    in_run: set[int] = set()
    for start in range(len(text) - _RUN + 1):
        stretch = text[start : start + _RUN]
        if any(stretch in run or stretch[::-1] in run for run in _LIST["runs"]):
            in_run |= set(range(start, start + _RUN))
    return "".join(letter for place, letter in enumerate(text) if place not in in_run)
