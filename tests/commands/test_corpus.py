"""`market-entry corpus ...`: the life of documents from the command line."""

from __future__ import annotations

import getpass
import json
import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from corpus.catalogue.catalogue import Catalogue
from tests.conftest import FEW, Ran, Run

FOOD = "japan/nutrition"


Command = Callable[..., Ran]


@pytest.fixture
def home(lean_as_built: Path, tmp_path: Path) -> Path:
    """A home of three documents that may be written to."""
    return Path(shutil.copytree(lean_as_built, tmp_path / "home"))


@pytest.fixture
def anywhere(market_entry: Run) -> Command:
    """`market-entry corpus ...` in a home that is named."""
    return lambda *words, at: market_entry("corpus", *words, home=at)


@pytest.fixture
def corpus(anywhere: Command, home: Path) -> Command:
    """The same, in a home that may be written to unless another is named."""
    return lambda *words, at=home: anywhere(*words, at=at)


def written(corpus: Command, path: Path, *, title: str) -> Path:
    """The published food document as a file, under another title."""
    text = corpus("show", FOOD, "--markdown").stdout
    path.write_text(re.sub(r"(?m)^title: .*", f"title: {title}", text), "utf-8")
    return path


def test_a_document_goes_from_a_file_to_readers_and_back(corpus: Command, home: Path, tmp_path: Path) -> None:
    file = written(corpus, tmp_path / "food.md", title="Quokkas as food")
    [draft] = corpus("revise", FOOD, str(file), "--why", "a new title", "--json").json
    assert (draft["stage"], draft["version"], draft["added_by"]) == ("draft", 2, getpass.getuser())
    assert corpus("compare", FOOD, "--json").json["fields"][0] == {
        "field": "title",
        "before": "Functional foods and supplements in Japan",
        "after": "Quokkas as food",
    }
    assert "(version 2 is in work)" in corpus("list", "--market", "japan").stdout
    refused = corpus("move", FOOD, "published", "--why", "now")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "it can become in-review or withdrawn" in refused.stderr
    corpus("move", FOOD, "in-review", "--why", "please look")
    [published] = corpus("move", f"{FOOD}@2", "published", "--why", "fine", "--json").json
    assert (published["stage"], published["self_reviewed"], published["title"]) == (
        *("published", True, "Quokkas as food"),
    )
    assert "reviewed by its author" in corpus("history", FOOD).stdout
    [restored] = corpus("restore", FOOD, "1", "--why", "the old title", "--json").json
    assert (restored["stage"], restored["version"]) == ("draft", 3)
    assert [event["act"] for event in corpus("history", FOOD, "--json").json] == [
        *("added", "revised", "moved", "moved", "restored"),
    ]
    catalogue = Catalogue(home / "catalogue.sqlite")
    assert (
        catalogue.position
        == json.loads((home / "index" / (home / "index/current").read_text() / "manifest.json").read_text())["position"]
    )
    catalogue.close()


def test_what_is_due_or_rests_on_a_source_is_listed_and_said_to_be_still_valid(corpus: Command) -> None:
    far = str(date.today() + timedelta(days=3650))
    by_then = {row["id"] for row in corpus("list", "--due-by", far, "--json").json}
    assert FOOD in by_then
    assert {row["id"] for row in corpus("list", "--overdue", "--json").json} < by_then
    flagged = {row["id"] for row in corpus("changed", "Consumer Affairs Agency", "--note", "new rules", "--json").json}
    assert FOOD in flagged
    assert {row["id"] for row in corpus("list", "--source", "Consumer Affairs Agency", "--json").json} == flagged
    [row] = corpus("still-valid", FOOD, "--until", "2031-01-06", "--note", "read it", "--json").json
    assert (row["review_by"], row["flagged"]) == ("2031-01-06", False)
    assert corpus("still-valid", FOOD, "--json").json[0]["review_by"] == str(date.today() + timedelta(days=365))


def test_a_purged_document_is_in_no_file_and_comes_back_only_when_readmitted(
    corpus: Command, home: Path, tmp_path: Path
) -> None:
    corpus("revise", FOOD, str(written(corpus, tmp_path / "food.md", title="Quokkas as food")))
    assert corpus("export", str(tmp_path / "e.zip")).stdout == f"{len(FEW)} documents in {tmp_path / 'e.zip'}\n"
    purged = corpus("purge", FOOD, "--why", "asked to")
    assert purged.returncode == 0
    assert "Exports and backups made before still hold it" in purged.stdout
    assert [path for path in home.rglob("*") if path.is_file() and b"quokka" in path.read_bytes().lower()] == []
    refused = corpus("import", str(tmp_path / "e.zip"), "--json")
    assert (refused.returncode, refused.json["taken"]) == (1, [])
    assert f"{FOOD} ({getpass.getuser()} purged it here on" in refused.stderr
    assert corpus("readmit", FOOD, "--why", "they agree").returncode == 0
    assert (corpus("show", FOOD, "--json").json["stage"], corpus("show", FOOD, "--json").json["added_by"]) == (
        *("draft", "release"),
    )


def test_an_export_arrives_in_another_home(corpus: Command, lean_as_built: Path, tmp_path: Path) -> None:
    shutil.copytree(lean_as_built, tmp_path / "new")
    corpus("revise", FOOD, str(written(corpus, tmp_path / "food.md", title="Quokkas as food")))
    corpus("purge", "usa/nutrition", "--why", "asked to")
    corpus("export", str(tmp_path / "e.zip"))
    arrived = corpus("import", str(tmp_path / "e.zip"), "--json", at=tmp_path / "new").json
    assert (arrived["taken"], arrived["purged"], arrived["conflicts"]) == ([FOOD], ["usa/nutrition"], {})
    assert corpus("show", FOOD, "--version", "2", "--json", at=tmp_path / "new").json["title"] == "Quokkas as food"
    assert corpus("show", "usa/nutrition", at=tmp_path / "new").returncode == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["show", FOOD, "--version", "9"], f"'{FOOD}' has no version 9"),
        (["history", "no/such"], "There is no document 'no/such'"),
        (["compare", FOOD], f"No version of '{FOOD}' is in work"),
        (["revise", FOOD, "no-such.md"], "no-such.md is no file that can be opened"),
        (["move", FOOD, "no/such", "withdrawn", "--why", "x"], "There is no document 'no/such'"),
        (["move", f"{FOOD}@9", "withdrawn", "--why", "x"], f"'{FOOD}' has no version 9"),
        (["still-valid", FOOD, "--until", "2020-01-01"], "not a day to come"),
        (["changed", "no such source"], "No document rests on 'no such source'"),
        (["restore", FOOD, "9", "--why", "x"], f"'{FOOD}' has no version 9"),
        (["purge", "no/such", "--why", "x"], "There is no document 'no/such'"),
        (["readmit", FOOD, "--why", "x"], f"no finished purge of '{FOOD}'"),
        (["import", "no-such.zip"], "no-such.zip is no export"),
        (["export", "/proc/e.zip"], "/proc/e.zip cannot be written"),
        (["list", "--market", "mars"], "There is no market 'mars'"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    anywhere: Command, shipped_home: Path, words: list[str], expected: str
) -> None:
    ran = anywhere(*words, at=shipped_home)
    assert ran.returncode == 1
    assert expected in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def test_a_file_with_a_code_that_nobody_knows_is_refused(corpus: Command, tmp_path: Path) -> None:
    file = written(corpus, tmp_path / "food.md", title="Food")
    file.write_text(file.read_text("utf-8").replace("- japan", "- mars", 1), "utf-8")
    ran = corpus("revise", FOOD, str(file))
    assert (ran.returncode, "there is no market 'mars' in the vocabulary" in ran.stderr) == (1, True)


def test_an_edit_that_began_from_an_older_version_is_refused(corpus: Command, tmp_path: Path) -> None:
    file = written(corpus, tmp_path / "food.md", title="Food")
    corpus("revise", FOOD, str(file))
    second = corpus("revise", FOOD, str(file), "--from", "1")
    assert second.returncode == 1
    assert f"{getpass.getuser()} has changed '{FOOD}' since you began from version 1" in second.stderr
