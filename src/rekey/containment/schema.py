"""The JSON Schemas of plans, evidence, playbooks and settings.

``python -m rekey.containment.schema docs/schemas`` writes them again after a model has changed.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from rekey.containment.plan import Plan
from rekey.containment.playbook import Playbook
from rekey.containment.report.evidence import Evidence
from rekey.containment.settings import ContainmentSettings
from rekey.report.schema import schema_id

_MODELS: Final[dict[str, tuple[type[BaseModel], JsonSchemaMode]]] = {
    "plan.v1.json": (Plan, "serialization"),
    "containment.v1.json": (Evidence, "serialization"),
    "playbook.v1.json": (Playbook, "validation"),
    "containment-settings.v1.json": (ContainmentSettings, "validation"),
}
"""File → model, and whether the schema describes what is written or what is read."""


def schemas() -> dict[str, dict[str, Any]]:
    """Give the schemas by file name (JSON Schema 2020-12)."""
    return {
        name: {
            "$schema": GenerateJsonSchema.schema_dialect,
            "$id": schema_id(name),
            **model.model_json_schema(mode=mode),
        }
        for name, (model, mode) in _MODELS.items()
    }


def write(folder: Path) -> None:
    """Write all schemas into a folder, which must exist."""
    for name, schema in schemas().items():
        text = json.dumps(schema, indent=2, sort_keys=True) + "\n"
        (folder / name).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
