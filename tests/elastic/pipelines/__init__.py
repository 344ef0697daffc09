"""What the ingest pipelines of Elastic's integrations do besides copying fields."""

from collections.abc import Mapping
from typing import Final

from tests.elastic.pipelines.aws import CloudTrail
from tests.elastic.pipelines.github import GitHubAudit
from tests.elastic.pipelines.interface import Pipeline
from tests.elastic.pipelines.kubernetes import KubernetesAudit
from tests.elastic.pipelines.vault import VaultAudit

PIPELINES: Final[Mapping[str, Pipeline]] = {
    pipeline.stream: pipeline
    for pipeline in (CloudTrail(), GitHubAudit(), KubernetesAudit(), VaultAudit())
}
"""Data stream → its pipeline."""
