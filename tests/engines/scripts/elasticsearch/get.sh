#!/usr/bin/env bash
# get.sh FOLDER: put Elasticsearch with KQL and ES|QL into FOLDER/elasticsearch, from Maven Central.
#
# Elastic publishes the server that its own integration tests run (core modules only) and, as jars,
# the x-pack plugins for KQL, ES|QL and the version type. Together they answer every search that our
# rules need. The answer to GET / is part of an x-pack plugin that is not published; clients ask for
# it first, so RestRootPlugin.java gives it.
#
# Needs mvn, javac 17 or newer and unzip. Mirrors and proxies: Maven's own settings.xml.
set -euo pipefail

version=8.19.21
scripts=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?usage: get.sh FOLDER}/elasticsearch"
folder=$(cd "$1/elasticsearch" && pwd)
home=$folder/elasticsearch-$version

if [[ -d $home ]]; then
  echo "Elasticsearch $version is in $home"
  exit 0
fi
for tool in mvn javac unzip; do
  command -v "$tool" >/dev/null || {
    echo "Getting Elasticsearch needs $tool; on Debian: apt install maven openjdk-17-jdk-headless unzip" >&2
    exit 1
  }
done

# Nothing half done is ever found: all is made beside, and renamed at the end.
work=$(mktemp -d "$folder/making.XXXXXX")
trap 'rm -rf "$work"' EXIT

cd "$work"  # Maven would read a pom.xml where it stands

echo "Getting Elasticsearch $version …"
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
mvn -q -B "$plugin:copy" -DoutputDirectory="$work" \
  -Dartifact="org.elasticsearch.distribution.integ-test-zip:elasticsearch:$version:zip"
mvn -q -B -f "$scripts/pom.xml" "$plugin:copy-dependencies" \
  -Dserver.version="$version" -DoutputDirectory="$work/jars"
unzip -q "$work/elasticsearch-$version.zip" -d "$work"
made=$work/elasticsearch-$version

# module NAME CLASS EXTENDED JAR…: a plugin's folder, as the server loads it.
module() {
  local name=$1 class=$2 extended=$3 jar
  shift 3
  rm -rf "${made:?}/modules/$name"
  mkdir "$made/modules/$name"
  for jar in "$@"; do
    # shellcheck disable=SC2086  # the names are patterns
    cp "$work"/jars/$jar "$made/modules/$name/"
  done
  {
    printf '%s\n' "name=$name" "description=$name" "version=$version" "classname=$class" \
      "elasticsearch.version=$version" "java.version=17"
    if [[ -n $extended ]]; then printf 'extended.plugins=%s\n' "$extended"; fi
  } >"$made/modules/$name/plugin-descriptor.properties"
}

xpack=org.elasticsearch.xpack
module x-pack-mapper-version $xpack.versionfield.VersionFieldPlugin x-pack-core \
  "x-pack-mapper-version-$version.jar"
module x-pack-kql $xpack.kql.KqlPlugin x-pack-core \
  "x-pack-kql-$version.jar" "antlr4-runtime-*.jar"
module x-pack-esql-core $xpack.esql.core.plugin.EsqlCorePlugin x-pack-core \
  "x-pack-esql-core-$version.jar" "antlr4-runtime-*.jar" "x-pack-mapper-version-$version.jar"
module x-pack-esql $xpack.esql.plugin.EsqlPlugin x-pack-esql-core \
  "x-pack-esql-$version.jar" "x-pack-esql-compute-*.jar" "x-pack-kql-$version.jar" \
  "elasticsearch-h3-*.jar" "elasticsearch-dissect-*.jar" "lucene-spatial3d-*.jar" "arrow-*.jar" \
  "flatbuffers-*.jar" "jackson-*.jar" "checker-qual-*.jar"

mkdir "$work/classes"
javac -d "$work/classes" --release 17 -cp "$made/lib/*" "$scripts/RestRootPlugin.java"
jar cf "$work/jars/rest-root.jar" -C "$work/classes" .
module rest-root rekey.RestRootPlugin "" rest-root.jar

# The serial collector starts faster and needs less memory; nobody reads the collector's log.
sed -i.original 's/^-XX:+UseG1GC/-XX:+UseSerialGC/; s/^-Xlog:gc/#-Xlog:gc/' "$made/config/jvm.options"
rm "$made/config/jvm.options.original"

mv "$made" "$home"
echo "Elasticsearch $version is in $home"
