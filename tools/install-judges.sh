#!/usr/bin/env bash
# Installs the clients that Python and PyPI alone do not give, which the tests use as judges:
#   libimobiledevice        Debian packages
#   chromium                Debian packages; the browser that judges the report
#   ssh                     Debian packages, client and server; a system with an init also starts that server
#   systemd                 Debian package, for systemd-analyze, which reads the agent's unit
#   postgresql              Debian package; the database of a rack's leases, which the tests start themselves
#   go-ios                  npm package that ships its binary
#   appium                  npm packages of tools/appium, put where the harness looks for them; needs node
#   pymobiledevice3-suite   the device tests out of pymobiledevice3's source distribution, without the package
#                           itself: the installed one is what they test
# Usage: tools/install-judges.sh DIR    (afterwards put DIR/bin on PATH)
set -euo pipefail
mkdir -p "$1/bin"
target=$(cd "$1" && pwd)

debian=(libimobiledevice-utils ideviceinstaller libusbmuxd-tools ifuse chromium chromium-driver systemd)
debian+=(openssh-client openssh-server postgresql)
lacks_one_of() { for name in "$@"; do command -v "$name" >/dev/null || return 0; done; return 1; }
lacks_postgresql() { ! command -v initdb >/dev/null && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
needed=(idevice_id ideviceinstaller iproxy ifuse chromium chromedriver systemd-analyze ssh /usr/sbin/sshd)
if lacks_one_of "${needed[@]}" || lacks_postgresql; then
  apt-get install -y -qq "${debian[@]}" >/dev/null 2>&1 ||
    { apt-get update -qq && apt-get install -y -qq "${debian[@]}" >/dev/null; }
fi

if ! [ -x "$target/bin/ios" ]; then
  npm install --silent --no-fund --no-audit --prefix "$target/npm" go-ios@1.2.0 >/dev/null
  machine=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
  found=$(find "$target/npm/node_modules/go-ios" -type f -name 'ios' -path "*linux*${machine}*" | head -n 1)
  [ -n "$found" ] || { echo "go-ios: no binary for $machine in its npm package" >&2; exit 1; }
  chmod +x "$found" && ln -sf "$found" "$target/bin/ios"
fi

# Installed once for each lockfile. One package compiles itself where this system is older than its binary.
appium="$(cd "$(dirname "$0")" && pwd)/appium"
if ! cmp -s "$appium/package-lock.json" "$appium/node_modules/.installed-lock.json"; then
  npm ci --silent --no-fund --no-audit --prefix "$appium" >/dev/null
  cp "$appium/package-lock.json" "$appium/node_modules/.installed-lock.json"
fi

suite_version=11.45.0
suite="$target/pymobiledevice3-suite"
if [ "$(cat "$suite/VERSION" 2>/dev/null)" != "$suite_version" ]; then
  made=$(mktemp -d "$target/suite.XXXXXX")
  trap 'rm -rf "$made"' EXIT
  pip() { python3 -m pip "$@" --quiet --disable-pip-version-check; }
  pip download --no-deps --no-binary :all: --dest "$made" "pymobiledevice3==$suite_version"
  tar -xzf "$made/pymobiledevice3-$suite_version.tar.gz" -C "$made" --strip-components 1 \
    "pymobiledevice3-$suite_version/tests" "pymobiledevice3-$suite_version/pytest.ini"
  rm "$made/pymobiledevice3-$suite_version.tar.gz"
  # Without dependencies: theirs come with what is tested, and pytest has to be the one that runs them.
  pip install --no-deps --target "$made/site" \
    pytest-asyncio==1.5.0 pytest-timeout==2.4.0 httpx==0.28.1 httpcore==1.0.9 sniffio==1.3.1
  echo "$suite_version" >"$made/VERSION"
  chmod 755 "$made"
  rm -rf "$suite" && mv "$made" "$suite"
fi
