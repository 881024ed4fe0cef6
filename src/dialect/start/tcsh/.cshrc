# devshell's start file for tcsh, which looks for its rc files in HOME: that is here until this file has begun.
#
# The user's own file runs first; then the dev shell's environment is put on top of what is left. An error in it would end
# this file too, so all is put in force before as well, and once more at the first prompt.
# Values come as __DEVSHELL_* variables and are only ever assigned: what `eval` sees beside them are names. `:q` keeps a
# value one word, whatever is in it.

if ( $?__DEVSHELL_HOME ) then
  setenv HOME $__DEVSHELL_HOME:q
  set home = $__DEVSHELL_HOME:q
else
  unsetenv HOME
endif

set __devshell_start = $__DEVSHELL_START:q/tcsh
set __devshell_marker = $__DEVSHELL_MARKER:q
set __devshell_cwd = $__DEVSHELL_CWD:q
set __devshell_host_path = $PATH:q

# No children of the user's file shall see the carriers.
set noglob
set __devshell_names = ( $__DEVSHELL_NAMES )
set __devshell_commands = ( $__DEVSHELL_COMMANDS )
set __devshell_unset = ( $__DEVSHELL_UNSET )
if ( $?__DEVSHELL_KEEP ) then
  set __devshell_keep = ( $__DEVSHELL_KEEP )
endif
unset noglob
# Started again.
set __devshell_no_rc = $?__DEVSHELL_NO_RC
foreach __devshell_name ( $__devshell_names )
  eval 'set __devshell_v_'$__devshell_name' = $__DEVSHELL_V_'$__devshell_name':q'
  unsetenv __DEVSHELL_V_$__devshell_name
end
unsetenv __DEVSHELL_*
# A devshell that the file calls is told where it is.
setenv __DEVSHELL_START $__devshell_start:h:q

set __devshell_pending
source $__devshell_start:q/apply.csh
alias precmd 'source $__devshell_start:q/precmd.csh'
setenv PATH $__devshell_host_path:q

if ( $__devshell_no_rc ) then
else if ( -r ~/.tcshrc ) then
  source ~/.tcshrc
else if ( -r ~/.cshrc ) then
  source ~/.cshrc
endif

source $__devshell_start:q/finish.csh
