//! What the program says of itself, on standard error.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::SystemTime;

use super::fold::{Ended, Fold, LeftOut};
use super::log_sink::{LogSink, Lost, Output};
use crate::clock;

/// How a line looks; decides where its time stands, and how it is told that there were more of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineForm {
    /// For people: the time comes first.
    Text,
    /// An object: the time is its first member.
    Json,
}

/// Whether a line may be folded with others like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repeats {
    /// Told once, then counted.
    Fold,
    /// Every one is told: somebody has asked for all there is.
    Keep,
}

/// The program's own log: whoever writes to it never waits.
///
/// Lines come without their time, and get it here. A reader that has stopped costs lines, which are counted in
/// `corsage_log_lines_dropped_total`, and nothing else. Lines that say the same are told once in ten seconds, with
/// how often they came.
///
/// ```
/// use corsage_gateway::{LineForm, OwnLog, Repeats};
///
/// let log = OwnLog::start(LineForm::Text, Box::new(std::io::sink()))?;
/// log.line(1, Repeats::Fold, b"INFO listening\n");
/// log.finish();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct OwnLog {
    shared: Arc<Inner>,
}

struct Inner {
    sink: LogSink,
    fold: Arc<Fold>,
    form: LineForm,
    lost: Arc<Lost>,
}

impl fmt::Debug for OwnLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnLog").field("form", &self.shared.form).finish_non_exhaustive()
    }
}

impl OwnLog {
    /// Starts the thread that writes to `out`.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(form: LineForm, out: Box<dyn Write + Send>) -> io::Result<Self> {
        let (lost, fold) = (Arc::new(Lost::default()), Arc::new(Fold::default()));
        let folded = Arc::clone(&fold);
        let more = move || summaries(&folded, form, Ended::Due);
        let sink = LogSink::new(Arc::clone(&lost), Output::Stream(out), more)?;
        Ok(Self { shared: Arc::new(Inner { sink, fold, form, lost }) })
    }

    /// Says one line (or one report of several), given with its line end and without its time. `kind` tells lines
    /// of one place in the program from those of others.
    pub fn line(&self, kind: usize, repeats: Repeats, line: &[u8]) {
        let Inner { sink, fold, form, .. } = &*self.shared;
        let line = without_disguises(line);
        if repeats == Repeats::Keep || fold.is_news(kind, &line, clock::now_ms()) {
            sink.send(stamped(&line, *form, None));
        }
    }

    /// Waits, at most a second, until what was said is written.
    pub fn finish(&self) {
        let Inner { sink, fold, form, .. } = &*self.shared;
        let left_out = summaries(fold, *form, Ended::All);
        if !left_out.is_empty() {
            sink.send(left_out);
        }
        sink.flush();
    }

    pub(crate) fn lost(&self) -> Arc<Lost> {
        Arc::clone(&self.shared.lost)
    }
}

fn summaries(fold: &Fold, form: LineForm, ended: Ended) -> Vec<u8> {
    let left_out = fold.left_out(clock::now_ms(), ended);
    left_out.iter().flat_map(|(line, left_out)| stamped(line, form, Some(left_out))).collect()
}

/// Puts the time where it belongs, and how often the line was left out.
fn stamped(line: &[u8], form: LineForm, left_out: Option<&LeftOut>) -> Vec<u8> {
    let time = humantime::format_rfc3339_micros(SystemTime::now());
    let mut out = Vec::with_capacity(line.len() + 64);
    // Writing to a vector does not fail.
    let _ = match form {
        LineForm::Text => write!(out, "{time} "),
        LineForm::Json => write!(out, "{{\"timestamp\":\"{time}\","),
    };
    let (rest, end) = match line {
        [rest @ .., b'\n'] => (rest, &b"\n"[..]),
        rest => (rest, &b"\n"[..]),
    };
    match form {
        LineForm::Text => {
            out.extend_from_slice(rest);
            let _ = match left_out {
                Some(LeftOut::Again(count)) => write!(out, " (again, {count} times)"),
                Some(LeftOut::Alike(count)) => write!(out, " (and like it, {count} lines)"),
                None => Ok(()),
            };
        }
        LineForm::Json => {
            let _ = match left_out {
                Some(LeftOut::Again(count)) => write!(out, "\"repeated\":{count},"),
                Some(LeftOut::Alike(count)) => write!(out, "\"alike\":{count},"),
                None => Ok(()),
            };
            out.extend_from_slice(rest.strip_prefix(b"{").unwrap_or(rest));
        }
    }
    out.extend_from_slice(end);
    out
}

/// C1 controls and marks that turn the direction of writing are shown as what they are: with them a stranger's
/// header could make a line look like another. (Control characters of ASCII are escaped by whoever formats.)
fn without_disguises(line: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(line);
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_disguise(character) {
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    out.into_bytes()
}

/// Characters that change how a terminal or a reader shows what is around them.
pub(crate) fn is_disguise(character: char) -> bool {
    matches!(
        character,
        '\u{80}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_gets_its_time_and_how_often_it_came() {
        let text = String::from_utf8(stamped(b"WARN a\n", LineForm::Text, None)).unwrap();
        assert!(text.ends_with("Z WARN a\n"), "{text}");
        let again = stamped(b"WARN a\n", LineForm::Text, Some(&LeftOut::Again(3)));
        assert!(again.ends_with(b"Z WARN a (again, 3 times)\n"));
        let json = stamped(b"{\"level\":\"WARN\"}\n", LineForm::Json, Some(&LeftOut::Alike(2)));
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["alike"], 2);
        assert_eq!(json["level"], "WARN");
        assert!(json["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn what_would_disguise_a_line_is_shown() {
        let shown = without_disguises("a\u{202e}b\u{9b}31m \u{444}".as_bytes());
        assert_eq!(String::from_utf8(shown).unwrap(), "a\\u202eb\\u009b31m \u{444}");
    }
}
