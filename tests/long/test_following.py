"""A large index follows what is published; in how many seconds is measured by `python -m tests.endurance soak`."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Event, Thread

from corpus.documents import Metadata, Passage, Stage, Version
from tests.conftest import TODAY, House, installation, word_vectors


def _words(number: int, at: int) -> str:
    return " ".join(f"w{number}x{at}x{word % 45}" for word in range(90))


def test_what_is_published_among_five_thousand_passages_is_found(tmp_path: Path) -> None:
    house = House(tmp_path, word_vectors())
    day = date(2026, 11, 22)
    metadata = Metadata("Made up", "guidance-summary", "en", "test", day, "2026-05", date(2027, 5, 11))
    for number in range(250):
        version = Version(f"made/up-{number}", 0, metadata, "", f"{number}")
        texts = [_words(number, at) for at in range(20)]
        passages = [Passage(version.document_id, 0, at, f"Section {at}", text, "en") for at, text in enumerate(texts)]
        stage = Stage.IN_REVIEW if number == 7 else Stage.PUBLISHED
        house.catalogue.add_version(version, passages, origin="test", stage=stage, who="ana", why="")
    behind = Event()
    app = replace(installation(house, house.folder / "accounts.sqlite"), behind=behind)
    app.upkeep.build()
    assert house.index.current().manifest.passages == 4980
    Thread(target=app.upkeep.keep_up, daemon=True).start()
    house.catalogue.move("made/up-7", Stage.PUBLISHED, who="ben", why="")
    app.upkeep.follow()
    wanted = _words(7, 3)
    while wanted not in [hit.passage.text for hit in house.search.find(wanted, language="en", today=TODAY).hits]:
        time.sleep(0.2)
    house.catalogue.close()
