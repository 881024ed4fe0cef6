# shellcheck shell=bash disable=SC2016,SC2128,SC2153,SC2178
# What devshell keeps doing at each prompt of a bash session: the marker stands in PS1, and PATH is not a hook's to change.
#
# __devshell_before runs first in PROMPT_COMMAND and notes PATH, so that what the user typed counts; __devshell_after
# runs last and takes back what other hooks did to it. Neither may trip over `set -u`, or over any option or IFS.

__devshell_before() {
  __devshell_status=$?
  if [ -z "$__devshell_in_prompt" ]; then
    __devshell_in_prompt=1
    __devshell_path=$PATH
  fi
  # From 5.1 on PROMPT_COMMAND is an array, and bash itself gives $? and PIPESTATUS back between its elements.
  [ -n "$__devshell_array" ] || return "$__devshell_status"
}

__devshell_after() {
  __devshell_status=$?
  __devshell_in_prompt=
  if [ "$PATH" != "$__devshell_path" ]; then
    builtin export PATH="$__devshell_path"
    if [ -z "$__devshell_noticed" ]; then
      __devshell_noticed=1
      __devshell_say "a prompt hook changed PATH; the dev shell's own is back in front"
    fi
  fi
  # Whatever waited for the first prompt to change the environment has done so by now: once more, and then forget.
  if [ -n "${__DEVSHELL_NAMES+x}" ]; then
    __devshell_apply
    builtin unset -v "${!__DEVSHELL_@}" __devshell_stuck
    builtin unset -f __devshell_apply __devshell_export
  fi
  __devshell_mark
  __devshell_hook
  # Under the user's `set -a` the assignments above would have exported our state.
  case $- in *a*) builtin export -n "${!__devshell_@}" ;; esac
  [ -n "$__devshell_array" ] || return "$__devshell_status"
}

# Prompts that are rebuilt each time (starship) lose the marker each time.
__devshell_mark() {
  case ${PS1-} in
    *"$__devshell_ps1"*) ;;
    *) [ -n "${DEVSHELL_NO_PROMPT-}" ] || builtin printf -v PS1 '%s%s' "$__devshell_ps1" "${PS1-}" 2>/dev/null ;;
  esac
}

# Keeps ours the first and the last hook. __bp_interactive_mode of bash-preexec must stay the very last: a command behind
# it would be taken for the user's next one. `printf -v` fails on a read-only variable without abandoning the function.
__devshell_hook() {
  [ -n "$__devshell_array" ] || { __devshell_hook_string; return; }
  case ${PROMPT_COMMAND[0]-} in
    __devshell_before)
      case ${PROMPT_COMMAND[${#PROMPT_COMMAND[@]} - 1]-} in
        __devshell_after) return ;;
        __bp_interactive_mode) [ "${PROMPT_COMMAND[${#PROMPT_COMMAND[@]} - 2]-}" != __devshell_after ] || return 0 ;;
      esac ;;
  esac
  builtin printf -v PROMPT_COMMAND %s "${PROMPT_COMMAND-}" 2>/dev/null || return 0
  local __devshell_hook __devshell_last=__devshell_after
  local -a __devshell_hooks=(__devshell_before)
  for __devshell_hook in ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"}; do
    case $__devshell_hook in
      __devshell_before | __devshell_after | '') ;;
      __bp_interactive_mode) __devshell_last="__devshell_after $__devshell_hook" ;;
      *) __devshell_hooks+=("$__devshell_hook") ;;
    esac
  done
  local IFS=' '
  # shellcheck disable=SC2206 # one word or two
  PROMPT_COMMAND=("${__devshell_hooks[@]}" $__devshell_last)
}

# Before 5.1 it is one string: newlines, because the user's part may end in `;` or in a comment.
__devshell_hook_string() {
  local __devshell_eol=$'\n' __devshell_hooks="${PROMPT_COMMAND-}"
  case $__devshell_hooks in
    "__devshell_before$__devshell_eol"*"$__devshell_eol"__devshell_after) return ;;
    "__devshell_before$__devshell_eol"*"$__devshell_eol"__devshell_after"$__devshell_eol"__bp_interactive_mode) return ;;
  esac
  __devshell_hooks=${__devshell_hooks//__devshell_before$__devshell_eol/}
  __devshell_hooks=${__devshell_hooks//$__devshell_eol'__devshell_after'/}
  case $__devshell_hooks in
    *"$__devshell_eol"__bp_interactive_mode)
      __devshell_hooks="${__devshell_hooks%"$__devshell_eol"*}${__devshell_eol}__devshell_after${__devshell_eol}__bp_interactive_mode" ;;
    *) __devshell_hooks="$__devshell_hooks${__devshell_eol}__devshell_after" ;;
  esac
  builtin printf -v PROMPT_COMMAND '__devshell_before\n%s' "$__devshell_hooks" 2>/dev/null
}

__devshell_start_prompt() {
  __devshell_marker=$__DEVSHELL_MARKER
  # With promptvars, PS1 holds a reference to the marker: what an expansion yields is shown as it is. Without it, only
  # backslashes mean something.
  __devshell_ps1='${__devshell_marker-}'
  builtin shopt -q promptvars || __devshell_ps1=${__devshell_marker//\\/\\\\}
  __devshell_path=$PATH
  __devshell_in_prompt=1 # the first __devshell_before has nothing to note: nobody has typed yet
  __devshell_noticed=
  __devshell_array=
  [ "${BASH_VERSINFO[0]}" -lt 5 ] || [ "${BASH_VERSINFO[0]}${BASH_VERSINFO[1]}" = 50 ] || __devshell_array=1
  __devshell_mark
  __devshell_hook
}
