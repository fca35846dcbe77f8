"""Files that are small and made to cost much: archives, PDFs, XML, pictures. Each is made when it is asked for."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from tests.made_files import changed, package, pdf, raw_pdf

_SAMPLES = Path(__file__).with_name("samples")
_MIB = 2**20
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TEN_GIGABYTES = 10 * 2**30
_GRID = 10**9  # cells, spaces or pages that a few letters ask for
_DEEP = 200_000  # levels
_GOOD = b"A good text beside a bomb. " * 9

Bomb = Callable[[], bytes]


# Archives


@cache
def zeros(size: int) -> bytes:
    """So many zeros, deflated without a header; made by repeating one piece, which costs no time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(_MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * (size // _MIB) + packer.flush()


def raw_zip(members: list[tuple[bytes, bytes, int]], *, overlapping: bool = False) -> bytes:
    """A zip of members (name, deflated content, size said); where they overlap, all of them are the first one."""
    written, directory = io.BytesIO(), io.BytesIO()
    for number, (name, packed, size) in enumerate(members):
        flags = 0x800 if is_utf_8(name) else 0
        at = 0 if overlapping else written.tell()
        said = min(size, 2**32 - 2)
        if number == 0 or not overlapping:
            head = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, flags, 8, 0, 33, 0, len(packed), said, len(name), 0)
            written.write(head + name + packed)
        head = struct.pack(
            "<4sHHHHHHIIIHHHHHII",
            *(b"PK\1\2", 20, 20, flags, 8, 0, 33, 0, len(packed), said, len(name), 0, 0, 0, 0, 0, at),
        )
        directory.write(head + name)
    start, count = written.tell(), min(len(members), 65_535)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, directory.tell(), start, 0)
    return written.getvalue() + directory.getvalue() + end


def is_utf_8(name: bytes) -> bool:
    """Whether a name says so truthfully."""
    return name.decode("utf-8", "ignore").encode() == name


def zip64(count: int) -> bytes:
    """A zip with very many empty members."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}", b"")
    return written.getvalue()


def nested(levels: int, width: int) -> bytes:
    """Zips in zips, as wide at each level, with hundreds of megabytes at the bottom of each way."""
    inner = raw_zip([(b"zeros.txt", zeros(300 * _MIB), 300 * _MIB)])
    for _ in range(levels):
        inner = package({f"{number}.zip": inner for number in range(width)} | {"good.txt": _GOOD})
    return inner


def itself() -> bytes:
    """A zip of two hundred zips of two hundred zips each, all of them the same one."""
    innermost = package({"good.txt": _GOOD})
    inner = package({f"{number}.zip": innermost for number in range(200)})
    return package({f"{number}.zip": inner for number in range(200)})


def packed_tar() -> bytes:
    """A tar with one member of ten gigabytes of zeros, packed as a whole."""
    head = tarfile.TarInfo("zeros.txt")
    head.size = _TEN_GIGABYTES
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    begun = packer.compress(head.tobuf(tarfile.GNU_FORMAT)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + begun + zeros(_TEN_GIGABYTES) + bytes(8)


def odd_names() -> bytes:
    """Members whose names are no names."""
    names = (
        *(b"", b".", b"..", b"/", b"//", b"a\0b.txt", b"a\nb.txt", b"\x1b[2J.txt", b"con", b"nul.txt", b" .txt"),
        *("\u202etxt.exe".encode(), b"x" * 60_000 + b".txt", b"a/" * 20_000 + b"b.txt", b"\xff\xfe\xed\xa0\x80.txt"),
        *(b"../../etc/passwd", b"C:\\x.txt", b"\\\\host\\share\\x.txt", b"file:///etc/passwd", b"~root/x.txt"),
        *(b"<script>alert(1)</script>.txt", b"'; DROP TABLE documents;--.txt", b"%00.txt", b"$(id).txt", b"-rf.txt"),
        *("\u00e9.txt".encode(), "e\u0301.txt".encode(), "\ud800.txt".encode("utf-8", "surrogatepass")),
    )
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(_GOOD) + packer.flush()
    return raw_zip([(name, packed, len(_GOOD)) for name in names])


ARCHIVES: Mapping[str, Bomb] = {
    "ten-gigabytes.zip": lambda: raw_zip([(b"zeros.txt", zeros(_TEN_GIGABYTES), _TEN_GIGABYTES)]),
    "ten-gigabytes-small.zip": lambda: raw_zip([(b"zeros.txt", zeros(_TEN_GIGABYTES), 10)]),
    "hundred-members.zip": lambda: raw_zip([(b"%d.txt" % n, zeros(100 * _MIB), 100 * _MIB) for n in range(100)]),
    "overlapping.zip": lambda: raw_zip(
        [(b"%d.txt" % n, zeros(9 * _MIB), 9 * _MIB) for n in range(9_000)], overlapping=True
    ),
    "ten-gigabytes.tar.gz": packed_tar,
    "nested.zip": lambda: nested(4, 16),
    "nested-wide.zip": itself,
    "many-members.zip": lambda: zip64(400_000),
    "odd-names.zip": odd_names,
}


# PDF


def stream(content: bytes, entries: bytes = b"/Filter/FlateDecode") -> bytes:
    """A stream object with such entries."""
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def one_page(content: bytes, *more: bytes, resources: bytes = b"") -> bytes:
    """A PDF with one page; the content is object 5, what is added begins at 6."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F 3 0 R>>%s>>/Contents 5 0 R>>" % resources
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica%s>>" % (b"/ToUnicode 7 0 R" if len(more) > 1 else b"")
    pages = b"<</Type/Pages/Kids[6 0 R]/Count 1>>"
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", pages, font, b"<<>>", content, page, *more])


def zlibbed(size: int) -> bytes:
    """Zeros as a PDF packs them."""
    return b"\x78\xda" + zeros(size) + bytes(4)


def twice(content: bytes, times: int) -> bytes:
    """A content deflated again and again."""
    for _ in range(times):
        content = zlib.compress(content, 9)
    return content


def forms_in_forms(levels: int) -> bytes:
    """Forms of which each shows the next one ten times."""
    show, tail = b"/X Do " * 10, []
    for level in range(levels):
        entries = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>" % (level + 8)
        tail.append(stream(show, entries))
    tail.append(stream(b"BT /F 9 Tf (ha) Tj ET", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"))
    return one_page(stream(show, b""), *tail, resources=b"/XObject<</X 7 0 R>>").replace(b"/ToUnicode 7 0 R", b"")


def chain_of_pages(levels: int) -> bytes:
    """A tree of pages that is a chain."""
    middle = [b"<</Type/Pages/Parent %d 0 R/Kids[%d 0 R]/Count 1>>" % (n - 1, n + 1) for n in range(5, levels + 5)]
    last = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 9 9]>>" % (levels + 4)
    pages = b"<</Type/Pages/Kids[5 0 R]/Count 1>>"
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", pages, b"<<>>", b"<<>>", *middle, last])


def same_page(count: int) -> bytes:
    """One page, so many times over."""
    pages = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"5 0 R " * count, count)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 3 0 R>>"
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", pages, stream(b"BT ET", b""), b"<<>>", page])


def cross_references(size: int) -> bytes:
    """A table of references, in a stream, that says to have a thousand million entries."""
    body = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    entries = b"/Type/XRef/Root 1 0 R/W[1 4 2]/Index[0 %d]/Size %d/Filter/FlateDecode" % (size, size)
    return body + b"9 0 obj" + stream(zlibbed(700 * _MIB), entries) + b"endobj\nstartxref\n%d\n%%%%EOF" % len(body)


def unfolding_map() -> bytes:
    """A font whose table of letters has ranges of thousands of millions."""
    table = (
        b"begincmap 1 begincodespacerange <0000> <FFFFFFFF> endcodespacerange\n"
        + (b"100 beginbfrange\n" + b"<00000000> <FFFFFFFF> <0041>\n" * 100 + b"endbfrange\n") * 100
    )
    return one_page(stream(b"BT /F 9 Tf (ha) Tj ET", b""), stream(table, b""), b"null")


def picture(width: int, height: int, entries: bytes, data: bytes) -> bytes:
    """A page that shows a picture of such a size."""
    image = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8" % (width, height)
    content = stream(b"/X Do BT /F 9 Tf (A good text beside a picture.) Tj ET", b"")
    return one_page(content, stream(data, image + entries), resources=b"/XObject<</X 7 0 R>>")


PDFS: Mapping[str, Bomb] = {
    "stream-of-ten-gigabytes.pdf": lambda: one_page(stream(zlibbed(_TEN_GIGABYTES))),
    "stream-in-streams.pdf": lambda: one_page(
        stream(twice(zlibbed(_TEN_GIGABYTES), 3), b"/Filter[%s]" % (b"/FlateDecode" * 4))
    ),
    "run-lengths.pdf": lambda: one_page(
        stream(twice(b"\x81x" * 4 * _MIB, 1), b"/Filter[/FlateDecode/RunLengthDecode]")
    ),
    "endless-text.pdf": lambda: one_page(stream(zlib.compress(b"BT /F 9 Tf " + b"(ha) Tj " * 8_000_000 + b"ET", 9))),
    "endless-numbers.pdf": lambda: one_page(stream(zlib.compress(b"1 " * 35_000_000, 9))),
    "unclosed-brackets.pdf": lambda: one_page(stream(zlib.compress(b"[" * 70_000_000, 9))),
    "unclosed-text.pdf": lambda: one_page(stream(zlib.compress(b"BT (" + b"(" * 70_000_000, 9))),
    "nested-arrays.pdf": lambda: one_page(b"[" * _DEEP + b"]" * _DEEP),
    "nested-names.pdf": lambda: one_page(b"<</A" * _DEEP + b" 1" + b">>" * _DEEP),
    "huge-object.pdf": lambda: one_page(b"[" + b"1 " * 40_000_000 + b"]"),
    "huge-name.pdf": lambda: one_page(b"/" + b"#41" * 40_000_000),
    "chain-of-pages.pdf": lambda: chain_of_pages(100_000),
    "same-page.pdf": lambda: same_page(1_000_000),
    "count-of-pages.pdf": lambda: pdf([["A good text."]]).replace(b"/Count 1", b"/Count 999999999"),
    "forms-in-forms.pdf": lambda: forms_in_forms(12),
    "cross-references.pdf": lambda: cross_references(_GRID),
    "letters-of-a-font.pdf": unfolding_map,
    "pixels.pdf": lambda: picture(10**6, 10**6, b"/Filter/FlateDecode", zlibbed(_TEN_GIGABYTES)),
    "pixels-of-jpeg.pdf": lambda: picture(65_535, 65_535, b"/Filter/DCTDecode", b"\xff\xd8\xff\xd9"),
}


# XML, in packages and alone


def word(body: str, declared: str = "") -> bytes:
    """A document of Word with such a body."""
    part = f'<?xml version="1.0"?>{declared}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return sample(".docx", {"word/document.xml": part.encode()})


def paragraph(text: str) -> str:
    """One of Word's."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def sheet(rows: str, declared: str = "", parts: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """A workbook with such rows."""
    part = f'{declared}<worksheet xmlns="{_SHEET}"><sheetData>{rows}</sheetData></worksheet>'
    return sample(".xlsx", {"xl/worksheets/sheet1.xml": part.encode()} | dict(parts))


def sample(suffix: str, parts: Mapping[str, bytes]) -> bytes:
    """The sample of a format with some parts replaced or added."""
    return changed((_SAMPLES / f"sample{suffix}").read_bytes(), parts)


def open_document(body: str) -> bytes:
    """A document of LibreOffice with such a body."""
    names = " ".join(
        f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in ("office", "text", "table")
    )
    text = f"<office:body><office:text>{body}</office:text></office:body>"
    part = f"<office:document-content {names}>{text}</office:document-content>"
    return sample(".odt", {"content.xml": part.encode()})


def laughs() -> str:
    """Entities that unfold to a thousand million words."""
    more = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY e0 "ha ">{more}]>'


def long_entity() -> str:
    """One entity of a megabyte, to be named ten thousand times."""
    return f'<!DOCTYPE x [<!ENTITY e "{"ha " * 350_000}">]>'


def outside(address: str) -> str:
    """An entity that stands elsewhere, by itself and by a parameter."""
    return f'<!DOCTYPE x [<!ENTITY e SYSTEM "{address}"><!ENTITY % p SYSTEM "{address}"> %p;]>'


def cells(width: int) -> str:
    """A table of Word whose cells say to be so wide."""
    cell = f'<w:tc><w:tcPr><w:gridSpan w:val="{width}"/></w:tcPr>{paragraph("fee")}</w:tc>'
    return f"<w:tbl>{f'<w:tr>{cell * 2}</w:tr>' * 2}</w:tbl>"


def wide_cells(count: int) -> bytes:
    """A table of a page, square, whose cells say to be as wide and high as a thousand million."""
    row = f"<tr>{f'<td colspan={_GRID} rowspan={_GRID}>fee</td>' * count}</tr>"
    return f"<html><body><table>{row * count}</table>".encode()


def repeated(count: int) -> str:
    """A table of LibreOffice whose rows, cells and spaces are repeated so often."""
    text = f'<text:p>fee<text:s text:c="{count}"/>250</text:p>'
    cell = f'<table:table-cell table:number-columns-repeated="{count}">{text}</table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="{count}">{cell}{cell}</table:table-row>'
    return f"<table:table>{row}{row}</table:table>"


def strings(count: int) -> bytes:
    """The texts of a workbook, so many times a long one."""
    text = f"<si><t>{'ha ' * 300_000}</t></si>"
    return f'<sst xmlns="{_SHEET}">{text * count}</sst>'.encode()


XML: Mapping[str, Bomb] = {
    "laughs.docx": lambda: word(paragraph("&e9;"), laughs()),
    "laughs.xml": lambda: f"{laughs()}<x>&e9;</x>".encode(),
    "laughs.html": lambda: f"<html>{laughs()}<body>&e9; {_GOOD.decode()}</body></html>".encode(),
    "laughs.xlsx": lambda: sheet('<row r="1"><c t="inlineStr"><is><t>&e9;</t></is></c></row>', laughs()),
    "long-entity.docx": lambda: word(paragraph("&e;" * 10_000), long_entity()),
    "entity-of-a-file.docx": lambda: word(paragraph("Known: &e; and more."), outside("file:///etc/passwd")),
    "entity-of-a-host.docx": lambda: word(paragraph("Known: &e; and more."), outside("http://127.0.0.1:9/x")),
    "nested.docx": lambda: word("<w:sdt>" * _DEEP + paragraph("deep") + "</w:sdt>" * _DEEP),
    "nested.html": lambda: b"<html><body>" + b"<div>" * 10**6 + b"deep",
    "wide-cells.docx": lambda: word(cells(_GRID)),
    "wide-cells.html": lambda: wide_cells(300),
    "repeated.odt": lambda: open_document(repeated(_GRID)),
    "nested.odt": lambda: open_document("<text:section>" * _DEEP + "<text:p>deep</text:p>" + "</text:section>" * _DEEP),
    "far-cells.xlsx": lambda: sheet(
        "".join(f'<row r="{n}"><c r="XFD{n}" t="inlineStr"><is><t>far</t></is></c></row>' for n in range(1, 60_000))
    ),
    "same-text.xlsx": lambda: sheet(
        "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 90_000)),
        parts={"xl/sharedStrings.xml": strings(1)},
    ),
    "many-texts.xlsx": lambda: sheet("<row/>", parts={"xl/sharedStrings.xml": strings(500)}),
    "part-of-ten-gigabytes.docx": lambda: raw_zip(
        [
            (b"word/document.xml", zeros(_TEN_GIGABYTES), 100),
            (b"_rels/.rels", zeros(_MIB), _MIB),
            (b"[Content_Types].xml", zeros(_MIB), _MIB),
        ]
    ),
}


# Pictures, and formats that are text


def png(side: int) -> bytes:
    """A square picture of one colour with so many points a side."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlibbed(_TEN_GIGABYTES)) + chunk(b"IEND", b"")


OTHERS: Mapping[str, Bomb] = {
    "pixels.png": lambda: png(60_000),
    "pixels.docx": lambda: sample(".docx", {"word/media/image1.png": png(60_000)}),
    "pixels.pptx": lambda: sample(".pptx", {"ppt/media/image1.png": png(60_000)}),
    "nested.rtf": lambda: b"{\\rtf1 " + b"{" * 10**6 + b"deep" + b"}" * 10**6 + b"}",
    "binary.rtf": lambda: b"{\\rtf1 {\\bin999999999 x} \\u-99999999999 ? \\'zz " + _GOOD + b"}",
    "nested.eml": lambda: (
        b"From: a@b.example\nDate: Mon, 2 Mar 2026 10:00:00 +0000\nSubject: x\nMIME-Version: 1.0\n"
        + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(20_000))
    ),
    "one-row.csv": lambda: b"a," * 15_000_000 + b"\n" + b"1," * 15_000_000,
    "brackets.md": lambda: b"[" * 10**6 + b"\n\n" + b"> " * 10**5 + b"x\n\n" + b"*_" * 10**6,
    "lists.md": lambda: "".join(f"{' ' * 2 * n}- x\n" for n in range(3_000)).encode(),
    "front-matter.md": lambda: (
        "---\na0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 10}]\n" for n in range(1, 12)) + "---\ntext\n"
    ).encode(),
    "one-word.txt": lambda: b"a" * 29_000_000,
    "marks.txt": lambda: ("e" + "\u0301" * 14_000_000).encode(),
}

BOMBS: Mapping[str, Mapping[str, Bomb]] = {"archives": ARCHIVES, "PDF": PDFS, "XML": XML, "others": OTHERS}
