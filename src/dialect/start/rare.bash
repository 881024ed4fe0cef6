# shellcheck shell=bash disable=SC2034,SC2128,SC2154,SC2163,SC2178
# The parts of bashrc and finish.bash that few sessions need. It is read inside of a function, with aliases off.

# Begins again without the user's file, when that left no other way.
__devshell_restart() {
  __devshell_say "your ~/${__devshell_rc##*/} $1; starting again without it"
  if [ -n "${__DEVSHELL_XDG_DATA_DIRS+x}" ]; then
    builtin export XDG_DATA_DIRS="$__DEVSHELL_XDG_DATA_DIRS"
  else
    builtin unset -v XDG_DATA_DIRS
  fi
  builtin export __DEVSHELL_NO_RC=1
  builtin exec "$__DEVSHELL_SHELL" --noprofile --rcfile "$__devshell_start/bashrc" -i
}

# `devshell reload`: only once everything is ready is this shell replaced. What was read of pipes is passed on.
__devshell_reload() {
  local -x __DEVSHELL_PIPES
  __DEVSHELL_PIPES=$(__DEVSHELL_UNDO=$__devshell_undo builtin command devshell reload --prepare "${__devshell_again[@]}") || return
  __DEVSHELL_UNDO=$__devshell_undo builtin exec devshell reload "${__devshell_again[@]}"
}

# A read-only variable can only be got rid of with the whole shell.
__devshell_resist() {
  [ -z "$__devshell_rc" ] || __devshell_restart "made \`$__devshell_stuck\` read-only"
  __devshell_say "\`$__devshell_stuck\` is read-only and keeps its value"
}

# Unsets what matches the patterns of __DEVSHELL_UNSET, if it is exported: a plain shell variable of such a name bends no
# tool (PROMPT_COMMAND, CDPATH).
__devshell_unset() {
  local __devshell_pattern __devshell_name __devshell_found
  for __devshell_pattern in $__DEVSHELL_UNSET; do
    __devshell_found=$__devshell_pattern
    [[ $__devshell_pattern != *\* ]] || builtin eval "__devshell_found=\${!${__devshell_pattern%?}@}"
    for __devshell_name in $__devshell_found; do
      [[ -n ${!__devshell_name+x} && $__devshell_name != __DEVSHELL_* ]] || continue
      [[ " $__DEVSHELL_NAMES " != *" $__devshell_name "* ]] || continue # set again below
      if [ "$__devshell_version" -ge 404 ]; then
        [[ ${!__devshell_name@a} == *x* ]] || continue
      elif [ "$__devshell_name" = PROMPT_COMMAND ]; then # cannot tell here; the one that must not be lost
        builtin export -n PROMPT_COMMAND
        continue
      fi
      builtin unset -v "$__devshell_name" || builtin export -n "$__devshell_name"
    done
  done
} 2>/dev/null

# At isolation `pure`: whatever else is exported becomes a plain shell variable.
__devshell_keep() {
  local __devshell_name __devshell_extglob=-s
  local __devshell_pattern="PATH|PWD|OLDPWD|SHLVL|TERM|HOME|DEVSHELL_*"
  __devshell_pattern="@($__devshell_pattern|${__DEVSHELL_NAMES// /|}|${__DEVSHELL_KEEP// /|})"
  builtin shopt -q extglob || __devshell_extglob=-u
  builtin shopt -s extglob # [[ ]] knows such patterns by itself from 4.1 on only
  for __devshell_name in $(\builtin compgen -e); do
    # shellcheck disable=SC2053 # a pattern it is
    [[ $__devshell_name == $__devshell_pattern ]] || builtin export -n "$__devshell_name"
  done
  builtin shopt "$__devshell_extglob" extglob
}

__devshell_unexport_functions() {
  local __devshell_name
  for __devshell_name in $(\builtin compgen -A function); do builtin export -nf "$__devshell_name"; done
}

# bash 3.2, that of macOS, has no BASH_ALIASES: read `alias name='body'` lines, of which only the first words matter.
__devshell_check_aliases() {
  local __devshell_line
  while IFS= builtin read -r __devshell_line; do
    [[ $__devshell_line == "alias "*=* ]] || continue
    __devshell_line=${__devshell_line#alias }
    builtin set -- "${__devshell_line%%=*}" "${__devshell_line#*=\'}"
    __devshell_check_alias "$1" "${2%\'}"
  done < <(\builtin alias -p)
}

# What devshell knows of a command that is not there; only when that is nothing, the user's own handler is asked.
__devshell_not_there() {
  builtin hash -r
  if [[ -n ${__devshell_asks-} ]] || ! builtin type -P devshell >/dev/null; then # `command devshell` would lead back here
    builtin printf 'bash: %q: command not found\n' "$1" >&2
    return 127
  fi
  # A prompt hook of the user's asks for its own programs again and again: what it misses is said once.
  [[ -z $__devshell_in_prompt || -n $__devshell_first ]] || return 127
  local __devshell_known='' __devshell_asks=1
  builtin declare -F __devshell_users_command_not_found_handle >/dev/null && __devshell_known=--known
  builtin command devshell not-there ${__devshell_known:+"$__devshell_known"} --shell bash -- "$1"
  [[ $? == 1 && -n $__devshell_known ]] || return 127
  __devshell_users_command_not_found_handle "$@"
}

# Where the user traps DEBUG, nothing of ours may run at top level after the user's last hook $1: the trap would take it for
# what is typed next. So ours runs within that hook, which keeps its name if it has one: traps know theirs by it. The
# first one of ours has a name that the trap of VS Code passes over. Leaves what is the last element now in __devshell_last.
__devshell_wrap() {
  local __devshell_name=${1%"${1##*[!$' \t\n;']}"} __devshell_body
  __devshell_name=${__devshell_name##*[!A-Za-z0-9_]}
  if ! __devshell_body=$(\builtin declare -f "$__devshell_name"); then
    __devshell_last=__devshell_with_after __devshell_text=$1
    return
  fi
  __devshell_last=$1
  [[ $__devshell_body != *__devshell_after* ]] || return 0
  builtin eval "__devshell_users_$__devshell_body"
  builtin eval "$__devshell_name() { __devshell_users_$__devshell_name \"\$@\"; __devshell_after; }"
}
__devshell_with_after() {
  builtin eval "$__devshell_text"
  __devshell_after
}
__vsc_prompt_devshell() { __devshell_before; }

# Makes ours the first and the last hook again. __bp_interactive_mode of bash-preexec must stay the very last: a command
# behind it would be taken for the user's next one.
__devshell_hook() {
  # Fails on a read-only variable, which an assignment would answer by abandoning the function.
  builtin printf -v PROMPT_COMMAND %s "${PROMPT_COMMAND-}" 2>/dev/null || return 0
  local __devshell_hook __devshell_bp='' __devshell_hooks __devshell_last
  if [ "$__devshell_version" -ge 501 ]; then
    __devshell_hooks=()
    for __devshell_hook in "${PROMPT_COMMAND[@]}"; do
      case $__devshell_hook in
        __devshell_before | __devshell_still | __devshell_after | __vsc_prompt_devshell | '') ;;
        __devshell_with_after) __devshell_hooks+=("$__devshell_text") ;;
        __bp_interactive_mode) __devshell_bp=$__devshell_hook ;;
        *) __devshell_hooks+=("$__devshell_hook") ;;
      esac
    done
    # A file that is read again assigns its hook to the first element, where ours was.
    if [[ ${#__devshell_hooks[@]} -gt 1 && ${__devshell_hooks[*]::1} == "${PROMPT_COMMAND-}" &&
      ${__devshell_hooks[*]::1} == "${__devshell_hooks[*]: -1}" ]]; then
      __devshell_hooks=("${__devshell_hooks[@]:1}")
    fi
    if [[ -n $__devshell_bp ]]; then
      PROMPT_COMMAND=(__devshell_before "${__devshell_hooks[@]}" __devshell_after "$__devshell_bp")
      __devshell_begins=__devshell_before __devshell_ends=__bp_interactive_mode
      __bp_interactive_mode force # at this prompt, ours came after it
    elif [[ -n $__devshell_traps && ${#__devshell_hooks[@]} -gt 0 && ${__devshell_hooks[*]} != *__bp_* ]]; then
      __devshell_wrap "${__devshell_hooks[@]: -1}"
      builtin unset -v "__devshell_hooks[${#__devshell_hooks[@]}-1]"
      __devshell_hook=__devshell_before
      ! builtin declare -F __vsc_prompt_cmd_original >/dev/null || __devshell_hook=__vsc_prompt_devshell
      PROMPT_COMMAND=("$__devshell_hook" __devshell_still "${__devshell_hooks[@]}" "$__devshell_last")
      __devshell_begins=$__devshell_hook __devshell_ends=$__devshell_last
    else
      PROMPT_COMMAND=(__devshell_before "${__devshell_hooks[@]}" __devshell_after)
      __devshell_begins=__devshell_before __devshell_ends=__devshell_after
    fi
    return
  fi
  # Before 5.1 it is one string. The user's part may end in `;` or in a comment: only a newline is sure to separate. An
  # exported one must not reach a child, which has not got the functions.
  builtin export -n PROMPT_COMMAND
  local __devshell_eol=$'\n'
  __devshell_hooks=$__devshell_eol$PROMPT_COMMAND$__devshell_eol
  for __devshell_hook in __devshell_before __devshell_after __bp_interactive_mode; do
    [[ $__devshell_hooks == *__bp_interactive_mode* ]] && __devshell_bp=$__devshell_eol'__bp_interactive_mode'
    __devshell_hooks=${__devshell_hooks//$__devshell_eol$__devshell_hook$__devshell_eol/$__devshell_eol}
  done
  __devshell_hooks=${__devshell_hooks#"$__devshell_eol"}
  builtin printf -v PROMPT_COMMAND %s "__devshell_before$__devshell_eol${__devshell_hooks}__devshell_after$__devshell_bp" \
    2>/dev/null # before 5.0, the trial above succeeds even so
}
