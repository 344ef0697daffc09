"""The app is whole: what a search calls is there, and nothing in it depends on where it was built."""

import io
import json
import re
import tarfile
import xml.etree.ElementTree as ET

import pytest

from rekey import __version__
from rekey.converters.registry import registry
from rekey.converters.splunk.archive import archive
from rekey.converters.splunk.package import build
from rekey.converters.splunk.stanzas import Options
from rekey.pack import shipped_pack
from rekey.site import Site
from tests.converters.splunk.built import package, stanzas
from tests.engines.spl import refusals
from tests.made_rules import KUBERNETES, base, correlation, made
from tests.spl.macros import expand

SEARCHES = stanzas(package(), "savedsearches")
DETECTIONS = {n: s for n, s in SEARCHES.items() if "alert.track" in s}


def test_every_rule_is_in_the_app() -> None:
    assert package().unsupported == {}
    rules = shipped_pack().rule_files()
    assert {name.removeprefix("rekey ") for name in DETECTIONS} == {
        path.replace("/", "_") for path in rules
    }


def test_what_cannot_be_said_is_listed_with_its_reason() -> None:
    bad = made(
        base("quiet", {"verb": "get"}, KUBERNETES),
        correlation("event_count", ["quiet"], ["user.username"], "10m", condition={"lt": 3}),
        path="kubernetes/quiet",
    )
    assert build([bad], Site(), [], Options(), {}).unsupported == {
        "kubernetes/quiet": "only counts from a threshold upwards are told by an event that arrives"
    }


def test_macros_that_are_called_are_defined() -> None:
    macros = stanzas(package(), "macros")
    texts = [s["search"] for s in SEARCHES.values()] + [m["definition"] for m in macros.values()]
    called = {name for text in texts for name in re.findall(r"`([^`]+)`", text)}
    dashboard = package().files["default/data/ui/views/rekey_health.xml"].decode()
    called |= set(re.findall(r"`([^`]+)`", dashboard))
    assert called <= macros.keys()
    assert macros["rekey_aws_cloudtrail"]["definition"] == 'sourcetype="aws:cloudtrail"'


def test_lookups_that_are_used_are_defined() -> None:
    transforms, collections = stanzas(package(), "transforms"), stanzas(package(), "collections")
    used = {
        name
        for stanza in SEARCHES.values()
        for name in re.findall(
            r"\| (?:lookup|inputlookup|outputlookup)(?: \w+=\w+)* (\w+)", stanza["search"]
        )
    }
    kept = {name for name, stanza in transforms.items() if stanza.get("external_type") == "kvstore"}
    assert used == kept == collections.keys()
    for name in kept:
        fields = transforms[name]["fields_list"].split(", ")
        assert fields[0] == "_key"
        assert {f"field.{field}" for field in fields[1:]} == collections[name].keys()
    for stanza in transforms.values():
        if "filename" in stanza:
            assert f"lookups/{stanza['filename']}" in package().files


def test_only_learners_seeding_and_pruning_write() -> None:
    writers = {name for name, s in SEARCHES.items() if "outputlookup" in s["search"]}
    assert writers == {n for n in SEARCHES if re.search(r" (learn|seed|prune \w+)$", n)}
    assert not writers & DETECTIONS.keys()
    for name in writers:
        # key_field alone would append, and neither seeding nor pruning would take anything away.
        told = re.findall(r"outputlookup (append=\w+)", SEARCHES[name]["search"])
        assert set(told) == {"append=true" if name.endswith(" learn") else "append=false"}
        assert len(told) == SEARCHES[name]["search"].count("outputlookup")
        if " prune" in name:
            # Beside append=false it empties the collection before the search reads it.
            assert "key_field" not in SEARCHES[name]["search"]
            assert "override_if_empty=false" in SEARCHES[name]["search"]


def test_a_learner_reads_what_its_detection_read() -> None:
    learners = [name for name in SEARCHES if name.endswith(" learn")]
    assert learners
    for name in learners:
        detection = SEARCHES[name.removesuffix(" learn")]
        assert (
            SEARCHES[name]["search"].split("| sort 0 rekey_first")[0]
            == (detection["search"].split("| sort 0 rekey_first")[0])
        )
        minutes = [int(s["cron_schedule"].split("-")[0]) for s in (detection, SEARCHES[name])]
        assert (minutes[1] - minutes[0]) % 10 == 5
        assert detection["dispatch.index_earliest"] == "-16m@m"
        assert detection["dispatch.index_latest"] == "-1m@m"
        assert SEARCHES[name]["dispatch.index_earliest"] == "-16m@m"
        assert SEARCHES[name]["dispatch.index_latest"] == "-6m@m"


def test_no_run_is_skipped_or_looks_at_a_part_of_the_events() -> None:
    for stanza in SEARCHES.values():
        if "cron_schedule" in stanza:
            assert stanza["realtime_schedule"] == "0"
            assert stanza["defer_scheduled_searchable_idxc"] == "1"


def test_searches_are_spread_over_the_minutes_and_off() -> None:
    starts = [s["cron_schedule"].split("-")[0] for s in DETECTIONS.values()]
    assert len(set(starts)) == 10
    assert {s["disabled"] for n, s in SEARCHES.items() if not n.endswith(" seed")} == {"1"}
    enabled = stanzas(package(Options(enable=True)), "savedsearches")
    assert {s["disabled"] for s in enabled.values()} == {"0"}


def test_a_window_is_read_whole() -> None:
    stanza = SEARCHES["rekey github_guardrail_removed_then_pushed"]
    # The hour of the window, an hour for late events, and what the run looks at.
    assert stanza["dispatch.earliest_time"] == "-136m@m"
    assert stanza["dispatch.index_latest"] == "-1m@m"
    assert "dispatch.index_earliest" not in stanza


def test_throttling_names_fields_of_the_result() -> None:
    for stanza in DETECTIONS.values():
        shown = stanza["search"].split("| table ")[-1].split()
        fields = stanza["alert.suppress.fields"].split(",")
        assert fields and set(fields) <= set(shown)


def test_annotations_and_enterprise_security() -> None:
    stanza = DETECTIONS["rekey aws_permissions_raised_by_workload"]
    annotations = json.loads(stanza["action.correlationsearch.annotations"])
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", t) for t in annotations["mitre_attack"])
    assert annotations["owasp_nhi"]
    risk = json.loads(stanza["action.risk.param._risk"])
    assert risk[0]["risk_object_field"] == "rekey_actor"
    assert (stanza["action.risk"], stanza["action.notable"]) == ("0", "0")
    switched = stanzas(package(Options(enterprise_security=True)), "savedsearches")
    assert {s["action.risk"] for s in switched.values() if "action.risk" in s} == {"1"}


def test_dashboard_and_navigation_are_well_formed() -> None:
    for name in ("nav/default", "views/rekey_health"):
        ET.fromstring(package().files[f"default/data/ui/{name}.xml"])  # noqa: S314 - our own


def test_manifest_and_app_agree() -> None:
    manifest = json.loads(package().files["app.manifest"])
    app = stanzas(package(), "app")
    assert manifest["info"]["id"]["name"] == app["package"]["id"] == "rekey"
    assert manifest["info"]["id"]["version"] == app["launcher"]["version"] == __version__


def test_icons_are_pictures_of_the_size_that_splunk_asks_for() -> None:
    for name, size in (("appIcon", 36), ("appIcon_2x", 72)):
        data = package().files[f"static/{name}.png"]
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        assert int.from_bytes(data[16:20]) == int.from_bytes(data[20:24]) == size


def test_the_same_content_gives_the_same_bytes() -> None:
    files = package().files
    packed = archive(files, "rekey")
    assert packed == archive(dict(reversed(files.items())), "rekey")
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        members = tar.getmembers()
        assert {m.name.removeprefix("rekey/") for m in members if m.isfile()} == files.keys()
        assert {(m.mtime, m.uid, m.uname) for m in members} == {(0, 0, "")}


# A rule may ask for such a folder itself, as a pod mounts it.
@pytest.mark.parametrize(
    "trace", [re.escape(str(shipped_pack().rules.parent)), r"/home/\w", r"/root/\w"]
)
def test_nothing_says_where_it_was_built(trace: str) -> None:
    found = re.compile(trace.encode())
    assert not [path for path, data in package().files.items() if found.search(data)]


def test_the_searches_of_the_dashboard_follow_the_grammar() -> None:
    view = ET.fromstring(package().files["default/data/ui/views/rekey_health.xml"])  # noqa: S314
    macros = stanzas(package(), "macros")
    queries = [expand(query.text or "", macros) for query in view.iter("query")]
    assert len(queries) > len(registry())
    assert refusals(queries) == [""] * len(queries)


def test_enterprise_security_sees_what_is_shared_with_all_apps() -> None:
    alone, beside = (
        package(options).files["metadata/default.meta"].decode()
        for options in (Options(), Options(enterprise_security=True))
    )
    assert "export = system" not in alone
    assert re.findall(r"^\[(\w+)\]\nexport = system$", beside, re.MULTILINE) == [
        "savedsearches", "macros", "transforms", "lookups", "collections",
    ]  # fmt: skip


def test_throttling_tells_acts_apart_that_name_no_credential() -> None:
    named = DETECTIONS["rekey aws_permissions_raised_by_workload"]["search"]
    assert (
        '| eval rekey_same=coalesce(nullif(rekey_actor, ""), "") . " " .'
        ' coalesce(nullif(rekey_credential, ""), nullif(rekey_target, ""), "")'
    ) in named
    # A kind of secret is no credential: two leaks of one kind are two alerts.
    kind = DETECTIONS["rekey github_secret_leaked_publicly"]["search"]
    assert (
        ' . " " . coalesce(nullif(rekey_credential, ""), "") . " " .'
        ' coalesce(nullif(rekey_target, ""), "")'
    ) in kind
