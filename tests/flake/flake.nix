# Dev shells of plain derivations: they need neither inputs nor the network, and nothing of nixpkgs.
{
  description = "what the tests of devshell enter";
  outputs = { self }:
    let
      system = "x86_64-linux";
      host = "/usr/local/bin:/usr/bin:/bin";
      shell = attributes: derivation ({
        name = "dev-shell"; inherit system; builder = "/bin/bash";
        args = [ "-c" "echo > $out" ];
        outputs = [ "out" ];
        PATH = host;
      } // attributes);
      greeter = derivation {
        name = "greeter-1.0"; inherit system; builder = "/bin/bash"; PATH = host;
        args = [ "-c" ''
          mkdir -p "$out/bin" "$out/share"
          printf '#!/bin/sh\necho "hello $1 from Nix"\n' > "$out/bin/greeter"
          chmod +x "$out/bin/greeter"
          # Nix kills what closes its output before it ends, as the last command of `bash -c` does.
          exit 0
        '' ];
      };
    in {
      devShells.${system} = {
        default = shell {
          PATH = "${greeter}/bin:${host}";
          PLAIN = "one two";
          ODD = "it's \"quoted\" $x `y` \\ é";
          LINES = "first\nsecond";
          EMPTY = "";
          XDG_DATA_DIRS = "${greeter}/share";
        };
        ci = shell { PATH = "${greeter}/bin:${host}"; WHICH = "ci"; };
        withStdenv = shell { stdenv = ./stdenv; buildInputs = [ greeter ]; };
        reads = shell {
          TOOLCHAIN = builtins.readFile ./toolchain.txt;
          COUNT = toString (builtins.length (builtins.attrNames (builtins.readDir ./listed)));
          MORE = import ./nix/more.nix;
          COMPUTED = import (./nix + ("/" + "computed" + ".nix"));
          HAS = if builtins.pathExists ./maybe.txt then "yes" else "no";
          COPIED = "${./copied.txt}";
        };
        control = shell { CONTROL = builtins.fromJSON "\"a\\u001bb\""; };
        sh = shell { builder = "/bin/sh"; };
        structured = shell { __structuredAttrs = true; LIST = [ "a b" "c" ]; SET = { k = "v"; }; BOOL = true; NUMBER = 3; };
        multi = shell { outputs = [ "out" "dev" ]; REFERENCE = "${builtins.placeholder "dev"}/lib"; };
        noOutputs = derivation { name = "x"; inherit system; builder = "/bin/bash"; args = [ "-c" "echo > $out" ]; PATH = host; };
        hooked = shell {
          stdenv = ./stdenv;
          buildInputs = [ greeter ];
          shellHook = ''
            export FROM_HOOK="$(aFunction "''${anArray[1]}") $notExported ''${aMap[key]}"
            export PATH="$PWD/own bin:$PATH"
            export XDG_DATA_DIRS=/from/the/hook
            unset system
          '';
        };
        odd = shell { shellHook = "echo 'the hook prints'; exec zsh -l; trap 'echo ends' EXIT; export AFTER_EXEC=1"; };
        ends = shell { shellHook = "export BEFORE=1; exit 3; export AFTER=1"; };
        fails = shell { shellHook = "set -eu; export BEFORE=1; false; export AFTER=1"; };
        vanishes = shell { shellHook = "builtin exec true"; };
        reading = shell { shellHook = "read -r line; export LINE=\"got $line\"; printf '%0100000d' 0"; };
      };
    };
}
