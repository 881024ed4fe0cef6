//! Options of the file system `overlay`, which shows directories as one (Documentation/filesystems/overlayfs.rst).

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

/// The options for these directories, as a process without privileges may use it (since Linux 5.11): what the kernel notes
/// about files, it notes in attributes that their owner may set. Of several directories under one name, the first counts
/// most.
pub fn options(directories: &[(&str, &[PathBuf])]) -> CString {
    let mut text = b"userxattr".to_vec();
    for (name, paths) in directories {
        text.extend([b",", name.as_bytes(), b"="].concat());
        for (place, path) in paths.iter().enumerate() {
            if place > 0 {
                text.push(b':');
            }
            for byte in path.as_os_str().as_bytes() {
                if b"\\:,".contains(byte) {
                    text.push(b'\\');
                }
                text.push(*byte);
            }
        }
    }
    // No path has a NUL in it.
    CString::new(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_options_is_no_part_of_a_path() {
        let found = options(&[("lowerdir", &["/a:b,c\\d".into(), "/x".into()]), ("upperdir", &["/e f".into()])]);
        assert_eq!(found.to_str().unwrap(), "userxattr,lowerdir=/a\\:b\\,c\\\\d:/x,upperdir=/e f");
    }
}
