#!/usr/bin/env bash
# A step of the GitHub action: `github.sh get|check|install|clean|activate`, in the project's directory. Inputs arrive as
# variables, whose names begin with DEVSHELL_CI_.
set -euo pipefail
here=${BASH_SOURCE%/*}

# Runs a command, and keeps its messages.
recorded() {
  { "$@" 2>&1 >&3 | tee "$RUNNER_TEMP/devshell-messages" >&2; } 3>&1
}

# Shows the last error on the page of the run.
annotate() {
  local line
  [ "$DEVSHELL_CI_ANNOTATE" = true ] || return 0
  line=$(grep '^devshell: ' "$RUNNER_TEMP/devshell-messages" | tail -n 1) || line='it failed without a message'
  line=${line//'%'/%25}
  echo "::error title=devshell::${line#devshell: }" >&2
}

annotated() {
  local status=0
  recorded "$@" || status=$?
  [ "$status" = 0 ] || annotate
  return "$status"
}

# devshell with the environments of the job.
devshell_here() {
  local name
  # One word for each environment.
  # shellcheck disable=SC2086
  for name in $DEVSHELL_CI_ENVIRONMENTS; do set -- "$@" -e "$name"; done
  annotated devshell "$@"
}

# In a container, the checkout and the home directory belong to another user.
trust_directories() {
  local trusted=${DEVSHELL_SAFE_DIRECTORY-} directory
  for directory in "$GITHUB_WORKSPACE" "$HOME"; do
    [ -O "$directory" ] || trusted+=${trusted:+:}$directory
  done
  [ -z "$trusted" ] || echo "DEVSHELL_SAFE_DIRECTORY=$trusted" >>"$GITHUB_ENV"
}

get() {
  local directory version
  directory=$(annotated sh "$here/get.sh" "$here/../../src/cli/generate/launcher.sh" "$RUNNER_TEMP/devshell" \
    "$PWD" "$GITHUB_WORKSPACE")
  version=$("$directory/devshell" --version)
  echo "$directory" >>"$GITHUB_PATH"
  echo "version=${version#devshell }" >>"$GITHUB_OUTPUT"
  trust_directories
}

# Whether this job may write the cache. Events that strangers can cause need a wish, and a fork's code may do anything.
may_write() {
  case $GITHUB_EVENT_NAME in
    push | schedule | workflow_dispatch | merge_group | release) [ "$DEVSHELL_CI_CACHE_WRITE" != false ] ;;
    pull_request* | workflow_run)
      [ "$DEVSHELL_CI_CACHE_WRITE" = true ] && [ "$DEVSHELL_CI_HEAD_REPOSITORY" = "$GITHUB_REPOSITORY" ]
      ;;
    *) [ "$DEVSHELL_CI_CACHE_WRITE" = true ] ;;
  esac
}

# devshell knows at which line something is wrong with the lock.
annotate_lock() {
  local commands=''
  [ "$DEVSHELL_CI_ANNOTATE" = true ] || return 0
  commands=$(devshell doctor --ci 2>&1 >/dev/null | grep '^::error ') || true
  if [ -n "$commands" ]; then echo "$commands" >&2; else annotate; fi
}

check() {
  local found key status=0
  recorded devshell lock --check || status=$?
  if [ "$status" != 0 ]; then
    annotate_lock
    return "$status"
  fi
  found=$(devshell_here cache key --json)
  key=$(sed -n 's/^  "key": "\(.*\)",$/\1/p' <<<"$found")
  {
    echo "key=$key"
    echo "prefix=${key%-*}-"
    echo 'paths<<END'
    sed -n 's/^    "\(.*\)",\{0,1\}$/\1/p' <<<"$found"
    echo END
    if may_write; then echo write=true; else echo write=false; fi
  } >>"$GITHUB_OUTPUT"
}

# What an older cache brought and the lock does not name. On a runner of your own, it may be another project's.
clean() {
  if [ "${RUNNER_ENVIRONMENT-}" = github-hosted ]; then annotated devshell gc --only-here --yes; fi
}

case $1 in
  get | check | clean) "$1" ;;
  install) devshell_here install ;;
  activate) devshell_here env --format github ;;
esac
