"""What people with plain sigma-cli get: our field names, exact windows, or a refusal with a reason."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError, SigmaFeatureNotSupportedByBackendError
from sigma.plugins import InstalledSigmaPlugins

from rekey.converters.elastic.sigma_backend import RekeyElasticBackend
from rekey.converters.splunk.query import RekeySplunkBackend
from rekey.pack import shipped_pack

SIGMA = Path(sys.executable).with_name("sigma")

BASE = """
    title: Base
    id: 11111111-1111-4111-8111-111111111111
    name: base
    logsource: {{product: {product}, service: {service}}}
    detection:
      selection: {{{selection}}}
      condition: {condition}
    """

COUNT = """
    ---
    title: Count
    id: 22222222-2222-4222-8222-222222222222
    correlation:
      type: {kind}
      rules: [base]
      group-by: [user.username]
      timespan: 10m
      condition: {condition}
    {more}
    """


def base(selection: str, condition: str = "selection", product: str = "kubernetes") -> str:
    service = {"kubernetes": "audit", "aws": "cloudtrail"}[product]
    return dedent(BASE).format(
        product=product, service=service, selection=selection, condition=condition
    )


def count(kind: str, condition: str, more: str = "") -> str:
    return base("verb: get") + dedent(COUNT).format(kind=kind, condition=condition, more=more)


def convert(backend: Any, text: str) -> str:
    (query,) = backend().convert(SigmaCollection.from_yaml(text))
    return str(query)


def test_sigma_cli_finds_the_plugin() -> None:
    found = InstalledSigmaPlugins.autodiscover()
    assert {"rekey_splunk", "rekey_elastic"} <= found.pipelines.keys()
    assert str(found.backends["rekey_splunk"]) == str(RekeySplunkBackend)
    assert str(found.backends["rekey_elastic"]) == str(RekeyElasticBackend)


def test_sigma_cli_converts_without_further_options(tmp_path: Path) -> None:
    rule = tmp_path / "rule.yml"
    rule.write_text(base("verb: get, sourceIPs|cidr: 198.51.100.0/24"))
    done = subprocess.run(
        [SIGMA, "convert", "-t", "rekey_splunk", rule], capture_output=True, text=True, check=True
    )
    terms, _, condition, *_ = done.stdout.splitlines()
    assert terms == '`rekey_kubernetes_audit` verb="get"'
    network = """isnotnull(mvfilter(cidrmatch("198.51.100.0/24", 'sourceIPs{}')))"""
    assert condition == f'| where (lower(verb)="get" AND {network})'


def test_splunk_computes_derived_fields_first() -> None:
    query = convert(RekeySplunkBackend, base("actor.kind: workload", product="aws"))
    macro, evals, condition, *_ = query.split("\n")
    assert macro == "`rekey_aws_cloudtrail`"
    assert "rekey_actor_kind=`rekey_aws_cloudtrail_actor_kind`" in evals
    assert condition == '| where lower(rekey_actor_kind)="workload"'


def test_splunk_windows_slide() -> None:
    query = convert(RekeySplunkBackend, count("event_count", "{gte: 5}"))
    assert "| streamstats global=false window=5 count as rekey_count" in query
    assert "| where rekey_count=5 AND _time-rekey_start<=600" in query
    assert "time_window" not in query


@pytest.mark.parametrize(
    ("backend", "text", "reason"),
    [
        (RekeySplunkBackend, base("no.such.field: x"), "has no field no.such.field"),
        (RekeySplunkBackend, base("credential.age_hours|gt: 2"), "cannot be computed in Splunk"),
        (RekeySplunkBackend, count("event_count", "{lt: 5}"), "only counts from a threshold"),
        (
            RekeyElasticBackend,
            base("userIdentity.identityProvider: x", product="aws"),
            "identityProvider: not indexed",
        ),
    ],
)
def test_what_would_be_wrong_is_refused(backend: Any, text: str, reason: str) -> None:
    with pytest.raises(SigmaError, match=reason):
        convert(backend, text)


def test_a_refused_rule_does_not_spoil_the_next() -> None:
    with pytest.raises(SigmaFeatureNotSupportedByBackendError):
        convert(RekeySplunkBackend, base("no.such.field: x"))
    assert convert(RekeySplunkBackend, base("verb: get")).startswith(
        '`rekey_kubernetes_audit` verb="get"'
    )


@pytest.mark.parametrize("backend", [RekeySplunkBackend, RekeyElasticBackend])
def test_every_shipped_rule_converts_or_is_refused(backend: Any) -> None:
    converted = 0
    for file in shipped_pack().rule_files().values():
        try:
            assert convert(backend, file.read_text("utf-8"))
            converted += 1
        except SigmaError as error:
            assert str(error)
    assert converted >= 5
