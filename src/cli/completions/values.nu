  # What the project knows; null where it knows nothing, and nushell offers files.
  def "nu-complete devshell project" [context: string] {
    let words = $context | str trim --left | split row --regex '\s+' | skip 1
    let found = do { ^devshell candidates -- ...$words } | complete
    if $found.exit_code != 0 { return null }
    # A value is put into the line as it is, and some project's script may be called `a;b`.
    $found.stdout | lines | split column "\t" value description | each {|row|
      let escaped = $row.value | str replace --all '\' '\\' | str replace --all '"' '\"'
      if $row.value =~ '^[A-Za-z0-9_@%+=:,./-]+$' { $row } else { $row | update value $'"($escaped)"' }
    }
  }
