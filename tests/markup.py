"""What a page holds that could do something: read as browsers read, by the rules of HTML itself."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

# What our templates, and Markdown as we render it, are made of. A drawing of the report is a picture in the page.
ELEMENTS = frozenset(
    "html head title meta link body header main nav footer section article div span p h1 h2 h3 h4 h5 h6 a b strong em"
    " small time ul ol li dl dt dd table thead tbody tr th td blockquote pre code ins del br hr form fieldset legend"
    " label input select option optgroup textarea button details summary datalist figure figcaption img"
    " svg g text rect line path circle".split()
)
KEEPS = '<script src="/staff/unsaved.js" defer></script>'  # on pages of staff that keep what is typed
_SCRIPTS = ("/plan.js", "/unsaved.js")  # served by us; nothing is in the page itself
_LEADING = ("href", "src", "action", "formaction", "xlink:href", "cite", "poster", "data", "background")
_STILL = ("https://", "http://", "/", "#", "?", "data:,", "data:image/png;base64,", "data:image/svg+xml;base64,")


def elements(html: str) -> list[Element]:
    """The elements of a page, or of a part of one."""
    tree = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    return [element for element in tree.iter() if isinstance(element.tag, str)]


def active(html: str) -> list[str]:
    """What in a page is none of our elements, acts on events, styles, or leads anywhere but to the web and to us."""
    return troubles(elements(html))


def troubles(page: list[Element]) -> list[str]:
    """The same of a page that has been read."""
    return [trouble for element in page for trouble in _active(element)]


def _active(element: Element) -> Iterator[str]:
    name = element.tag.rpartition("}")[2]
    if name not in ELEMENTS and not _our_script(element):
        yield f"<{name}>"
    if name == "meta" and "http-equiv" in element.attrib:
        yield f"<meta http-equiv={element.attrib['http-equiv']}>"
    for attribute, value in element.attrib.items():
        plain = attribute.lower().rpartition("}")[2]
        if plain.startswith("on") or plain in ("style", "srcdoc", "srcset"):
            yield f"<{name} {plain}={value}>"
        if plain in _LEADING and not _still(value):
            yield f"<{name} {plain}={value}>"


def _our_script(element: Element) -> bool:
    address = element.attrib.get("src", "")
    return element.tag == "script" and not element.text and address.startswith("/") and address.endswith(_SCRIPTS)


def _still(address: str) -> bool:
    """Whether it leads to the web, or stays here; a name alone is a page beside this one."""
    return address.startswith(_STILL) or ":" not in address
