# What the project knows.
function __devshell_values
    set -l words (commandline -opc) (commandline -ct)
    command devshell candidates -- $words[2..-1] 2>/dev/null
end
complete -c devshell -f -n '__devshell_values >/dev/null' -a '(__devshell_values)'
complete -c devshell -x -s e -l environment -n '__devshell_values >/dev/null' -a '(__devshell_values)'
complete -c devshell -r -F -l diff -n '__devshell_values >/dev/null' -a '(__devshell_values)'
