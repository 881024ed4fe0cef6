# Read by login shells only, which devshell never starts; whoever asks for one (`zsh -il`) gets the same treatment.
__devshell_enter .zprofile
if [[ -r $__devshell_file ]]; then 'builtin' 'source' "$__devshell_file" || 'builtin' ':'; fi
__devshell_leave
