//! Wheels (the binary distribution format of the Python Packaging User Guide) and source
//! distributions for the loopback index. Their bytes are the same for the same content.

use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::Archive;

/// One wheel of one version of a project.
#[must_use]
#[derive(Clone)]
pub struct Wheel {
    pub name: String,
    pub version: String,
    /// Why it was yanked.
    pub yanked: Option<String>,
    /// When it was uploaded, as RFC 3339 writes it.
    pub uploaded: String,
    /// The versions of Python that it says it is for.
    pub python: Option<String>,
    tag: String,
    requires: Vec<String>,
    extras: Vec<String>,
    entry_points: Vec<String>,
    files: Vec<(String, u32, Vec<u8>)>,
}

/// A wheel that runs anywhere and holds nothing but its own description yet.
pub fn wheel(name: &str, version: &str) -> Wheel {
    Wheel {
        name: name.to_owned(),
        version: version.to_owned(),
        yanked: None,
        uploaded: "2020-01-01T00:00:00.000000Z".to_owned(),
        python: None,
        tag: "py3-none-any".to_owned(),
        requires: Vec::new(),
        extras: Vec::new(),
        entry_points: Vec::new(),
        files: Vec::new(),
    }
}

impl Wheel {
    /// What it runs on, as its file name says it: `py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64`.
    pub fn tag(mut self, tag: &str) -> Self {
        tag.clone_into(&mut self.tag);
        self
    }

    /// A file that is installed at this path below `site-packages`.
    pub fn module(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.file(path.to_owned(), 0o644, text)
    }

    /// Likewise, and it may be run.
    pub fn executable(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.file(path.to_owned(), 0o755, text)
    }

    /// A command that is installed as it is.
    pub fn script(self, command: &str, text: impl AsRef<[u8]>) -> Self {
        let path = format!("{}.data/scripts/{command}", self.stem());
        self.file(path, 0o755, text)
    }

    fn file(mut self, path: String, mode: u32, text: impl AsRef<[u8]>) -> Self {
        assert!(!path.contains([',', '"', '\n']), "RECORD would need quotes for `{path}`");
        self.files.push((path, mode, text.as_ref().to_vec()));
        self
    }

    /// A command that the installer writes, which calls a function: `black:main`.
    pub fn entry_point(mut self, command: &str, function: &str) -> Self {
        self.entry_points.push(format!("{command} = {function}"));
        self
    }

    /// Needs this too: `click>=8; python_version >= '3.8'`.
    pub fn requires(mut self, requirement: &str) -> Self {
        self.requires.push(requirement.to_owned());
        self
    }

    /// Needs this too for whoever asks for the extra. The requirement has no marker of its own.
    pub fn extra(mut self, extra: &str, requirement: &str) -> Self {
        if !self.extras.iter().any(|known| known == extra) {
            self.extras.push(extra.to_owned());
        }
        self.requires(&format!("{requirement}; extra == '{extra}'"))
    }

    /// Is for these versions of Python: `>=3.9`.
    pub fn requires_python(mut self, versions: &str) -> Self {
        self.python = Some(versions.to_owned());
        self
    }

    /// Was taken back; the reason may be empty.
    pub fn yanked(mut self, reason: &str) -> Self {
        self.yanked = Some(reason.to_owned());
        self
    }

    /// Was uploaded then: `2024-05-06T07:08:09Z`.
    pub fn uploaded(mut self, time: &str) -> Self {
        time.clone_into(&mut self.uploaded);
        self
    }

    /// The project and the version, as file names say them.
    pub fn stem(&self) -> String {
        format!("{}-{}", normalised(&self.name).replace('-', "_"), self.version)
    }

    pub fn file_name(&self) -> String {
        format!("{}-{}.whl", self.stem(), self.tag)
    }

    /// Where the index has it.
    pub fn path(&self) -> String {
        format!("/files/{}", self.file_name())
    }

    /// Its METADATA (core metadata, version 2.1).
    pub fn metadata(&self) -> String {
        let python = self.python.iter().map(|versions| ("Requires-Python", versions));
        let requires = self.requires.iter().map(|requirement| ("Requires-Dist", requirement));
        let extras = self.extras.iter().map(|extra| ("Provides-Extra", extra));
        let lines: String =
            python.chain(extras).chain(requires).map(|(field, value)| format!("{field}: {value}\n")).collect();
        format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\n{lines}", self.name, self.version)
    }

    /// Its WHEEL: the tags of the file name one by one.
    fn wheel(&self) -> String {
        let [pythons, abis, platforms] = self.tag.split('-').collect::<Vec<_>>()[..] else {
            panic!("`{}` is no tag of a wheel", self.tag);
        };
        let is_pure = abis == "none" && platforms == "any";
        let mut lines = vec![
            "Wheel-Version: 1.0".to_owned(),
            "Generator: devshell-tests".to_owned(),
            format!("Root-Is-Purelib: {is_pure}"),
        ];
        for python in pythons.split('.') {
            for abi in abis.split('.') {
                lines.extend(platforms.split('.').map(|platform| format!("Tag: {python}-{abi}-{platform}")));
            }
        }
        lines.join("\n") + "\n"
    }

    /// Its bytes, `.dist-info` last as the format recommends.
    pub fn bytes(&self) -> Vec<u8> {
        let info = format!("{}.dist-info", self.stem());
        let mut files = self.files.clone();
        files.push((format!("{info}/METADATA"), 0o644, self.metadata().into_bytes()));
        files.push((format!("{info}/WHEEL"), 0o644, self.wheel().into_bytes()));
        if !self.entry_points.is_empty() {
            let text = format!("[console_scripts]\n{}\n", self.entry_points.join("\n"));
            files.push((format!("{info}/entry_points.txt"), 0o644, text.into_bytes()));
        }
        let record = |(path, _, bytes): &(String, u32, Vec<u8>)| {
            format!("{path},sha256={},{}\n", URL_SAFE_NO_PAD.encode(Sha256::digest(bytes)), bytes.len())
        };
        let records: String = files.iter().map(record).collect();
        files.push((format!("{info}/RECORD"), 0o644, format!("{records}{info}/RECORD,,\n").into_bytes()));

        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (path, mode, bytes) in files {
            let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
            zip.start_file(path, options.unix_permissions(mode)).unwrap();
            zip.write_all(&bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// The hash of its bytes in hexadecimal, as indexes and locks say it.
    pub fn sha256(&self) -> String {
        sha256(self.bytes())
    }
}

/// The source distribution of a wheel: building it gives that wheel, and needs no network. Whenever
/// code of it runs, it adds a line to the trace, an absolute path that need not exist: `imported`
/// first, and then `built` when it was built. Where it cannot, the build fails.
pub fn sdist(wheel: Wheel, trace: &Path) -> Sdist {
    Sdist { wheel, trace: trace.to_str().expect("a trace's path is UTF-8").to_owned(), backend: None }
}

/// The same without a trace: inside a wall, where devshell builds, there is no place for one.
pub fn source(wheel: Wheel) -> Sdist {
    sdist(wheel, Path::new("/dev/null"))
}

#[must_use]
#[derive(Clone)]
pub struct Sdist {
    pub wheel: Wheel,
    trace: String,
    backend: Option<String>,
}

impl Sdist {
    /// With another backend. What the package needs is known without it.
    pub fn backend(self, text: &str) -> Self {
        Self { backend: Some(text.to_owned()), ..self }
    }

    pub fn file_name(&self) -> String {
        format!("{}.tar.gz", self.wheel.stem())
    }

    pub fn bytes(&self) -> Vec<u8> {
        let at = |path: &str| format!("{}/{path}", self.wheel.stem());
        let project = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n";
        // A hook of PEP 517 for each question; what is not asked need not be there.
        let backend = format!(
            "import base64, os\n\
             def trace(text):\n    with open({trace:?}, 'a') as file: file.write(text + '\\n')\n\
             trace('imported')\n\
             def build_wheel(directory, config_settings=None, metadata_directory=None):\n    trace('built')\n    \
             with open(os.path.join(directory, {name:?}), 'wb') as file: file.write(base64.urlsafe_b64decode({wheel:?}))\n    \
             return {name:?}\n",
            trace = self.trace,
            name = self.wheel.file_name(),
            wheel = base64::engine::general_purpose::URL_SAFE.encode(self.wheel.bytes()),
        );
        let known = |metadata: String| metadata.replacen("Metadata-Version: 2.1", "Metadata-Version: 2.2", 1);
        let (metadata, backend) = match &self.backend {
            Some(own) => (known(self.wheel.metadata()), own.clone()),
            None => (self.wheel.metadata(), backend),
        };
        Archive::new()
            .file(&at("PKG-INFO"), &metadata)
            .file(&at("pyproject.toml"), project)
            .file(&at("backend.py"), &backend)
            .packed("tar.gz")
    }
}

/// A hash in hexadecimal.
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    devshell::digest::hex(&Sha256::digest(bytes))
}

/// A project's name as the index goes by it (PEP 503, "Normalized Names").
pub fn normalised(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    lower.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}
