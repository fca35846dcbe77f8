"""What an endurance run promises, and what was measured of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """One sentence that a run holds or breaks, with the figure that was measured and the one that was promised.

    `held` is `None` where a machine did not allow to see it.
    """

    what: str
    figure: str
    aim: str
    held: bool | None


def at_most(what: str, figure: float, aim: float, unit: str = "") -> Promise:
    """A figure that must not be larger than its aim."""
    return Promise(what, f"{figure:g}{unit}", f"at most {aim:g}{unit}", figure <= aim)


def none_of(what: str, found: list[str]) -> Promise:
    """Something that must not happen; `found` are the cases in which it did."""
    return Promise(what, "; ".join(found) or "none", "none", not found)


def left_out(what: str, why: str) -> Promise:
    """Something that could not be seen on this machine."""
    return Promise(what, why, "none", None)


def broken(promises: list[Promise]) -> list[Promise]:
    """Those that were not held."""
    return [promise for promise in promises if promise.held is False]


def broken_anywhere(promises: list[Promise]) -> list[Promise]:
    """Those that were not held, but for promises in seconds: these are about a machine with nothing else to do."""
    return [promise for promise in broken(promises) if not promise.aim.endswith(" s")]


def readable(promises: list[Promise]) -> str:
    """The promises as lines for a person."""
    return "\n".join(
        f"{_SAID[promise.held]:<8}  {promise.what}: {promise.figure} ({promise.aim})" for promise in promises
    )


_SAID = {True: "held", False: "BROKEN", None: "left out"}
