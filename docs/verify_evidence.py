"""verify_evidence.py JOURNAL SIGNERS NAME [HEADS, CHECKPOINTS, REPORTS …]"""
import contextlib, hashlib, json, pathlib, sqlite3, subprocess, sys

def need(holds, what):
    holds or sys.exit(print("BROKEN:", what) or 7)

journal, signers, name, *files = sys.argv[1:]
database, chain, heads = sqlite3.connect(f"file:{journal}?mode=ro", uri=True), {}, []
database.row_factory = sqlite3.Row
for seq, row in enumerate(map(dict, database.execute("SELECT * FROM entries ORDER BY rowid")), 1):
    with contextlib.suppress(ValueError):
        row["payload"] = json.loads(row["payload"])
    own, before = row.pop("hash"), chain[seq - 1]["hash"] if chain else "0" * 64
    text = json.dumps(row, sort_keys=True, separators=(",", ":"))
    fits = hashlib.sha256(text.encode()).hexdigest() == own
    need(fits and row["seq"] == seq and row["previous"] == before, f"entry {seq}")
    chain[seq] = row | {"hash": own}
need(chain, "it is empty")

for file in map(pathlib.Path, files):
    if '"record"' in (text := file.read_text()):
        said = json.loads(text)
        mine = [one for one in chain.values() if one["run"] == said["run"]]
        mine = [one for one in mine if one["seq"] <= said["last"]["seq"]]
        need(said["record"] == mine, f"{file}: its record is not the journal's")
        end = [one for one in mine if one["kind"] in ("started", "undo_started", "finished")][-1]
        told = {one["step"]: [one["status"], one["grade"]] for one in said["effects"]}
        told = {"outcome": said["outcome"], "steps": told}
        need(end["kind"] != "finished" or end["payload"] == told, f"{file}: it ended otherwise")
        seen = {one["step"]: one["payload"].get("checks") for one in mine if "checks" in one["payload"]}
        seen = [seen.get(one["step"], []) for one in said["effects"]]
        need(seen == [one["answers"] for one in said["effects"]], f"{file}: other answers")
        continue
    check = ["ssh-keygen", "-Y", "verify", "-n", "rekey-checkpoint", "-f", signers, "-I", name]
    good = '"namespace"' not in text or not subprocess.run(
        [*check, "-s", f"{file}.sig"], stdin=file.open(), capture_output=True).returncode
    need(good, f"{file}: not signed by {name}")
    heads += map(json.loads, text.splitlines())

for head in heads:
    there = chain.get(head["seq"], {}).get("hash") == head["hash"]
    need(there and head["journal"] == chain[1]["payload"]["journal"], f"entry {head['seq']}")
end = len(chain) in [head["seq"] for head in heads]
print(f"intact: {len(chain)} entries,", "and the last one is anchored" if end else "later unknown")
sys.exit(0 if end else 8)
