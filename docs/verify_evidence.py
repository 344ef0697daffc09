"""verify_evidence.py JOURNAL SIGNERS NAME [HEADS, CHECKPOINTS, REPORTS …]"""
import contextlib, hashlib, json, pathlib, sqlite3, subprocess, sys

def need(holds, what):
    holds or sys.exit(print("BROKEN:", what) or 7)

journal, signers, name, *files = sys.argv[1:]
database, chain, heads = sqlite3.connect(f"file:{journal}?mode=ro", uri=True), {}, []
database.row_factory = sqlite3.Row
for seq, row in enumerate(map(dict, database.execute("SELECT * FROM entries ORDER BY rowid")), 1):
    own, before, raw = row.pop("hash"), chain[seq - 1]["hash"] if chain else "0" * 64, row["payload"]
    with contextlib.suppress(ValueError):
        row["payload"] = json.loads(raw)
    text = json.dumps(row, sort_keys=True, separators=(",", ":"))
    fits = hashlib.sha256(text.encode()).hexdigest() == own and f'"payload":{raw},"previous"' in text
    need(fits and row["seq"] == seq and row["previous"] == before, f"entry {seq}")
    chain[seq] = row | {"hash": own}
need(chain, "it is empty")

for file in map(pathlib.Path, files):
    if '"record"' not in (text := file.read_text()):
        if '"namespace"' in text:
            check = ["ssh-keygen", "-Y", "verify", "-n", "rekey-checkpoint", "-f", signers, "-I", name]
            done = subprocess.run([*check, "-s", f"{file}.sig"], stdin=file.open(), capture_output=True)
            need(done.returncode == 0, f"{file}: not signed by {name}")
        heads += map(json.loads, text.splitlines())
        continue
    said = json.loads(text)
    mine = [e for e in chain.values() if e["run"] == said["run"] and e["seq"] <= said["last"]["seq"]]
    need(said["record"] == mine, f"{file}: its record is not the journal's")
    end = [e for e in mine if e["kind"] in ("started", "undo_started", "finished")][-1]
    told = {"outcome": said["outcome"], "steps": {e["step"]: [e["status"], e["grade"]] for e in said["effects"]}}
    need(end["kind"] != "finished" or end["payload"] == told, f"{file}: it ended otherwise")
    seen = {e["step"]: e["payload"]["checks"] for e in mine if "checks" in e["payload"]}
    need(all(e["answers"] == seen.get(e["step"], []) for e in said["effects"]), f"{file}: its answers")

for head in heads:
    there = chain.get(head["seq"], {}).get("hash") == head["hash"]
    need(there and head["journal"] == chain[1]["payload"]["journal"], f"entry {head['seq']}")
end = len(chain) in [head["seq"] for head in heads]
print(f"intact: {len(chain)} entries,", "and the last one is anchored" if end else "later unknown")
sys.exit(0 if end else 8)
