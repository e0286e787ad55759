//! Configurations, each compared with itself.

use std::path::Path;

use corsage_convert::compare::{Verdict, compare};
use corsage_convert::{Format, Source, read};

use super::case::Case;
use crate::input;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct ComparedWithThemselves {
    /// How many were read and compared.
    pub compared: usize,
    /// Those between which and themselves something was found.
    pub ids: Vec<String>,
}

/// Compares every so many of a file's configurations with itself. What no model reads is passed over, and so is what
/// remembers earlier requests.
///
/// # Errors
/// What cannot be read.
pub fn differing_from_themselves(
    file: &Path,
    every: usize,
) -> Result<ComparedWithThemselves, String> {
    let cases: Vec<Case> = input::json_lines(file)?;
    let mut told = ComparedWithThemselves::default();
    for case in cases.iter().step_by(every).filter(|case| !case.remembers()) {
        let Ok(format) = case.format.parse::<Format>() else { continue };
        let circumstances = case.circumstances(format);
        let model = || {
            read(format, &Source { text: case.text(), name: None, circumstances: &circumstances })
        };
        let (Ok(first), Ok(second)) = (model(), model()) else { continue };
        told.compared += 1;
        if compare(first.as_ref(), second.as_ref()).verdict() != Verdict::Exact {
            told.ids.push(case.id.clone());
        }
    }
    Ok(told)
}
