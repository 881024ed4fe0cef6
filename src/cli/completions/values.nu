  # What the project knows; null where it knows nothing, and nushell offers files.
  def "nu-complete devshell project" [context: string] {
    let words = $context | str trim --left | split row --regex '\s+' | skip 1
    let found = do { ^devshell candidates -- ...$words } | complete
    if $found.exit_code != 0 { return null }
    $found.stdout | lines | split column "\t" value description
  }
