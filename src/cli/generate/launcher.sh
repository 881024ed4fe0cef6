#!/bin/sh
# Runs devshell @VERSION@, and fetches it first if it is missing. `devshell generate launcher` wrote this file; to change
# the version, run that again. Whatever was fetched is compared with the hash below before it runs.
set -u

version='@VERSION@'
# The directory of the release's archives. If it is empty, only pip and npm are asked.
address='@ADDRESS@'

# A launcher that looks for devshell on PATH has found this one.
[ -z "${DEVSHELL_LAUNCHER-}" ] || exit 125

fail() {
  printf 'devshell: %s\nhint: %s\n' "$1" "$2" >&2
  exit 125
}

if [ "$(DEVSHELL_LAUNCHER=1 devshell --version 2>/dev/null)" = "devshell $version" ]; then
  exec devshell "$@"
fi

case $(uname -s)/$(uname -m) in
  Linux/x86_64 | Linux/amd64) platform=x86_64-linux npm=linux-x64 ;;
  Linux/aarch64 | Linux/arm64) platform=aarch64-linux npm=linux-arm64 ;;
  Darwin/x86_64) platform=x86_64-darwin npm=darwin-x64 ;;
  Darwin/arm64) platform=aarch64-darwin npm=darwin-arm64 ;;
  *) platform="$(uname -s) on $(uname -m)" npm='' ;;
esac
case $platform in
@HASHES@
  *) fail "this launcher has no devshell $version for $platform" "install devshell $version yourself" ;;
esac

case ${DEVSHELL_HOME:+set}/${XDG_DATA_HOME-} in
  set/*) data=$DEVSHELL_HOME/data ;;
  //*) data=$XDG_DATA_HOME/devshell ;;
  *) data=${HOME:+$HOME/.local/share/devshell} ;;
esac
[ -n "$data" ] || fail 'HOME is not set' 'set HOME or DEVSHELL_HOME'
kept=$data/launchers/$hash
[ ! -x "$kept/devshell" ] || exec "$kept/devshell" "$@"

# Each of these ways runs in an empty directory, and writes the file `devshell` there.
from_address() {
  [ -n "$address" ] || return 1
  name=devshell-cli-$version-$platform
  if command -v curl >/dev/null; then
    curl -fsSL --retry 2 -o archive "$address/$name.tar.gz"
  else
    wget -q -O archive "$address/$name.tar.gz"
  fi && tar -xzOf archive "$name/devshell" >devshell
}

from_pip() {
  set -- download --quiet --no-input --no-deps --only-binary :all: --dest . "devshell-cli==$version"
  if python3 -c 'import pip' 2>/dev/null; then
    python3 -m pip "$@"
  elif command -v pip3 >/dev/null; then
    pip3 "$@"
  else
    pip "$@"
  fi || return 1
  python3 -c 'import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
[sys.stdout.buffer.write(wheel.read(name)) for name in wheel.namelist() if name.endswith("/scripts/devshell")]
' ./*.whl >devshell || unzip -p ./*.whl '*/scripts/devshell' >devshell
}

from_npm() {
  npm pack --silent "devshell-cli-$npm@$version" >&2 && tar -xzOf ./*.tgz package/bin/devshell >devshell
}

sha256() {
  if command -v sha256sum >/dev/null; then
    sha256sum
  elif command -v shasum >/dev/null; then
    shasum -a 256
  else
    openssl dgst -sha256 -r
  fi <"$1" | cut -c 1-64
}

# Beside the place where it is kept, so that it can be renamed; else where it is used once.
work=$( (umask 022 && mkdir -p "$data/launchers" && mktemp -d "$data/launchers/.new.XXXXXX") 2>/dev/null) ||
  work=$(mktemp -d) || fail 'no directory for temporary files can be written' 'set TMPDIR'
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

echo "devshell: fetching devshell $version for $platform" >&2
way=
for next in address pip npm; do
  mkdir "$work/$next"
  if (cd "$work/$next" && "from_$next") </dev/null >/dev/null 2>>"$work/log"; then
    way=$next
    break
  fi
done
if [ -z "$way" ]; then
  sed 's/^/  /' "$work/log" >&2
  fail "devshell $version was found neither ${address:+at \`$address\`, nor }with pip nor with npm" \
    "check the network, and that there is curl or wget, pip, or npm; or install devshell $version yourself"
fi
found=$(sha256 "$work/$way/devshell")
[ "$found" = "$hash" ] || fail "devshell $version from $way has the hash \`$found\`, not \`$hash\`" \
  'it was not started; ask the authors of this launcher, or of the mirror that sent it'
chmod 755 "$work/$way/devshell"

if [ "${work%/*}" = "$data/launchers" ]; then
  (umask 022 && mkdir -p "$kept") && mv -f "$work/$way/devshell" "$kept/devshell" && rm -rf "$work" &&
    trap - EXIT && exec "$kept/devshell" "$@"
fi
echo "devshell: \`$data\` cannot be written, so this devshell is fetched for one run only" >&2
"$work/$way/devshell" "$@"
