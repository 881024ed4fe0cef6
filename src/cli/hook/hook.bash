# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # `devshell hook` sets __devshell_cd_program, and each answer the other variables
# devshell's hook for bash 3.2 and later. At each prompt it compares the times of a few files; only when one of them, or
# the directory, has changed does it start a process. Nothing in it may trip over an option of the user's (`set -eu`,
# nocasematch), so builtins are called through `builtin`, and texts are compared by `[`.

# Inside of `devshell enter`, what was entered stays: while its start file runs, and as long as its commands come before
# the system's on PATH. In a pane of tmux, a login shell has made PATH from nothing.
__devshell_cd_path=:$PATH:
__devshell_cd_path=${__devshell_cd_path%%:/usr/bin:*}
if [[ -z ${DEVSHELL_ROOT-} || -n ${__DEVSHELL_UNDO-} ||
  -z ${__devshell_start-} && ${__devshell_cd_path%%:/bin:*} != */links-1/* ]]; then
  __devshell_cd_version=$((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1]))

  # Succeeds when nothing has changed since the last time. The directory may be another one of the same name.
  __devshell_cd_is_still() {
    local __devshell_cd_file
    [ "$PWD" = "${__devshell_cd_at-}" ] && [[ -z ${__devshell_cd_here-} || . -ef $__devshell_cd_here ]] || return
    for __devshell_cd_file in ${__devshell_cd_there[@]+"${__devshell_cd_there[@]}"}; do
      [[ -e $__devshell_cd_file && ! $__devshell_cd_file -nt $__devshell_cd_stamp ]] || return
    done
    for __devshell_cd_file in ${__devshell_cd_absent[@]+"${__devshell_cd_absent[@]}"}; do
      [[ ! -e $__devshell_cd_file ]] || return
    done
  }

  # One change of an answer: a first round looks only at the names.
  __devshell_cd_put() {
    if [[ -n ${__devshell_cd_looks-} ]]; then
      __devshell_cd_names+=("$1")
    else
      builtin export "$1=$2"
    fi
  }
  __devshell_cd_take() {
    if [[ -n ${__devshell_cd_looks-} ]]; then
      __devshell_cd_names+=("$1")
    else
      builtin unset -v "$1"
    fi
  }

  # Makes the changes of the last answer. A project is entered as a whole, or not at all.
  __devshell_cd_change() {
    local __devshell_cd_name __devshell_cd_looks=1 __devshell_cd_names
    __devshell_cd_names=()
    __devshell_cd_set
    __devshell_cd_looks=
    if [[ -n $__devshell_cd_entry ]] && ! (builtin unset -v "${__devshell_cd_names[@]}") 2>/dev/null; then
      for __devshell_cd_name in "${__devshell_cd_names[@]}"; do
        (builtin unset -v "$__devshell_cd_name") 2>/dev/null || break
      done
      __devshell_cd_hook='' __devshell_cd_said="devshell: \`$__devshell_cd_name\` is read-only in this shell, so nothing is loaded"
    else
      __devshell_cd_set
    fi
    [[ -z $__devshell_cd_said ]] || builtin printf '%s\n' "$__devshell_cd_said" >&2
    __devshell_cd_keep
  }

  # Under the user's `set -a`, all that is made here would be exported.
  __devshell_cd_keep() {
    [[ $- != *a* ]] || {
      builtin export -n "${!__devshell_cd_@}"
      builtin export -nf devshell cd pushd popd __vsc_prompt_devshell __devshell_cd{,_set,_back,_put,_take,_change,_keep} \
        __devshell_cd_{look,find,ends,moved,is_still}
    } 2>/dev/null
  }

  # Asks devshell. An answer that was interrupted is asked for again at the next prompt.
  __devshell_cd_look() {
    local __devshell_cd_code
    [[ -x $__devshell_cd_program ]] || __devshell_cd_find || {
      __devshell_cd_at=$PWD
      return
    }
    if __devshell_cd_code=$("$__devshell_cd_program" on-prompt bash "${__devshell_cd_stamp-}"); then
      builtin eval "$__devshell_cd_code"
      __devshell_cd_at=$PWD
      __devshell_cd_change
      [[ -z $__devshell_cd_hook ]] || "$__devshell_cd_program" on-entered || :
    elif [ $? -lt 128 ]; then
      __devshell_cd_at=$PWD
    fi
  }

  # devshell is not where it was. Another one on PATH takes over; without any, a project can only be left.
  __devshell_cd_find() {
    builtin hash -r
    ! __devshell_cd_code=$(builtin type -P devshell) || {
      __devshell_cd_program=$__devshell_cd_code
      return
    }
    [[ -n ${__devshell_cd_gone-} ]] || builtin printf 'devshell: `%s` no longer exists, so `cd` loads no more projects\n' \
      "$__devshell_cd_program" >&2
    __devshell_cd_gone=1 __devshell_cd_looks=
    case $(builtin pwd -P)/ in "${DEVSHELL_ROOT-/}"/*) return 1 ;; esac
    ! builtin declare -F __devshell_cd_back >/dev/null || __devshell_cd_back
    builtin unset -f __devshell_cd_back
    return 1
  }

  __devshell_cd() {
    local __devshell_cd_status=$? __devshell_cd_pipe=("${PIPESTATUS[@]}")
    __devshell_cd_is_still || __devshell_cd_look
    # From 5.1 on, bash itself gives $? and PIPESTATUS back between the elements of PROMPT_COMMAND.
    [ "$__devshell_cd_version" -lt 501 ] || return 0
    if [ -n "${__devshell_cd_users-}" ]; then
      if [ ${#__devshell_cd_pipe[@]} -gt 1 ]; then
        builtin printf -v __devshell_cd_code '(exit %s)|' "${__devshell_cd_pipe[@]}"
        builtin eval "${__devshell_cd_code%|}
$__devshell_cd_users"
      else
        builtin eval "__devshell_cd_ends $__devshell_cd_status
$__devshell_cd_users"
      fi
    else
      __devshell_cd_ends "$__devshell_cd_status"
    fi
  }
  # Under `set -e`, a status of the user's would end the shell.
  __devshell_cd_ends() { [[ $- == *e* ]] || return "$1"; }

  # After a `cd`, for what follows it on the line. In a subshell nothing is said, and no hook runs.
  __devshell_cd_moved() {
    if [ "${BASH_SUBSHELL-0}" = 0 ]; then
      __devshell_cd_is_still || __devshell_cd_look
    elif ! __devshell_cd_is_still && [[ -x $__devshell_cd_program ]]; then
      local __devshell_cd_code
      __devshell_cd_code=$("$__devshell_cd_program" -q on-prompt bash '' 2>/dev/null) &&
        builtin eval "$__devshell_cd_code" && __devshell_cd_said='' && __devshell_cd_change 2>/dev/null
    fi
    return 0
  }
  # The user's own functions and aliases of these names stay. `function` keeps an alias out of the definition.
  builtin declare -F cd >/dev/null || builtin alias cd &>/dev/null || function cd { builtin cd "$@" && __devshell_cd_moved; }
  builtin declare -F pushd >/dev/null || builtin alias pushd &>/dev/null ||
    function pushd { builtin pushd "$@" && __devshell_cd_moved; }
  builtin declare -F popd >/dev/null || builtin alias popd &>/dev/null ||
    function popd { builtin popd "$@" && __devshell_cd_moved; }

  # What is typed at devshell may change what is allowed.
  function devshell {
    __devshell_cd_at=
    builtin command devshell "$@"
  }

  # The DEBUG trap of VS Code takes any command for the user's whose name does not begin so.
  __vsc_prompt_devshell() { __devshell_cd; }

  __devshell_cd_keep

  if [[ "${PROMPT_COMMAND[*]-}" == *__devshell_cd* || "${PROMPT_COMMAND[*]-}" == *__vsc_prompt_devshell* ]]; then
    :
  elif ! (builtin unset -v PROMPT_COMMAND) 2>/dev/null; then
    builtin printf 'devshell: %s\n' 'PROMPT_COMMAND is read-only in this shell, so only `cd` loads projects' >&2
  elif [ "$__devshell_cd_version" -ge 501 ]; then
    builtin export -n PROMPT_COMMAND
    if builtin declare -F __vsc_prompt_cmd_original >/dev/null; then
      PROMPT_COMMAND=(__vsc_prompt_devshell "${PROMPT_COMMAND[@]}")
    else
      PROMPT_COMMAND=(__devshell_cd "${PROMPT_COMMAND[@]}")
    fi
  else
    builtin export -n PROMPT_COMMAND # no child has the functions
    # bash-preexec takes a line of its own out again, and must find it.
    if [[ -n ${PROMPT_COMMAND-} && $PROMPT_COMMAND != *__bp_install* ]]; then
      __devshell_cd_users=$PROMPT_COMMAND PROMPT_COMMAND=__devshell_cd
    else
      PROMPT_COMMAND="__devshell_cd${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
    fi
  fi
fi
builtin unset -v __devshell_cd_path
