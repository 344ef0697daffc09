"""The pages about the rules, written from the rules themselves."""

from rekey.catalogue.coverage import coverage_of
from rekey.catalogue.coverage_page import coverage_page
from rekey.catalogue.navigator import navigator_layer
from rekey.catalogue.pages import pages
from rekey.catalogue.write import outdated, save, write

__all__ = ["coverage_of", "coverage_page", "navigator_layer", "outdated", "pages", "save", "write"]
