//! What kind of file a path is, by its name.

use std::path::{Path, PathBuf};

/// What the C library reads by itself for almost every program.
const SYSTEM: [&str; 18] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/ld.so.conf",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/group",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/resolv.conf",
    "/etc/gai.conf",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/locale.alias",
    "/etc/terminfo",
    "/usr/lib/locale",
    "/usr/share/locale",
    "/usr/share/zoneinfo",
    "/usr/share/terminfo",
];

/// The C library itself, which no program that is linked with it does without.
const C_LIBRARY: [&str; 9] = [
    "ld-linux-aarch64.so.1",
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libmvec.so.1",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
];

/// Whether it is of the C library, or that reads it by itself, so that it says nothing about a program.
pub fn is_of_the_system(path: &Path) -> bool {
    let is_its_own = C_LIBRARY.iter().any(|name| path.ends_with(name));
    let converts = path.components().any(|part| part.as_os_str() == "gconv");
    is_its_own || converts || SYSTEM.iter().any(|own| path.starts_with(own))
}

/// Whether it is a shared library.
pub fn is_library(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".so") || name.contains(".so.")
}

/// Whether it is to compile and link with: a header, a library in one of the directories for that, or what describes
/// either to a build.
pub fn is_for_development(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    let of_description = ["pc", "cmake", "m4"].iter().any(|known| ending == *known);
    let is_header = path.components().any(|part| part.as_os_str() == "include");
    let is_named = path.file_name().unwrap_or_default().to_string_lossy().starts_with("lib");
    let of_linker = ending == "o" || (is_named && (ending == "a" || ending == "so"));
    is_header || of_description || (of_linker && path.parent().is_some_and(is_of_libraries))
}

/// Whether programs are linked with what is in a directory: `/usr/lib`, `/usr/lib64`, `/usr/lib/x86_64-linux-gnu`.
fn is_of_libraries(directory: &Path) -> bool {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_lib = |path: &Path| ["lib", "lib32", "lib64", "libx32"].contains(&name(path).as_str());
    let is_of_platform = name(directory).contains("-linux-");
    is_lib(directory) || (is_of_platform && directory.parent().is_some_and(is_lib))
}

/// The link through which a file was found, if it was one beside the file: `libz.so` is a development file, and what it
/// leads to is none.
pub fn named(path: &Path, real: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default();
    real.parent().map_or_else(|| real.to_owned(), |directory| directory.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_their_names() {
        for (path, expected) in [
            ("/usr/include/zlib.h", "development"),
            ("/usr/include/c++/12/vector", "development"),
            ("/usr/lib/gcc/x86_64-linux-gnu/12/include/stddef.h", "development"),
            ("/usr/lib/x86_64-linux-gnu/libz.so", "development library"),
            ("/usr/lib/x86_64-linux-gnu/crt1.o", "development"),
            ("/usr/lib64/libz.a", "development"),
            ("/usr/share/pkgconfig/x.pc", "development"),
            ("/usr/share/aclocal/gettext.m4", "development"),
            ("/usr/lib/gcc/x86_64-linux-gnu/12/liblto_plugin.so", "library"),
            ("/usr/lib/llvm-14/lib/LLVMgold.so", "library"),
            ("/usr/lib/x86_64-linux-gnu/libc.so.6", "system library"),
            ("/usr/lib/python3/lib-dynload/x.so", "library"),
            ("/usr/lib/x86_64-linux-gnu/libz.so.1.2.13", "library"),
            ("/etc/ld.so.cache", "system"),
            ("/usr/share/zoneinfo/Europe/Vienna", "system"),
            ("/usr/lib/x86_64-linux-gnu/gconv/UTF-16.so", "system library"),
            ("/etc/ssl/openssl.cnf", ""),
            ("/usr/share/includes", ""),
        ] {
            let is = |name, is_so| if is_so { name } else { "" };
            let path = Path::new(path);
            let words = [
                is("system", is_of_the_system(path)),
                is("development", is_for_development(path)),
                is("library", is_library(path) && !path.ends_with("ld.so.cache")),
            ];
            assert_eq!(words.join(" ").split_whitespace().collect::<Vec<_>>().join(" "), expected, "{path:?}");
        }
    }
}
