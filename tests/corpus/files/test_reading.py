"""Reading in a process of its own: whatever a file is, it costs one error; archives are taken apart safely."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from corpus import errors
from corpus.errors import (
    Damaged,
    Empty,
    FileChanged,
    NoFile,
    TooHungry,
    TooLarge,
    TooSlow,
    UnknownFormat,
    Unreadable,
)
from corpus.files.reading import FoundFile, files_in, read_file
from corpus.files.sandbox import LIMITS, Limits
from tests.conftest import PROJECT
from tests.made_files import changed, pdf, raw_pdf

SAMPLES = Path(__file__).parents[2] / "samples"
WORDS = "The Ministry of Devices asks every maker abroad for a local holder who answers for the device in the country."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    made = tmp_path / "scratch"
    made.mkdir()
    return made


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refusals(found: list[FoundFile | Unreadable]) -> dict[str, str]:
    return {one.name: type(one).__name__ for one in found if isinstance(one, Unreadable)}


def names(found: list[FoundFile | Unreadable]) -> list[str]:
    return [one.name for one in found if isinstance(one, FoundFile)]


# Reading


def test_a_file_is_read_with_its_format_its_language_and_its_digest(folder: Path) -> None:
    path = written(folder, "notes.txt", f"{WORDS} {WORDS}".encode())
    found = read_file(path)
    assert (found.format, found.language) == ("txt", "en")
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.sections[0].text == f"{WORDS} {WORDS}"


def test_the_language_is_the_text_s_and_not_what_the_file_says(folder: Path) -> None:
    german = "Die Gebühr für die Prüfung der Unterlagen beträgt 250 Euro und ist vor der Einreichung zu bezahlen. " * 2
    page = f"<html lang='en'><body><p>{german}</p></body></html>"
    assert read_file(written(folder, "page.html", page.encode())).language == "de"


def test_characters_that_hide_or_turn_text_are_taken_out(folder: Path) -> None:
    hidden = "fee\u200b is \u202e250\u202c eu\u00adro\U000e0041\U000e0042 for cafe\u0301s"
    assert read_file(written(folder, "a.txt", hidden.encode())).sections[0].text == "fee is 250 euro for cafés"


def test_a_file_is_named_in_its_error_as_people_know_it(folder: Path) -> None:
    path = written(folder, "member-1", b"\x89PNG\r\n\x1a\n")
    with pytest.raises(UnknownFormat, match=r"^bundle.zip › a.png is a picture, which is not read; save it as"):
        read_file(path, name="bundle.zip › a.png")


def test_a_file_whose_name_is_not_utf_8_is_read_and_can_be_printed(folder: Path, scratch: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(folder) + b"/geb\xfchr.txt"))
    path.write_bytes(WORDS.encode())
    found = list(files_in(folder, scratch))
    assert names(found) == ["geb\ufffdhr.txt"]
    assert read_file(path).sections[0].text == WORDS


def test_several_threads_may_read_at_once(folder: Path) -> None:
    paths = [written(folder, f"{number}.md", f"## Part\n{WORDS} {number}".encode()) for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        texts = [found.sections[0].text for found in pool.map(read_file, paths)]
    assert texts == [f"{WORDS} {number}" for number in range(12)]


@pytest.mark.servers
def test_reading_goes_on_after_the_server_was_killed(folder: Path) -> None:
    path = written(folder, "a.txt", WORDS.encode())
    read_file(path)
    from corpus.files.reading import _sandbox

    assert _sandbox._process is not None
    os.kill(_sandbox._process.pid, signal.SIGKILL)
    assert read_file(path).sections[0].text == WORDS


# What is no file, or not a whole one


def test_a_pipe_a_device_a_folder_and_nothing_are_no_files(folder: Path) -> None:
    os.mkfifo(folder / "pipe.pdf")
    for path in (folder / "pipe.pdf", Path("/dev/zero"), folder, folder / "missing.pdf"):
        with pytest.raises(NoFile):
            read_file(path)


def bytes_read() -> int:
    """What this process has read so far, of whatever file."""
    return int(Path("/proc/self/io").read_text().split()[1])


def test_a_file_of_two_gigabytes_is_refused_unread(folder: Path) -> None:
    path = folder / "huge.pdf"
    with path.open("wb") as file:
        file.truncate(2 * 2**30)
    before = bytes_read()
    with pytest.raises(TooLarge, match="2,048 MiB, and 200 MiB are read at most"):
        read_file(path)
    assert bytes_read() - before < 2**20


def test_a_file_without_words_is_empty(folder: Path) -> None:
    for content in (b"", b" \n \n", b"... --- ..."):
        with pytest.raises(Empty):
            read_file(written(folder, "a.txt", content))


def test_a_file_that_changes_while_it_is_read_is_noticed(folder: Path) -> None:
    path = written(folder, "long.pdf", pdf([[WORDS] * 40] * 6))
    over = threading.Event()

    def write_on() -> None:
        while not over.wait(0.02):
            with path.open("ab") as file:
                file.write(b"\n")

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        with pytest.raises(FileChanged) as caught:
            read_file(path)
    finally:
        over.set()
        writer.join()
    assert caught.value.retryable


# Files made to do harm


def laughs(root: str) -> bytes:
    """An XML part whose entities unfold to a thousand million words."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha ">{entities}]>{root}'.encode()


def word(text: str) -> str:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return f'<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'


def sheet(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        f'<worksheet xmlns="{space}"><dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>'.encode()
    )


def sample(suffix: str) -> bytes:
    return (SAMPLES / f"sample{suffix}").read_bytes()


def test_entities_that_unfold_without_end_are_damage(folder: Path) -> None:
    with pytest.raises(Damaged):
        read_file(written(folder, "laughs.docx", changed(sample(".docx"), {"word/document.xml": laughs(word("&e9;"))})))
    with pytest.raises(Unreadable):
        read_file(written(folder, "laughs.xml", laughs("<x>&e9;</x>")))


def test_an_entity_never_brings_in_another_file(folder: Path) -> None:
    secret = written(folder, "secret.txt", b"the secret of this machine")
    part = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]>{word("Known: &s; and more.")}'
    path = written(folder, "outside.docx", changed(sample(".docx"), {"word/document.xml": part.encode()}))
    assert "secret" not in read_file(path).sections[0].text


def test_a_pdf_whose_pages_lead_back_to_themselves_is_damaged(folder: Path) -> None:
    for kids in (b"[2 0 R]", b"[3 0 R]"):
        objects = [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids%s>>" % kids,
            b"<</Type/Pages/Count 1/Kids[2 0 R]>>",
            b"<<>>",
        ]
        with pytest.raises(Damaged):
            read_file(written(folder, "loop.pdf", raw_pdf(objects)))


def test_half_a_file_is_damaged(folder: Path) -> None:
    for suffix in (".pdf", ".docx", ".pptx", ".xlsx"):
        data = sample(suffix)
        with pytest.raises(Damaged):
            read_file(written(folder, f"half{suffix}", data[: len(data) // 2]))


@pytest.mark.parametrize("count", [100_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_empty_rows_without_end_are_passed_over(count: int, folder: Path) -> None:
    rows = "".join(f'<row r="{number}"/>' for number in range(1, count + 1))
    end = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>the end</t></is></c></row>'
    path = written(folder, "rows.xlsx", changed(sample(".xlsx"), {"xl/worksheets/sheet1.xml": sheet(rows + end)}))
    assert read_file(path).sections[0].text == "the end"


def test_a_package_that_unpacks_to_a_thousand_times_its_size_is_refused(folder: Path) -> None:
    path = written(folder, "bomb.docx", changed(sample(".docx"), {"word/document.xml": bytes(600 * 2**20)}))
    assert path.stat().st_size < 2**20
    with pytest.raises(TooLarge, match="unpacks to"):
        read_file(path)


def test_a_file_that_takes_too_long_is_stopped(folder: Path) -> None:
    path = written(folder, "long.pdf", pdf([[WORDS] * 40] * 2_000))
    with pytest.raises(TooSlow, match="more than 1 seconds"):
        read_file(path, Limits(seconds=1))
    with pytest.raises(TooSlow, match="of the processor"):
        read_file(path, Limits(processor_seconds=1))


def test_a_file_that_needs_too_much_memory_is_stopped(folder: Path) -> None:
    path = written(folder, "text.txt", WORDS.encode() * 400_000)
    with pytest.raises(TooHungry):
        read_file(path, Limits(memory=400 * 2**20))


@pytest.mark.servers
@pytest.mark.parametrize("mebibytes", [80, 160, 240])
def test_a_limit_on_memory_that_the_parsers_do_not_fit_in_is_one_sentence(mebibytes: int, folder: Path) -> None:
    path = written(folder, "text.txt", WORDS.encode())
    script = (
        "import sys; from pathlib import Path; from corpus.errors import KnownError\n"
        "from corpus.files.reading import read_file\n"
        "try: read_file(Path(sys.argv[1]))\n"
        "except KnownError as error: print(error)"
    )
    ran = subprocess.run(
        ["/bin/sh", "-c", f'ulimit -v {mebibytes << 10}; exec "$@"', "sh", sys.executable, "-c", script, str(path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line for line in ran.stderr.splitlines() if "not confined" not in line] == []
    assert ran.stdout.startswith("The process that reads files does not start (")
    assert ran.stdout.endswith(
        f"; the memory of this process is limited to {mebibytes} MiB); mend that, and try again.\n"
    )
    assert ran.stdout.count("\n") == 1


def test_more_text_than_is_taken_in_is_refused(folder: Path) -> None:
    path = written(folder, "text.txt", WORDS.encode() * 100)
    with pytest.raises(TooLarge, match="characters of text"):
        read_file(path, Limits(text=1_000))


def test_a_long_document_is_read_to_its_end(folder: Path) -> None:
    path = written(folder, "long.pdf", pdf([f"Page {number} of the report.", WORDS] for number in range(1, 301)))
    found = read_file(path)
    assert {section.page for section in found.sections} == set(range(1, 301))


# Folders and archives


def zipped(members: list[tuple[str, bytes]]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def tarred(members: list[tuple[str, bytes | None]], packing: str = "") -> bytes:
    """A tar; a member without content is a link to /etc/passwd."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=f"w:{packing}") as archive:  # type: ignore[call-overload]
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content or b"")
            if content is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info, io.BytesIO(content or b""))
    return target.getvalue()


def test_a_folder_gives_its_files_in_order_and_follows_no_links(folder: Path, scratch: Path) -> None:
    (folder / "law").mkdir()
    written(folder, "law/b.txt", b"b")
    written(folder, "a.txt", b"a")
    written(folder, ".DS_Store", b"x")
    (folder / "c.txt").symlink_to("/etc/passwd")
    (folder / "d").symlink_to("/etc")
    found = list(files_in(folder, scratch))
    assert names(found) == ["a.txt", "law/b.txt"]
    assert refusals(found) == {"c.txt": "NoFile", "d": "NoFile"}


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_a_tar_is_taken_apart_however_it_is_packed(packing: str, folder: Path, scratch: Path) -> None:
    path = written(folder, "a.tar", tarred([("law/a.txt", b"one"), ("b.txt", b"two")], packing))
    found = list(files_in(path, scratch))
    assert names(found) == ["a.tar › law/a.txt", "a.tar › b.txt"]
    assert [one.path.read_bytes() for one in found if isinstance(one, FoundFile)] == [b"one", b"two"]


def test_documents_that_are_zips_are_not_taken_apart(scratch: Path) -> None:
    for suffix in (".docx", ".pptx", ".xlsx", ".odt"):
        assert names(list(files_in(SAMPLES / f"sample{suffix}", scratch))) == [f"sample{suffix}"]


def test_members_that_lead_out_of_the_archive_are_left(folder: Path, scratch: Path) -> None:
    bad = ["../up.txt", "/etc/cron.d/x", "a/../../b.txt", "C:\\windows\\x.txt", "..\\down.txt"]
    found = list(files_in(written(folder, "a.zip", zipped([(name, b"x") for name in [*bad, "good.txt"]])), scratch))
    assert names(found) == ["a.zip › good.txt"]
    assert list(refusals(found).values()) == ["LeftPacked"] * len(bad)
    assert [path.name.startswith("member-") for path in scratch.parent.rglob("*") if path.is_file()].count(True) == 1
    found = list(files_in(written(folder, "a.tar", tarred([("../up.txt", b"x"), ("/abs.txt", b"x")])), scratch))
    assert list(refusals(found).values()) == ["LeftPacked"] * 2


def test_links_and_devices_in_archives_are_left(folder: Path, scratch: Path) -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    for name, data in (("a.zip", target.getvalue()), ("a.tar", tarred([("link.txt", None)]))):
        found = list(files_in(written(folder, name, data), scratch))
        assert refusals(found) == {f"{name} › link.txt": "LeftPacked"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_second_member_of_a_name_is_left(folder: Path, scratch: Path) -> None:
    found = list(files_in(written(folder, "a.zip", zipped([("a.txt", b"first"), ("a.txt", b"second")])), scratch))
    assert names(found) == ["a.zip › a.txt"]
    assert refusals(found) == {"a.zip › a.txt": "LeftPacked"}


def test_members_with_a_password_are_left(folder: Path, scratch: Path) -> None:
    data = bytearray(zipped([("a.txt", b"secret"), ("b.txt", b"open")]))
    for at in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[at] |= 1  # the flag that says so
    found = list(files_in(written(folder, "a.zip", bytes(data)), scratch))
    assert names(found) == ["a.zip › b.txt"]
    refused = next(one for one in found if isinstance(one, Unreadable))
    assert "protected by a password" in str(refused)


def test_a_zip_bomb_is_left_packed_and_its_neighbours_are_not(folder: Path, scratch: Path) -> None:
    data = zipped([("bomb.txt", bytes(150 * 2**20)), ("good.txt", b"good")])
    assert len(data) < 2**20
    found = list(files_in(written(folder, "a.zip", data), scratch))
    assert names(found) == ["a.zip › good.txt"]
    assert refusals(found) == {"a.zip › bomb.txt": "TooLarge"}
    assert sum(path.stat().st_size for path in scratch.iterdir()) == 4


def test_an_archive_gives_no_more_members_and_bytes_than_are_allowed(folder: Path, scratch: Path) -> None:
    many = written(folder, "many.zip", zipped([(f"{number}.txt", b"x") for number in range(20)]))
    found = list(files_in(many, scratch, replace(LIMITS, members=5)))
    assert (len(names(found)), refusals(found)) == (5, {"many.zip": "TooLarge"})
    large = written(folder, "large.tar.gz", tarred([(f"{number}.txt", os.urandom(2**20)) for number in range(9)], "gz"))
    found = list(files_in(large, scratch, replace(LIMITS, unpacked=12 * 2**20, size=2**21)))
    assert len(names(found)) == 9
    found = list(files_in(large, scratch, replace(LIMITS, unpacked=2**22 * 3, size=2**20 // 2)))
    assert set(refusals(found).values()) == {"TooLarge"}


def test_a_packed_tar_is_left_where_a_member_is_larger_than_all_that_is_unpacked(folder: Path, scratch: Path) -> None:
    head = tarfile.TarInfo("bomb.txt")
    head.size = 2**40  # which nobody would wait for
    path = written(folder, "a.tar.gz", gzip.compress(head.tobuf() + bytes(300 * 2**20)))
    found = list(files_in(path, scratch))
    assert refusals(found) == {"a.tar.gz › bomb.txt": "TooLarge", "a.tar.gz": "TooLarge"}


def test_archives_within_archives_are_opened_to_a_depth(folder: Path, scratch: Path) -> None:
    data = zipped([("deep.txt", b"deep")])
    for level in ("c", "b", "a"):
        data = zipped([(f"{level}.zip", data), (f"{level}.txt", b"x")])
    found = list(files_in(written(folder, "top.zip", data), scratch))
    assert names(found) == ["top.zip › a.zip › b.txt", "top.zip › a.txt"]
    assert refusals(found) == {"top.zip › a.zip › b.zip": "LeftPacked"}
    assert "deep" not in {path.read_text("latin-1") for path in scratch.iterdir()}, "it was unpacked all the same"


def test_archives_within_an_archive_share_what_it_may_give(folder: Path, scratch: Path) -> None:
    inner = zipped([(f"{number}.txt", bytes(1000)) for number in range(10)])
    path = written(folder, "top.zip", zipped([(f"{number}.zip", inner) for number in range(5)]))
    found = list(files_in(path, scratch, replace(LIMITS, members=20)))
    assert len(names(found)) == 15
    assert Counter(refusals(found).values()) == {"TooLarge": 1, "LeftPacked": 3}
    found = list(files_in(path, scratch, replace(LIMITS, unpacked=5 * len(inner) + 12_000)))
    assert len(names(found)) <= 12
    assert Counter(refusals(found).values())["LeftPacked"] >= 3


def test_a_broken_archive_gives_what_can_be_had_of_it(folder: Path, scratch: Path) -> None:
    data = tarred([("a.txt", b"whole"), ("b.txt", os.urandom(50_000))])
    found = list(files_in(written(folder, "a.tar", data[:20_000]), scratch))
    assert names(found) == ["a.tar › a.txt"]
    assert set(refusals(found).values()) == {"Damaged"}
    with pytest.raises(Damaged):
        read_file(written(folder, "a.zip", zipped([("a.txt", b"x")])[:-30]))


def test_members_are_read_under_their_own_names(folder: Path, scratch: Path) -> None:
    path = written(
        folder, "a.zip", zipped([("rows.csv", b"a,b\n1,2\n"), ("doc.docx", sample(".docx")), ("x.bin", b"\0\1" * 50)])
    )
    ends: dict[str, str] = {}
    for found in files_in(path, scratch):
        try:
            assert isinstance(found, FoundFile)
            ends[found.name] = read_file(found.path, name=found.name).format
        except Unreadable as error:
            ends[found.name] = type(error).__name__
    assert ends == {"a.zip › rows.csv": "csv", "a.zip › doc.docx": "docx", "a.zip › x.bin": "UnknownFormat"}


# The errors


def kinds() -> Iterator[type[Unreadable]]:
    yield from Unreadable.__subclasses__()


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_every_refusal_is_one_sentence_that_names_the_file_and_stands_in_the_tree(kind: type[Unreadable]) -> None:
    sentence = str(kind("law.pdf", "a reason"))
    assert sentence.startswith("law.pdf ")
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0
    assert f"├── {kind.__name__} " in (errors.__doc__ or "") or f"└── {kind.__name__} " in (errors.__doc__ or "")
