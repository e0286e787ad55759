//! A page for each program: what it does with a policy, learnt from its model.

use std::fmt::Write as _;

use corsage_convert::compare::{Questions, Scene};
use corsage_convert::findings::findings;
use corsage_convert::neutral::{
    AnsweredOrigin, ErrorsCarry, Names, OwnHeaders, PlainOptions, RefusedPreflight, RoutedPolicy,
    VaryOnOrigin, derive,
};
use corsage_convert::report::human;
use corsage_convert::{
    Asked, Checked, Circumstances, Format, Program, Source, convert, read, write,
};
use corsage_texts::Language;

/// What each program is told to do: as `corsage.toml`, with a name for people.
const POLICIES: &[(&str, &str)] = &[
    (
        "Two origins, with credentials",
        "[[policy]]\nallow_origins = [\"https://app.example.com\", \"https://admin.example.com\"]\n\
         allow_credentials = true\nallow_methods = [\"PUT\", \"DELETE\"]\nallow_headers = [\"content-type\"]\n\
         expose_headers = [\"etag\"]\nmax_age = 600\n",
    ),
    (
        "Every subdomain",
        "[[policy]]\nallow_origins = [\"https://*.example.com\"]\nallow_methods = [\"PUT\"]\n",
    ),
    (
        "Every origin",
        "[[policy]]\nallow_origins = [\"*\"]\nallow_methods = [\"*\"]\nallow_headers = [\"*\"]\n",
    ),
];

/// The pages, each a file's name and its text: for every program that is both written and read.
fn pages() -> Vec<(String, String)> {
    write::WRITTEN
        .iter()
        .filter_map(|&format| Some((format!("{format}.md"), page(format)?)))
        .collect()
}

fn page(format: Format) -> Option<String> {
    let circumstances = Circumstances::default();
    let mut text = format!(
        "# {format}\n\nWhat {format} does with three policies, as its model in `corsage-convert` has it. This page is \
         written by\n`CORSAGE_WRITE_DOCS=1 cargo test -p corsage-convert --test products`.\n"
    );
    let mut has_some = false;
    for (title, policy) in POLICIES {
        let source = Source { text: policy, name: None, circumstances: &circumstances };
        let core = read(Format::Corsage, &source).ok()?;
        let conversion = convert(core.as_ref(), format, "corsage.toml", &circumstances)?;
        let _ = write!(text, "\n## {title}\n\n```\n{}```\n", conversion.written.text);
        let comparison = match &conversion.checked {
            Checked::Compared { comparison, .. } => comparison,
            Checked::Refused(why) => {
                let _ = writeln!(text, "\n{format} cannot say this: {why:?}");
                continue;
            }
            Checked::NoReader => continue,
        };
        let written =
            Source { text: &conversion.written.text, name: None, circumstances: &circumstances };
        let Ok(program) = read(format, &written) else { continue };
        has_some = true;
        for neutral in derive(program.as_ref()) {
            facts(&neutral, program.as_ref(), &mut text);
        }
        let found = findings(program.as_ref());
        if !found.is_empty() {
            text.push_str("\nTraps:\n\n");
            for finding in found {
                let _ = writeln!(
                    text,
                    "- `{}`: {}; {}.",
                    finding.code.as_str(),
                    finding.code.cause(),
                    finding.code.way_out()
                );
            }
        }
        let _ = write!(
            text,
            "\nCompared with what was meant:\n\n```text\n{}```\n",
            human(comparison, Language::English)
        );
    }
    has_some.then_some(text)
}

fn facts(neutral: &RoutedPolicy, program: &dyn Program, text: &mut String) {
    text.push_str("\n| what | how |\n|---|---|\n");
    let mut row = |what: &str, how: String| {
        let _ = writeln!(text, "| {what} | {} |", how.replace('|', "\\|"));
    };
    if let Some(rule) = neutral.rules.first() {
        row(
            "`Access-Control-Allow-Origin`",
            match &rule.answered {
                AnsweredOrigin::Reflected => "the request's origin".to_owned(),
                AnsweredOrigin::Star => "`*`".to_owned(),
                AnsweredOrigin::Constant(value) => format!("always `{value}`"),
            },
        );
        row("a granted preflight", rule.preflight_status.to_string());
        row("methods beyond GET, HEAD, POST", names(&rule.methods));
        row("request headers", names(&rule.headers));
        row(
            "`Vary: Origin`",
            match rule.vary {
                VaryOnOrigin::Always => "on every response",
                VaryOnOrigin::OnMatch => "on granted responses only",
                VaryOnOrigin::Never => "never",
            }
            .to_owned(),
        );
        row(
            "errors from behind",
            match rule.errors {
                ErrorsCarry::Headers => "carry the headers",
                ErrorsCarry::Nothing => "carry none: pages see a network error",
            }
            .to_owned(),
        );
    }
    row(
        "a refused preflight",
        match neutral.refused {
            RefusedPreflight::Answered(status) => status.to_string(),
            RefusedPreflight::Forwarded => "goes on to the upstream".to_owned(),
        },
    );
    row(
        "an `OPTIONS` that is no preflight",
        match neutral.plain_options {
            PlainOptions::Answered(status) => status.to_string(),
            PlainOptions::Forwarded => "goes on to the upstream".to_owned(),
        },
    );
    row(
        "CORS headers from behind",
        match neutral.own_headers {
            OwnHeaders::Replaced => "are replaced",
            OwnHeaders::Kept => "stay",
            OwnHeaders::Doubled => "come twice, which browsers refuse",
        }
        .to_owned(),
    );
    let null = [("Origin".to_owned(), "null".to_owned())];
    let asked = Asked { method: "GET", path: &neutral.path, host: &neutral.host, headers: &null };
    let answered = program.answer(&asked, &Scene::Works);
    let value =
        answered.lines("access-control-allow-origin").next().map_or("nothing", |value| value);
    row("`Origin: null` is answered", format!("`{value}`"));
    let count = Questions::of(&[program]).cells.cells.len();
    row("kinds of origins that are told apart", count.to_string());
}

fn names(names: &Names) -> String {
    match names {
        Names::Listed(names) if names.is_empty() => "none".to_owned(),
        Names::Listed(names) => names.join(", "),
        Names::Star => "`*`".to_owned(),
        Names::Mirrored => "whatever is asked for".to_owned(),
    }
}

#[test]
fn the_pages_say_what_the_models_do() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/products");
    let is_writing = std::env::var_os("CORSAGE_WRITE_DOCS").is_some();
    let pages = pages();
    assert!(pages.len() >= 6, "{} pages", pages.len());
    let mut stale = Vec::new();
    for (name, text) in pages {
        let path = directory.join(&name);
        if is_writing {
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(&path, &text).unwrap();
        // A program that is read since the pages were written has none yet.
        } else if std::fs::read_to_string(&path).is_ok_and(|there| there != text) {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "docs/products is not what the models do: {stale:?}; CORSAGE_WRITE_DOCS=1 writes it"
    );
}
