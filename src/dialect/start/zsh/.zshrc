# devshell's second start file for zsh; .zshenv tells how they work. ZDOTDIR is the user's for good from here on, so a
# .zlogin is read where it is.
__devshell_enter .zshrc
__devshell_fix_global
if [[ -r $__devshell_file ]]; then 'builtin' 'source' "$__devshell_file" || 'builtin' ':'; fi
# An interactive shell under the user's `set -e` would end at the first failing command.
'builtin' 'set' '+e'
__devshell_finish
