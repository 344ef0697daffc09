#!/usr/bin/env bash
# get.sh FOLDER: put Splunk's AppInspect into FOLDER/appinspect, in an environment of its own, from PyPI.
#
# It asks libmagic for the types of files. pylibmagic brings that library as a wheel, so that no package
# of the system is needed; where there is no wheel for a platform, libmagic of the system is used.
# Where there is neither, FOLDER/appinspect/unavailable says so, and its tests are skipped.
#
# Needs Python 3.11 or newer with venv (set PYTHON to choose one).
set -euo pipefail

version=4.3.1
libmagic=0.5.0
mkdir -p "${1:?usage: get.sh FOLDER}/appinspect"
folder=$(cd "$1/appinspect" && pwd)
command=$folder/splunk-appinspect

if [[ -x $command ]] && "$command" list version 2>/dev/null | grep -qF "$version"; then
  echo "AppInspect $version is in $folder"
  exit 0
fi

echo "Getting AppInspect $version …"
rm -f "$command" "$folder/unavailable"
"${PYTHON:-python3}" -m venv --clear "$folder/venv"
python=$folder/venv/bin/python
"$python" -m pip install --quiet "splunk-appinspect==$version"
"$python" -m pip install --quiet --only-binary :all: "pylibmagic==$libmagic" || true

# Importing pylibmagic lets its library be found: https://github.com/kratsg/pylibmagic
cat >"$folder/making" <<EOF
#!$python
import contextlib
import sys

with contextlib.suppress(ImportError):
    import pylibmagic
from splunk_appinspect.main import execute

sys.exit(execute())
EOF
chmod +x "$folder/making"

if ! "$folder/making" list version >/dev/null 2>"$folder/why"; then
  echo "AppInspect cannot run here: $(tail -n 1 "$folder/why"). Install libmagic (on Debian: apt install libmagic1)" \
    "and run make engines again" | tee "$folder/unavailable" >&2
  rm -f "$folder/making" "$folder/why"
  exit 0
fi
rm -f "$folder/why"
# What is found is whole: the command gets its name at the end.
mv "$folder/making" "$command"
echo "AppInspect $version is in $folder"
