"""Coverage as a layer for the ATT&CK Navigator.

https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md
"""

from typing import Final

import orjson

from rekey.catalogue.coverage import Coverage

ATTACK: Final = "17"
"""The version of ATT&CK that the frozen table holds (:mod:`rekey.converters.lint.tables`)."""
NAVIGATOR: Final = "4.9.0"
"""The oldest Navigator that reads this format."""
LAYER: Final = "4.5"


def navigator_layer(coverage: Coverage) -> str:
    """Write the layer: each technique scores the number of its rules, and its comment names them."""
    techniques = [
        {
            "techniqueID": entry.id,
            "tactic": entry.tactic,
            "score": len(entry.rules),
            "comment": ", ".join(entry.rules),
            "enabled": True,
        }
        for entry in coverage.attack
    ]
    most = max((len(entry.rules) for entry in coverage.attack), default=1)
    layer = {
        "name": "rekey",
        "versions": {"attack": ATTACK, "navigator": NAVIGATOR, "layer": LAYER},
        "domain": "enterprise-attack",
        "description": f"Techniques that {len(coverage.rules)} rules are tagged with. The score is "
        "the number of rules.",
        "sorting": 0,
        "layout": {"layout": "side", "showID": True, "expandedSubtechniques": "annotated"},
        "hideDisabled": False,
        "techniques": techniques,
        "gradient": {"colors": ["#ffffff", "#3182bd"], "minValue": 0, "maxValue": most},
    }
    return orjson.dumps(layer, option=orjson.OPT_INDENT_2).decode() + "\n"
