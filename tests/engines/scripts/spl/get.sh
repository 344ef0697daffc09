#!/usr/bin/env bash
# get.sh FOLDER: put the SPL grammar of pth_03 into FOLDER/spl, from Maven Central.
#
# pth_03 (https://github.com/teragrep/pth_03) is under AGPL-3.0: a tool beside the tests, that
# nothing of rekey links to or ships.
#
# Needs mvn. Mirrors and proxies: Maven's own settings.xml.
set -euo pipefail

version=9.4.1
mkdir -p "${1:?usage: get.sh FOLDER}/spl"
folder=$(cd "$1/spl" && pwd)
jar=$folder/pth_03-$version.jar

if [[ -f $jar ]]; then
  echo "The SPL grammar $version is in $folder"
  exit 0
fi
command -v mvn >/dev/null || {
  echo "Getting the SPL grammar needs mvn; on Debian: apt install maven" >&2
  exit 1
}

# Nothing half done is ever found: it is made beside, and renamed at the end.
work=$(mktemp -d "$folder/making.XXXXXX")
trap 'rm -rf "$work"' EXIT

cd "$work"  # Maven would read a pom.xml where it stands

echo "Getting the SPL grammar $version …"
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
  -Dartifact="com.teragrep:pth_03:$version" -DoutputDirectory="$work"
mv "$work/pth_03-$version.jar" "$jar"
echo "The SPL grammar $version is in $folder"
