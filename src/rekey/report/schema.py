"""The JSON Schemas of what rekey publishes, made from the models themselves.

``python -m rekey.report.schema docs/schemas`` writes them again after a model has changed.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from rekey.alert import Alert
from rekey.case import Case, Investigation
from rekey.report.replay_json import ReplayDocument

_MODELS: Final[dict[str, type[BaseModel]]] = {
    "alert": Alert,
    "case": Case,
    "investigation": Investigation,
    "replay": ReplayDocument,
}


def schemas() -> dict[str, dict[str, Any]]:
    """Give the schemas by file name, ``alert.v1.json`` and so on (JSON Schema 2020-12).

    They describe what is written, so that every field is required, those with defaults too.
    """
    return {_file_name(model, name): _schema(model, name) for name, model in _MODELS.items()}


def write(folder: Path) -> list[Path]:
    """Write all schemas into a folder, which must exist; give the files."""
    written = []
    for name, schema in schemas().items():
        path = folder / name
        path.write_text(json.dumps(schema, indent=2, sort_keys=True) + "\n", "utf-8", newline="\n")
        written.append(path)
    return written


def _file_name(model: type[BaseModel], name: str) -> str:
    """Name a schema after the version that the model declares."""
    return f"{name}.v{model.model_fields['schema_version'].default}.json"


def _schema(model: type[BaseModel], name: str) -> dict[str, Any]:
    schema = model.model_json_schema(mode="serialization")
    head = {"$schema": GenerateJsonSchema.schema_dialect, "$id": schema_id(_file_name(model, name))}
    return {**head, **schema}


def schema_id(file: str) -> str:
    """Give the name by which a schema is told from all others, wherever its file lies."""
    return f"urn:rekey:schema:{file.removesuffix('.json')}"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
