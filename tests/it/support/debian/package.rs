//! Binary packages of Debian (deb(5)), as its archive has them, and such as it should not. Their bytes
//! are the same for the same content.

use std::sync::Arc;

use super::super::{Archive, sha256};

/// One package in one version for one architecture.
#[must_use]
#[derive(Clone)]
pub struct Deb {
    pub name: String,
    pub version: String,
    pub architecture: String,
    fields: Vec<(String, String)>,
    control: Archive,
    data: Archive,
    compression: &'static str,
    /// Of one that was not made here: what its control file says, its bytes and their hash.
    real: Option<Arc<(String, Vec<u8>, String)>>,
}

/// A package of a real archive, with all that its control file says.
pub fn real_deb(control: &str, bytes: Vec<u8>) -> Deb {
    let field = |name: &str| control.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let [name, version, architecture] = ["Package", "Version", "Architecture"].map(|name| field(name).unwrap());
    let hash = sha256(&bytes);
    let real = Some(Arc::new((format!("{}\n", control.trim_end()), bytes, hash)));
    Deb { architecture: architecture.to_owned(), real, ..deb(name, version) }
}

/// A package for all architectures that holds nothing yet.
pub fn deb(name: &str, version: &str) -> Deb {
    Deb {
        name: name.to_owned(),
        version: version.to_owned(),
        architecture: "all".to_owned(),
        fields: Vec::new(),
        control: Archive::new(),
        data: Archive::new(),
        compression: "tar.xz",
        real: None,
    }
}

impl Deb {
    pub fn depends(self, relations: &str) -> Self {
        self.field("Depends", relations)
    }

    pub fn provides(self, relations: &str) -> Self {
        self.field("Provides", relations)
    }

    /// Any field of its control file.
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A file that is installed at this path, which is written without a `/` at its beginning.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.data = self.data.file(&format!("./{path}"), text);
        self
    }

    /// A command in `usr/bin`: a script for the shell.
    pub fn command(mut self, name: &str, script: &str) -> Self {
        self.data = self.data.executable(&format!("./usr/bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        self
    }

    /// A script that a maintainer has run when it is installed: `postinst`.
    pub fn script(mut self, name: &str, script: &str) -> Self {
        self.control = self.control.executable(&format!("./{name}"), &format!("#!/bin/sh\n{script}\n"));
        self
    }

    /// All that it installs, as it is.
    pub fn holding(mut self, data: Archive) -> Self {
        self.data = data;
        self
    }

    /// Its members are compressed as this ending says.
    pub fn compressed(mut self, ending: &'static str) -> Self {
        self.compression = ending;
        self
    }

    /// The same for each of Debian's architectures that devshell knows, where `make` may say
    /// more of one.
    pub fn native(self, make: impl Fn(Self, &str) -> Self) -> Vec<Self> {
        let of =
            |architecture: &str| make(Self { architecture: architecture.to_owned(), ..self.clone() }, architecture);
        ["amd64", "arm64"].map(of).into()
    }

    /// The name of its file: no epoch is in it.
    pub fn file_name(&self) -> String {
        let version = self.version.split_once(':').map_or(self.version.as_str(), |(_, version)| version);
        format!("{}_{version}_{}.deb", self.name, self.architecture)
    }

    /// The first of what its control file says, which a list of packages says too.
    pub fn paragraph(&self) -> String {
        if let Some(real) = &self.real {
            return real.0.clone();
        }
        let own = [
            ("Package", self.name.as_str()),
            ("Version", &self.version),
            ("Architecture", &self.architecture),
            ("Maintainer", "Test <test@a.example>"),
        ];
        let more = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let lines = own.into_iter().chain(more).map(|(name, value)| format!("{name}: {value}\n"));
        lines.chain([format!("Description: {}, for tests\n", self.name)]).collect()
    }

    pub fn bytes(&self) -> Vec<u8> {
        if let Some(real) = &self.real {
            return real.1.clone();
        }
        let control = self.control.clone().file("./control", &self.paragraph());
        let members = [
            ("debian-binary".to_owned(), b"2.0\n".to_vec()),
            (format!("control.{}", self.compression), control.packed(self.compression)),
            (format!("data.{}", self.compression), self.data.packed(self.compression)),
        ];
        let mut bytes = b"!<arch>\n".to_vec();
        for (name, member) in members {
            // Name, time, user, group, mode, size (ar(5)). Each member begins at an even place.
            bytes.extend(
                format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, member.len()).into_bytes(),
            );
            bytes.extend(&member);
            if member.len() % 2 == 1 {
                bytes.push(b'\n');
            }
        }
        bytes
    }

    pub fn sha256(&self) -> String {
        self.real.as_ref().map_or_else(|| sha256(self.bytes()), |real| real.2.clone())
    }
}
