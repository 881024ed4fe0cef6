# What the project knows comes first; where that does not apply, verbs and options.
_devshell() {
    local found line
    if ! found=$(command devshell candidates -- "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null); then
        _devshell_options "$@"
        return
    fi
    local -a values shown
    for line in ${(f)found}; do
        values+=("${line%%$'\t'*}")
        shown+=("${line/$'\t'/  -- }")
    done
    (( ${#values} )) && compadd -l -d shown -- "${(@)values}"
}
if [ "$funcstack[1]" = "_devshell" ]; then
    _devshell "$@"
fi
compdef _devshell devshell
