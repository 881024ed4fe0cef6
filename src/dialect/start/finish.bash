# shellcheck shell=bash disable=SC2016,SC2034,SC2128,SC2153,SC2154,SC2168,SC2206
# Puts the dev shell's environment on top of what the user's file left. It is read in __devshell_finish of bashrc, with
# aliases and the user's options off: lines that run once cost less here than as functions there.

[ "$PWD" = "$__DEVSHELL_CWD" ] || { builtin cd -- "$__DEVSHELL_CWD" && OLDPWD=$__devshell_oldpwd; }

# Is anything there that __DEVSHELL_UNSET matches? These are names, and prefixes with `*` behind them. ${!LD_@} lists
# names without a fork, but the prefix has to be spelled out: `eval` sees letters, digits and underscores only.
local __devshell_name __devshell_value __devshell_found=
for __devshell_name in $__DEVSHELL_UNSET; do
  if [[ $__devshell_name == *\* ]]; then
    builtin eval "__devshell_found+=\${!${__devshell_name%?}@}"
  elif [ -n "${!__devshell_name+x}" ]; then
    __devshell_found=$__devshell_name
  fi
done
[ -z "$__devshell_found" ] || {
  __devshell_read rare
  __devshell_unset
}

# Puts every named variable in force; one that resists is left in __devshell_stuck. `export` fails quietly on a read-only
# variable where a plain assignment would abandon everything. A value that differs may be an integer, an array or
# upper-cased by now: unset forgets such attributes. Before the file, all but PATH had these very values.
local __devshell_overridden=
__devshell_stuck=
{
  for __devshell_name in $__DEVSHELL_NAMES; do
    __devshell_value=__DEVSHELL_V_$__devshell_name
    if [ "${!__devshell_name-}" = "${!__devshell_value-}" ]; then
      [[ $__devshell_version -ge 404 && ${!__devshell_name@a} == x ]] && continue
    else
      [ "$__devshell_name" = PATH ] || __devshell_overridden+=" $__devshell_name"
      builtin unset -v "$__devshell_name"
    fi
    [ -n "${!__devshell_value+x}" ] || continue
    builtin export "$__devshell_name=${!__devshell_value}"
    [ "${!__devshell_name-}" = "${!__devshell_value}" ] || __devshell_stuck=$__devshell_name
  done
} 2>/dev/null
if [[ -n $__devshell_stuck || -n ${__DEVSHELL_KEEP+x} || $__devshell_version -lt 501 ]]; then
  __devshell_read rare
  [ -z "$__devshell_stuck" ] || __devshell_resist
  [ -z "${__DEVSHELL_KEEP+x}" ] || __devshell_keep
fi
# shellcheck disable=SC2086 # words are wanted
[[ -z $__devshell_overridden || -z $__devshell_rc ]] ||
  builtin command devshell overridden --shell bash $__devshell_overridden

# The history of a sandbox. A user who keeps none has no HISTFILE; `=` would abandon all of this if it is read-only.
[[ -z ${__DEVSHELL_HISTORY-} || -z ${HISTFILE-} ]] ||
  builtin printf -v HISTFILE '%s/bash_history' "$__DEVSHELL_HISTORY" 2>/dev/null

__devshell_rc=
if [[ ${XDG_DATA_DIRS-} != "$__devshell_share"* ]]; then # the file extended it
  XDG_DATA_DIRS=${XDG_DATA_DIRS//$__devshell_share/}
elif [ -n "${__DEVSHELL_XDG_DATA_DIRS+x}" ]; then
  XDG_DATA_DIRS=${XDG_DATA_DIRS#"$__devshell_share"}
else
  builtin unset -v XDG_DATA_DIRS
fi

# No function may be exported. Listing those takes a fork, but learning that there is none does not: writing to a closed
# standard output fails only when there is something to write (from bash 4 on).
if [ "$__devshell_version" -lt 400 ] || ! builtin export -pf >&- 2>/dev/null; then
  __devshell_read rare
  __devshell_unexport_functions
fi

for __devshell_name in $__DEVSHELL_COMMANDS; do
  builtin declare -F "$__devshell_name" && builtin unset -f "$__devshell_name" &&
    __devshell_say "dropped your function \`$__devshell_name\`, which hid the dev shell's own"
done >/dev/null

# The user's own of config.json, `name=command` and a newline each. Below they are judged as all others are.
__devshell_value=${__DEVSHELL_ALIASES-}
while [ -n "$__devshell_value" ]; do
  builtin alias -- "${__devshell_value%%$'\n'*}"
  __devshell_value=${__devshell_value#*$'\n'}
done

# Drops the alias $1 with the body $2 if it hides a pinned command, or if its own command is gone. What a body runs is
# its first word, behind assignments and `command`; a word with quotes, `$` or `/` in it is not ours to judge.
__devshell_check_alias() {
  local __devshell_name="$1"
  # shellcheck disable=SC2086 # words are wanted
  builtin set -- $2
  while [[ ${1-} == *=* || ${1-} == command || ${1-} == exec || ${1-} == time || ${1-} == nohup ]]; do shift; done
  if [ "${1#\\}" = "$__devshell_name" ]; then
    return
  elif [[ " $__DEVSHELL_COMMANDS " == *" $__devshell_name "* ]]; then
    builtin unalias -- "$__devshell_name" &&
      __devshell_say "dropped your alias \`$__devshell_name\`, which hid the dev shell's own"
  elif [[ -n ${1-} && $1 != *[!A-Za-z0-9_.+-]* ]]; then
    builtin type -t -- "$1" || builtin unalias -- "$__devshell_name"
  fi
}
{
  [ "$__devshell_version" -ge 400 ] || __devshell_check_aliases
  for __devshell_name in "${!BASH_ALIASES[@]}"; do
    __devshell_check_alias "$__devshell_name" "${BASH_ALIASES[$__devshell_name]}"
  done
} >/dev/null

# bash calls this in a child of its own; what it does there is not worth parsing for sessions that miss nothing. A handler
# of the user's own, or of the distribution's, is kept under another name, which takes a fork: bash copies no function.
! builtin declare -F command_not_found_handle >/dev/null ||
  builtin eval "__devshell_users_$(\builtin declare -f command_not_found_handle)"
command_not_found_handle() {
  __devshell_read rare
  __devshell_not_there "$@"
}

# For the prompt, and for `devshell reload`.
__devshell_manifest=$__DEVSHELL_MANIFEST __devshell_lock=$DEVSHELL_ROOT/devshell.lock __devshell_stamp=$__DEVSHELL_STAMP
__devshell_again=(--manifest "$__DEVSHELL_MANIFEST" --shell "$__DEVSHELL_SHELL" $__DEVSHELL_OPTIONS)
__devshell_undo=$__DEVSHELL_BACK
IFS=$'\n'
__devshell_env_files=(${__DEVSHELL_ENV_FILES-})
IFS=$' \t\n'

# With promptvars, PS1 holds a reference to the marker: what an expansion yields is shown as it is. Without it, only
# backslashes mean something.
__devshell_marker=$__DEVSHELL_MARKER __devshell_path=$PATH __devshell_in_prompt='' __devshell_noticed=''
__devshell_ps1='${__devshell_marker-}'
builtin shopt -q promptvars || __devshell_ps1=${__devshell_marker//\\/\\\\}
__devshell_begins=__devshell_before __devshell_ends=__devshell_after
if [[ $__devshell_version -ge 501 && ${PROMPT_COMMAND@a} != *r* ]]; then
  PROMPT_COMMAND=(__devshell_before "${PROMPT_COMMAND[@]}" __devshell_after)
  [ -z "$__devshell_traps" ] || {
    __devshell_read rare
    __devshell_hook
  }
else
  __devshell_after
fi

__devshell_first=1
builtin unset -f __devshell_check_alias
builtin unset -v "${!__DEVSHELL_@}" __devshell_rc __devshell_oldpwd __devshell_share __devshell_stuck
