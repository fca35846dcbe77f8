"""Purges: nothing that was purged can be read from any file, and what others have too stays."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from corpus.catalogue.records import Action, Upload
from corpus.documents import Stage, digest
from corpus.errors import NotPurged, UnknownDocument, WasPurged
from index.build import embedded, verify
from index.removal import finish_purges, purge, purge_again
from tests.conftest import TODAY, House, write_document

DEVICES = "japan/devices"
SECRETS = ("quokkafirst", "quokkadraft", "quokkatitle", "quokkaremark", "quokkaoriginal")
ORIGINAL = b"%PDF-1.4 quokkaoriginal \x00\xff"


def found_in_files(folder: Path, words: Iterable[str]) -> set[tuple[str, str]]:
    """Which of these words stand in the bytes of which files, whatever their case and encoding."""
    return {
        (word, str(path.relative_to(folder)))
        for path in folder.rglob("*")
        if path.is_file()
        for word in words
        for encoding in ("utf-8", "utf-16-le")
        if re.search(re.escape(word.encode(encoding)), path.read_bytes(), re.IGNORECASE)
    }


@pytest.fixture
def secret(house: House) -> House:
    """A document that was published, edited, remarked on, with an original, and in two generations of the index."""
    body = " ".join(f"The quokkafirst rule number {number} is long and winding." for number in range(300))
    write_document(house.library, "japan/secret", "The quokkatitle", body)
    house.publish()
    house.edit("japan/secret", "The quokkadraft text.", upload=Upload("a.pdf", "application/pdf", ORIGINAL))
    house.catalogue.comment("japan/secret", "A quokkaremark.", who="ben")
    house.catalogue.source_changed("law", who="ana", note="")
    house.review("japan/secret")
    house.publish()
    house.edit("japan/secret", "The quokkadraft text, shorter.")
    for folder in ("library", "edits"):  # what the test wrote is no part of the home
        (house.folder / folder / "japan/secret.md").unlink()
    house.cache.embed(sorted(embedded(house.catalogue.in_play())))
    return house


def test_a_purge_leaves_no_byte_of_versions_comments_originals_and_index_on_the_disk(secret: House) -> None:
    embedded_texts = [digest(text) for text in embedded(secret.catalogue.everything_of("japan/secret"))]
    readable = {word for word, _ in found_in_files(secret.folder, [*SECRETS, *embedded_texts])}
    assert readable >= set(SECRETS)
    assert readable & set(embedded_texts)
    purge(secret.catalogue, ["japan/secret"], who="ana", why="the owner of the rights asked")
    finish_purges(secret.catalogue, secret.index, secret.cache)
    assert found_in_files(secret.folder, [*SECRETS, "quokka", *embedded_texts]) == set()
    assert len([path for path in (secret.folder / "index").iterdir() if path.is_dir()]) == 1
    assert verify(secret.index, secret.catalogue) == []


def test_a_purged_document_is_gone_for_everybody_before_the_index_has_followed(secret: House) -> None:
    purge(secret.catalogue, ["japan/secret"], who="ana", why="")
    with pytest.raises(UnknownDocument):
        secret.catalogue.document("japan/secret")
    hits = secret.search.find("quokkatitle quokkadraft", language="en", today=TODAY).hits
    assert "japan/secret" not in {hit.document.id for hit in hits}


def test_the_vectors_of_a_purged_text_go_unless_another_document_has_the_text_too(house: House) -> None:
    both = "This sentence stands in two documents."
    write_document(house.library, "japan/one", "Twins", both)
    write_document(house.library, "japan/two", "Twins", both)
    write_document(house.library, "japan/three", "Alone", "This sentence stands alone.")
    house.publish()
    alone = sorted(embedded(house.catalogue.everything_of("japan/three")))
    twins = sorted(embedded(house.catalogue.everything_of("japan/one")))
    house.cache.embed([*alone, *twins])
    purge(house.catalogue, ["japan/one", "japan/three"], who="ana", why="")
    finish_purges(house.catalogue, house.index, house.cache)
    known = house.cache.known([*alone, *twins])
    assert set(twins) <= set(known)
    assert set(alone) - set(twins)
    assert not (set(alone) - set(twins)) & set(known)


def test_the_history_of_a_purged_document_keeps_who_when_and_why_alone(secret: House) -> None:
    purge(secret.catalogue, ["japan/secret"], who="ana", why="asked to")
    history = secret.catalogue.history("japan/secret")
    assert {(event.before, event.after) for event in history} == {(None, None)}
    assert (history[-1].act, history[-1].who, history[-1].why) == (Action.PURGED, "ana", "asked to")
    assert {event.who for event in history} == {"release", "ana", "ben"}


def test_a_tombstone_holds_digests_by_which_text_and_original_are_known_again(secret: House) -> None:
    body = secret.catalogue.document("japan/secret").version.body
    purge(secret.catalogue, ["japan/secret"], who="ana", why="asked to")
    [tombstone] = secret.catalogue.tombstones()
    assert tombstone.title == digest("The quokkatitle")
    assert {digest(body), hashlib.sha256(ORIGINAL).hexdigest()} <= tombstone.digests
    assert tombstone.traces
    assert not tombstone.finished
    finish_purges(secret.catalogue, secret.index, secret.cache)
    [tombstone] = secret.catalogue.tombstones()
    assert (tombstone.finished, tombstone.traces) == (True, frozenset())


def test_a_file_that_two_documents_were_read_from_stays_for_the_other_one(house: House) -> None:
    upload = Upload("both.pdf", "application/pdf", b"both")
    house.edit(DEVICES, "From a file.", upload=upload)
    house.edit("brazil/food", "From the same file.", upload=upload)
    original = house.catalogue.original(DEVICES, 2)
    assert original is not None
    purge(house.catalogue, ["brazil/food"], who="ana", why="")
    finish_purges(house.catalogue, house.index, house.cache)
    assert house.catalogue.originals.read(original.digest) == b"both"


def test_documents_are_purged_all_or_none(house: House) -> None:
    with pytest.raises(UnknownDocument):
        purge(house.catalogue, [DEVICES, "x/y"], who="ana", why="")
    assert house.catalogue.document(DEVICES).stage is Stage.PUBLISHED
    assert house.catalogue.tombstones() == []


def test_a_purge_that_is_finished_is_not_done_again(house: House) -> None:
    purge(house.catalogue, [DEVICES], who="ana", why="")
    finish_purges(house.catalogue, house.index, house.cache)
    before = (house.folder / "catalogue.sqlite").read_bytes()
    finish_purges(house.catalogue, house.index, house.cache)
    assert (house.folder / "catalogue.sqlite").read_bytes() == before


def test_a_restored_backup_is_purged_again_and_what_was_purged_since_stays_out(house: House) -> None:
    backup = house.catalogue.versions(DEVICES)[0]
    house.edit(DEVICES, "Written after the backup.")
    later = house.catalogue.document(DEVICES, 2).version
    purge(house.catalogue, [DEVICES], who="ana", why="asked to")
    graves = house.catalogue.tombstones()
    with pytest.raises(NotPurged):
        house.catalogue.readmit(DEVICES, who="test", why="too early: the purge is not finished")
    finish_purges(house.catalogue, house.index, house.cache)
    house.catalogue.readmit(DEVICES, who="test", why="as if the backup had been restored")
    house.catalogue.add_version(backup.version, [], origin="x", stage=Stage.PUBLISHED, who="release", why="")
    purge_again(house.catalogue, graves)
    assert house.catalogue.versions(DEVICES) == []
    assert house.catalogue.history(DEVICES)[-1].who == "ana"
    [grave] = house.catalogue.tombstones()
    assert {backup.version.digest, later.digest} <= grave.digests
    finish_purges(house.catalogue, house.index, house.cache)
    house.catalogue.readmit(DEVICES, who="test", why="as if the backup had been older still")
    purge_again(house.catalogue, graves)
    with pytest.raises(WasPurged):
        house.catalogue.add_version(later, [], origin="x", stage=Stage.DRAFT, who="ana", why="")
