"""Makes files for the tests: PDFs of given lines, packages with given parts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

Line = str | tuple[str, int]  # a text, and its size in points when it is not 10

PICTURE = b"q 500 0 0 700 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x00 EI Q"


def pdf(pages: Iterable[Sequence[Line] | bytes], *, title: str = "") -> bytes:
    """A PDF in Helvetica, one line below the other; a page given as bytes is a content stream of its own."""
    objects = [b"", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"]
    objects.append(f"<</Title({title})>>".encode("latin-1"))
    kids = []
    for page in pages:
        stream = page if isinstance(page, bytes) else _content(page)
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
            % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(kids), len(kids))
    return raw_pdf(objects)


def scan(pages: Iterable[Sequence[Line] | bytes]) -> bytes:
    """The same as pictures: a PDF without a text layer."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf(pages))
    pictures = [page.render(scale=150 / 72).to_pil() for page in document]
    written = io.BytesIO()
    pictures[0].save(written, "PDF", resolution=150, save_all=True, append_images=pictures[1:])
    return written.getvalue()


def raw_pdf(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue, the fourth says what the file says of it."""
    written = io.BytesIO(b"%PDF-1.7\n")
    written.seek(0, io.SEEK_END)
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(written.tell())
        written.write(b"%d 0 obj%s\nendobj\n" % (number, content))
    start = written.tell()
    written.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    written.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    written.write(b"trailer<</Size %d/Root 1 0 R/Info 4 0 R>>\n" % (len(objects) + 1))
    written.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return written.getvalue()


def _content(lines: Sequence[Line]) -> bytes:
    shown = []
    for line in lines:
        text, size = (line, 10) if isinstance(line, str) else line
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        shown.append(f"/F {size} Tf ({escaped}) Tj 0 -{size + 4} Td")
    return ("BT 60 780 Td " + "\n".join(shown) + " ET").encode("cp1252")


def package(parts: Mapping[str, bytes | str]) -> bytes:
    """A zip of these parts; one called `mimetype` is not deflated, as OpenDocument asks."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return written.getvalue()


def changed(data: bytes, parts: Mapping[str, bytes]) -> bytes:
    """A package with some of its parts replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return package({name: archive.read(name) for name in archive.namelist()} | dict(parts))
