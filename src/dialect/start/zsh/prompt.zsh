# What devshell keeps doing in a zsh session: the marker stands in PS1, PATH is not a hook's to change, and a command that
# is not there gets a word on how to have it.
#
# __devshell_before runs first among the precmd hooks and notes PATH, so that what the user typed counts;
# __devshell_after runs last and takes back what other hooks did to it.

__devshell_before() {
  local __devshell_status=$?
  builtin emulate -LR zsh
  [[ -n $__devshell_in_prompt ]] || builtin typeset -g __devshell_in_prompt=1 __devshell_path=$PATH
  return $__devshell_status
}

__devshell_after() {
  local __devshell_options=
  [[ -o prompt_percent ]] && __devshell_options+='%'
  [[ -o prompt_bang ]] && __devshell_options+='!'
  [[ -o prompt_subst ]] && __devshell_options+='$'
  builtin emulate -LR zsh
  __devshell_in_prompt= __devshell_first=
  (( ! $#__devshell_notices )) || { builtin print -rlu2 -- $__devshell_notices; __devshell_notices=() }
  if [[ $PATH != "$__devshell_path" ]]; then
    builtin typeset -gx PATH=$__devshell_path
    if [[ -z $__devshell_noticed ]]; then
      __devshell_noticed=1
      __devshell_say "a prompt hook changed PATH; the dev shell's own is restored"
    fi
  fi
  if [[ $__devshell_manifest -nt $__devshell_stamp || $__devshell_lock -nt $__devshell_stamp ]]; then
    __devshell_manifest= __devshell_lock= # said once
    [[ ! -e $__devshell_stamp ]] ||
      __devshell_say "the manifest or the lock has changed; \`devshell reload\` applies it"
  fi
  local __devshell_file
  for __devshell_file in $__devshell_env_files; do
    [[ $__devshell_file -nt $__devshell_stamp ]] || continue
    __devshell_say "an env file or a file of Nix has changed; \`devshell reload\` applies it"
    __devshell_env_files=() # said once
    break
  done
  __devshell_mark
  __devshell_hook
}

# To reload is to be replaced, which only the shell itself can have done to it: once everything is ready.
function devshell {
  if [[ "$*" != reload ]]; then
    builtin command devshell "$@"
    return
  fi
  builtin emulate -LR zsh
  builtin local -x __DEVSHELL_UNDO=$__devshell_undo __DEVSHELL_PIPES
  __DEVSHELL_PIPES=$(builtin command devshell reload --prepare $__devshell_again) || return
  exec command devshell reload $__devshell_again # plain `exec` would find this function
}

# What devshell knows of a command that is not there; 1 when that is nothing and the user's own handler is to be asked.
# zsh calls the handler in a child of its own.
__devshell_not_there() {
  builtin emulate -LR zsh
  # `command devshell` would lead back here, and zsh remembers links that lead nowhere by now.
  if [[ ! -x ${commands[devshell]-} || -n ${__devshell_asks-} ]]; then
    builtin print -ru2 -- "zsh: command not found: ${(V)1}"
    return 127
  fi
  # A hook of the user's asks for its own programs again and again: what it misses is said at the first prompt only.
  local -a __devshell_hooks=(precmd preexec chpwd $precmd_functions $preexec_functions $chpwd_functions)
  [[ -z $__devshell_in_prompt ]] && (( ! ${__devshell_hooks[(Ie)${funcstack[-1]}]} )) || [[ -n $__devshell_first ]] || return 127
  builtin typeset -g __devshell_asks=1
  builtin command devshell not-there ${functions[__devshell_users_handler]:+--known} --shell zsh -- "$1"
}
(( ! ${+functions[command_not_found_handler]} )) || {
  [[ ${functions[command_not_found_handler]} != 'builtin autoload'* ]] || builtin autoload +X command_not_found_handler
  functions[__devshell_users_handler]=${functions[command_not_found_handler]}
}
command_not_found_handler() {
  __devshell_not_there "$1"
  case $? in
    (1) __devshell_users_handler "$@" ;;
    (*) return 127 ;;
  esac
}

# Prompts that are rebuilt each time (powerlevel10k, starship) lose the marker each time. What has to be escaped depends
# on the options of the moment; with prompt_subst, PS1 holds a reference, as an expansion is not expanded again.
__devshell_mark() {
  local __devshell_new=$__devshell_marker
  [[ $__devshell_options != *'%'* ]] || __devshell_new=${__devshell_new//'%'/%%}
  [[ $__devshell_options != *'!'* ]] || __devshell_new=${__devshell_new//'!'/!!}
  if [[ $__devshell_options == *'$'* ]]; then
    __devshell_escaped=$__devshell_new
    __devshell_new='${__devshell_escaped-}'
  fi
  [[ ${(t)PS1} != *readonly* ]] || return 0
  [[ $__devshell_new == "$__devshell_ps1" ]] || PS1=${PS1/"$__devshell_ps1"/}
  __devshell_ps1=$__devshell_new
  [[ -n $DEVSHELL_NO_PROMPT || $PS1 == *"$__devshell_ps1"* ]] || PS1=$__devshell_ps1$PS1
}

# Keeps ours the first and the last hook. A function `precmd` runs before all of precmd_functions: there, the first line
# is ours.
__devshell_hook() {
  [[ ${precmd_functions[1]} == __devshell_before && ${precmd_functions[-1]} == __devshell_after ]] ||
    precmd_functions=(__devshell_before ${precmd_functions:#__devshell_(before|after)} __devshell_after)
  if (( ${+functions[precmd]} )) && [[ ${functions[precmd]} != *(__devshell_before|'builtin autoload')* ]]; then
    functions[precmd]=$'__devshell_before\n'${functions[precmd]}
  fi
}

builtin typeset -ga precmd_functions __devshell_again __devshell_env_files
__devshell_env_files=(${(f)__DEVSHELL_ENV_FILES})
__devshell_again=(--manifest $__DEVSHELL_MANIFEST --shell $__DEVSHELL_SHELL ${(s: :)__DEVSHELL_OPTIONS})
builtin typeset -g __devshell_manifest=$__DEVSHELL_MANIFEST __devshell_lock=$DEVSHELL_ROOT/devshell.lock \
  __devshell_stamp=$__DEVSHELL_STAMP __devshell_undo=$__DEVSHELL_BACK
builtin typeset -g __devshell_marker=$__DEVSHELL_MARKER __devshell_path=$PATH __devshell_escaped= __devshell_ps1= \
  __devshell_noticed= __devshell_first=1 __devshell_in_prompt=1 # nobody has typed yet: the first __devshell_before has nothing to note
__devshell_hook
