#!/usr/bin/env bash
# Installs the clients that Python and PyPI alone do not give, which the tests use as judges:
#   libimobiledevice   Debian packages
#   go-ios             npm package that ships its binary
# Usage: tools/install-judges.sh DIR    (afterwards put DIR/bin on PATH)
set -euo pipefail
mkdir -p "$1/bin"
target=$(cd "$1" && pwd)

if ! command -v idevice_id >/dev/null; then
  apt-get install -y -qq libimobiledevice-utils ideviceinstaller >/dev/null 2>&1 ||
    { apt-get update -qq && apt-get install -y -qq libimobiledevice-utils ideviceinstaller >/dev/null; }
fi

if ! [ -x "$target/bin/ios" ]; then
  npm install --silent --no-fund --no-audit --prefix "$target/npm" go-ios@1.2.0 >/dev/null
  machine=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
  found=$(find "$target/npm/node_modules/go-ios" -type f -name 'ios' -path "*linux*${machine}*" | head -n 1)
  [ -n "$found" ] || { echo "go-ios: no binary for $machine in its npm package" >&2; exit 1; }
  chmod +x "$found" && ln -sf "$found" "$target/bin/ios"
fi
