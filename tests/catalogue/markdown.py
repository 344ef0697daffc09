"""Generated pages as a CommonMark reader sees them."""

from markdown_it import MarkdownIt
from markdown_it.token import Token


def tokens(page: str) -> list[Token]:
    """Read a page as GitHub does, with tables."""
    return MarkdownIt("commonmark").enable("table").parse(page)


def shape(page: str) -> list[tuple[str, str, str]]:
    """Give what gives a page its form: everything but the text, with the titles and the HTML."""
    found = tokens(page)
    return [
        (
            token.type,
            token.tag,
            found[position + 1].content if token.type == "heading_open" else token.info,
        )
        for position, token in enumerate(found)
        if token.type != "inline"
    ]


def sections(page: str) -> dict[str, list[Token]]:
    """Give what stands under each title."""
    found: dict[str, list[Token]] = {}
    title = ""
    every = tokens(page)
    for position, token in enumerate(every):
        if token.type == "heading_open":
            title = every[position + 1].content
        found.setdefault(title, []).append(token)
    return found


def fences(page: str) -> list[Token]:
    """Give the blocks of code."""
    return [token for token in tokens(page) if token.type == "fence"]
