"""The text of searches and of ``.conf`` files, and the fields of events."""

from pathlib import Path

import pytest

from tests.spl.conf import read_conf
from tests.spl.extraction import extract
from tests.spl.macros import expand
from tests.spl.pipeline import stages
from tests.spl.reading import FIRST, SECOND
from tests.spl.refusal import Refused


def test_pipes_and_brackets_in_quotes_are_text() -> None:
    found = stages(r'a="x | [y" | eval b="\"|" | append [search c="]" | head 1]')
    assert [stage.command for stage in found] == ["search", "eval", "append"]
    assert found[2].arguments == '[search c="]" | head 1]'


# https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Macrosconf
def test_macros_take_arguments_and_call_each_other() -> None:
    macros = {
        "events": {"definition": 'index=a `kind("b")`'},
        "kind(1)": {"definition": "kind=$which$", "args": "which"},
    }
    assert expand("`events` | head 1", macros) == 'index=a kind="b" | head 1'


@pytest.mark.parametrize("search", ["`nosuch`", "a `b", "`loop`", 'a="`loop`"', "`code`"])
def test_a_macro_that_cannot_be_expanded_is_refused(search: str) -> None:
    macros = {"loop": {"definition": "`loop`"}, "code": {"definition": "1", "iseval": "1"}}
    with pytest.raises(Refused):
        expand(search, macros)


def test_conf_files_have_comments_and_values_over_several_lines(tmp_path: Path) -> None:
    file = tmp_path / "savedsearches.conf"
    file.write_text("# [no]\n[one]\nsearch = a=1 \\\n| head 1\ncron_schedule = */5 * * * *\n")
    assert read_conf(file) == {
        "one": {"search": "a=1 \n| head 1", "cron_schedule": "*/5 * * * *"},
    }
    assert read_conf(tmp_path / "absent.conf") == {}


# https://docs.splunk.com/Documentation/Splunk/9.4.0/SearchReference/Spath
def test_fields_of_json() -> None:
    raw = '{"a": {"b.c": 1.50}, "l": ["x", "y"], "o": [{"k": true}, {"k": false}], "one": ["z"]}'
    row = extract(raw, FIRST)
    assert row.pop("_raw") == raw
    assert row == {"a.b.c": "1.50", "l{}": ("x", "y"), "o{}.k": ("true", "false"), "one{}": "z"}


def test_null_and_empty_are_a_matter_of_reading() -> None:
    raw = '{"n": null, "e": ""}'
    assert extract(raw, FIRST) == {"n": "null", "e": "", "_raw": raw}
    assert extract(raw, SECOND) == {"_raw": raw}
