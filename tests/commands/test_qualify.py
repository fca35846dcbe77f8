"""`market-entry qualify` as it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import provider_server as play
from tests.conftest import Run
from tests.provider_server import Body, Played, playing, refused


def test_without_a_model_a_sentence_says_what_to_set(market_entry: Run) -> None:
    ran = market_entry("qualify")
    assert ran.returncode == 1
    assert "set MARKET_ENTRY_CHAT_MODEL" in ran.stderr


@pytest.mark.timeout(300)
def test_a_provider_that_refuses_is_no_with_its_words_and_json_says_the_same(market_entry: Run, tmp_path: Path) -> None:
    played = Played(refuses=play.always(404, refused(404, "The model `m` does not exist")[1]))
    with playing(played) as url:
        chat = {"MARKET_ENTRY_CHAT_MODEL": "m", "MARKET_ENTRY_CHAT_URL": url, "MARKET_ENTRY_CHAT_SECONDS": "20"}
        words = ("qualify", "--questions", "1", "--out", str(tmp_path / "asked.jsonl"))
        ran = market_entry(*words, **chat)
        as_json = market_entry(*words, "--json", **chat)
    assert ran.returncode == as_json.returncode == 1
    assert "May it write? No." in ran.stdout
    assert "The model `m` does not exist" in ran.stdout
    assert (as_json.json["verdict"], as_json.json["sent"], as_json.json["answered"]) == ("no", 1, 0)


@pytest.mark.timeout(300)
def test_a_run_goes_on_where_it_was_broken_off_and_begins_anew_where_that_is_wanted(
    market_entry: Run, tmp_path: Path
) -> None:
    def text(_: Body) -> str:
        return "CANNOT_ANSWER"

    played = Played(text=text)
    with playing(played) as url:
        chat = {"MARKET_ENTRY_CHAT_MODEL": "m", "MARKET_ENTRY_CHAT_URL": url, "MARKET_ENTRY_CHAT_SECONDS": "20"}
        out = ("--out", str(tmp_path / "asked.jsonl"))
        asked = []
        for words in (("1",), ("2",), ("2",), ("2", "--fresh")):
            market_entry("qualify", *out, "--questions", *words, **chat)
            asked.append(len(played.asked))
    assert asked == [1, 2, 2, 4]
