//! From a name on the command line to texts: a file, a directory, standard input, a revision of git.

#[cfg(feature = "native")]
use std::{fs, io, path::Path};

use crate::world;

/// How large a file may be: what is larger is no configuration.
#[cfg(feature = "native")]
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// How deep directories are walked.
#[cfg(feature = "native")]
const MAX_DEPTH: usize = 32;

/// Files, each a name and its text.
pub(crate) type Gathered = Vec<(String, String)>;

/// Reads what a name on the command line stands for.
///
/// # Errors
/// What cannot be read, and why.
pub(crate) fn gather(name: &str) -> Result<Gathered, String> {
    if name == "-" {
        let text = world::stdin_text().map_err(|error| format!("standard input: {error}"))?;
        return Ok(vec![("<stdin>".to_owned(), text)]);
    }
    if let Some(rest) = name.strip_prefix("git:") {
        return from_git(rest);
    }
    let Some(mut names) = below(name)? else {
        return Ok(vec![(name.to_owned(), file(name)?)]);
    };
    names.sort();
    let mut files = Vec::new();
    for name in names {
        // What is no text is no configuration.
        if let Ok(text) = file(&name) {
            files.push((name, text));
        }
    }
    Ok(files)
}

/// The files below a directory; `None` for what is none.
#[cfg(not(feature = "native"))]
fn below(name: &str) -> Result<Option<Vec<String>>, String> {
    Ok(world::list(name))
}

/// The files below a directory; `None` for what is none.
#[cfg(feature = "native")]
fn below(name: &str) -> Result<Option<Vec<String>>, String> {
    let path = Path::new(name);
    if !path.is_dir() {
        return Ok(None);
    }
    let mut names = Vec::new();
    walk(path, 0, &mut names).map_err(|error| format!("{name}: {error}"))?;
    Ok(Some(names))
}

#[cfg(not(feature = "native"))]
fn file(name: &str) -> Result<String, String> {
    world::read_text(name).map_err(|error| format!("{name}: {error}"))
}

#[cfg(feature = "native")]
fn file(name: &str) -> Result<String, String> {
    let told = |error: &dyn std::fmt::Display| format!("{name}: {error}");
    let size = fs::metadata(name).map_err(|error| told(&error))?.len();
    if size > MAX_FILE_BYTES {
        return Err(told(&"larger than 64 MiB"));
    }
    fs::read_to_string(name).map_err(|error| told(&error))
}

#[cfg(feature = "native")]
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
    String::from_utf8(world::git(arguments)?)
        .map_err(|_| format!("git {}: this is no text", arguments.join(" ")))
}
