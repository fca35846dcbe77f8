"""The fonts of every PDF: IBM Plex Sans, as on the pages, and for East Asian letters those that readers have."""

from __future__ import annotations

import io
import re
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path

_GRADIO = find_spec("gradio")
# Under the SIL Open Font License 1.1, which lets them be embedded. The other weights of Gradio lack letters.
FONTS = Path(str(_GRADIO and _GRADIO.origin)).parent / "templates/frontend/static/fonts/IBMPlexSans"
REGULAR, BOLD = "IBMPlexSans-Regular", "IBMPlexSans-Bold"

_JAPANESE, _KOREAN, _CHINESE = "HeiseiKakuGo-W5", "HYGothic-Medium", "STSong-Light"  # named, not embedded
_KANA, _HANGUL = re.compile("[\u3040-\u30ff]"), re.compile("[\u1100-\u11ff\uac00-\ud7af]")
_EAST_ASIAN = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+")


@cache
def register_fonts() -> None:
    """Make the fonts known to reportlab, which embeds of them the letters that a file has."""
    from fontTools.ttLib import TTFont as Packed
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
    from reportlab.pdfbase.ttfonts import TTFont

    for name in (REGULAR, BOLD):
        unpacked = io.BytesIO()
        with Packed(FONTS / f"{name}.woff2") as packed:
            packed.flavor = None
            packed.save(unpacked)
        registerFont(TTFont(name, io.BytesIO(unpacked.getvalue())))
    registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    for name in (_JAPANESE, _KOREAN, _CHINESE):
        registerFont(UnicodeCIDFont(name))


def spelled(text: str) -> str:
    """A text as reportlab's markup, in which East Asian letters stand in a font that has them."""
    other = _KOREAN if _HANGUL.search(text) else _JAPANESE if _KANA.search(text) else _CHINESE
    return _EAST_ASIAN.sub(lambda found: f'<font name="{other}">{found[0]}</font>', escape(text))
