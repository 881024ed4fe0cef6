# Puts the dev shell's environment on top of what is there, for .cshrc.

set __devshell_globs = $?noglob
set noglob
if ( $cwd:q != $__devshell_cwd:q ) chdir $__devshell_cwd:q

foreach __devshell_name ( $__devshell_names )
  eval 'setenv '$__devshell_name' $__devshell_v_'$__devshell_name':q'
end

# A line inside of a value may look like another variable, which is then taken away in vain.
foreach __devshell_name ( `setenv | \sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'` )
  set __devshell_kept = 1
  if ( $?__devshell_keep ) then
    set __devshell_kept = 0
    foreach __devshell_pattern ( $__devshell_keep $__devshell_names PATH PWD OLDPWD SHLVL TERM HOME 'DEVSHELL_*' )
      if ( $__devshell_name =~ $__devshell_pattern ) set __devshell_kept = 1
    end
  endif
  if ( ! $__devshell_kept ) then
    # At isolation `pure`: it becomes a plain variable.
    eval 'set __devshell_value = $'$__devshell_name':q'
    unsetenv $__devshell_name
    eval 'set '$__devshell_name' = $__devshell_value:q'
  endif
  foreach __devshell_pattern ( $__devshell_unset )
    if ( $__devshell_name =~ $__devshell_pattern ) then
      set __devshell_ours = 0
      foreach __devshell_own ( $__devshell_names )
        if ( $__devshell_own == $__devshell_name ) set __devshell_ours = 1
      end
      if ( ! $__devshell_ours ) unsetenv $__devshell_name
    endif
  end
end

# Aliases that hide a pinned command; one that adds options to its own name stays.
foreach __devshell_alias ( `alias | \sed -n 's/[[:space:]].*//p'` )
  foreach __devshell_name ( $__devshell_commands )
    if ( $__devshell_alias:q == $__devshell_name ) then
      set __devshell_body = ( `alias $__devshell_name` )
      if ( $__devshell_body[1]:q != $__devshell_name ) then
        unalias $__devshell_name
        \sh -c 'printf "devshell: dropped your alias \`%s\`, which hid the dev shell'"'"'s own\n" "$0" >&2' $__devshell_name
      endif
    endif
  end
end

if ( ! $__devshell_globs ) unset noglob
