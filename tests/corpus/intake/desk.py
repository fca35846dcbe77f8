"""An intake in a house, a folder of files, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from corpus.documents import Stage
from corpus.intake.intake import Intake, IntakeOptions, IntakeOutcome, Refused, Taken
from corpus.web.fetching import Fetched
from tests.conftest import TODAY, House

NO_WEB: Mapping[str, bytes | Exception] = {}
PUBLISHED = IntakeOptions(stage=Stage.PUBLISHED)
TEXT = """# Registering a device in Japan


## Who answers for it
A maker from abroad names a holder in Japan who answers for the device towards the authority and keeps the documents.
The holder has an office in the country, a licence of the right class, and a person in charge of safety.


## How long it takes
The review of a device of class II takes about ten months, and that of a class III device takes about twelve months.
Questions of the reviewers stop the clock, and most applicants are asked at least twice before the decision is made.


## What it costs
The fee depends on the class of the device and on whether a similar device has been registered before by another maker.
"""
EDITED = TEXT.replace("about ten months", "about nine months")
OTHER = """# Food supplements in Brazil


A supplement is notified to the agency before it is sold, and its ingredients stand on a list that is amended each year.
Claims on the label are those of the list, word for word, and others are not allowed whatever the science may say.
"""
COMMON = "\n\n".join(
    f"Point {number}: the holder keeps a file, names a person who answers for the product, and tells of each incident."
    for number in range(6)
)


class Desk:
    """An intake in a house, and a folder of files."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.catalogue = house.catalogue
        self.folder = folder
        folder.mkdir()

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def intake(self, web: Mapping[str, bytes | Exception] = NO_WEB) -> Intake:
        def fetching(url: str) -> Fetched:
            found = web[url]
            if isinstance(found, Exception):
                raise found
            return Fetched(url, url.rpartition("/")[2], "", found)

        return Intake(self.catalogue, who="ana", today=lambda: TODAY, fetching=fetching)

    def add(
        self,
        place: Path | str = "",
        said: IntakeOptions = IntakeOptions(),  # noqa: B008 - frozen
        web: Mapping[str, bytes | Exception] = NO_WEB,
    ) -> list[IntakeOutcome]:
        return list(self.intake(web).add(str(place or self.folder), said))

    def state(self) -> object:
        """All that a run could have changed."""
        return [
            (document, self.catalogue.versions(document.id), self.catalogue.history(document.id))
            for document in self.catalogue.documents()
        ]


def taken(outcomes: list[IntakeOutcome]) -> list[Taken]:
    return [outcome for outcome in outcomes if isinstance(outcome, Taken)]


def one_taken(outcomes: list[IntakeOutcome]) -> Taken:
    [outcome] = outcomes
    assert isinstance(outcome, Taken), outcome
    return outcome


def one_refused(outcomes: list[IntakeOutcome]) -> Refused:
    [outcome] = outcomes
    assert isinstance(outcome, Refused), outcome
    return outcome


def kinds(outcomes: list[IntakeOutcome]) -> dict[str, str]:
    return {outcome.name: type(outcome).__name__ for outcome in outcomes}
