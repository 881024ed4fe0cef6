# devshell's hook for zsh. At each prompt it compares the times of a few files; only when one of them, or the directory,
# has changed does it start a process.

# Inside of `devshell enter`, what was entered stays: while its start file runs, and as long as its commands come before
# the system's on PATH. In a pane of tmux, a login shell has made PATH from nothing.
__devshell_cd_path=:$PATH:
if [[ -z ${DEVSHELL_ROOT-} || -n ${__DEVSHELL_UNDO-} ||
  -z ${functions[__devshell_finish]-} && ${__devshell_cd_path%%:/usr/bin:*} != */links-1/* ]]; then
  # Succeeds when nothing has changed since the last time.
  __devshell_cd_is_still() {
    builtin emulate -LR zsh
    local __devshell_cd_file
    [[ $PWD == "$__devshell_cd_at" ]] || return
    for __devshell_cd_file in $__devshell_cd_there; do
      [[ -e $__devshell_cd_file && ! $__devshell_cd_file -nt $__devshell_cd_stamp ]] || return
    done
    for __devshell_cd_file in $__devshell_cd_absent; do
      [[ ! -e $__devshell_cd_file ]] || return
    done
  }

  __devshell_cd() {
    local __devshell_cd_status=$? __devshell_cd_code
    if ! __devshell_cd_is_still; then
      typeset -g __devshell_cd_at=$PWD
      __devshell_cd_code=$("$__devshell_cd_program" on-prompt zsh "${__devshell_cd_stamp-}") &&
        builtin eval "$__devshell_cd_code"
    fi
    return $__devshell_cd_status
  }

  # What is typed at devshell may change what is allowed.
  devshell() {
    typeset -g __devshell_cd_at=
    command devshell "$@"
  }

  typeset -ga precmd_functions
  (( ${precmd_functions[(I)__devshell_cd]} )) || precmd_functions=(__devshell_cd $precmd_functions)
fi
