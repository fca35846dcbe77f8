"""Documents that come by themselves from folders, WebDAV and S3: real folders and servers of this machine."""

from __future__ import annotations

import shutil
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from corpus.connections.places import Kind
from corpus.connections.reach import BadReach, NotReachable, Reach, Share, check, read_reach
from corpus.intake.intake import Refused, Taken
from corpus.passages import split_markdown
from tests.conftest import free_port
from tests.corpus.connections.connected import PASSWORD, USER, Connected, listening, storage, text_of, webdav


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A folder of twenty files, some of them in folders."""
    for number in range(20):
        path = tmp_path / "papers" / ("law/" if number % 5 == 0 else "") / f"guidance-{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(number), "utf-8")
    return tmp_path / "papers"


def test_twenty_files_become_drafts_once_and_a_changed_one_the_next_version_of_its_draft(
    connected: Connected, papers: Path
) -> None:
    place = connected.add(Kind.FOLDER, str(papers))
    assert [type(outcome) for outcome in connected.run(place)] == [Taken] * 20
    assert connected.counts(place) == (20, 0, 0)
    assert connected.run(place) == []
    assert connected.counts(place) == (0, 20, 0)
    (papers / "guidance-7.md").write_text(text_of(7, "nine"), "utf-8")
    [changed] = connected.run(place)
    assert isinstance(changed, Taken)
    assert changed.before == 1
    assert connected.drafts()[str(papers / "guidance-7.md")].version.number == 2
    assert len(connected.drafts()) == 20
    assert connected.problem(place) == ""


def test_a_run_that_was_broken_off_goes_on_where_it_was(connected: Connected, papers: Path) -> None:
    place = connected.add(Kind.FOLDER, str(papers))
    assert len(connected.run(place, 8)) == 8
    assert len(connected.run(place)) == 12
    assert len(connected.drafts()) == 20


def test_a_folder_that_vanishes_in_the_middle_loses_nothing_and_is_told_in_a_sentence(
    connected: Connected, papers: Path
) -> None:
    place = connected.add(Kind.FOLDER, str(papers))
    connected.run(place, 10)
    aside = papers.rename(papers.with_name("aside"))
    assert connected.run(place) == []
    assert connected.problem(place) == (
        f"{papers} does not answer (No such file or directory); what was taken in stays, and the next run goes on where"
        " this one ended."
    )
    assert len(connected.drafts()) == 10
    aside.rename(papers)
    assert len(connected.run(place)) == 10
    assert connected.problem(place) == ""


def test_files_that_are_gone_stay_in_the_library_and_links_are_refused(connected: Connected, papers: Path) -> None:
    shutil.rmtree(papers / "law")
    (papers / "out.md").symlink_to("/etc/hostname")
    (papers / "etc").symlink_to("/etc")
    (papers / "broken.pdf").write_bytes(b"%PDF-1.4 and nothing")
    place = connected.add(Kind.FOLDER, str(papers))
    refused = {one.name for one in connected.run(place) if isinstance(one, Refused)}
    assert refused == {"out.md", "etc", "broken.pdf"}
    assert "it is a link" in connected.errors(place)["out.md"]
    (papers / "guidance-1.md").unlink()
    connected.run(place)
    assert connected.counts(place) == (0, 15, 3)
    assert len(connected.drafts()) == 16


def test_who_writes_a_draft_is_told_what_has_changed_and_loses_nothing(connected: Connected, papers: Path) -> None:
    place = connected.add(Kind.FOLDER, str(papers))
    connected.run(place)
    catalogue = connected.house.catalogue
    draft = connected.drafts()[str(papers / "guidance-7.md")]
    body = draft.version.body + "\nWritten by hand.\n"
    version = replace(draft.version, body=body)
    catalogue.revise(version, split_markdown(version), began_from=1, who="ada", why="edited")
    (papers / "guidance-7.md").write_text(text_of(7, "nine"), "utf-8")
    for _ in range(2):
        [outcome] = connected.run(place)
        assert isinstance(outcome, Refused)
    assert "Written by hand." in catalogue.document(draft.id, 2).version.body
    [told] = catalogue.comments(draft.id)
    assert "guidance-7.md has changed" in told.text
    assert "takes nine months" in told.text


@pytest.mark.servers
def test_a_webdav_server_is_read_changed_and_read_again(connected: Connected, papers: Path) -> None:
    with webdav(papers) as address:
        place = connected.add(Kind.WEBDAV, address, user=USER, password=PASSWORD)
        assert [type(outcome) for outcome in connected.run(place)] == [Taken] * 20
        assert connected.run(place) == []
        (papers / "law" / "guidance-5.md").write_text(text_of(5, "eleven"), "utf-8")
        [changed] = connected.run(place)
        assert isinstance(changed, Taken)
        assert changed.before == 1
        draft = connected.drafts()[f"{address}/law/guidance-5.md"]
        assert [source.url for source in draft.metadata.sources] == [f"{address}/law/guidance-5.md"]


@pytest.mark.servers
def test_a_webdav_server_that_stops_in_the_middle_loses_nothing(connected: Connected, papers: Path) -> None:
    port = free_port()
    with webdav(papers, port) as address:
        place = connected.add(Kind.WEBDAV, address, user=USER, password=PASSWORD)
        connected.run(place, 15)
    connected.run(place)
    assert connected.problem(place).startswith(f"{address} does not answer (")
    assert len(connected.drafts()) == 15
    with webdav(papers, port):
        assert len(connected.run(place)) == 5


def test_a_wrong_password_is_told_without_it(connected: Connected, papers: Path) -> None:
    with webdav(papers) as address:
        place = connected.add(Kind.WEBDAV, address, user=USER, password="nobody's")  # noqa: S106 - it is wrong
        connected.run(place)
    assert "it does not accept the name and password" in connected.problem(place)
    assert "nobody's" not in connected.problem(place) + repr(connected.reach)


def test_a_webdav_server_can_neither_lead_elsewhere_nor_out_of_its_folder(connected: Connected) -> None:
    entry = "<d:response><d:href>{}</d:href><d:propstat><d:prop><d:resourcetype/></d:prop>{}"
    ok = "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    names = ("/dav/../../etc/passwd", "/etc/passwd", "/dav/%2e%2e/secret.md", "/dav/a%5C..%5Cb.md")
    entries = "".join(entry.format(name, ok) for name in names)
    listed = f'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">{entries}</d:multistatus>'

    class Hostile(BaseHTTPRequestHandler):
        def do_PROPFIND(self) -> None:
            self.send_response(302 if self.path.startswith("/moved") else 207)
            self.send_header("Location", "http://127.0.0.1:1/dav/")
            self.send_header("Content-Length", str(len(listed)))
            self.end_headers()
            self.wfile.write(listed.encode())

        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/secret")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with listening(Hostile) as address:
        climbing = connected.add(Kind.WEBDAV, f"{address}/dav")
        assert all(isinstance(outcome, Refused) for outcome in connected.run(climbing))
        moved = connected.add(Kind.WEBDAV, f"{address}/moved")
        assert connected.run(moved) == []
        assert "does not answer" in connected.problem(moved)
    assert connected.drafts() == {}


@pytest.mark.servers
def test_an_s3_storage_is_read_changed_and_read_again(connected: Connected) -> None:
    objects = {f"guidance/{number}.md": text_of(number).encode() for number in range(20)}
    objects |= {"other/1.md": b"# Not ours\n\nNothing.\n", "guidance/empty.md": b""}
    with storage(objects, "key-1") as endpoint:
        place = connected.add(
            Kind.S3,
            "s3://documents/guidance",
            endpoint=endpoint,
            key="key-1",
            secret="s",  # noqa: S106 - of a test
        )
        outcomes = connected.run(place)
        assert connected.counts(place) == (20, 0, 1), outcomes
        connected.run(place)
        assert connected.counts(place) == (0, 20, 1)
        objects["guidance/3.md"] = text_of(3, "eleven").encode()
        [changed] = connected.run(place)
        assert isinstance(changed, Taken)
        assert changed.before == 1
        strange = connected.add(Kind.S3, "s3://documents", endpoint=endpoint, key="key-2", secret="t")  # noqa: S106
        connected.run(strange)
        assert "does not answer" in connected.problem(strange)
    connected.run(place)
    assert "does not answer" in connected.problem(place)
    assert len(connected.drafts()) == 20


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (Kind.FOLDER, "/etc"),
        (Kind.FOLDER, "/srv/documents/../secrets"),
        (Kind.FOLDER, "/srv/documents-of-others"),
        (Kind.FOLDER, "documents"),
        (Kind.WEBDAV, "https://cloud.example.org/other"),
        (Kind.WEBDAV, "https://me:secret@cloud.example.org/dav"),
        (Kind.S3, "https://cloud.example.org/dav"),
        (Kind.FEED, "file:///etc/passwd"),
        (Kind.SITEMAP, "sitemap.xml"),
    ],
)
def test_nothing_is_connected_but_what_the_file_names_and_the_web(kind: Kind, address: str) -> None:
    reach = Reach((Share("/srv/documents"), Share("https://cloud.example.org/dav")))
    with pytest.raises(NotReachable):
        check(kind, address, reach)
    assert check(Kind.FOLDER, "/srv/documents/law/", reach) == "/srv/documents/law"


def test_a_file_of_what_may_be_reached_is_read_and_one_out_of_form_is_told_without_its_words(tmp_path: Path) -> None:
    file = tmp_path / "connections.toml"
    file.write_text('networks = ["10.0.0.0/8"]\n[[share]]\naddress = "/srv"\npassword = "p"\n', "utf-8")
    read = read_reach(str(file))
    assert read.share(Kind.FOLDER, "/srv/a").address == "/srv"
    assert '"p"' not in repr(read)
    for wrong in ('[[share]]\npasword = "hush"', "hush", "[[hush]]\na = 1\n", 'networks = ["hush"]'):
        file.write_text(wrong, "utf-8")
        with pytest.raises(BadReach) as told:
            read_reach(str(file))
        assert "hush" not in str(told.value) or "hush, which is not known" in str(told.value)
    with pytest.raises(BadReach, match="cannot be read"):
        read_reach(str(tmp_path / "nowhere.toml"))
    assert read_reach("") == Reach()
