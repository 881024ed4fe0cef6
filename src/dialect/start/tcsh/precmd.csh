# Runs before each prompt: what the user's commands did to PATH is meant, what their own precmd does is not.

if ( $?__devshell_pending ) then
  source $__devshell_start:q/finish.csh
endif
set __devshell_path = $PATH:q
if ( $?__devshell_precmd ) then
  __devshell_precmd
endif
if ( $PATH:q != $__devshell_path:q ) then
  setenv PATH $__devshell_path:q
  if ( ! $?__devshell_noticed ) then
    set __devshell_noticed
    \sh -c 'echo "devshell: a prompt hook changed PATH; the dev shell'"'"'s own is restored" >&2'
  endif
endif
if ( $?prompt ) then
  set __devshell_wanted = 1
  if ( $?DEVSHELL_NO_PROMPT ) then
    if ( $DEVSHELL_NO_PROMPT:q != '' ) set __devshell_wanted = 0
  endif
  if ( $__devshell_wanted && $prompt:q !~ *__devshell_marker* ) set prompt = '%${__devshell_marker}'$prompt:q
endif
