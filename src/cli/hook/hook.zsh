# devshell's hook for zsh. At each prompt and after each `cd` it compares the times of a few files; only when one of them,
# or the directory, has changed does it start a process. Its functions begin with `emulate -LR zsh`, so that no option of
# the user's (ksh_arrays, no_unset, err_exit) reaches into them.

# Inside of `devshell enter`, what was entered stays: while its start file runs, and as long as its commands come before
# the system's on PATH. In a pane of tmux, a login shell has made PATH from nothing.
__devshell_cd_path=:$PATH:
__devshell_cd_path=${__devshell_cd_path%%:/usr/bin:*}
if [[ -z ${DEVSHELL_ROOT-} || -n ${__DEVSHELL_UNDO-} ||
  -z ${functions[__devshell_finish]-} && ${__devshell_cd_path%%:/bin:*} != */links-1/* ]]; then
  # Succeeds when nothing has changed since the last time. The directory may be another one of the same name.
  function __devshell_cd_is_still {
    builtin emulate -LR zsh
    local __devshell_cd_file
    [[ $PWD == "$__devshell_cd_at" && ( -z $__devshell_cd_here || . -ef $__devshell_cd_here ) ]] || return
    for __devshell_cd_file in $__devshell_cd_there; do
      [[ -e $__devshell_cd_file && ! $__devshell_cd_file -nt $__devshell_cd_stamp ]] || return
    done
    for __devshell_cd_file in $__devshell_cd_absent; do
      [[ ! -e $__devshell_cd_file ]] || return
    done
  }

  # One change of an answer: a first round looks only for a name that cannot be given this value. What is zsh's own may
  # have a type that the value does not fit; zsh never exports its arrays.
  function __devshell_cd_put {
    case ${(Pt)1} in
      (*readonly*) __devshell_cd_stuck="\`$1\` is read-only" ;;
      (array*special*|association*special*) ;;
      (integer*special*) (( __devshell_cd_looks )) || [[ -n ${2//[-0-9]/} ]] || builtin typeset -gx -- "$1=$2" ;;
      (integer*|float*|array*|association*) __devshell_cd_stuck="\`$1\` is an array or a number" ;;
      (*) (( __devshell_cd_looks )) || builtin typeset -gx -- "$1=$2" ;;
    esac
  }
  function __devshell_cd_take {
    case ${(Pt)1} in
      (*readonly*) __devshell_cd_stuck="\`$1\` is read-only" ;;
      (array*special*|association*special*) ;;
      (*) (( __devshell_cd_looks )) || builtin unset -- "$1" ;;
    esac
  }

  # Makes the changes of the last answer. A project is entered as a whole, or not at all.
  function __devshell_cd_change {
    builtin emulate -LR zsh
    local __devshell_cd_stuck= __devshell_cd_looks=1
    __devshell_cd_set
    if [[ -n $__devshell_cd_stuck && -n $__devshell_cd_entry ]]; then
      __devshell_cd_hook=
      __devshell_cd_said="devshell: $__devshell_cd_stuck in this shell, so nothing is loaded"
    else
      __devshell_cd_looks=0
      __devshell_cd_set
    fi
    [[ -z $__devshell_cd_said ]] || builtin print -ru2 -- $__devshell_cd_said
  }

  # Asks devshell. An answer that was interrupted is asked for again at the next prompt.
  function __devshell_cd_look {
    builtin emulate -LR zsh
    local __devshell_cd_code
    if [[ ! -x $__devshell_cd_program ]] && ! __devshell_cd_find; then
      __devshell_cd_at=$PWD
      return
    fi
    if __devshell_cd_code=$("$__devshell_cd_program" on-prompt zsh "$__devshell_cd_stamp"); then
      builtin eval "$__devshell_cd_code"
      __devshell_cd_at=$PWD
      __devshell_cd_change
      [[ -z $__devshell_cd_hook ]] || "$__devshell_cd_program" on-entered
    elif (( $? < 128 )); then
      __devshell_cd_at=$PWD
    fi
  }

  # devshell is not where it was. Another one on PATH takes over; without any, a project can only be left. zsh remembers
  # where commands were, so these are looked for here.
  function __devshell_cd_find {
    builtin emulate -LR zsh
    local __devshell_cd_file __devshell_cd_looks=0 __devshell_cd_stuck
    for __devshell_cd_file in $^path/devshell(N); do
      [[ -x $__devshell_cd_file ]] || continue
      __devshell_cd_program=$__devshell_cd_file
      return
    done
    (( __devshell_cd_gone )) ||
      builtin print -ru2 -- "devshell: \`$__devshell_cd_program\` no longer exists, so \`cd\` loads no more projects"
    __devshell_cd_gone=1
    [[ ${PWD:A}/ != "${DEVSHELL_ROOT-/}"/* ]] || return 1
    if (( ${+functions[__devshell_cd_back]} )); then
      __devshell_cd_back
      builtin unfunction __devshell_cd_back
    fi
    return 1
  }

  function __devshell_cd {
    local __devshell_cd_status=$?
    builtin emulate -LR zsh
    __devshell_cd_is_still || __devshell_cd_look
    return $__devshell_cd_status
  }

  # After a `cd`, for what follows it on the line. In a subshell nothing is said, and no hook runs.
  function __devshell_cd_moved {
    builtin emulate -LR zsh
    __devshell_cd_is_still && return
    if (( ! ZSH_SUBSHELL )); then
      __devshell_cd_look
    elif [[ -x $__devshell_cd_program ]]; then
      local __devshell_cd_code
      __devshell_cd_code=$("$__devshell_cd_program" -q on-prompt zsh '' 2>/dev/null) || return 0
      builtin eval "$__devshell_cd_code"
      __devshell_cd_said=
      __devshell_cd_change 2>/dev/null
    fi
    return 0
  }

  # What is typed at devshell may change what is allowed.
  function devshell {
    builtin typeset -g +x __devshell_cd_at=
    builtin command devshell "$@"
  }

  function __devshell_cd_begin {
    builtin emulate -LR zsh
    builtin typeset -g +x __devshell_cd_program # the user's `setopt all_export` exports what is assigned outside
    builtin typeset -g __devshell_cd_at= __devshell_cd_here= __devshell_cd_stamp= __devshell_cd_gone=0
    builtin typeset -ga precmd_functions chpwd_functions __devshell_cd_there __devshell_cd_absent
    if [[ ${(t)precmd_functions}${(t)chpwd_functions} == *readonly* ]]; then
      builtin print -ru2 -- 'devshell: precmd_functions or chpwd_functions is read-only, so `cd` loads no projects'
      return
    fi
    precmd_functions=(__devshell_cd ${precmd_functions:#__devshell_cd})
    chpwd_functions=(__devshell_cd_moved ${chpwd_functions:#__devshell_cd_moved})
  }
  __devshell_cd_begin
  builtin unfunction __devshell_cd_begin
fi
builtin unset __devshell_cd_path
