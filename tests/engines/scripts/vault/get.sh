#!/usr/bin/env bash
# get.sh FOLDER: put Vault's core (1.14.1, the last release under MPL-2.0) into FOLDER/bin.
#
# Unpacked from REKEY_ENGINES_DIR/bin where it lies there, else built from its Go modules, which
# takes some minutes and needs Go 1.26 or newer.
set -euo pipefail

mkdir -p "${1:?usage: get.sh FOLDER}/bin"
bin=$(cd "$1/bin" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
if [[ ! -x $bin/vaultlite ]]; then
  packed=${REKEY_ENGINES_DIR:-}/bin/vaultlite.xz
  if [[ -f $packed ]]; then
    xz -dc "$packed" > "$bin/vaultlite.part"
  else
    command -v go >/dev/null || { echo "Building Vault's core needs Go 1.26 or newer" >&2; exit 1; }
    echo "Building Vault's core …"
    (cd "$here" && CGO_ENABLED=1 go build -trimpath -ldflags='-s -w' -o "$bin/vaultlite.part" ./cmd/vaultlite)
  fi
  chmod +x "$bin/vaultlite.part"
  mv "$bin/vaultlite.part" "$bin/vaultlite"  # nothing half done is ever found
fi
echo "Vault's core is in $bin"
