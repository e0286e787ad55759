//! `corsage convert`

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use corsage_convert::edit::edit;
use corsage_convert::{Checked, Format, convert, report, write};
use corsage_report::Outcome;
use corsage_texts::{Language, text};

use crate::foreign::{Circumstance, Gathered, Modelled, gather, model, place};
use crate::world::{self, ExitCode};

/// Arguments of `corsage convert`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage convert ingress.yaml --to gateway-api
  kubectl get ingress -A -o yaml | corsage convert - --to corsage
  corsage convert nginx.conf --to corsage --write policies/
  corsage convert bucket.json --from s3-json --implementation radosgw --to express

The text goes to standard output, the report to standard error: what is written, what it does today, what the \
target would do, and every difference with a witness. What the target cannot say is left out, never widened; \
where its own defaults widen all the same, nothing is written without --accept-wider REASON.

Exit codes:
  0  converted; pages lose at most what the report names
  1  a page would gain by it: nothing is written
  2  a file cannot be read or written, or the command is used wrongly
  3  a file has something in it that is not understood, or the target would refuse the text")]
pub(crate) struct Args {
    /// Files, directories, `-`, or git:REVISION:PATH
    #[arg(required = true)]
    files: Vec<String>,
    /// The format to write
    #[arg(long, value_name = "FORMAT")]
    to: Format,
    /// The format to read, where it is not recognised
    #[arg(long, value_name = "FORMAT")]
    from: Option<Format>,
    /// Write even what lets pages do more, for this reason
    #[arg(long, value_name = "REASON")]
    accept_wider: Option<String>,
    /// Write files into this directory rather than to standard output
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    #[command(flatten)]
    circumstance: Circumstance,
}

pub(crate) fn run(args: &Args, language: Language) -> ExitCode {
    match converted(args, language) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, told)) => {
            let _ = world::stderr().write_all(told.as_bytes());
            ExitCode::from(code)
        }
    }
}

fn converted(args: &Args, language: Language) -> Result<(), (Outcome, String)> {
    if !write::WRITTEN.contains(&args.to) {
        let names: Vec<&str> = write::WRITTEN.iter().map(|format| format.name()).collect();
        let told = text!(
            language,
            "convert.report.not-written",
            format = args.to,
            names = names.join(", ")
        );
        return Err((Outcome::Unusable, format!("{told}\n")));
    }
    if args.accept_wider.as_ref().is_some_and(|reason| reason.trim().is_empty()) {
        let told = text!(language, "convert.report.needs-reason");
        return Err((Outcome::Unusable, format!("{told}\n")));
    }
    let mut files = Gathered::new();
    for name in &args.files {
        files.extend(gather(name).map_err(|error| (Outcome::Unusable, format!("{error}\n")))?);
    }
    let models = model(&args.files.join(", "), &files, args.from, &args.circumstance)
        .map_err(|error| (Outcome::Undecided, error))?;
    let (mut told, mut texts, mut code) = (String::new(), Vec::new(), Outcome::Passed);
    for side in &models {
        let (text, worst) = one(side, args, &files, language, &mut told);
        code = code.max(worst);
        texts.push((side.unit.name().to_owned(), text));
    }
    if code != Outcome::Passed {
        let _ = writeln!(told, "{}", text!(language, "convert.report.nothing-written"));
        return Err((code, told));
    }
    let _ = world::stderr().write_all(told.as_bytes());
    match &args.write {
        Some(directory) => {
            put(directory, &texts, args, language).map_err(|error| (Outcome::Unusable, error))
        }
        None => {
            let separator = if is_yaml(args.to) { "---\n" } else { "\n" };
            let all: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
            let _ = world::stdout().write_all(all.join(separator).as_bytes());
            Ok(())
        }
    }
}

/// One unit's text, and the worst that is to be said of it.
fn one(
    side: &Modelled,
    args: &Args,
    files: &Gathered,
    language: Language,
    told: &mut String,
) -> (String, Outcome) {
    let circumstances = args.circumstance.circumstances();
    let name = side.unit.name();
    let Some(conversion) = convert(side.program.as_ref(), args.to, name, &circumstances) else {
        return (String::new(), Outcome::Unusable);
    };
    let from = side.unit.format;
    let title = text!(language, "convert.report.title", name = name, from = from, to = args.to);
    let _ = writeln!(told, "{title}");
    for note in &conversion.written.notes {
        let place = place(&side.unit, &note.span, files);
        let note = text!(language, "convert.report.left-out", what = note.what, place = place);
        let _ = writeln!(told, "{note}");
    }
    let rules = conversion.today.iter().flat_map(|policy| &policy.rules);
    if rules.clone().any(|rule| rule.credentials_beside_star && !rule.credentials) {
        let why = text!(language, "convert.report.star-with-credentials", source = from);
        let _ = writeln!(told, "{}", text!(language, "convert.report.stays-blocked", why = why));
    }
    let code = match &conversion.checked {
        Checked::Compared { comparison, target } => {
            told.push_str(&report::columns(&conversion.today, target, language, |span| {
                place(&side.unit, span, files)
            }));
            told.push_str(&report::human(comparison, language));
            wider(comparison.admits_more(), args, language, told)
        }
        Checked::NoReader => {
            let note = text!(language, "convert.report.not-checked", format = args.to);
            let _ = writeln!(told, "{note}");
            Outcome::Passed
        }
        Checked::Refused(error) => {
            let why = report::not_read(error);
            let note = text!(language, "convert.report.would-refuse", format = args.to, why = why);
            let _ = writeln!(told, "{note}");
            Outcome::Undecided
        }
    };
    (conversion.written.text, code)
}

/// Whether what widens may be written.
fn wider(admits_more: bool, args: &Args, language: Language, told: &mut String) -> Outcome {
    match &args.accept_wider {
        _ if !admits_more => Outcome::Passed,
        None => {
            let _ = writeln!(told, "{}", text!(language, "convert.report.would-gain"));
            Outcome::Failed
        }
        Some(reason) => {
            let note = text!(language, "convert.report.accepted", reason = reason);
            let _ = writeln!(told, "{note}");
            Outcome::Passed
        }
    }
}

/// Writes the files, and tells of each what became of it. What is there already is edited in its place.
fn put(
    directory: &Path,
    texts: &[(String, String)],
    args: &Args,
    language: Language,
) -> Result<(), String> {
    let circumstances = args.circumstance.circumstances();
    let mut all = Vec::new();
    for (index, (name, text)) in texts.iter().enumerate() {
        let base = Path::new(name)
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let base = base.trim_matches(['<', '>', '.']).to_owned();
        let number = if texts.len() > 1 { format!("{}-", index + 1) } else { String::new() };
        let path = directory.join(format!("{number}{base}.{}", extension(args.to)));
        let there = world::read_text(&path.to_string_lossy()).ok();
        let text = match &there {
            // What a conversion wrote, and nobody has added to, is written anew.
            Some(there) if !is_written(there, text, args.to) => edit(args.to, there, text, &circumstances)
                .map_err(|why| {
                    format!(
                        "{}: it is there already and is left alone: {why}; move it, or write to another directory\n",
                        path.display()
                    )
                })?,
            _ => text.clone(),
        };
        all.push((path, there.is_some_and(|there| there == text), text));
    }
    // All or nothing.
    for (path, is_unchanged, text) in all {
        let file = path.display();
        let told = if is_unchanged {
            text!(language, "convert.report.unchanged", file = file)
        } else {
            world::write(&path, &text).map_err(|error| format!("{error}\n"))?;
            text!(language, "convert.report.written", file = file)
        };
        let _ = world::stderr().write_all(format!("{told}\n").as_bytes());
    }
    Ok(())
}

/// Whether a file is nobody's but a conversion's: it begins as what is written now, and has no other comment; or its
/// format holds nothing but CORS.
fn is_written(there: &str, text: &str, to: Format) -> bool {
    if matches!(to, Format::S3Json | Format::S3Xml | Format::Gcs | Format::Azure) {
        return true;
    }
    let first = there.lines().next();
    let is_headed = is_comment(first) && first == text.lines().next();
    let is_touched =
        there.lines().skip(1).any(|line| is_comment(Some(line)) && !line.contains(" left out: "));
    there == text || (is_headed && !is_touched)
}

fn is_comment(line: Option<&str>) -> bool {
    line.is_some_and(|line| {
        ["#", "//", "<!--"].iter().any(|mark| line.trim_start().starts_with(mark))
    })
}

fn is_yaml(format: Format) -> bool {
    extension(format) == "yaml"
}

fn extension(format: Format) -> &'static str {
    match format {
        Format::Corsage => "toml",
        Format::GatewayApi
        | Format::EnvoyGateway
        | Format::Istio
        | Format::Envoy
        | Format::Traefik
        | Format::Kong => "yaml",
        Format::S3Json | Format::Gcs | Format::ApiGateway | Format::CloudFront | Format::Vercel => {
            "json"
        }
        Format::S3Xml | Format::Azure => "xml",
        Format::Express | Format::Fastify | Format::Hono | Format::Koa | Format::Nestjs => "js",
        Format::Fastapi | Format::Starlette | Format::Flask | Format::Django => "py",
        Format::Spring => "java",
        Format::Caddy => "caddyfile",
        Format::Haproxy => "cfg",
        _ => "conf",
    }
}
