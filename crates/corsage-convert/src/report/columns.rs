//! Three columns: what is written, what it does today, what the target would do.

use std::fmt::Write;

use crate::neutral::{AnsweredOrigin, Names, RoutedPolicy, Rule, RuleOrigins};

/// The three columns, a line for each thing that a policy says. `written` is told by `place`: where each
/// origin stands in the source.
#[must_use]
pub fn columns(
    today: &[RoutedPolicy],
    target: &[RoutedPolicy],
    place: impl Fn(&crate::Span) -> String,
) -> String {
    let mut text = String::new();
    for policy in today {
        let _ = writeln!(text, "{}{}", policy.host, policy.path);
        let other = target
            .iter()
            .find(|other| other.host == policy.host && other.path == policy.path)
            .or_else(|| target.iter().find(|other| other.path == policy.path));
        if policy.rules.is_empty() {
            text.push_str("  nothing is shared\n");
        }
        for (index, rule) in policy.rules.iter().enumerate() {
            let then =
                other.and_then(|other| other.rules.get(index).or_else(|| other.rules.first()));
            for border in rule.origins.borders() {
                let _ = writeln!(text, "  written   {} at {}", border.matcher, place(&border.span));
            }
            for (name, told) in FACTS {
                let now = told(rule);
                let later = then.map_or_else(|| "nothing".to_owned(), told);
                let mark = if now == later { " " } else { "*" };
                let _ = writeln!(text, "{mark} {name:<12} today {now:<44} target {later}");
            }
        }
    }
    text
}

type Fact = (&'static str, fn(&Rule) -> String);

const FACTS: &[Fact] = &[
    ("origins", |rule| origins(&rule.origins)),
    ("answered", |rule| match &rule.answered {
        AnsweredOrigin::Reflected => "the request's origin".to_owned(),
        AnsweredOrigin::Star => "*".to_owned(),
        AnsweredOrigin::Constant(text) => text.clone(),
    }),
    ("credentials", |rule| if rule.credentials { "yes" } else { "no" }.to_owned()),
    ("methods", |rule| names(&rule.methods)),
    ("headers", |rule| names(&rule.headers)),
    ("exposed", |rule| names(&rule.expose)),
    ("max-age", |rule| {
        rule.max_age.map_or_else(|| "not sent: 5 s".to_owned(), |age| format!("{age} s"))
    }),
    ("preflights", |rule| rule.preflight_status.to_string()),
    ("Vary", |rule| format!("{:?}", rule.vary)),
    ("errors", |rule| format!("{:?}", rule.errors)),
];

fn origins(origins: &RuleOrigins) -> String {
    let all = |borders: &[crate::OriginBorder]| {
        let mut list: Vec<String> =
            borders.iter().take(8).map(|border| border.matcher.to_string()).collect();
        if borders.len() > 8 {
            list.push(format!("{} more", borders.len() - 8));
        }
        list.join(" ")
    };
    match origins {
        RuleOrigins::These(borders) => all(borders),
        RuleOrigins::AllBut(borders) if borders.is_empty() => "every origin".to_owned(),
        RuleOrigins::AllBut(borders) => format!("every origin but {}", all(borders)),
        RuleOrigins::Mixed { inside, left_over } => {
            format!("{} and such as {left_over}", all(inside))
        }
    }
}

fn names(names: &Names) -> String {
    match names {
        Names::Listed(names) if names.is_empty() => "none".to_owned(),
        Names::Listed(names) => names.join(", "),
        Names::Star => "*".to_owned(),
        Names::Mirrored => "whatever is asked for".to_owned(),
    }
}
