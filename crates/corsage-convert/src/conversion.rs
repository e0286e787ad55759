//! From one program to another: written, read back, compared.

use crate::compare::{Comparison, compare};
use crate::neutral::{RoutedPolicy, derive};
use crate::write::{Written, write};
use crate::{Circumstances, Format, NotRead, Program, Source, Why, read};

/// A conversion, and whether it means the same.
#[derive(Debug)]
pub struct Conversion {
    /// What the source does today.
    pub today: Vec<RoutedPolicy>,
    /// The text.
    pub written: Written,
    /// What the text was found to mean.
    pub checked: Checked,
}

/// What a written text was found to mean.
#[derive(Debug)]
pub enum Checked {
    /// It was read back, and both models were compared.
    Compared {
        /// What differs.
        comparison: Comparison,
        /// What the target would do.
        target: Vec<RoutedPolicy>,
    },
    /// Nothing here reads the format: nothing is known of what it means.
    NoReader,
    /// The target itself would refuse the text.
    Refused(NotRead),
}

/// Converts a program to a format. `source` names it in the text's first comment.
///
/// Nothing where the format is not written.
#[must_use]
pub fn convert(
    program: &dyn Program,
    to: Format,
    source: &str,
    circumstances: &Circumstances,
) -> Option<Conversion> {
    let today = derive(program);
    let written = write(to, &today, source)?;
    let read_back = read(to, &Source { text: &written.text, name: None, circumstances });
    let checked = match read_back {
        Ok(target) => Checked::Compared {
            comparison: compare(program, target.as_ref()),
            target: derive(target.as_ref()),
        },
        Err(NotRead::Refused(pieces)) if pieces.iter().any(|piece| piece.why == Why::NoReader) => {
            Checked::NoReader
        }
        Err(error) => Checked::Refused(error),
    };
    Some(Conversion { today, written, checked })
}
