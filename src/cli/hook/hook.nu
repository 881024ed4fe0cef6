# devshell's hook for nushell. At each prompt it compares the times of a few files; only when one of them, or the
# directory, has changed does it start a process. A record is no variable of a child's.

# Whether nothing has changed since the last time.
def __devshell_cd_is_still []: nothing -> bool {
    let last = $env.__devshell_cd?
    if $last == null or $last.at != $env.PWD { return false }
    if ($last.absent | any {|file| $file | path exists }) { return false }
    if not ($last.there | all {|file| $file | path exists }) { return false }
    if ($last.there | is-empty) { return true }
    let stamp = ls -D $last.stamp | get 0.modified
    $last.there | all {|file| (ls -D $file | get 0.modified) <= $stamp }
}

def --env __devshell_cd []: nothing -> nothing {
    # Inside of `devshell enter`, what was entered stays, as long as its commands come before the system's on PATH. In a
    # pane of tmux, a login shell has made PATH from nothing.
    if $env.DEVSHELL_ROOT? != null and $env.__DEVSHELL_UNDO? == null {
        let first = $env.PATH | take until {|entry| $entry in [/usr/bin /bin] }
        if ($first | any {|entry| $entry =~ '/links-1/' }) { return }
    }
    if (try { __devshell_cd_is_still } catch { false }) { return }
    let answer = try {
        ^$__devshell_cd_program on-prompt nu ($env.__devshell_cd?.stamp? | default "") | from json
    } catch { return }
    if $answer == null { return }
    hide-env --ignore-errors ...$answer.unset
    load-env $answer.set
    if "PATH" in $answer.set { $env.PATH = ($answer.set.PATH | split row (char esep)) }
    $env.__devshell_cd = ($answer | select there absent stamp | insert at $env.PWD)
}

# What is typed at devshell may change what is allowed.
def --env --wrapped devshell [...words]: nothing -> nothing {
    $env.__devshell_cd = null
    ^devshell ...$words
}

$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default [] | append {|| __devshell_cd })
