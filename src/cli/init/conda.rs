//! What a project takes of a conda environment file: the Python that it names, and its packages as a list of
//! requirements, where their names are those of Python packages. Nothing is asked of any channel.

/// What an `environment.yml` has.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Python's version as conda writes it: `3.11`.
    pub python: Option<String>,
    /// Requirements as pip reads them.
    pub requirements: Vec<String>,
    /// What was not taken, and why.
    pub left: Vec<(String, &'static str)>,
}

/// Packages that have another name on the Python package index.
const RENAMED: &[(&str, &str)] = &[
    ("pytorch", "torch"),
    ("matplotlib-base", "matplotlib"),
    ("opencv", "opencv-python"),
    ("py-opencv", "opencv-python"),
    ("pytables", "tables"),
    ("python-graphviz", "graphviz"),
    ("msgpack-python", "msgpack"),
    ("seaborn-base", "seaborn"),
    ("dask-core", "dask"),
    ("tensorflow-gpu", "tensorflow"),
    ("brotli-python", "brotli"),
    ("importlib_metadata", "importlib-metadata"),
    ("ruamel.yaml", "ruamel-yaml"),
];

/// Packages of conda that are no Python packages, whatever is on the index under their names.
const NOT_PYTHON: &[&str] = &[
    "gcc",
    "gxx",
    "gfortran",
    "clang",
    "make",
    "git",
    "openssl",
    "zlib",
    "mkl",
    "blas",
    "openblas",
    "cudatoolkit",
    "cuda",
    "cudnn",
    "nodejs",
    "openjdk",
    "ffmpeg",
    "graphviz",
    "pandoc",
    "postgresql",
    "sqlite",
    "hdf5",
    "proj",
    "geos",
    "gdal",
    "boost",
    "qt",
    "pyqt",
    "texlive-core",
    "imagemagick",
    "curl",
    "wget",
    "perl",
    "ruby",
    "go",
    "rust",
    "conda",
    "mamba",
    "nb_conda",
    "nb_conda_kernels",
    "anaconda",
    "bzip2",
    "xz",
    "ncurses",
    "readline",
    "tk",
    "nomkl",
];

const OF_PIP: &str = "pip comes with the environment";
const OTHER: &str = "not a Python package; `devshell search` may know it";
const UNREAD: &str = "its version cannot be written for pip";

impl Environment {
    pub fn read(text: &str) -> Self {
        let mut environment = Self::default();
        // The indentation of the list of dependencies, and of the one for pip in it.
        let (mut list, mut of_pip) = (None, None);
        for line in text.lines() {
            let line = line.split(" #").next().unwrap_or_default().trim_end();
            let item = line.trim_start();
            let indent = line.len() - item.len();
            if item.is_empty() || item.starts_with('#') {
                continue;
            }
            let Some(value) = item.strip_prefix("- ").or(item.strip_prefix('-').filter(|rest| rest.is_empty())) else {
                if indent == 0 {
                    (list, of_pip) = ((item == "dependencies:").then_some(()), None);
                }
                continue;
            };
            if list.is_none() {
                continue;
            }
            let value = value.trim().trim_matches(['"', '\'']);
            if value == "pip:" {
                of_pip = Some(indent);
            } else if of_pip.is_some_and(|pip| indent > pip) {
                environment.requirements.push(value.to_owned());
            } else {
                of_pip = None;
                environment.take(value);
            }
        }
        environment
    }

    /// One dependency: `channel::name=version=build`.
    fn take(&mut self, spec: &str) {
        let plain = spec.rsplit("::").next().unwrap_or(spec).trim();
        let end = plain.find(|c: char| " =<>!~[".contains(c)).unwrap_or(plain.len());
        let (name, version) = (plain[..end].to_lowercase(), plain[end..].trim());
        if name == "python" {
            let exact = version.trim_start_matches('=').split('=').next().unwrap_or_default();
            self.python = Some(if version.starts_with(['<', '>']) { version } else { exact }.to_owned());
            return;
        }
        let starts = ["r-", "lib", "_", "cuda-", "gcc_", "gxx_", "font-", "jupyterlab-git"];
        let is_other =
            NOT_PYTHON.contains(&name.as_str()) || name.ends_with("-compiler") || name.ends_with("-compilers");
        let reason = match name.as_str() {
            "pip" | "setuptools" | "wheel" => Some(OF_PIP),
            _ if is_other || starts.iter().any(|start| name.starts_with(start)) => Some(OTHER),
            _ => None,
        };
        if let Some(reason) = reason {
            self.left.push((plain.to_owned(), reason));
            return;
        }
        let package = RENAMED.iter().find(|(conda, _)| *conda == name).map_or(name.as_str(), |(_, pip)| pip);
        match for_pip(version) {
            Some(version) => self.requirements.push(format!("{package}{version}")),
            None => {
                self.requirements.push(package.to_owned());
                self.left.push((plain.to_owned(), UNREAD));
            }
        }
    }
}

/// A version of conda's as pip writes it: `=2.1` and ` 2.1` are `==2.1.*`, a build is left out.
fn for_pip(version: &str) -> Option<String> {
    if version.is_empty() || version == "*" || version == "=*" {
        return Some(String::new());
    }
    if version.contains(['|', '[', '(']) {
        return None;
    }
    if version.starts_with(['<', '>', '!', '~']) || version.contains(',') {
        let parts: Vec<String> = version.split(',').map(|part| part.trim().replace(' ', "")).collect();
        let good = parts.iter().all(|part| part.starts_with(['<', '>', '!', '~', '=']));
        return good.then(|| parts.join(","));
    }
    if let Some(exact) = version.strip_prefix("==") {
        return Some(format!("=={}", exact.trim()));
    }
    let mut fields = version.trim_start_matches('=').trim().split(['=', ' ']);
    let number = fields.next()?.trim_end_matches(".*").trim_end_matches('*').trim_end_matches('.');
    // With a build, the version is the whole one.
    Some(if fields.next().is_some() { format!("=={number}") } else { format!("=={number}.*") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_taken_as_far_as_pip_can_have_it() {
        let text = "\
name: sales
channels: [conda-forge]
dependencies:
  - python=3.11
  - pandas=2.1          # a comment
  - conda-forge::matplotlib
  - 'seaborn>=0.12,<0.14'
  - numpy=1.26.4=py311h64a7726_0
  - scipy 1.11.*
  - pytorch
  - polars==1.0|==1.1
  - jupyter
  - r-base=4.3
  - ffmpeg
  - pip
  - pip:
      - tqdm~=4.66
      - -r more.txt
prefix: /opt/conda/envs/sales
";
        let found = Environment::read(text);
        assert_eq!(found.python.as_deref(), Some("3.11"));
        assert_eq!(
            found.requirements,
            [
                "pandas==2.1.*",
                "matplotlib",
                "seaborn>=0.12,<0.14",
                "numpy==1.26.4",
                "scipy==1.11.*",
                "torch",
                "polars",
                "jupyter",
                "tqdm~=4.66",
                "-r more.txt",
            ]
        );
        let left: Vec<&str> = found.left.iter().map(|(spec, _)| spec.as_str()).collect();
        assert_eq!(left, ["polars==1.0|==1.1", "r-base=4.3", "ffmpeg", "pip"]);
    }

    #[test]
    fn other_notations_are_read_too() {
        let found = Environment::read("dependencies:\n- python >=3.10\n- pip:\n  - a\n- b\nother:\n- c\n");
        assert_eq!((found.python.as_deref(), found.requirements), (Some(">=3.10"), vec!["a".into(), "b".into()]));
        for text in ["", "dependencies", "- a\n- b", "\u{0}", "dependencies: [a, b]", "dependencies:\n  -\n  - ''\n"] {
            let _ = Environment::read(text);
        }
    }
}
