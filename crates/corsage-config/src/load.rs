//! File, then environment, then arguments: the later word counts.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Problems;
use crate::decode::{Reader, nearest};
use crate::document::{Config, read_document};
use crate::environment::scalars;
use crate::tree::{Node, Value, read_toml, read_yaml};
use corsage_report::{Place, Problem, Severity};

/// Parses a file's text. A name that ends in `.yaml`, `.yml` or `.json` is read as YAML, any other as TOML.
///
/// ```
/// let config = corsage_config::parse(
///     r#"
///     [gateway]
///     upstreams = "http://127.0.0.1:3000"
///
///     [[policy]]
///     allow_origins = ["https://app.example.com"]
///     max_age = "10m"
///     "#,
///     "corsage.toml",
/// )?;
/// assert_eq!(config.policies.entries().len(), 1);
/// # Ok::<(), corsage_config::Problems>(())
/// ```
///
/// # Errors
/// All problems of the file, if any of them is an error.
pub fn parse(text: &str, name: &str) -> Result<Config, Problems> {
    Loader::new().text(text, name).load()
}

/// Reads and parses a file. Relative paths in it start from its directory.
///
/// # Errors
/// All problems of the file, if any of them is an error, or that it cannot be read.
pub fn load(path: impl AsRef<Path>) -> Result<Config, LoadError> {
    Ok(Loader::new().file(path)?.load()?)
}

/// Puts together what file, environment and arguments say.
///
/// ```
/// use corsage_config::Loader;
///
/// let config = Loader::new()
///     .text("[gateway]\nlisten = '127.0.0.1:8080'\n", "corsage.toml")
///     .environment([("CORSAGE_LOG_LEVEL".into(), "debug".into())])
///     .argument("--listen", "gateway.listen", ["0.0.0.0:80"])
///     .load()?;
/// assert_eq!(config.gateway.listen[0].address.port(), 80);
/// assert_eq!(config.gateway.log.level.as_str(), "debug");
/// # Ok::<(), corsage_config::Problems>(())
/// ```
#[derive(Clone, Debug)]
pub struct Loader {
    name: String,
    text: String,
    base: Option<PathBuf>,
    environment: Vec<(String, String)>,
    unreadable: Vec<String>,
    arguments: Vec<(String, String, Vec<String>)>,
}

impl Default for Loader {
    fn default() -> Self {
        Self::new()
    }
}

impl Loader {
    /// Nothing yet: every default, and no policy.
    #[must_use]
    pub fn new() -> Self {
        Self {
            name: "corsage.toml".to_owned(),
            text: String::new(),
            base: None,
            environment: Vec::new(),
            unreadable: Vec::new(),
            arguments: Vec::new(),
        }
    }

    /// The text of a file, and the name to call it by.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>, name: impl Into<String>) -> Self {
        self.text = text.into();
        self.name = name.into();
        self
    }

    /// Reads a file. Relative paths in it start from its directory.
    ///
    /// # Errors
    /// If the file cannot be read, or is not UTF-8.
    pub fn file(self, path: impl AsRef<Path>) -> Result<Self, UnreadableFile> {
        let path = path.as_ref();
        let unreadable = |cause| UnreadableFile { path: path.to_owned(), cause };
        let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            unreadable(format!(
                "byte {} is not UTF-8; save the file as UTF-8",
                error.utf8_error().valid_up_to()
            ))
        })?;
        let base =
            path.parent().filter(|parent| !parent.as_os_str().is_empty()).map(Path::to_owned);
        Ok(Self { base, ..self.text(text, path.display().to_string()) })
    }

    /// The environment: `CORSAGE_*` variables set scalars of the gateway. Others are ignored.
    #[must_use]
    pub fn environment(
        mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with("CORSAGE_")) else {
                continue;
            };
            match value.into_string() {
                Ok(value) => self.environment.push((name.to_owned(), value)),
                Err(_) => self.unreadable.push(name.to_owned()),
            }
        }
        // The environment has no order; reports have one.
        self.environment.sort();
        self
    }

    /// An argument of the command that sets a field, named by its path: `gateway.listen`,
    /// `policy.allow_origins`. It replaces what the file says there.
    #[must_use]
    pub fn argument<S: Into<String>>(
        mut self,
        argument: &str,
        field: &str,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.arguments.push((argument.to_owned(), field.to_owned(), values));
        self
    }

    /// Reads everything, and reports everything.
    ///
    /// # Errors
    /// All problems, if any of them is an error.
    pub fn load(&self) -> Result<Config, Problems> {
        let yaml = [".yaml", ".yml", ".json"].iter().any(|end| self.name.ends_with(end));
        let (mut root, mut problems) =
            if yaml { read_yaml(&self.text) } else { read_toml(&self.text) };
        self.apply_environment(&mut root, &mut problems);
        self.apply_arguments(&mut root);
        let (read, found) = read_document(&root, Reader::new(self.base.as_deref()));
        let found = without_strays(found, &problems, &self.text);
        problems.extend(found);
        let problems = Problems::new(&self.name, &self.text, problems);
        match read {
            Some((gateway, policies)) if problems.count(Severity::Error) == 0 => {
                Ok(Config { gateway, policies, remarks: problems })
            }
            _ => Err(problems),
        }
    }

    fn apply_environment(&self, root: &mut Node, problems: &mut Vec<Problem>) {
        let known = scalars();
        for (name, value) in &self.environment {
            let place = Place::Environment(Arc::from(name.as_str()));
            match known.iter().find(|(variable, _)| variable == name) {
                Some((_, path)) => root.set(path, Node::new(Value::Untyped(value.clone()), place)),
                None if is_service_link(name) || is_of_the_program(name) => {}
                None => {
                    let near = nearest(name, known.iter().map(|(variable, _)| variable.as_str()));
                    problems.push(
                        Problem::new(Severity::Warning, "unknown-variable")
                            .value(value.clone())
                            .cause("this variable sets nothing")
                            .way_out(match near {
                                Some(near) => format!("did you mean {near}?"),
                                None => {
                                    "`corsage check --variables` lists those that do".to_owned()
                                }
                            })
                            .place(place),
                    );
                }
            }
        }
        for name in &self.unreadable {
            problems.push(
                Problem::new(Severity::Error, "wrong-value")
                    .cause("the value is not UTF-8")
                    .way_out("set it again, in UTF-8")
                    .place(Place::Environment(Arc::from(name.as_str()))),
            );
        }
    }

    fn apply_arguments(&self, root: &mut Node) {
        for (argument, field, values) in &self.arguments {
            let place = Place::Argument(Arc::from(argument.as_str()));
            let untyped = |value: &String| Node::new(Value::Untyped(value.clone()), place.clone());
            // One value may be meant for a field that takes one; a list takes it too.
            let node = match values.as_slice() {
                [value] => untyped(value),
                values => {
                    Node::new(Value::List(values.iter().map(untyped).collect()), place.clone())
                }
            };
            let path: Vec<&str> = field.split('.').collect();
            root.set(&path, node);
        }
    }
}

/// Keys below a header that could not be read fall out of their table: what is then said of them at the
/// top of the file is no problem of theirs.
fn without_strays(found: Vec<Problem>, syntax: &[Problem], text: &str) -> Vec<Problem> {
    let broken_header = syntax
        .iter()
        .filter_map(|problem| problem.place.span())
        .map(|span| {
            let before = text.get(..span.start).unwrap_or(text);
            before.rfind('\n').map_or(0, |newline| newline + 1)
        })
        .find(|&line| text[line..].trim_start().starts_with('['));
    let Some(broken_header) = broken_header else { return found };
    let stray = |problem: &Problem| {
        problem.code == "unknown-key"
            && !problem.field.contains(['.', '['])
            && problem.place.span().is_some_and(|span| span.start > broken_header)
    };
    found.into_iter().filter(|problem| !stray(problem)).collect()
}

/// Whether a variable is of the program that reads the file, not of the file: `CORSAGE_LANG` chooses the
/// language of what is told.
fn is_of_the_program(name: &str) -> bool {
    name == "CORSAGE_LANG"
}

/// Kubernetes sets such variables for a Service named `corsage`; they are nobody's mistake.
fn is_service_link(name: &str) -> bool {
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT")
        || name
            .split("_PORT_")
            .nth(1)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// A file that could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot be read: {cause}", path.display())]
#[non_exhaustive]
pub struct UnreadableFile {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub cause: String,
}

/// Why a file could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// It could not be read.
    Unreadable(UnreadableFile),
    /// It has errors.
    Problems(Problems),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Problems(problems) => problems.fmt(f),
        }
    }
}

impl std::error::Error for LoadError {}

impl From<UnreadableFile> for LoadError {
    fn from(error: UnreadableFile) -> Self {
        Self::Unreadable(error)
    }
}

impl From<Problems> for LoadError {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}
