{ inNixShell ? false, system ? builtins.currentSystem }:
derivation {
  name = "old-style"; inherit system; builder = "/bin/bash"; args = [ "-c" "echo > $out" ]; outputs = [ "out" ];
  PATH = "/usr/local/bin:/usr/bin:/bin";
  STYLE = "old ${if inNixShell then "shell" else "package"}";
}
