# devshell's start file for PowerShell 7: pwsh -NoLogo -NoExit -File start.ps1
#
# PowerShell runs it behind the user's profiles, and puts the dev shell's environment on top of what these left. All values
# come as __DEVSHELL_* variables and are only ever assigned.

function global:__devshell_say([string] $text) { [Console]::Error.WriteLine("devshell: $text") }

& {
    $told = @{}
    foreach ($entry in @(Get-ChildItem -Path 'Env:__DEVSHELL_*')) {
        $told[$entry.Name.Substring('__DEVSHELL_'.Length)] = $entry.Value
        Remove-Item -LiteralPath "Env:$($entry.Name)"
    }
    $words = { param($list) @("$($told[$list])".Split(' ', [StringSplitOptions]::RemoveEmptyEntries)) }
    $isAmong = { param($name, $patterns) @($patterns | Where-Object { $name -clike $_ }).Count -gt 0 }
    $names = & $words 'NAMES'

    if ((Get-Location).ProviderPath -cne $told['CWD']) { Set-Location -LiteralPath $told['CWD'] }

    $unset = & $words 'UNSET'
    $keep = @('PATH', 'PWD', 'OLDPWD', 'SHLVL', 'TERM', 'HOME', 'DEVSHELL_*') + $names + (& $words 'KEEP')
    foreach ($entry in @(Get-ChildItem -Path 'Env:')) {
        $isLost = $told.ContainsKey('KEEP') -and -not (& $isAmong $entry.Name $keep)
        if ($isLost -or (& $isAmong $entry.Name $unset)) { Remove-Item -LiteralPath "Env:$($entry.Name)" }
    }
    foreach ($name in $names) {
        if ($told.ContainsKey("V_$name")) { [Environment]::SetEnvironmentVariable($name, $told["V_$name"]) }
    }

    foreach ($name in (& $words 'COMMANDS')) {
        foreach ($kind in 'Alias', 'Function') {
            if (Test-Path -LiteralPath "${kind}:$name") {
                Remove-Item -LiteralPath "${kind}:$name" -Force
                __devshell_say "dropped your $($kind.ToLowerInvariant()) ``$name``, which hid the dev shell's own"
            }
        }
    }

    $global:__devshell = @{ marker = $told['MARKER']; prompt = $function:prompt; noticed = $false }
}

# The user's prompt is asked first, since it may look at how the last command ended. What it does to PATH is taken back.
function global:prompt {
    $path = $env:PATH
    $text = "$(& $global:__devshell.prompt)"
    if ($env:PATH -cne $path) {
        $env:PATH = $path
        if (-not $global:__devshell.noticed) {
            $global:__devshell.noticed = $true
            __devshell_say "a prompt hook changed PATH; the dev shell's own is restored"
        }
    }
    if ($env:DEVSHELL_NO_PROMPT) { $text } else { "$($global:__devshell.marker)$text" }
}
