# The functions behind .zshenv and .zshrc. They are defined before any file of the user's is read, and begin with
# `emulate -LR zsh`, so that neither aliases nor options (ksh_arrays, sh_word_split, `emulate sh`) reach into them; at
# their end the user's options are back. Local names carry the prefix too: zsh scopes dynamically, and a local `name`
# would be exported in place of the user's. Values are only ever assigned, never evaluated.

__devshell_say() { builtin print -ru2 -- "devshell: $1" }

# Begins again without the user's files, when they left no other way: they ended the shell, or made PATH read-only.
__devshell_restart() {
  builtin emulate -LR zsh
  __devshell_say "your ${(D)__devshell_file} $1; starting again without it"
  __devshell_unshare
  builtin export __DEVSHELL_NO_RC=1 ZDOTDIR=$__DEVSHELL_START/zsh
  exec $__DEVSHELL_SHELL -i
}
# zsh 5.9 runs this in `(exit 3)` too, despite what its manual says.
__devshell_at_exit() { (( ZSH_SUBSHELL )) || __devshell_restart 'ended the shell' }
# The first prompt, should our .zshrc never be read: `unsetopt rcs` in the user's .zshenv stops zsh from reading any, and
# under `emulate sh` there zsh looks for it in HOME only.
__devshell_late() { __devshell_finish; __devshell_after }

# `exec fish` in .zshrc leaves these files for good. A fish that finds our share directory in XDG_DATA_DIRS reads
# fish/vendor_conf.d/devshell.fish there, and finishes in our stead.
__devshell_share() {
  (( ! ${+XDG_DATA_DIRS} )) || builtin typeset -gx __DEVSHELL_XDG_DATA_DIRS=$XDG_DATA_DIRS
  builtin typeset -gx XDG_DATA_DIRS=$__DEVSHELL_START/share:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}
}
__devshell_unshare() {
  if [[ $XDG_DATA_DIRS != "$__DEVSHELL_START/share:${__DEVSHELL_XDG_DATA_DIRS:-/usr/local/share:/usr/share}" ]]; then
    local __devshell_share=$__DEVSHELL_START/share:
    builtin typeset -gx XDG_DATA_DIRS=${XDG_DATA_DIRS/$__devshell_share/} # a file extended it
  elif (( ${+__DEVSHELL_XDG_DATA_DIRS} )); then
    builtin typeset -gx XDG_DATA_DIRS=$__DEVSHELL_XDG_DATA_DIRS
  else
    builtin unset XDG_DATA_DIRS
  fi
  builtin unset __DEVSHELL_XDG_DATA_DIRS
}

# Gives the user's ZDOTDIR back while their file $1 runs, and names that file in __devshell_file.
__devshell_enter() {
  builtin emulate -LR zsh
  if (( ! ${+__DEVSHELL_ZDOTDIR} )); then
    builtin unset ZDOTDIR
  elif [[ $__devshell_zdotdir_type == *export* ]]; then
    builtin typeset -gx ZDOTDIR=$__DEVSHELL_ZDOTDIR
  else
    builtin typeset -g +x ZDOTDIR=$__DEVSHELL_ZDOTDIR
  fi
  builtin typeset -g __devshell_file=
  [[ -n $__DEVSHELL_NO_RC ]] || __devshell_file=${ZDOTDIR-$HOME}/$1
}

# Notes what the user's file made of ZDOTDIR (many set it in .zshenv), and puts ours in its place, for this process only.
__devshell_leave() {
  builtin emulate -LR zsh
  builtin typeset -g __devshell_zdotdir_type=${(t)ZDOTDIR}
  if (( ${+ZDOTDIR} )); then
    builtin typeset -gx __DEVSHELL_ZDOTDIR=$ZDOTDIR
  else
    builtin unset __DEVSHELL_ZDOTDIR
  fi
  builtin typeset -g +x ZDOTDIR=$__DEVSHELL_START/zsh
}

__devshell_begin() {
  builtin emulate -LR zsh
  builtin typeset -g __devshell_oldpwd=$OLDPWD __devshell_zdotdir_type=export
  __devshell_share
  builtin typeset -ga precmd_functions zshexit_functions
  [[ -n $__DEVSHELL_NO_RC ]] || zshexit_functions=(__devshell_at_exit)
  precmd_functions=(__devshell_late)
  __devshell_enter .zshenv
}

# The global zshrc comes next, with our ZDOTDIR. That of Ubuntu runs compinit, which would leave its dump in our
# directory; `autoload` does not replace a function that exists.
__devshell_after_zshenv() {
  builtin emulate -LR zsh
  __devshell_leave
  (( ! ${+functions[compinit]} )) || return 0
  compinit() {
    local ZDOTDIR=${__DEVSHELL_ZDOTDIR-$HOME}
    builtin unfunction compinit
    builtin autoload -Uz compinit
    compinit "$@"
  }
}

# The global zshrc of macOS derives HISTFILE from ZDOTDIR.
__devshell_fix_global() {
  builtin emulate -LR zsh
  [[ $HISTFILE != "$__DEVSHELL_START/zsh/"* ]] || HISTFILE=${ZDOTDIR-$HOME}/${HISTFILE:t}
  [[ ${functions[compinit]} != *__DEVSHELL_ZDOTDIR* ]] || builtin unfunction compinit
}

# Exports $1 with the value $2, whatever the user's files made of it. A special parameter cannot be freed: `typeset +r
# PATH` is a fatal error.
__devshell_export() {
  case ${(Pt)1} in
    (*readonly*special*|array*special*|association*special*) return ;; # `status`, `path`: zsh never exports those
    (integer*special*) [[ -z ${2//[-0-9]/} ]] || return ;; # `LINES`: what is no number is an error
    (*special*) ;;
    (*readonly*) builtin typeset -g +r -- $1; builtin unset -- $1 ;;
    (integer*|float*|array*|association*|*left*|*right*|*upper*|*lower*) builtin unset -- $1 ;;
  esac
  builtin typeset -gx -- "$1=$2"
}

__devshell_apply() {
  builtin emulate -LR zsh
  local __devshell_name __devshell_value
  local -a __devshell_overridden
  for __devshell_name in ${(s: :)__DEVSHELL_NAMES}; do
    __devshell_value=__DEVSHELL_V_$__devshell_name
    [[ ${(Pt)__devshell_name} == scalar-export && ${(P)__devshell_name} == "${(P)__devshell_value}" ]] && continue
    (( ${(P)+__devshell_value} )) || continue
    # Before the files, all but PATH and what else is special had these very values.
    [[ $__devshell_name == PATH || ${(Pt)__devshell_name} == *special* ||
      ${(P)__devshell_name} == "${(P)__devshell_value}" ]] || __devshell_overridden+=($__devshell_name)
    __devshell_export $__devshell_name "${(P)__devshell_value}"
  done
  (( $#__devshell_overridden )) || return 0
  local -x ZDOTDIR=${ZDOTDIR-$HOME}
  __devshell_notices+=("$(builtin command devshell overridden --shell zsh $__devshell_overridden 2>&1)")
}

# Unsets what __DEVSHELL_UNSET matches; at isolation `pure`, turns what __DEVSHELL_KEEP does not into plain variables.
__devshell_unset() {
  builtin emulate -LR zsh -o extended_glob
  local __devshell_name __devshell_pattern="(${(j:|:)${(s: :)__DEVSHELL_UNSET}})"
  local -a __devshell_own=(${(s: :)__DEVSHELL_NAMES})
  local -a __devshell_found=(${${(k)parameters[(I)$~__devshell_pattern]}:#__DEVSHELL_*})
  for __devshell_name in ${__devshell_found:|__devshell_own}; do
    case ${(Pt)__devshell_name} in
      (^*export*) continue ;; # a plain shell variable bends no tool
      (*readonly*special*) builtin typeset -g +x -- $__devshell_name; continue ;;
      (*readonly*) builtin typeset -g +r -- $__devshell_name ;;
    esac
    builtin unset -- $__devshell_name
  done
  (( ${+__DEVSHELL_KEEP} )) || return 0
  __devshell_pattern="PATH PWD OLDPWD SHLVL TERM HOME DEVSHELL_* $__DEVSHELL_NAMES $__DEVSHELL_KEEP"
  __devshell_pattern="(${(j:|:)${(s: :)__devshell_pattern}})"
  for __devshell_name in ${${(k)parameters[(R)*export*]}:#${~__devshell_pattern}}; do
    [[ $__devshell_name == __DEVSHELL_* ]] || builtin typeset -g +x -- $__devshell_name
  done
}

# Defines the user's own aliases of config.json, `name=command` and a newline each.
__devshell_define() {
  builtin emulate -LR zsh
  local __devshell_line
  for __devshell_line in ${(f)__DEVSHELL_ALIASES}; do builtin alias -- "$__devshell_line"; done
}

# Leaves in REPLY what the alias body $1 runs: its first word, behind assignments and words like `noglob`.
__devshell_command() {
  local -a __devshell_words=(${(z)1})
  while [[ ${__devshell_words[1]} == (*=*|command|exec|noglob|nocorrect|time|nohup) ]]; do shift __devshell_words; done
  REPLY=${__devshell_words[1]#\\}
}

# Drops what hides a pinned command, then the aliases whose own command is gone. A word with quotes, `$` or `/` in it is
# not ours to judge.
__devshell_drop() {
  builtin emulate -LR zsh -o extended_glob
  local __devshell_name __devshell_kind REPLY
  local -a __devshell_pinned=(${(s: :)__DEVSHELL_COMMANDS})
  local -a __devshell_hiding=(${(k)aliases} ${(k)galiases} ${(k)functions})
  for __devshell_name in ${__devshell_pinned:*__devshell_hiding}; do
    __devshell_kind=
    if (( ${+aliases[$__devshell_name]} + ${+galiases[$__devshell_name]} )); then
      __devshell_command "${aliases[$__devshell_name]-${galiases[$__devshell_name]}}"
      [[ $REPLY == $__devshell_name ]] || { builtin unalias -- $__devshell_name; __devshell_kind=alias }
    fi
    (( ! ${+functions[$__devshell_name]} )) || { builtin unfunction -- $__devshell_name; __devshell_kind=function }
    [[ -z $__devshell_kind ]] || __devshell_notices+=(
      "devshell: dropped your $__devshell_kind \`$__devshell_name\`, which hid the dev shell's own"
    )
  done
  for __devshell_name in ${(k)aliases}; do
    __devshell_command "${aliases[$__devshell_name]}"
    [[ $REPLY == $__devshell_name || $REPLY != [A-Za-z0-9_.+-]## ]] || builtin whence -- $REPLY >/dev/null ||
      builtin unalias -- $__devshell_name
  done
}

# Runs once, behind the user's files. What is to be said waits for the first prompt: until then, powerlevel10k holds back
# what is printed, and warns of it.
__devshell_finish() {
  builtin emulate -LR zsh
  builtin typeset -ga __devshell_notices
  zshexit_functions=(${zshexit_functions:#__devshell_at_exit})
  precmd_functions=(${precmd_functions:#__devshell_late})
  [[ $ZDOTDIR != $__DEVSHELL_START/zsh ]] || __devshell_enter .zshrc # only when our .zshrc was passed over
  [[ ${(t)PATH}${(t)path} != *readonly* || -z $__devshell_file ]] || __devshell_restart 'made `PATH` read-only'
  __devshell_unshare
  [[ $PWD == "$__DEVSHELL_CWD" ]] || { builtin cd -q -- $__DEVSHELL_CWD && OLDPWD=$__devshell_oldpwd }
  # The history of a sandbox. A user who keeps none has no HISTFILE.
  [[ -z $__DEVSHELL_HISTORY || -z $HISTFILE || ${(t)HISTFILE} == *readonly* ]] ||
    builtin typeset -g HISTFILE=$__DEVSHELL_HISTORY/zsh_history
  __devshell_unset
  __devshell_apply
  __devshell_define
  __devshell_drop
  builtin source $__DEVSHELL_START/zsh/prompt.zsh
  builtin unset -m '__DEVSHELL_*'
  builtin unset __devshell_oldpwd __devshell_zdotdir_type __devshell_file
  builtin unfunction __devshell_{restart,at_exit,late,share,unshare,enter,leave,begin,after_zshenv,fix_global} \
    __devshell_{export,apply,unset,define,command,drop,finish}
}
