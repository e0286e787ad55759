//! From texts to models, or to what is not understood.

use std::fmt::Write as _;

use corsage_convert::{Circumstances, Format, NotRead, Program, Source, Unit, read, report, units};

use super::gather::Gathered;

/// What the command line says about where a file is used.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Circumstance {
    /// Which of several programs reads the file: `radosgw`, `garage`, `istio`, `envoy-gateway`
    #[arg(long, value_name = "NAME")]
    implementation: Option<String>,
}

impl Circumstance {
    pub(crate) fn circumstances(&self) -> Circumstances {
        Circumstances { implementation: self.implementation.clone(), ..Circumstances::default() }
    }
}

/// A unit with its model.
pub(crate) struct Modelled {
    pub(crate) unit: Unit,
    pub(crate) program: Box<dyn Program>,
}

impl Modelled {
    /// Where it is written that this origin is let in, in the unit's text: where it stands itself, if what lets it in is
    /// written in other lines. Where origins are written at all, if none is named; its beginning, if nowhere.
    #[cfg(feature = "native")]
    pub(crate) fn span(&self, origin: Option<&str>) -> std::ops::Range<usize> {
        let borders = self.program.borders();
        let mut all = borders.origins.iter().chain(borders.origin_lists.iter().flatten());
        let first = all.clone().next();
        let of_origin = origin.and_then(|origin| all.find(|border| border.matcher.fits(origin)));
        let span = of_origin.or(first).map_or(0..0, |border| border.span.clone());
        let text = &self.unit.text;
        let literal = origin.filter(|origin| origin.contains("://")).and_then(|origin| {
            let (before, after) = text.split_at_checked(span.start)?;
            let begins = before.rfind('\n').map_or(0, |at| at + 1);
            let ends = span.end + text.get(span.end..)?.find('\n').unwrap_or(0);
            let is_there = text.get(begins..ends).is_some_and(|lines| lines.contains(origin));
            let after = || after.find(origin).map(|at| before.len() + at);
            let at = (!is_there).then(|| after().or_else(|| text.find(origin)))??;
            Some(at..at + origin.len())
        });
        literal.unwrap_or(span)
    }
}

/// Models of what was gathered.
///
/// # Errors
/// What is not understood, in lines for people, each with its place.
pub(crate) fn model(
    name: &str,
    files: &Gathered,
    forced: Option<Format>,
    circumstance: &Circumstance,
) -> Result<Vec<Modelled>, String> {
    let made = units(files, forced);
    if made.units.is_empty() {
        return Err(format!("{name}: no format is recognised; --from names one\n"));
    }
    let circumstances = circumstance.circumstances();
    let (mut models, mut faults) = (Vec::new(), String::new());
    for unit in made.units {
        let source =
            Source { text: &unit.text, name: Some(unit.name()), circumstances: &circumstances };
        match read(unit.format, &source) {
            Ok(program) => models.push(Modelled { unit, program }),
            Err(error) => faults.push_str(&not_read(&unit, &error, files)),
        }
    }
    if faults.is_empty() { Ok(models) } else { Err(faults) }
}

/// What is not understood, a line for each piece.
fn not_read(unit: &Unit, error: &NotRead, files: &Gathered) -> String {
    let mut text = String::new();
    match error {
        NotRead::Refused(pieces) => {
            for piece in pieces {
                let _ = writeln!(
                    text,
                    "{}: {}: {} ({})",
                    place(unit, &piece.span, files),
                    unit.format,
                    piece.what,
                    report::why(piece.why),
                );
            }
        }
        NotRead::Rejected(rejected) => {
            let _ = writeln!(
                text,
                "{}: {} itself refuses this: {}",
                place(unit, &rejected.span, files),
                unit.format,
                rejected.what,
            );
        }
    }
    text
}

/// `FILE:LINE:COLUMN`
pub(crate) fn place(unit: &Unit, span: &std::ops::Range<usize>, files: &Gathered) -> String {
    let place = unit.place(span);
    let Some((_, text)) = files.iter().find(|(name, _)| *name == place.file) else {
        return place.file;
    };
    let before = text.get(..place.span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
    format!("{}:{line}:{column}", place.file)
}
