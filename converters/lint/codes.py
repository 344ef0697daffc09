"""Every code of the linter: what it asks, why, and what to do. The text of ``--explain``."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Code:
    """One demand of the rule standard."""

    title: str
    """What is asked for."""
    why: str
    """One sentence."""
    advice: str
    """What to do about a finding."""


CODES: Final[dict[str, Code]] = {
    # structure
    "RK101": Code(
        "The file holds a rule in YAML",
        "A file that cannot be read is a detection that silently is not there.",
        "Mend the YAML; `rekey rules new` shows the shape of a rule.",
    ),
    "RK102": Code(
        "The path is rules/<product>/<rule>.yml, lower case with underscores",
        "The path is the rule's identity: fixtures, page and saved search all derive from it.",
        "Rename the file, or move it to the folder of its log source's product.",
    ),
    "RK103": Code(
        "pySigma accepts the rule",
        "What pySigma refuses, no SIEM will ever run.",
        "Compare with the Sigma specification: https://sigmahq.io/sigma-specification/",
    ),
    "RK104": Code(
        "One file, one rule: base rules first, then at most one correlation",
        "Some tools crash on a correlation that stands before its base rules, "
        "and none runs chained correlations.",
        "Put the correlation document last and split further rules into files of their own.",
    ),
    "RK105": Code(
        "A base rule carries title, id, name, status, logsource and detection, nothing else",
        "The correlation is the rule; text or tags on a base rule are looked for there in vain.",
        "Move level, tags, description and x-rekey to the correlation document.",
    ),
    "RK106": Code(
        "The title says what was seen, in at most 110 characters",
        "A title is read in a queue of a hundred alerts.",
        "Say what was seen, not what is feared, without a full stop.",
    ),
    "RK107": Code(
        "Each document has an id of its own, a random UUID (version 4)",
        "The id is the rule's identity in every SIEM: two with one id overwrite each other.",
        "Make a fresh one: python3 -c 'import uuid; print(uuid.uuid4())'",
    ),
    "RK108": Code(
        "The status is experimental, test or stable",
        "Sites decide by status what may page somebody.",
        "Begin with `status: experimental`.",
    ),
    "RK109": Code(
        "The description says what it finds, then a paragraph begins 'Why it matters:'",
        "A responder at night needs to know what an attacker gains by this.",
        "Add a paragraph that starts with 'Why it matters:'.",
    ),
    "RK110": Code(
        "References link to vendor documentation",
        "Each field and call that a rule relies on must be checkable at its source.",
        "Add the https address of the vendor's page for the call or the field.",
    ),
    "RK111": Code(
        "The level is low, medium, high or critical",
        "The level decides whether a case is opened.",
        "high opens a case by itself; medium needs a second rule on the same lineage.",
    ),
    "RK112": Code(
        "False positives are concrete: the tool, and what it does",
        "'Unknown' or 'administrators' helps nobody to tell a hit from noise.",
        "Name the tool and the call, such as 'Velero lists secrets during its nightly backup'.",
    ),
    "RK113": Code(
        "A rule carries author and date, and no unknown keys",
        "A key that is misspelt is ignored by every tool.",
        "Look for a slip of the pen; own keys belong under `x-rekey`.",
    ),
    "RK114": Code(
        "A correlation refers to all base rules of its file by name, and to no others",
        "A base rule that nobody refers to detects nothing; one elsewhere may change unseen.",
        "List the base rules' names under `correlation.rules`.",
    ),
    "RK115": Code(
        "No gap that `rekey rules new` left is still open",
        "What a rule means, and what looks like it, only its author can say.",
        "Write the text in place of the mark, and take its angle brackets away.",
    ),
    # the portable subset
    "RK201": Code(
        "Only portable modifiers are used",
        "Each engine reads the others differently, so the rule would mean several things.",
        "Use contains, startswith, endswith, all, cidr, gt, gte, lt, lte, fieldref.",
    ),
    "RK202": Code(
        "No keyword searches",
        "A search over the whole event means something else in each engine, and is slow in all.",
        "Name the field in which the word must stand.",
    ),
    "RK203": Code(
        "No field reference under OR",
        "The SIEM backends lose the alternative when a field is compared with a field under OR.",
        "Write two rules, or compare with values.",
    ),
    "RK204": Code(
        "No identifier begins with 'not'",
        "pySigma reads `notable` as `not able` and turns the condition around.",
        "Rename the selection, for example `filter_…`.",
    ),
    "RK205": Code(
        "Every `1 of x_*` and `all of x_*` matches an identifier",
        "A selector that matches nothing drops out of the condition without a word.",
        "Mend the pattern, or remove it from the condition.",
    ),
    "RK206": Code(
        "A threshold is `gte` with a whole number",
        "SIEM threshold rules know no other comparison, and pySigma cuts fractions off.",
        "Write `condition: {gte: N}`; a distinct count needs N of at least 2.",
    ),
    "RK207": Code(
        "A distinct count looks at exactly one field",
        "No engine counts combinations of fields alike.",
        "Write `condition: {field: NAME, gte: N}`.",
    ),
    "RK208": Code(
        "A correlation refers to detections, never to correlations",
        "No backend runs chained correlations; some emit broken queries without a word.",
        "Correlate the base rules directly.",
    ),
    "RK209": Code(
        "A correlation is grouped",
        "Without a group, the acts of strangers add up to an alert.",
        "Group by the identity or the credential: `group-by: [userIdentity.arn]`.",
    ),
    "RK210": Code(
        "gt, gte, lt and lte stand on numeric fields only",
        "As text, 9 is greater than 10.",
        "Compare with values, or use a numeric field.",
    ),
    "RK211": Code(
        "No test for the empty string",
        "Elastic drops empty strings on ingest, so the test fails there and holds elsewhere.",
        "Test for absence with `field: null`.",
    ),
    "RK212": Code(
        "The condition uses every selection",
        "A selection that the condition leaves out looks as if it protected something.",
        "Use it in the condition, or remove it.",
    ),
    "RK213": Code(
        "A time span counts seconds, minutes, hours, days or weeks",
        "Months and years have no fixed length, and engines disagree on it.",
        "Write 30d instead of 1M.",
    ),
    "RK214": Code(
        "The correlation type is event_count, value_count, temporal or temporal_ordered",
        "The other types run in one engine at most.",
        "See the table of kinds in docs/rule-standard.md.",
    ),
    "RK215": Code(
        "A detection has one condition, and no time frame of its own",
        "A list of conditions becomes several rules with one id.",
        "Join them with `or`; windows belong into a correlation.",
    ),
    # fields
    "RK301": Code(
        "The log source is one that the field registry describes",
        "Without the registry no engine knows what a field is called or holds.",
        "The known ones are the files of converters/fields/.",
    ),
    "RK302": Code(
        "Every field stands in the registry of its log source",
        "A rule on a field that no event has can never fire, and nobody notices.",
        "Use the vendor's raw name as in converters/fields/, or add the field there with evidence.",
    ),
    "RK303": Code(
        "No rule looks at a redacted field",
        "Secrets never enter the store, so the rule could not match, and must not carry them.",
        "Look at the credential's identifier instead of its value.",
    ),
    "RK304": Code(
        "No rule depends on something that the source never logs",
        "The rule would be listed as not evaluable for ever.",
        "The registry's `capability.never` says why it is not there.",
    ),
    "RK305": Code(
        "Every alias names a field for each base rule",
        "A base rule without the field drops out of the group and the sequence never completes.",
        "Write `aliases: {NAME: {base_a: field_a, base_b: field_b}}` for all base rules.",
    ),
    "RK306": Code(
        "Values fit the field's type",
        "A number compared with a word matches nothing.",
        "Look up the field's type in converters/fields/.",
    ),
    # tags
    "RK401": Code(
        "Tags are lower case, each once, in a known namespace",
        "pySigma and the SIEMs compare tags letter by letter.",
        "The namespaces are attack, owasp-nhi and csf.",
    ),
    "RK402": Code(
        "ATT&CK tags exist in ATT&CK Enterprise 17.0",
        "An unknown technique falls out of every coverage report.",
        "Write tactics by name (attack.credential-access), techniques by id (attack.t1552.005).",
    ),
    "RK403": Code(
        "At least one ATT&CK tactic and one technique, that belong together",
        "Coverage is counted by tactic and technique.",
        "Add the technique, or the tactic that ATT&CK lists for it.",
    ),
    "RK404": Code(
        "At least one risk of the OWASP Non-Human Identities Top 10 (2025)",
        "It says which weakness of identity management the abuse rests on.",
        "Add owasp-nhi.nhi1 … owasp-nhi.nhi10.",
    ),
    "RK405": Code(
        "At least one category of the NIST Cybersecurity Framework 2.0",
        "Programmes report their coverage by these categories.",
        "Add csf.de.cm, csf.pr.aa or another category of CSF 2.0.",
    ),
    # x-rekey
    "RK501": Code(
        "`x-rekey` holds the directives of the standard, and nothing else",
        "A directive that is misspelt changes nothing, silently.",
        "See docs/rule-standard.md for the keys and their shapes.",
    ),
    "RK502": Code(
        "The playbook exists",
        "An alert without a next step is half an alert.",
        "Name a file of playbooks/ without its ending.",
    ),
    "RK503": Code(
        "Entities name the actor, by roles or fields that the log sources have",
        "Alerts are joined into cases by their entities.",
        "Write `entities: {actor: actor.id, credential: credential.id, target: target.id}`.",
    ),
    "RK504": Code(
        "Evasions are named, each with the rule that catches it, or with a reason why none does",
        "Who knows how a rule is slipped past knows what it does not prove.",
        "Write `{how: …, caught_by: <product>/<rule>, proof: ignore_evasion_….ndjson}`, a fixture of "
        "this rule that expects the other, or `{how: …, caught_by: null, because: …}`.",
    ),
    "RK505": Code(
        "A stateful rule offers the knobs of its kind, each with what it trades",
        "A window that fits one site is noise at another.",
        "Knobs: timespan, gte (counts, sequences); history, maturity, min_events (first seen); "
        "gap, factor (dormant); and the site's networks, egress, identities, exclusions.",
    ),
    "RK506": Code(
        "Lookalikes are named: everyday automation, and why it stays quiet",
        "Noise that was foreseen can be tuned; noise that was not switches the rule off.",
        "Name at least one tool, what it does, and why it stays quiet or which knob quiets it.",
    ),
    "RK507": Code(
        "The directive agrees with the correlation that other tools see",
        "A tool that knows no first-seen rules runs the correlation, and must find the same.",
        "first_seen: value_count, gte 2, timespan = history. dormant: event_count, gte 1, "
        "timespan = gap.",
    ),
    # fixtures
    "RK601": Code(
        "All fixture files that the kind of rule asks for are there",
        "What no fixture shows, nobody has proved.",
        "`rekey rules new --kind …` writes the whole set.",
    ),
    "RK602": Code(
        "A fixture's name says the verdict: match*, ignore*, automation*",
        "A file that says neither is never held against the rule.",
        "Rename it; a site file may lie beside as site*.yml.",
    ),
    "RK603": Code(
        "provenance.yml says for each file where it comes from",
        "A fixture of unknown origin proves that the rule matches what its author imagined.",
        "Give kind and source; kinds: documented, captured, trimmed, mutated, synthetic.",
    ),
    "RK604": Code(
        "Each line is one raw record, or a repeat instruction with one",
        "A line that cannot be read is not tested.",
        "Write one JSON object a line; 1 to 60 lines, long histories as repeats.",
    ),
    "RK605": Code(
        "A near miss differs only in the fields that it names",
        "Only then does it show that the rule rests on these fields.",
        "Copy the matching line, change the one field, and list it under `differs_in`.",
    ),
    "RK606": Code(
        "`expects` names rules that exist",
        "A name that fits no rule hides a hit that nobody foresaw.",
        "Write <product>/<rule>.",
    ),
    "RK607": Code(
        "Accounts and addresses come from documentation ranges",
        "Real identifiers lead somewhere, and leak.",
        "AWS accounts 111122223333, 444455556666, 123456789012, 555555555555; addresses "
        "192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32, internal ones RFC 1918.",
    ),
    "RK608": Code(
        "A fixture's site file can be read",
        "With a broken site file the fixture proves nothing.",
        "Put it beside the fixture; `rekey site check FILE` explains it.",
    ),
    "RK609": Code(
        "Every folder of fixtures belongs to a rule",
        "Fixtures without a rule are never run.",
        "Rename the folder after the rule, or remove it.",
    ),
}
