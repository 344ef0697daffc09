"""The pages about the rules, written from the rules themselves."""

from rekey.catalogue.pages import pages
from rekey.catalogue.write import outdated, write

__all__ = ["outdated", "pages", "write"]
