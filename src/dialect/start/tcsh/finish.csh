# Runs once, behind the user's file, or at the first prompt if that failed.

unset __devshell_pending
unsetenv __DEVSHELL_START
source $__devshell_start:q/apply.csh
set __devshell_body = "`alias precmd`"
if ( $__devshell_body:q !~ *__devshell_start* && $__devshell_body:q != '' ) then
  alias __devshell_precmd $__devshell_body:q
  set __devshell_precmd
endif
alias precmd 'source $__devshell_start:q/precmd.csh'
unset __devshell_v_* __devshell_names __devshell_commands __devshell_unset __devshell_keep __devshell_host_path __devshell_no_rc
rehash
