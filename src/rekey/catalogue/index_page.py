"""The catalogue of all rules, and the page of exit codes."""

import ast
import inspect
import textwrap
from collections import Counter
from collections.abc import Sequence

from rekey.catalogue.rule_page import prose
from rekey.catalogue.words import GENERATED, KINDS, tags
from rekey.converters.lint.rule_file import RuleFile
from rekey.errors import ExitCode

COVERAGE = (
    "What they cover, by log source and engine, ATT&CK, OWASP NHI Top 10 and CSF 2.0: "
    "[coverage](../coverage/README.md)."
)
LEVELS = ("critical", "high", "medium", "low")


def index_page(rules: Sequence[RuleFile]) -> str:
    """Write the catalogue, which lies at ``docs/rules/README.md``."""
    levels = Counter(str(rule.head.data.get("level")) for rule in rules)
    kinds = Counter(rule.kind for rule in rules)
    parts = [
        f"# Rules\n\n{GENERATED}",
        f"{len(rules)} rules: "
        + ", ".join(f"{levels[level]} {level}" for level in LEVELS if levels[level])
        + ". By kind: "
        + ", ".join(f"{kinds[kind]} {name}" for kind, name in KINDS.items() if kinds[kind])
        + ".",
        COVERAGE,
    ]
    for product in dict.fromkeys(rule.path.split("/")[0] for rule in rules):
        ours = [rule for rule in rules if rule.path.startswith(f"{product}/")]
        parts.append(f"## {product}\n\n{_table(ours)}")
    return "\n\n".join(parts) + "\n"


def _table(rules: Sequence[RuleFile]) -> str:
    def order(rule: RuleFile) -> tuple[int, str]:
        level = str(rule.head.data.get("level"))
        return (LEVELS.index(level) if level in LEVELS else len(LEVELS), rule.path)

    rows = ["| rule | level | kind | ATT&CK | risk |", "|---|---|---|---|---|"]
    for rule in sorted(rules, key=order):
        techniques = [name.upper() for name in tags(rule, "attack") if name.startswith("t1")]
        rows.append(
            f"| {_link(rule)} | {rule.head.data.get('level')} | {KINDS[rule.kind]} "
            f"| {', '.join(techniques)} | {', '.join(n.upper() for n in tags(rule, 'owasp-nhi'))} |"
        )
    return "\n".join(rows)


def _link(rule: RuleFile) -> str:
    return f"[{prose(rule.head.data.get('title'))}]({rule.path}.md)"


def exit_codes_page() -> str:
    """Write the page of exit codes, which lies at ``docs/exit-codes.md``."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(ExitCode)))
    told: dict[str, str] = {}
    name = ""
    for node in ast.walk(tree.body[0]):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            told[name] = " ".join(str(node.value.value).replace("``", "`").split())
    rows = [f"| {code.value} | {code.name} | {told[code.name]} |" for code in ExitCode]
    return "\n".join(
        [
            "# Exit codes\n",
            GENERATED.replace("the rule", "`src/rekey/errors.py`"),
            "",
            "Every command ends with one of these.\n",
            "| code | name | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
