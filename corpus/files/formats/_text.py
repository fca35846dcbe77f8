"""Bytes to text in whatever common encoding they are."""

from __future__ import annotations

import codecs
import re

from corpus.errors import UnknownFormat

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What the detector may choose from, since it finds rare code pages in short texts; of equals the first is taken.
_COMMON = "cp1252 cp1250 cp1251 cp1253 cp1254 cp932 euc_jp gb18030 big5 euc_kr koi8_r iso2022_jp".split()
_SAMPLE = 64 * 1024
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_STRAY = 0.0005  # the share of characters that cannot be decoded up to which the others are UTF-8 all the same
_GARBLED = 0.005  # and from which on a text is no text
_RARE = 0.01  # the share of control characters up to which bytes count as text


def is_text(data: bytes) -> bool:
    """Whether the bytes are text in some encoding."""
    sample = data[:_SAMPLE]
    text = sample.decode(_marked(sample) or _utf_16(sample) or "latin-1", "replace")
    return len(_CONTROLS.findall(text)) <= _RARE * len(text)


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of the bytes: by byte order mark, by what the file declares, as UTF-8, or as they look.

    Raises:
        UnknownFormat: so much of it cannot be decoded that it would be garbled.
    """
    marked = _marked(data)
    if marked:
        return _readable(data.decode(marked, "replace").removeprefix("\ufeff"))
    for encoding in filter(None, (_utf_16(data[:_SAMPLE]), _declared(declared), "utf-8")):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    mostly = data.decode("utf-8", "replace")
    if mostly.count("\ufffd") <= _STRAY * len(mostly):  # UTF-8 in which somebody pasted a few other bytes
        return mostly
    return _readable(data.decode(_detected(data), "replace"))


def _readable(text: str) -> str:
    if text.count("\ufffd") > _GARBLED * len(text):
        raise UnknownFormat(why="text in an encoding that is not known here")
    return text


def _marked(data: bytes) -> str | None:
    """The encoding that a byte order mark says."""
    return next((encoding for mark, encoding in _BOMS if data.startswith(mark)), None)


def _declared(encoding: str | None) -> str | None:
    """What a declaration means: bytes that could be read so far are not UTF-16, and Latin 1 stands for Windows 1252.

    Gives nothing for what nobody knows.
    """
    import webencodings

    name = (encoding or "").strip().lower()
    known = webencodings.lookup(name)  # the labels that browsers know, with their meanings
    found = known.codec_info.name if known is not None and known.name != "x-user-defined" else name
    return None if found.startswith("utf-16") else found


def _utf_16(data: bytes) -> str | None:
    """UTF-16 without a mark shows by its zeros, which stand on one side of the characters only."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    if max(even, odd) < max(len(data) // 5, 1) or min(even, odd) > max(even, odd) // 20:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _detected(data: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(data[:_SAMPLE], cp_isolation=_COMMON)
    return min(
        (match.encoding for match in matches),
        key=lambda name: (matches[name].chaos, -matches[name].coherence, _COMMON.index(name)),
        default="cp1252",
    )
