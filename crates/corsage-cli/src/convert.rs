//! `corsage convert`

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use corsage_convert::{Checked, Format, convert, report, write};
use corsage_report::Outcome;

use crate::foreign::{Circumstance, Gathered, Modelled, gather, model, place};

/// Arguments of `corsage convert`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage convert ingress.yaml --to gateway-api
  kubectl get ingress -A -o yaml | corsage convert - --to corsage
  corsage convert nginx.conf --to corsage --write policies/
  corsage convert bucket.json --from s3-json --implementation radosgw --to express

The text goes to standard output, the report to standard error: what is written, what it does today, what the
target would do, and every difference with a witness. What the target cannot say is left out, never widened;
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

pub(crate) fn run(args: &Args) -> ExitCode {
    match converted(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, told)) => {
            let _ = anstream::stderr().write_all(told.as_bytes());
            ExitCode::from(code)
        }
    }
}

fn converted(args: &Args) -> Result<(), (Outcome, String)> {
    if !write::WRITTEN.contains(&args.to) {
        let names: Vec<&str> = write::WRITTEN.iter().map(|format| format.name()).collect();
        let told = format!("{} is not written; these are: {}\n", args.to, names.join(", "));
        return Err((Outcome::Unusable, told));
    }
    if args.accept_wider.as_ref().is_some_and(|reason| reason.trim().is_empty()) {
        return Err((Outcome::Unusable, "--accept-wider needs a reason\n".to_owned()));
    }
    let mut files = Gathered::new();
    for name in &args.files {
        files.extend(gather(name).map_err(|error| (Outcome::Unusable, format!("{error}\n")))?);
    }
    let models = model(&args.files.join(", "), &files, args.from, &args.circumstance)
        .map_err(|error| (Outcome::Undecided, error))?;
    let (mut told, mut texts, mut code) = (String::new(), Vec::new(), Outcome::Passed);
    for side in &models {
        let (text, worst) = one(side, args, &files, &mut told);
        code = code.max(worst);
        texts.push((side.unit.name().to_owned(), text));
    }
    if code != Outcome::Passed {
        told.push_str("nothing is written\n");
        return Err((code, told));
    }
    let _ = anstream::stderr().write_all(told.as_bytes());
    match &args.write {
        Some(directory) => {
            put(directory, &texts, args.to).map_err(|error| (Outcome::Unusable, error))
        }
        None => {
            let separator = if is_yaml(args.to) { "---\n" } else { "\n" };
            let all: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
            let _ = anstream::stdout().write_all(all.join(separator).as_bytes());
            Ok(())
        }
    }
}

/// One unit's text, and the worst that is to be said of it.
fn one(side: &Modelled, args: &Args, files: &Gathered, told: &mut String) -> (String, Outcome) {
    let circumstances = args.circumstance.circumstances();
    let name = side.unit.name();
    let Some(conversion) = convert(side.program.as_ref(), args.to, name, &circumstances) else {
        return (String::new(), Outcome::Unusable);
    };
    let _ = writeln!(told, "{name} ({}) to {}", side.unit.format, args.to);
    for note in &conversion.written.notes {
        let _ =
            writeln!(told, "left out: {} at {}", note.what, place(&side.unit, &note.span, files));
    }
    let code = match &conversion.checked {
        Checked::Compared { comparison, target } => {
            told.push_str(&report::columns(&conversion.today, target, |span| {
                place(&side.unit, span, files)
            }));
            told.push_str(&report::human(comparison));
            match &args.accept_wider {
                None if comparison.admits_more() => {
                    told.push_str(
                        "a page would gain by this: --accept-wider REASON writes it all the same\n",
                    );
                    Outcome::Failed
                }
                Some(reason) if comparison.admits_more() => {
                    let _ = writeln!(told, "accepted: {reason}");
                    Outcome::Passed
                }
                _ => Outcome::Passed,
            }
        }
        Checked::NoReader => {
            let _ = writeln!(told, "not checked: nothing here reads {} yet", args.to);
            Outcome::Passed
        }
        Checked::Refused(error) => {
            let _ = writeln!(told, "{} would refuse what was written: {error:?}", args.to);
            Outcome::Undecided
        }
    };
    (conversion.written.text, code)
}

fn put(directory: &Path, texts: &[(String, String)], to: Format) -> Result<(), String> {
    fs::create_dir_all(directory).map_err(|error| format!("{}: {error}\n", directory.display()))?;
    for (index, (name, text)) in texts.iter().enumerate() {
        let base = Path::new(name)
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let base = base.trim_matches(['<', '>', '.']).to_owned();
        let number = if texts.len() > 1 { format!("{}-", index + 1) } else { String::new() };
        let path = directory.join(format!("{number}{base}.{}", extension(to)));
        // What is there and says the same stays as it is.
        if fs::read_to_string(&path).is_ok_and(|there| there == *text) {
            continue;
        }
        fs::write(&path, text).map_err(|error| format!("{}: {error}\n", path.display()))?;
    }
    Ok(())
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
