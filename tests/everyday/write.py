"""Write a component's records as their source delivers them: a file for each source."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import orjson

from fixtures.scenarios.generator.clock import micros
from fixtures.scenarios.generator.identities import PROD
from fixtures.scenarios.generator.world import Entry, Record
from tests.everyday.clusters import AKS, EKS

SUBSCRIPTION = "/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/RESOURCEGROUPS/RG"


def write(name: str, entries: Iterable[Entry], out: Path) -> set[str]:
    """Write ``<out>/<source>/<name>.ndjson``; give the sources."""
    lines: dict[str, list[bytes]] = defaultdict(list)
    for entry in entries:
        lines[entry.source].append(orjson.dumps(_delivered(entry)) + b"\n")
    for source, content in lines.items():
        (out / source).mkdir(parents=True, exist_ok=True)
        (out / source / f"{name}.ndjson").write_bytes(b"".join(content))
    return set(lines)


def _delivered(entry: Entry) -> Record:
    if entry.source == "kubernetes_audit" and entry.shelf == EKS:
        return _eks(entry)
    if entry.source == "kubernetes_audit" and entry.shelf == AKS:
        return _aks(entry)
    return entry.record


def _eks(entry: Entry) -> Record:
    """A row of CloudWatch Logs Insights, as `aws logs get-query-results` exports it.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
    """
    return {
        "@timestamp": micros(entry.time),
        "@message": orjson.dumps(entry.record).decode(),
        "@logStream": "kube-apiserver-audit-a1b2c3d4e5f60718293a4b5c6d7e8f90",
        "@log": f"{PROD}:/aws/eks/{entry.shelf}/cluster",
    }


def _aks(entry: Entry) -> Record:
    """A record of the category kube-audit of the diagnostic settings.

    https://learn.microsoft.com/en-us/azure/aks/monitor-aks-reference#resource-logs
    """
    return {
        "time": micros(entry.time),
        "resourceId": f"{SUBSCRIPTION}/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/{entry.shelf}",
        "category": "kube-audit",
        "operationName": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
        "properties": {
            "log": orjson.dumps(entry.record).decode(),
            "stream": "stdout",
            "pod": "kube-apiserver-6f9c8d7b5-abcde",
        },
    }
