# shellcheck shell=bash disable=SC2154 # `devshell hook` sets __devshell_cd_program, and each answer the other variables
# devshell's hook for bash 3.2 and later. At each prompt it compares the times of a few files; only when one of them, or
# the directory, has changed does it start a process.

# Inside of `devshell enter`, what was entered stays: while its start file runs, and as long as its commands come before
# the system's on PATH. In a pane of tmux, a login shell has made PATH from nothing.
__devshell_cd_path=:$PATH:
if [[ -z ${DEVSHELL_ROOT-} || -n ${__DEVSHELL_UNDO-} ||
  -z ${__devshell_start-} && ${__devshell_cd_path%%:/usr/bin:*} != */links-1/* ]]; then
  # Succeeds when nothing has changed since the last time.
  __devshell_cd_is_still() {
    local __devshell_cd_file
    [[ $PWD == "${__devshell_cd_at-}" ]] || return
    for __devshell_cd_file in ${__devshell_cd_there[@]+"${__devshell_cd_there[@]}"}; do
      [[ -e $__devshell_cd_file && ! $__devshell_cd_file -nt $__devshell_cd_stamp ]] || return
    done
    for __devshell_cd_file in ${__devshell_cd_absent[@]+"${__devshell_cd_absent[@]}"}; do
      [[ ! -e $__devshell_cd_file ]] || return
    done
  }

  __devshell_cd() {
    local __devshell_cd_status=$? __devshell_cd_code
    if ! __devshell_cd_is_still; then
      __devshell_cd_at=$PWD
      __devshell_cd_code=$("$__devshell_cd_program" on-prompt bash "${__devshell_cd_stamp-}") &&
        builtin eval "$__devshell_cd_code"
    fi
    return "$__devshell_cd_status"
  }

  # What is typed at devshell may change what is allowed.
  devshell() {
    __devshell_cd_at=
    command devshell "$@"
  }

  case ";${PROMPT_COMMAND[*]-};" in
    *__devshell_cd*) ;;
    *) PROMPT_COMMAND="__devshell_cd${PROMPT_COMMAND:+;$PROMPT_COMMAND}" ;;
  esac
fi
