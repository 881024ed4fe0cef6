#!/bin/sh
# Gets devshell for a CI job, and prints the directory that has it: `get.sh TEMPLATE PLACE [DIRECTORY...]`. A launcher
# fetches it, compares its hash, and keeps it in PLACE, an absolute path.
#   DEVSHELL_CI_VERSION, DEVSHELL_CI_SHA256  make a launcher from TEMPLATE, for an executable with this hash
#   DEVSHELL_CI_URL                          the directory of its archive, with `{version}`; else only pip and npm are asked
# Without the first two, it takes the launcher `devshell` of the first DIRECTORY that has one, or else devshell on PATH.
# The GitLab component templates/devshell.yml has a copy of this file.
set -eu

template=$1 place=$2
shift 2

fail() {
  printf 'devshell: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}

# Only plain characters get into the launcher.
make_launcher() {
  case $version in
    *[!0-9A-Za-z.+-]*) fail "\`$version\` is not a version" "write it like \`0.1.0\`" ;;
  esac
  case $sha256 in
    *[!0-9a-f]*) digits='' ;;
    *) digits=$sha256 ;;
  esac
  [ ${#digits} -eq 64 ] || fail "\`$sha256\` is not a SHA-256" 'write the 64 digits that SHA256SUMS has'
  case $url in
    *[!0-9A-Za-z._~:/%@+{}-]*) fail "\`$url\` cannot be used" 'write an address without spaces, quotes or a query' ;;
  esac
  address=$(printf '%s\n' "${url%/}" | sed "s|{version}|$version|g")
  sed -e "s|@VERSION@|$version|" -e "s|@ADDRESS@|$address|" -e "s/^@HASHES@$/  *-*) hash=$sha256 ;;/" "$template"
}

# The directories of the copies that the launcher may have kept. They are of one version.
kept() {
  printf '%s\n' "$launcher" | sed -n 's/^  .*) hash=\([0-9a-f]*\) ;;$/\1/p' | while read -r hash; do
    [ ! -x "$place/devshell/launchers/$hash/devshell" ] || echo "$place/devshell/launchers/$hash"
  done
}

version=${DEVSHELL_CI_VERSION-} sha256=${DEVSHELL_CI_SHA256-} url=${DEVSHELL_CI_URL-} launcher=''
case ${version:+version}/${sha256:+sha256} in
  version/sha256) launcher=$(make_launcher) ;;
  /)
    for directory; do
      if [ -z "$launcher" ] && grep -q 'devshell generate launcher. wrote this file' "$directory/devshell" 2>/dev/null; then
        launcher=$(cat "$directory/devshell")
      fi
    done
    ;;
  *) fail "\`version\` and \`sha256\` need each other" "give both, or commit a launcher: \`devshell generate launcher\`" ;;
esac

found=''
if [ -n "$launcher" ]; then
  DEVSHELL_HOME='' XDG_DATA_HOME=$place sh -c "$launcher" devshell --version >&2
  found=$(kept | head -n 1)
fi
# A launcher takes devshell from PATH, if that is the right version.
if [ -z "$found" ]; then
  found=$(command -v devshell) ||
    fail 'there is no launcher, and no devshell on PATH' \
      "commit a launcher (\`devshell generate launcher\`), or give \`version\` and \`sha256\`"
  found=${found%/*}
fi
echo "$found"
