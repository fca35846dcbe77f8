"""The connections on the staff pages, and the server that runs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.operate.connecting import run_due
from tests.conftest import Clock, House, served
from tests.corpus.connections.connected import text_of
from tests.staff_pages import Site, peopled, web


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    papers = tmp_path / "papers"
    papers.mkdir()
    for number in range(3):
        (papers / f"{number}.md").write_text(text_of(number), "utf-8")
    (papers / "broken.pdf").write_bytes(b"%PDF-1.4 and nothing")
    return papers


@pytest.fixture
def site(empty_house: House, tmp_path: Path, papers: Path) -> Iterator[Site]:
    reach = tmp_path / "connections.toml"
    reach.write_text(f'[[share]]\naddress = "{papers}"\nuser = "library"\npassword = "hush-hush"\n', "utf-8")
    clock = Clock()
    app = peopled(empty_house, tmp_path / "accounts.sqlite", clock, connections=str(reach))
    with served(web(app)) as url:
        yield Site(app, clock, url)
    app.accounts.close()
    app.connections.close()


def test_an_administrator_connects_a_folder_sees_how_it_went_runs_it_again_pauses_and_removes_it(
    site: Site, papers: Path
) -> None:
    anna = site.browser("anna")
    assert f"{papers}" not in anna.get("/staff/connections").text
    assert anna.post("/staff/connections", kind="folder", address=f"{papers}/").status_code == 303
    page = anna.get("/staff/connections").text
    assert "never" in page
    assert "runs next" in page
    assert run_due(site.app) == 1
    page = anna.get("/staff/connections").text
    assert page.count('<td class="number">') == 3
    assert [f'<td class="number">{count}</td>' in page for count in (3, 0, 1)] == [True] * 3
    assert "broken.pdf is damaged" in page
    assert "hush-hush" not in page
    drafts = [one for one in site.app.catalogue.documents() if one.version.added_by == "connection 1"]
    assert {one.stage.value for one in drafts} == {"draft"}
    assert run_due(site.app) == 0  # not before an hour has passed
    assert anna.post("/staff/connections/1/run").status_code == 303
    assert run_due(site.app) == 1
    assert anna.post("/staff/connections/1/pause").status_code == 303
    anna.post("/staff/connections/1/run")
    assert run_due(site.app) == 0
    assert "paused" in anna.get("/staff/connections").text
    assert anna.post("/staff/connections/1/resume").status_code == 303
    assert run_due(site.app) == 1
    assert anna.post("/staff/connections/1/remove").status_code == 303
    assert "its documents stay" in anna.get("/staff/connections").text
    assert len(site.app.catalogue.documents()) == len(drafts)


def test_a_place_that_may_not_be_reached_is_refused_and_what_was_typed_stays(site: Site) -> None:
    anna = site.browser("anna")
    refused = anna.post("/staff/connections", kind="folder", address="/etc")
    assert refused.status_code == 422
    assert "is not among the places that connections may reach here" in refused.text
    assert 'value="/etc"' in refused.text
    assert anna.post("/staff/connections", kind="ftp", address="ftp://x.example").status_code == 422


def test_a_file_of_what_may_be_reached_that_is_gone_is_told_at_the_connection(site: Site, papers: Path) -> None:
    anna = site.browser("anna")
    anna.post("/staff/connections", kind="folder", address=str(papers))
    (papers.parent / "connections.toml").write_text("[[share]]\npassword = hush-hush", "utf-8")
    assert run_due(site.app) == 1
    page = anna.get("/staff/connections").text
    assert "is not in its form" in page
    assert "hush-hush" not in page


def test_who_takes_documents_in_is_led_there_if_an_administrator(site: Site) -> None:
    link = 'href="/staff/connections"'
    assert [link in site.browser(name).get("/staff/intake").text for name in ("ada", "rosa", "anna")] == [
        False,
        False,
        True,
    ]
