# shellcheck shell=sh disable=SC1003,SC1090,SC2034,SC2046,SC2086,SC2093,SC2153,SC2154,SC2163
# devshell's start file for ksh93, mksh, dash, busybox ash and yash: what ENV names, or --rcfile of yash.
#
# The user's own file runs first; then the dev shell's environment is put on top of what is left. Values come as
# __DEVSHELL_* variables and are only ever assigned: what `eval` sees beside them are names.
# Functions are defined before the user's file, whose aliases cannot change what is parsed already, and variables have the
# prefix: there is no `local` in POSIX.

__devshell_say() {
  # mksh has no printf, and the others no print.
  if [ -n "${KSH_VERSION-}" ]; then command print -ru2 -- "devshell: $1"; else command printf 'devshell: %s\n' "$1" >&2; fi
}

# Puts the user's options and IFS aside, and gives them back. Not `set -e`: an interactive shell would end at the first
# command that fails.
__devshell_begin() {
  set -- "$-"
  { set +aefuvx; } 2>/dev/null
  __devshell_options=$1 __devshell_ifs=${IFS-"$__devshell_blanks"}
  set -f
  IFS=$__devshell_blanks
}
__devshell_end() {
  IFS=$__devshell_ifs
  set +f
  for __devshell_name in f u v x a; do
    case $__devshell_options in *"$__devshell_name"*) set "-$__devshell_name" ;; esac
  done
}

# Makes a plain variable of an exported one.
__devshell_unexport() {
  eval "__devshell_value=\$$1"
  unset -v "$1"
  eval "$1=\$__devshell_value"
}

# Whether the name $1 is among the patterns behind it, which have `*` at their end only.
__devshell_is_among() {
  __devshell_name=$1
  shift
  for __devshell_pattern; do
    # shellcheck disable=SC2254 # a pattern it is
    case $__devshell_name in $__devshell_pattern) return 0 ;; esac
  done
  return 1
}

# Unsets what __DEVSHELL_UNSET matches; at isolation `pure`, turns what __DEVSHELL_KEEP does not into plain variables. A
# line inside of a value may look like another variable, which is then looked for in vain.
__devshell_unset() {
  IFS=$__devshell_newline
  set -- $(\export -p)
  IFS=$__devshell_blanks
  for __devshell_line; do
    __devshell_line=${__devshell_line%%=*}
    __devshell_line=${__devshell_line##* }
    case $__devshell_line in '' | [0-9]* | *[!A-Za-z0-9_]* | __DEVSHELL_*) continue ;; esac
    eval "__devshell_found=\${$__devshell_line+x}"
    if [ -z "$__devshell_found" ]; then
      :
    elif __devshell_is_among "$__devshell_line" $__DEVSHELL_UNSET; then
      unset -v "$__devshell_line" || :
    elif [ -n "${__DEVSHELL_KEEP+x}" ] && ! __devshell_is_among "$__devshell_line" $__DEVSHELL_KEEP $__DEVSHELL_NAMES \
      PATH PWD OLDPWD SHLVL TERM HOME 'DEVSHELL_*'; then
      __devshell_unexport "$__devshell_line"
    fi
  done
}

# Puts every named variable in force. Whether one that differs can be assigned is tried in a subshell, since that ends the
# shell otherwise.
__devshell_apply() {
  for __devshell_line in $__DEVSHELL_NAMES; do
    eval "__devshell_found=\${__DEVSHELL_V_$__devshell_line+x} __devshell_value=\${__DEVSHELL_V_$__devshell_line-}"
    [ -n "$__devshell_found" ] || continue
    eval "__devshell_old=\${$__devshell_line-\"\$__devshell_value is not set\"}"
    if [ "$__devshell_old" != "$__devshell_value" ]; then
      if (unset -v "$__devshell_line" && eval "$__devshell_line=x") 2>/dev/null; then
        unset -v "$__devshell_line"
        eval "$__devshell_line=\$__devshell_value"
      elif [ -n "$__devshell_rc" ]; then
        __devshell_restart "made \`$__devshell_line\` read-only"
      else
        __devshell_say "\`$__devshell_line\` is read-only and keeps its value"
      fi
    fi
    export "$__devshell_line"
  done
}

# Drops aliases and functions that hide a pinned command. An alias that adds options to its own name stays.
__devshell_drop() {
  IFS=$__devshell_newline
  set -- $(__devshell_list)
  IFS=$__devshell_blanks
  for __devshell_line; do
    __devshell_name=${__devshell_line#alias }
    __devshell_name=${__devshell_name%%=*}
    __devshell_is_among "$__devshell_name" $__DEVSHELL_COMMANDS || continue
    case $__devshell_line in
      *=*)
        __devshell_line="${__devshell_line#*=} "
        __devshell_line=${__devshell_line#[\'\"]}
        case ${__devshell_line#"$__devshell_name"} in [\'\"\ ]*) continue ;; esac
        command unalias "$__devshell_name"
        __devshell_say "dropped your alias \`$__devshell_name\`, which hid the dev shell's own"
        ;;
      *)
        unset -f "$__devshell_name"
        [ "$(\command -v "$__devshell_name")" = "$__devshell_name" ] || # a builtin
          __devshell_say "dropped your function \`$__devshell_name\`, which hid the dev shell's own"
        ;;
    esac
  done
}

# The aliases of the user's own settings, `NAME=BODY` on a line each.
__devshell_define() {
  IFS=$__devshell_newline
  for __devshell_line in ${__DEVSHELL_ALIASES-}; do command alias "$__devshell_line"; done
  IFS=$__devshell_blanks
}

# `NAME=BODY` for each alias, NAME for each function or builtin, with the name of a pinned command.
__devshell_list() {
  IFS=$__devshell_blanks
  for __devshell_name in $__DEVSHELL_COMMANDS; do
    command alias "$__devshell_name" && command unalias "$__devshell_name"
    command -v "$__devshell_name"
  done 2>/dev/null
}

# The prompt holds a reference to the marker. What an expansion yields is shown as it is, but that ksh93 replaces `!`, and
# busybox and yash what follows `\`. mksh takes the first character for a delimiter if a carriage return follows it.
__devshell_mark() {
  # shellcheck disable=SC3003 # only mksh has to know $'\r'
  __devshell_marker=$__DEVSHELL_MARKER __devshell_return=$'\r' PS1=${PS1-\$ }
  case ${__DEVSHELL_SHELL##*/}:${BB_ASH_VERSION-}${YASH_VERSION-}:${KSH_VERSION-} in
    ash:* | busybox:* | *:?*:*) __devshell_double '\' ;;
    *:*" 93"*) __devshell_double '!' ;;
  esac
  [ -z "${DEVSHELL_NO_PROMPT-}" ] || return 0
  # shellcheck disable=SC2016
  case $PS1 in
    *'${__devshell_marker-}'*) ;;
    ?"$__devshell_return"*) PS1=${PS1%"${PS1#??}"}'${__devshell_marker-}'${PS1#??} ;;
    *) PS1='${__devshell_marker-}'$PS1 ;;
  esac
}

# Doubles each character $1 in the marker.
__devshell_double() {
  __devshell_value=$__devshell_marker __devshell_marker=
  while :; do
    case $__devshell_value in *"$1"*) ;; *) break ;; esac
    __devshell_marker=$__devshell_marker${__devshell_value%%"$1"*}$1$1
    __devshell_value=${__devshell_value#*"$1"}
  done
  __devshell_marker=$__devshell_marker$__devshell_value
}

__devshell_finish() {
  __devshell_begin
  [ "$PWD" = "$__DEVSHELL_CWD" ] || command cd -- "$__DEVSHELL_CWD" || : # a directory that is gone is no reason to stop
  __devshell_unset
  __devshell_apply
  __devshell_drop
  __devshell_define
  __devshell_mark
  if [ "$1" = once ]; then
    unset -v $__devshell_carriers __DEVSHELL_START
    __devshell_rc=
  fi
  __devshell_end
}

# Begins again without the user's file, when that left no other way.
__devshell_restart() {
  __devshell_say "your $__devshell_rc $1; starting again without it"
  __devshell_rc=
  set -- $__devshell_carriers
  export "$@"
  export ENV="$__DEVSHELL_START/start.sh" __DEVSHELL_NO_RC=1
  case $__DEVSHELL_SHELL in
    */busybox) exec "$__DEVSHELL_SHELL" ash -i ;;
    */yash) exec "$__DEVSHELL_SHELL" --rcfile="$ENV" -i ;;
    *) exec "$__DEVSHELL_SHELL" -i ;;
  esac
}

# To reload is to be replaced, which only the shell itself can have done to it: once everything is ready.
devshell() {
  if [ "$*" != reload ]; then
    command devshell "$@"
    return
  fi
  __devshell_begin
  set -- --manifest "$__devshell_manifest" --shell "$__devshell_shell" $__devshell_again
  __devshell_end
  # The name is one that devshell takes out of what it starts, as the user's `set -a` exports it here already.
  __DEVSHELL_PIPES=$(__DEVSHELL_UNDO=$__devshell_undo command devshell reload --prepare "$@") || {
    set -- "$?"
    unset -v __DEVSHELL_PIPES
    return "$1"
  }
  export __DEVSHELL_PIPES __DEVSHELL_UNDO="$__devshell_undo"
  [ -z "$__devshell_env" ] || export ENV="$__devshell_env"
  exec env devshell reload "$@" # mksh would take the function for the program
  unset -v __DEVSHELL_PIPES __DEVSHELL_UNDO
}

__devshell_newline='
'
__devshell_blanks=" 	$__devshell_newline"
__devshell_manifest=$__DEVSHELL_MANIFEST __devshell_shell=$__DEVSHELL_SHELL __devshell_again=$__DEVSHELL_OPTIONS
__devshell_undo=$__DEVSHELL_BACK __devshell_env=${__DEVSHELL_ENV-} __devshell_rc=

# A shell that gives up the user's file halfway shall not leave the carriers to its children. __DEVSHELL_START stays: it
# tells a devshell that the file calls where it is.
__devshell_carriers='__DEVSHELL_NAMES __DEVSHELL_UNSET __DEVSHELL_COMMANDS __DEVSHELL_MARKER
  __DEVSHELL_SHELL __DEVSHELL_CWD __DEVSHELL_MANIFEST __DEVSHELL_STAMP __DEVSHELL_OPTIONS __DEVSHELL_BACK'
for __devshell_line in KEEP ENV ALIASES ENV_FILES ${__DEVSHELL_NAMES}; do
  case $__devshell_line in KEEP | ENV | ALIASES | ENV_FILES) ;; *) __devshell_line=V_$__devshell_line ;; esac
  eval "__devshell_found=\${__DEVSHELL_$__devshell_line+x}"
  [ -z "$__devshell_found" ] || __devshell_carriers="$__devshell_carriers __DEVSHELL_$__devshell_line"
done
for __devshell_line in $__devshell_carriers; do __devshell_unexport "$__devshell_line"; done

# Where each shell looks: ENV, or a file of its own.
if [ -n "${__DEVSHELL_NO_RC-}" ]; then
  unset -v __DEVSHELL_NO_RC ENV # started again
elif [ -n "${__DEVSHELL_ENV-}" ]; then
  ENV=$__DEVSHELL_ENV
  eval "__devshell_rc=\"$ENV\"" # POSIX.1-2017 has the shell expand it (Shell Command Language, 2.5.3)
else
  unset -v ENV
  case ${YASH_VERSION+yash}${KSH_VERSION-} in
    yash) __devshell_rc=~/.yashrc ;;
    *MIRBSD* | *LEGACY*) __devshell_rc=~/.mkshrc ;;
    ?*) __devshell_rc=~/.kshrc ;;
  esac
fi
[ -r "$__devshell_rc" ] || __devshell_rc=

if [ -z "$__devshell_rc" ]; then
  :
elif [ -n "${KSH_VERSION-}${YASH_VERSION-}" ]; then
  # Stays behind, inert.
  trap '[ -z "$__devshell_rc" ] || __devshell_restart "ended the shell"' EXIT
  . "$__devshell_rc" || :
else
  # dash and ash give the file up at some errors, and this one with it. What is in force by then stays.
  __devshell_finish again
  __devshell_unexport __DEVSHELL_START # PATH leads to the dev shell by now
  . "$__devshell_rc" || :
fi
__devshell_finish once
