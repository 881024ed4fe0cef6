//! What the name of a wheel says: which interpreters and platforms it is for ("Binary
//! distribution format" and "Platform compatibility tags" of the Python Packaging User Guide).

use std::collections::BTreeSet;

use crate::name::normalized;
use crate::platform::Platform;
use crate::version::Scheme;

/// The parts of a wheel's file name that decide where it fits.
#[derive(Debug, PartialEq, Eq)]
pub struct Wheel<'f> {
    pub name: &'f str,
    pub version: &'f str,
    python: &'f str,
    abi: &'f str,
    platform: &'f str,
}

impl<'f> Wheel<'f> {
    /// Reads a file's name; `None` when it is not that of a wheel.
    pub fn parse(file: &'f str) -> Option<Self> {
        let parts: Vec<&str> = file.strip_suffix(".whl")?.split('-').collect();
        match parts.as_slice() {
            [name, version, python, abi, platform] | [name, version, _, python, abi, platform] => {
                Some(Self { name, version, python, abi, platform })
            }
            _ => None,
        }
    }

    /// Whether another name means the same file: names of projects, versions and the order of tags have several
    /// spellings.
    pub fn is_same(&self, other: &Self) -> bool {
        let tags = |wheel: &Self| {
            [wheel.python, wheel.abi, wheel.platform]
                .map(|tags| tags.split('.').map(str::to_owned).collect::<BTreeSet<_>>())
        };
        normalized(self.name) == normalized(other.name)
            && Scheme::Pep440.compare(self.version, other.version).is_eq()
            && tags(self) == tags(other)
    }

    /// The platforms it can be installed on.
    pub fn platforms(&self) -> Vec<Platform> {
        Platform::ALL.into_iter().filter(|platform| self.rank(*platform).is_some()).collect()
    }

    /// How much it asks of a platform, such as the version of its C library: the wheel that asks
    /// least runs on most machines. `None` when it is not for the platform.
    pub fn rank(&self, platform: Platform) -> Option<u32> {
        self.platform.split('.').filter_map(|tag| rank(tag, platform)).min()
    }

    /// Whether it holds no more than executables and data: any Python 3 can install it.
    pub fn is_for_any_python(&self) -> bool {
        self.abi == "none" && self.python.split('.').any(|tag| tag == "py3")
    }

    /// Whether one of these CPython versions, 3.N for each N, can install it.
    pub fn fits_any_of(&self, minors: &[u32]) -> bool {
        let newest = minors.last().copied().unwrap_or_default();
        let abis: Vec<&str> = self.abi.split('.').collect();
        self.python.split('.').any(|tag| {
            let minor = |prefix: &str| tag.strip_prefix(prefix)?.parse::<u32>().ok();
            match (tag, minor("py3"), minor("cp3")) {
                ("py3", ..) => abis.contains(&"none"),
                // A wheel for an older Python runs on a newer one only if it is pure or keeps to
                // the stable ABI.
                (_, Some(minor), _) => abis.contains(&"none") && minor <= newest,
                (_, _, Some(minor)) if abis.contains(&"abi3") => minor <= newest,
                (_, _, Some(minor)) => minors.contains(&minor) && abis.iter().any(|abi| *abi == "none" || *abi == tag),
                _ => false,
            }
        })
    }
}

/// The demand that one platform tag makes.
fn rank(tag: &str, platform: Platform) -> Option<u32> {
    if tag == "any" {
        return Some(0);
    }
    let (arch, mac_arch) = match platform {
        Platform::Aarch64Darwin | Platform::Aarch64Linux | Platform::Aarch64LinuxMusl => ("aarch64", "arm64"),
        Platform::X8664Darwin | Platform::X8664Linux | Platform::X8664LinuxMusl => ("x86_64", "x86_64"),
    };
    let version = |rest: &str| {
        let (major, minor) = rest.trim_matches('_').split_once('_')?;
        Some(major.parse::<u32>().ok()? * 1000 + minor.parse::<u32>().ok()?)
    };
    match platform {
        Platform::Aarch64Linux | Platform::X8664Linux => {
            let rest = tag.strip_suffix(arch)?.strip_suffix('_')?;
            match rest {
                // What the older names mean (PEP 600, "Legacy manylinux tags").
                "manylinux1" => Some(2005),
                "manylinux2010" => Some(2012),
                "manylinux2014" => Some(2017),
                // Nothing says what it needs.
                "linux" => Some(9999),
                _ => version(rest.strip_prefix("manylinux_")?),
            }
        }
        Platform::Aarch64LinuxMusl | Platform::X8664LinuxMusl => {
            version(tag.strip_suffix(arch)?.strip_prefix("musllinux_")?)
        }
        Platform::Aarch64Darwin | Platform::X8664Darwin => {
            let rest = tag.strip_prefix("macosx_")?;
            let both = ["universal2", "universal"];
            let archs = if mac_arch == "arm64" { vec!["arm64"] } else { vec!["x86_64", "intel", "fat64", "fat3"] };
            archs.into_iter().chain(both).find_map(|arch| version(rest.strip_suffix(arch)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_several_spellings() {
        let is_same = |a: &str, b: &str| Wheel::parse(a).unwrap().is_same(&Wheel::parse(b).unwrap());
        let own = "A_b-1.0-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
        assert!(is_same(own, "a.b-1.0.0-cp310-cp310-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"));
        assert!(!is_same(own, "a_b-1.1-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"));
        assert!(!is_same(own, "a_c-1.0-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"));
        assert!(!is_same(own, "a_b-1.0-cp310-cp310-manylinux_2_17_x86_64.whl"));
    }

    #[test]
    fn names_say_where_a_wheel_fits() {
        for (file, expected) in [
            (
                "a-1-py3-none-any.whl",
                "aarch64-darwin aarch64-linux aarch64-linux-musl x86_64-darwin x86_64-linux x86_64-linux-musl",
            ),
            ("a-1-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "x86_64-linux"),
            ("a-1-py3-none-manylinux_2_17_aarch64.musllinux_1_1_aarch64.whl", "aarch64-linux aarch64-linux-musl"),
            ("a-1-0build-py3-none-musllinux_1_2_x86_64.whl", "x86_64-linux-musl"),
            ("a-1-py3-none-macosx_11_0_arm64.whl", "aarch64-darwin"),
            (
                "a-1-py3-none-macosx_10_12_x86_64.macosx_11_0_arm64.macosx_10_12_universal2.whl",
                "aarch64-darwin x86_64-darwin",
            ),
            ("a-1-py3-none-win_amd64.whl", ""),
            ("a-1-py3-none-manylinux_2_31_riscv64.whl", ""),
            ("a-1-py3-none-linux_x86_64.whl", "x86_64-linux"),
        ] {
            let wheel = Wheel::parse(file).unwrap();
            let platforms: Vec<&str> = wheel.platforms().into_iter().map(Platform::name).collect();
            assert_eq!(platforms.join(" "), expected, "{file}");
        }
        for file in ["a-1.tar.gz", "a-1.whl", "a-1-py3-none.whl", "a.whl"] {
            assert_eq!(Wheel::parse(file), None, "{file}");
        }
    }

    #[test]
    fn the_least_demand_is_told() {
        let rank = |file: &str| Wheel::parse(file).unwrap().rank(Platform::X8664Linux);
        assert!(rank("a-1-py3-none-manylinux2014_x86_64.whl") < rank("a-1-py3-none-manylinux_2_28_x86_64.whl"));
        assert_eq!(
            rank("a-1-py3-none-manylinux2014_x86_64.whl"),
            rank("a-1-py3-none-manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl")
        );
    }

    #[test]
    fn names_say_which_pythons_fit() {
        for (tags, minors, expected) in [
            ("py3-none", &[10, 11][..], true),
            ("py2.py3-none", &[10], true),
            ("py2-none", &[10], false),
            ("py312-none", &[10, 11], false),
            ("cp311-cp311", &[10, 11], true),
            ("cp311-cp311", &[12], false),
            ("cp38-abi3", &[12], true),
            ("cp313-abi3", &[12], false),
            ("cp313-cp313t", &[13], false),
            ("pp310-pypy310_pp73", &[10], false),
            ("cp315-abi3.abi3t", &[15], true),
        ] {
            let file = format!("a-1-{tags}-any.whl");
            assert_eq!(Wheel::parse(&file).unwrap().fits_any_of(minors), expected, "{tags} {minors:?}");
        }
    }
}
