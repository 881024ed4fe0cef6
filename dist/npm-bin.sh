#!/bin/sh
# Starts devshell from the package for this platform, which npm installed beside this package or inside it. A script of
# node would take as long to start as many commands of devshell take in all.
self=$0
while [ -L "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=${self%/*}/$target ;;
  esac
done
here=${self%/*}/..

case $(uname -sm) in
  'Linux x86_64') platform=linux-x64 ;;
  'Linux aarch64') platform=linux-arm64 ;;
  'Darwin x86_64') platform=darwin-x64 ;;
  'Darwin arm64') platform=darwin-arm64 ;;
  *) platform= ;;
esac
for place in "$here/node_modules" "$here/.."; do
  program=$place/devshell-cli-$platform/bin/devshell
  [ ! -x "$program" ] || exec "$program" "$@"
done
if [ -z "$platform" ]; then
  echo "devshell: no devshell is published for $(uname -sm)" >&2
else
  echo "devshell: the package devshell-cli-$platform is missing" >&2
  echo 'hint: install devshell-cli again, without --omit=optional' >&2
fi
exit 125
