//! Lines of JSON, plain or gzipped.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use corsage::browser::Profile;
use flate2::read::MultiGzDecoder;
use serde::de::DeserializeOwned;

/// Reads a file of JSON lines; `NAME.gz` is taken where `NAME` is not there.
///
/// # Errors
/// The path, the line and the cause.
pub fn json_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, String> {
    let plain = path.to_owned();
    let packed = PathBuf::from(format!("{}.gz", path.display()));
    let chosen = if plain.exists() { plain } else { packed };
    let file = File::open(&chosen).map_err(|error| format!("{}: {error}", chosen.display()))?;
    let reader: Box<dyn Read> = if chosen.extension().is_some_and(|extension| extension == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut values = Vec::new();
    for (number, line) in BufReader::new(reader).lines().enumerate() {
        let line = line.map_err(|error| format!("{}: {error}", chosen.display()))?;
        if line.trim().is_empty() {
            continue;
        }
        let value = serde_json::from_str(&line)
            .map_err(|error| format!("{}, line {}: {error}", chosen.display(), number + 1))?;
        values.push(value);
    }
    Ok(values)
}

/// The browsers of a recording that are looked at: the one that is named, or all three.
pub(crate) fn recorded_browsers(named: Option<&str>) -> Result<Vec<Profile>, String> {
    match named {
        None => Ok(vec![Profile::Chromium, Profile::Firefox, Profile::Webkit]),
        Some(name) => name
            .parse()
            .map(|profile| vec![profile])
            .map_err(|error| format!("--browser {name}: {error}")),
    }
}
