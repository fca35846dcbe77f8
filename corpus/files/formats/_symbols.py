"""Characters of symbol fonts, which files name by their place in the font and not by what they are."""

from __future__ import annotations

_SYMBOL = {
    0x20: " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_",
    0x60: "‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼",
    0xA0: "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑",
}
_WINGDINGS = {
    **{0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x74: "◆", 0x75: "◆", 0x76: "❖", 0x9F: "•", 0xA7: "▪", 0xA8: "□"},
    **{0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xF0: "⇨", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒"},
    **{0xFE: "☑"},
}
_AREA = 0xF000  # of the characters that are for private use, where such fonts stand


def symbol(font: str, code: int) -> str:
    """The character at a place of a font; nothing where it is not known."""
    place = code & 0xFF if _AREA <= code <= _AREA + 0xFF else code
    if font.lower().startswith("wingdings"):
        return _WINGDINGS.get(place, "")
    if font.lower().startswith("symbol"):
        return next((row[place - start] for start, row in _SYMBOL.items() if 0 <= place - start < len(row)), "")
    return "" if _AREA <= code <= _AREA + 0xFF else chr(code)


def in_font(text: str, font: str) -> str:
    """A text that is set in a font: a symbol font's characters as what they are."""
    if font.lower().startswith("symbol") or any(_AREA <= ord(char) <= _AREA + 0xFF for char in text):
        known = font if font.lower().startswith(("symbol", "wingdings")) else "Symbol"
        return "".join(symbol(known, ord(char)) if _is_placed(char, font) else char for char in text)
    return text


def _is_placed(char: str, font: str) -> bool:
    return _AREA <= ord(char) <= _AREA + 0xFF or (font.lower().startswith("symbol") and " " < char <= "\xff")
