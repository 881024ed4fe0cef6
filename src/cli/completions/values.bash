# What the project knows comes first; where that does not apply, verbs and options.
_devshell_values() {
  local IFS=$' \t\n' line=${COMP_LINE:0:COMP_POINT} found word head candidate quoted
  local -a words
  read -ra words <<<"$line"
  case $line in *[[:space:]]) words+=("") ;; esac
  if ! found=$(command devshell candidates -- "${words[@]:1}" 2>/dev/null); then
    _devshell "$@"
    return
  fi
  word=${words[${#words[@]} - 1]}
  # Of `npm:name` bash replaces only the name: the colon breaks words, and so do others.
  head=${word%"$2"}
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    # What is offered is put into the line as it is, and some project's script may be called `$(x)`.
    printf -v quoted %q "$candidate"
    case $quoted in
      "$word"*) COMPREPLY+=("${quoted#"$head"}") ;;
      *) [ -n "$head" ] || case $candidate in "$word"*) COMPREPLY+=("$quoted") ;; esac ;;
    esac
  done <<<"$found"
}
complete -o bashdefault -o default -F _devshell_values devshell
