#!/usr/bin/env bash
# get.sh FOLDER: put kube-apiserver and kube-controller-manager 1.36.3 and etcd into FOLDER/bin.
#
# Unpacked from REKEY_ENGINES_DIR/bin where they lie there, else built from their Go modules, which
# takes half an hour of one core and needs Go 1.26 or newer.
set -euo pipefail

mkdir -p "${1:?usage: get.sh FOLDER}/bin"
bin=$(cd "$1/bin" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
stamp=k8s.io/component-base/version
for name in etcd kube-apiserver kube-controller-manager; do
  [[ -x $bin/$name ]] && continue
  packed=${REKEY_ENGINES_DIR:-}/bin/$name.xz
  if [[ -f $packed ]]; then
    xz -dc "$packed" > "$bin/$name.part"
  else
    command -v go >/dev/null || { echo "Building $name needs Go 1.26 or newer" >&2; exit 1; }
    echo "Building $name …"
    (cd "$here" && CGO_ENABLED=1 go build -trimpath -o "$bin/$name.part" \
      -ldflags="-s -w -X $stamp.gitVersion=v1.36.3 -X $stamp.gitMajor=1 -X $stamp.gitMinor=36" \
      "./cmd/$name")
  fi
  chmod +x "$bin/$name.part"
  mv "$bin/$name.part" "$bin/$name"  # nothing half done is ever found
done
echo "The Kubernetes servers are in $bin"
