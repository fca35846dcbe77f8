"""Whatever the product needs to run may be passed on with it, and is pinned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement

from tests.conftest import PROJECT

OURS = "market-entry-assistant"
PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Unlicense|Zlib|0BSD|HPND|CNRI|Public Domain|CC0", re.IGNORECASE
)
# One by one: a library under a weak copyleft that is used as it is, unchanged and exchangeable.
WEAK_COPYLEFT = {
    "certifi": "MPL-2.0",
    "orjson": "MPL-2.0",
    "python-stdnum": "LGPLv2+",
    "tld": "MPL-1.1",
    "tqdm": "MPL-2.0",
}
FORBIDDEN = re.compile(r"\bA?GPL|Affero|GNU General|SSPL|BUSL|Commons Clause|Non-?Commercial", re.IGNORECASE)


def needed(name: str = OURS, extra: str = "", met: set[tuple[str, str]] | None = None) -> Iterator[Distribution]:
    """What is installed because the product needs it to run, and what that needs."""
    met = set() if met is None else met
    key = re.sub(r"[-_.]+", "-", name).lower()
    if (key, extra) in met:
        return
    met.add((key, extra))
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return  # needed elsewhere: another system, another Python
    if not extra and key != OURS:
        yield found
    for line in found.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield from needed(requirement.name, "", met)
            for one in requirement.extras:
                yield from needed(requirement.name, one, met)


def licence(found: Distribution) -> str:
    """What a distribution says of its licence."""
    said = found.metadata
    classifiers = [
        name.rpartition("::")[2].strip() for name in said.get_all("Classifier") or () if "License ::" in name
    ]
    named = [*said.get_all("License-Expression", []), *classifiers, *said.get_all("License", [])]
    return str(named[0])[:200] if named else ""


RUNNING = {found.metadata["Name"].lower(): found for found in needed()}


def test_the_product_needs_what_it_says() -> None:
    assert {"gradio", "chromadb", "langchain", "openai", "starlette", "numpy"} <= RUNNING.keys()


@pytest.mark.parametrize("name", sorted(RUNNING))
def test_each_package_may_be_passed_on(name: str) -> None:
    said = licence(RUNNING[name])
    assert any(passes(choice, WEAK_COPYLEFT.get(name)) for choice in said.split(" OR ")), f"{name}: {said or 'nothing'}"


def passes(said: str, weak: str | None) -> bool:
    """Whether one of the licences that a package offers is permissive, or the one that is named for it."""
    named = weak in said or "Mozilla" in said if weak else PERMISSIVE.search(said) is not None
    return named and not FORBIDDEN.search(said)


@pytest.mark.parametrize(
    "said", ["GPL-2.0-only", "MIT AND AGPL-3.0", "GNU General Public License v3", "", "Proprietary"]
)
def test_what_may_not_be_passed_on_is_found(said: str) -> None:
    assert not passes(said, None)


def test_no_package_is_named_that_is_not_needed() -> None:
    assert WEAK_COPYLEFT.keys() <= RUNNING.keys()


def test_each_package_is_pinned() -> None:
    lines = (PROJECT / "constraints.txt").read_text("utf-8").split()
    pinned = {re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in lines}
    assert {re.sub(r"[-_.]+", "-", name) for name in RUNNING} - pinned == set()
