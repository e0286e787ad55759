//! From a name on the command line to texts: a file, a directory, standard input, a revision of git.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::Command;

/// How large a file may be: what is larger is no configuration.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// How deep directories are walked.
const MAX_DEPTH: usize = 32;

/// Files, each a name and its text.
pub(crate) type Gathered = Vec<(String, String)>;

/// Reads what a name on the command line stands for.
///
/// # Errors
/// What cannot be read, and why.
pub(crate) fn gather(name: &str) -> Result<Gathered, String> {
    if name == "-" {
        let mut text = String::new();
        io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| format!("standard input: {error}"))?;
        return Ok(vec![("<stdin>".to_owned(), text)]);
    }
    if let Some(rest) = name.strip_prefix("git:") {
        return from_git(rest);
    }
    let path = Path::new(name);
    if !path.is_dir() {
        return Ok(vec![(name.to_owned(), file(path)?)]);
    }
    let mut names = Vec::new();
    walk(path, 0, &mut names).map_err(|error| format!("{name}: {error}"))?;
    names.sort();
    let mut files = Vec::new();
    for name in names {
        // What is no text is no configuration.
        if let Ok(text) = file(Path::new(&name)) {
            files.push((name, text));
        }
    }
    Ok(files)
}

fn file(path: &Path) -> Result<String, String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let size = fs::metadata(path).map_err(|error| told(&error))?.len();
    if size > MAX_FILE_BYTES {
        return Err(told(&"larger than 64 MiB"));
    }
    fs::read_to_string(path).map_err(|error| told(&error))
}

fn walk(directory: &Path, depth: usize, names: &mut Vec<String>) -> io::Result<()> {
    if depth > MAX_DEPTH {
        return Ok(());
    }
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        // Links may lead in circles, and hidden directories are tools' own.
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !name.to_string_lossy().starts_with('.') && name != "node_modules" {
                walk(&entry.path(), depth + 1, names)?;
            }
        } else if kind.is_file() {
            names.push(entry.path().to_string_lossy().into_owned());
        }
    }
    Ok(())
}

/// `REV:PATH`, where the path is a file or a directory.
fn from_git(name: &str) -> Result<Gathered, String> {
    let (revision, path) =
        name.split_once(':').ok_or_else(|| format!("git:{name}: git:REVISION:PATH is wanted"))?;
    if revision.starts_with('-') || revision.is_empty() {
        return Err(format!("git:{name}: {revision:?} is no revision"));
    }
    let kind = git(&["cat-file", "-t", &format!("{revision}:{path}")])?;
    if kind.trim() != "tree" {
        let text = git(&["show", &format!("{revision}:{path}")])?;
        return Ok(vec![(path.to_owned(), text)]);
    }
    let listed =
        git(&["ls-tree", "-r", "--name-only", "-z", "--full-tree", &format!("{revision}:{path}")])?;
    let mut files = Vec::new();
    for below in listed.split('\0').filter(|below| !below.is_empty()) {
        let name = format!("{}/{below}", path.trim_end_matches('/'));
        if let Ok(text) = git(&["show", &format!("{revision}:{name}")]) {
            files.push((name, text));
        }
    }
    Ok(files)
}

fn git(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .args(arguments)
        .output()
        .map_err(|error| format!("git cannot be started: {error}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("git {}: {}", arguments.join(" "), told.trim()));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| format!("git {}: this is no text", arguments.join(" ")))
}
