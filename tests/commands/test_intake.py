"""`market-entry corpus add` and what is settled after it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from corpus.files.confinement import lacking
from tests.conftest import PROJECT, Run, write_document
from tests.made_files import PICTURE, pdf

TEXT = (
    "Registering a zorbometer in Japan takes nineteen weeks, says the ministry of zorbometers in its yearly paper.\n"
    "The fee for a zorbometer of class II is 4,711 yen, and it falls due when the application is handed in.\n"
)


@pytest.fixture
def home(lean_as_built: Path, tmp_path: Path) -> Path:
    """A home of three documents that may be written to."""
    return Path(shutil.copytree(lean_as_built, tmp_path / "home"))


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A folder with a document, one in the library's form, a scan, and a paper with a person in it."""
    folder = tmp_path / "papers"
    write_document(folder, "ours", "Devices in Ruritania", "A maker there needs nobody's leave.", market="usa")
    (folder / "zorbometers.txt").write_text(TEXT, "utf-8")
    (folder / "scan.pdf").write_bytes(pdf([PICTURE]))
    (folder / "person.txt").write_text("Ask anna.puig@example.org about quibblers, who knows all about them.", "utf-8")
    return folder


def run(market_entry: Run, *words: str, home: Path) -> Any:  # noqa: ANN401 - whatever the command says
    ran = market_entry("corpus", *words, "--json", home=home)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def names(found: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in found]


def test_a_folder_is_added_reported_and_added_again_without_change(market_entry: Run, home: Path, papers: Path) -> None:
    ran = market_entry("corpus", "add", str(papers), "--json", home=home)
    first = json.loads(ran.stdout)
    assert (ran.returncode, first.keys()) == (0, {"taken", "known", "refused", "seconds"})
    assert names(first["taken"]) == ["ours.md", "person.txt", "zorbometers.txt"]
    assert [(one["name"], one["kind"]) for one in first["refused"]] == [("scan.pdf", "Scanned")]
    assert {one["stage"] for one in first["taken"]} == {"draft"}
    assert ran.stderr.count("taken  ") == 3, "progress stands on stderr, a line a file"
    again = run(market_entry, "add", str(papers), home=home)
    assert (again["taken"], names(again["known"])) == ([], names(first["taken"]))


def test_what_is_published_on_adding_answers_questions_and_what_is_flagged_waits(
    market_entry: Run, home: Path, papers: Path
) -> None:
    added = run(market_entry, "add", str(papers), "--as", "published", home=home)
    stages = {one["name"]: one["stage"] for one in added["taken"]}
    assert stages == {"ours.md": "published", "person.txt": "draft", "zorbometers.txt": "published"}
    ran = market_entry("search", "fee for a zorbometer", "-k", "3", "--json", home=home)
    assert "4,711 yen" in json.loads(ran.stdout)[0]["text"]
    [waiting] = [one for one in added["taken"] if one["stage"] == "draft"]
    key = waiting["document_id"]
    assert waiting["open"].keys() == {"personal-data"}
    run(market_entry, "move", key, "in-review", "--why", "x", home=home)
    refused = market_entry("corpus", "move", key, "published", "--why", "x", home=home)
    assert refused.returncode == 1
    assert f"'{key}' is not published while something about it is open (personal-data)" in refused.stderr
    [concern] = run(market_entry, "settle", key, "personal-data", "--note", "she agreed", home=home)
    assert concern["note"] == "she agreed"
    assert run(market_entry, "move", key, "published", "--why", "x", home=home)[0]["stage"] == "published"


def test_a_draft_is_confirmed_with_what_may_be_done_with_its_words(market_entry: Run, home: Path, papers: Path) -> None:
    file = str(papers / "zorbometers.txt")
    added = run(market_entry, "add", file, "--id", "japan/zorbometers", "--market", "japan", home=home)
    assert added["taken"][0]["document_id"] == "japan/zorbometers"
    assert run(market_entry, "concerns", home=home).keys() == {"japan/zorbometers"}
    confirmed = run(market_entry, "confirm", "japan/zorbometers", "--reuse", "cite-only", "--title", "Z", home=home)
    assert {concern["settled_by"] is None for concern in confirmed} == {False}
    shown = run(market_entry, "show", "japan/zorbometers", home=home)
    assert (shown["title"], shown["reuse"], shown["original"]["name"]) == ("Z", "cite-only", "zorbometers.txt")
    assert run(market_entry, "concerns", home=home) == {}


def test_what_cannot_be_added_is_told_in_the_report_or_in_one_sentence(
    market_entry: Run, home: Path, papers: Path
) -> None:
    refused = run(market_entry, "add", str(papers / "none.pdf"), "http://127.0.0.1/a.pdf", "ftp://a.example", home=home)
    assert [one["kind"] for one in refused["refused"]] == ["NoFile", "BadAddress", "BadAddress"]
    for words, expected in (
        (("--id", "a"), "an id names one document"),
        (("--market", "mars"), "There is no market 'mars'"),
    ):
        ran = market_entry("corpus", "add", str(papers), *words, home=home)
        assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
        assert expected in ran.stderr


@pytest.mark.skipif(bool(lacking()), reason="this kernel confines nothing, so there is no other to make it look like")
def test_where_confinement_is_required_and_not_to_be_had_nothing_is_added(home: Path, papers: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.old_kernel", "commands.cli", "corpus", "add", str(papers)],
        env={"MARKET_ENTRY_HOME": str(home), "MARKET_ENTRY_REQUIRE_CONFINEMENT": "true", "PYTHONUTF8": "1"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        1,
        "",
        (
            "market-entry: No file is taken in, since the process that reads files cannot be confined here (this system"
            " offers no Landlock and no seccomp); `market-entry doctor` says what to do.\n"
        ),
    )
