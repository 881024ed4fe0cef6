# devshell's first start file for zsh: ZDOTDIR=<this directory> zsh -i
#
# zsh reads the four files of $ZDOTDIR one after the other, so ZDOTDIR must be ours between them and the user's within
# them. The user's files are sourced at the top level of ours (in a function, their `typeset` would be local); the words
# around are quoted, because aliases of an earlier file are expanded in them. All else stands in functions, in lib.zsh.
'builtin' 'source' "$__DEVSHELL_START/zsh/lib.zsh"
__devshell_begin
if [[ -r $__devshell_file ]]; then 'builtin' 'source' "$__devshell_file" || 'builtin' ':'; fi
__devshell_after_zshenv
