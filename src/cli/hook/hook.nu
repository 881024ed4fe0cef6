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

def --env __devshell_cd_change [changes: record]: nothing -> nothing {
    load-env $changes.set
    hide-env --ignore-errors ...$changes.unset
    if "PATH" in $changes.set { $env.PATH = ($changes.set.PATH | split row (char esep)) }
}

# devshell is not where it was, nor anywhere on PATH: a project can only be left.
def --env __devshell_cd_gone []: nothing -> nothing {
    let last = $env.__devshell_cd? | default { gone: false, back: { set: {}, unset: [] } }
    if not ($last.gone? | default false) {
        print --stderr $"devshell: `($__devshell_cd_program)` no longer exists, so `cd` loads no more projects"
    }
    let root = $env.DEVSHELL_ROOT?
    let is_outside = $root == null or not ($"(pwd --physical)/" | str starts-with $"($root)/")
    if $is_outside { __devshell_cd_change $last.back }
    $env.__devshell_cd = {
        at: $env.PWD, there: [], absent: [$__devshell_cd_program], stamp: "", gone: true
        back: (if $is_outside { { set: {}, unset: [] } } else { $last.back })
    }
}

def --env __devshell_cd []: nothing -> nothing {
    # Inside of `devshell enter`, what was entered stays, as long as its commands come before the system's on PATH. In a
    # pane of tmux, a login shell has made PATH from nothing.
    if $env.DEVSHELL_ROOT? != null and $env.__DEVSHELL_UNDO? == null {
        let first = $env.PATH | take until {|entry| $entry in [/usr/bin /bin] }
        if ($first | any {|entry| $entry =~ '/links-1/' }) { return }
    }
    if (try { __devshell_cd_is_still } catch { false }) { return }
    let program = if ($__devshell_cd_program | path exists) {
        $__devshell_cd_program
    } else {
        which --all devshell | where type == external | get 0?.path?
    }
    if $program == null {
        __devshell_cd_gone
        return
    }
    let answer = try { ^$program on-prompt nu ($env.__devshell_cd?.stamp? | default "") | from json } catch { return }
    if $answer == null { return }
    let stuck = $answer.changes.set | columns | where $it in [PWD FILE_PWD CURRENT_FILE]
    if $answer.is_entry and $stuck != [] {
        print --stderr $"devshell: `($stuck.0)` is read-only in this shell, so nothing is loaded"
    } else {
        __devshell_cd_change $answer.changes
        if $answer.said != null { print --stderr $answer.said }
    }
    $env.__devshell_cd = ($answer | select there absent stamp back | insert at $env.PWD)
    if $answer.has_hook and $stuck == [] { try { ^$program on-entered } }
}

# What is typed at devshell may change what is allowed.
def --env --wrapped devshell [...words]: nothing -> nothing {
    $env.__devshell_cd = null
    ^devshell ...$words
}

$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default [] | append {|| __devshell_cd })
