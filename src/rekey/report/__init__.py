"""What was found, for people and for programs.

One :class:`rekey.case.Investigation` in, one text out, and nothing written or printed here:

- :mod:`rekey.report.terminal`: renderables for a rich console
- :mod:`rekey.report.html`: one self-contained page
- :mod:`rekey.report.json_file`, :mod:`rekey.report.csv_file`: for programs and spreadsheets
- :mod:`rekey.report.schema`: the JSON Schemas of what ``json_file`` writes

Log text is written by attackers. It passes :mod:`rekey.report.safe_text` on its way to every
screen, and each format adds the escaping of its own.
"""
