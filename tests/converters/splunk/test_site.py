"""What a site says reaches the searches: networks, identities, and exclusions that end."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rekey.converters.splunk.site_macros import site_macros
from rekey.site import Site, load_site
from tests.converters.splunk.built import package, stanzas

SITE = Path(__file__).parents[3] / "docs" / "site.example.yml"


def test_networks_come_most_specific_first() -> None:
    origin = site_macros(load_site(SITE))["rekey_origin"]
    assert origin.index("2001:db8:7::/48") < origin.index("198.51.100.0/25")
    assert origin.index("198.51.100.0/25") < origin.index("203.0.113.0/24")
    assert '"AS64500 Example Backup"' in origin


def test_identities_and_egress() -> None:
    macros = site_macros(load_site(SITE))
    assert macros["rekey_site_actor_kind"].startswith("nullif(case(match(")
    assert '"workload"' in macros["rekey_site_actor_kind"]
    assert "role/ci-.*$" in macros["rekey_egress"]
    silent = site_macros(Site())
    assert silent["rekey_site_actor_kind"] == "null()"
    assert silent["rekey_egress"].endswith("rekey_origin_expected=null()")


def test_exclusions_name_the_moment_at_which_they_end() -> None:
    macros = stanzas(package(site_file=SITE), "macros")
    excluded = macros["rekey_kubernetes_requests_denied_across_resources_exclusions"]["definition"]
    end = int(datetime(2027, 7, 1, tzinfo=UTC).timestamp())
    assert excluded.startswith(f"where NOT ((now()<{end} AND ")
    assert "velero" in excluded
    assert macros["rekey_vault_audit_device_disabled_exclusions"]["definition"] == "search *"
    table = package(site_file=SITE).files["lookups/rekey_exclusions.csv"].decode()
    assert "velero-reads-secrets,platform-team@example.com,2027-06-30,kubernetes_audit" in table


def test_announced_news_is_excluded_from_rules_that_look_for_news() -> None:
    macros = stanzas(package(site_file=SITE), "macros")
    news = macros["rekey_aws_secret_read_by_new_reader_exclusions"]["definition"]
    assert 'lower(coalesce(awsRegion, ""))="eu-south-2"' in news
    other = macros["rekey_aws_permissions_raised_by_workload_exclusions"]["definition"]
    assert other == "search *"


def test_a_table_of_networks_becomes_a_lookup(tmp_path: Path) -> None:
    (tmp_path / "asn.csv").write_text("cidr,asn\n203.0.113.0/24,AS64501 Example\n")
    site = tmp_path / "site.yml"
    site.write_text("version: 1\nasn_csv: asn.csv\n")
    made = package(site_file=site)
    assert stanzas(made, "transforms")["rekey_asn"]["match_type"] == "CIDR(cidr)"
    assert b"203.0.113.0/24,AS64501 Example" in made.files["lookups/rekey_asn.csv"]
    assert "| lookup rekey_asn cidr AS" in stanzas(made, "macros")["rekey_origin"]["definition"]


@pytest.mark.parametrize("hostile", ['"| delete', "a`b", '\\" | x', "$y$"])
def test_hostile_globs_stay_values(hostile: str, tmp_path: Path) -> None:
    site = Site.model_validate({"identities": [{"match": hostile, "kind": "human"}]})
    macro = site_macros(site)["rekey_site_actor_kind"]
    assert hostile not in macro
    assert macro.count('"') % 2 == 0
