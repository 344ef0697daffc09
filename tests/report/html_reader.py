"""Reads a page as a browser would, for tests that look at its elements."""

from collections import Counter
from functools import cached_property
from html.parser import HTMLParser
from typing import NamedTuple
from xml.parsers.expat import ParserCreate

VOID = {"meta", "link", "br"}
SVG_ONLY = {"circle", "desc", "g", "path", "rect", "svg", "symbol", "text", "use"}
SELF_CLOSED = {"circle", "path", "rect", "use"}


class Element(NamedTuple):
    tag: str
    attributes: dict[str, str]


class Page(HTMLParser):
    """A parsed page. A tag that is closed out of order is an assertion error."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.elements: list[Element] = []
        self.comments: list[str] = []
        self._data: list[str] = []
        self.declarations: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"attribute twice: {tag} {names}"
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SELF_CLOSED, tag
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-3:]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self._data.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        self.declarations.append(decl)

    @cached_property
    def text(self) -> str:
        """All text that a reader may see, folded or not."""
        return "".join(self._data)

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def shape(self) -> Counter[tuple[str, ...]]:
        """Count elements by tag and attribute names: what log text must never change."""
        return Counter((tag, *sorted(attributes)) for tag, attributes in self.elements)

    def pictures(self) -> list[list[str]]:
        """Give the tags of each outermost svg, read by an XML parser."""
        found = []
        start = self.html.find("<svg")
        while start >= 0:
            depth, at = 1, start + 4
            while depth:
                opened, closed = self.html.find("<svg", at), self.html.index("</svg>", at)
                inner = 0 <= opened < closed
                depth, at = (depth + 1, opened + 4) if inner else (depth - 1, closed + 6)
            found.append(xml_tags(self.html[start:at]))
            start = self.html.find("<svg", at)
        return found


def xml_tags(fragment: str) -> list[str]:
    """Parse a fragment as XML, which forgives nothing, and give its tags."""
    tags: list[str] = []
    parser = ParserCreate()
    parser.StartElementHandler = lambda name, _: tags.append(name)
    parser.Parse(fragment.encode("utf-8"), True)
    return tags
