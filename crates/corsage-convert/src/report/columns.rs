//! Three columns: what is written, what it does today, what the target would do.

use std::fmt::Write;

use corsage_texts::{Language, text};

use crate::neutral::{
    AnsweredOrigin, ErrorsCarry, Names, RoutedPolicy, Rule, RuleOrigins, VaryOnOrigin,
};

/// The three columns, a line for each thing that a policy says. `written` is told by `place`: where each
/// origin stands in the source.
#[must_use]
pub fn columns(
    today: &[RoutedPolicy],
    target: &[RoutedPolicy],
    language: Language,
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
            let _ = writeln!(text, "  {}", text!(language, "convert.columns.nothing-shared"));
        }
        for (index, rule) in policy.rules.iter().enumerate() {
            let then =
                other.and_then(|other| other.rules.get(index).or_else(|| other.rules.first()));
            for border in rule.origins.borders() {
                let _ = writeln!(
                    text,
                    "  {} {}",
                    padded(text!(language, "convert.columns.written"), NAME),
                    text!(
                        language,
                        "convert.columns.written-at",
                        what = border.matcher,
                        place = place(&border.span)
                    ),
                );
            }
            text.push_str(&lines(rule, then, language));
        }
    }
    text
}

/// How wide the names of the facts are, and what is so today.
const NAME: usize = 14;
const TODAY: usize = 44;

fn lines(rule: &Rule, then: Option<&Rule>, language: Language) -> String {
    let mut text = String::new();
    let later = then.map(|then| facts(then, language));
    for (index, (name, now)) in facts(rule, language).into_iter().enumerate() {
        let later = match &later {
            Some(facts) => facts[index].1.as_str(),
            None => text!(language, "convert.columns.nothing"),
        };
        let mark = if now == later { " " } else { "*" };
        let _ = writeln!(
            text,
            "{mark} {} {} {} {} {later}",
            padded(name, NAME),
            text!(language, "convert.columns.today"),
            padded(&now, TODAY),
            text!(language, "convert.columns.target"),
        );
    }
    text
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.chars().count())))
}

fn facts(rule: &Rule, language: Language) -> [(&'static str, String); 10] {
    let yes_or_no = if rule.credentials {
        text!(language, "convert.columns.yes")
    } else {
        text!(language, "convert.columns.no")
    };
    let answered = match &rule.answered {
        AnsweredOrigin::Reflected => text!(language, "convert.columns.the-origin").to_owned(),
        AnsweredOrigin::Star => "*".to_owned(),
        AnsweredOrigin::Constant(text) => text.clone(),
    };
    let max_age = match rule.max_age {
        Some(age) => text!(language, "convert.columns.seconds", count = age),
        None => text!(language, "convert.columns.not-sent").to_owned(),
    };
    let vary = match rule.vary {
        VaryOnOrigin::Always => text!(language, "convert.columns.vary-always"),
        VaryOnOrigin::OnMatch => text!(language, "convert.columns.vary-on-match"),
        VaryOnOrigin::Never => text!(language, "convert.columns.vary-never"),
    };
    let errors = match rule.errors {
        ErrorsCarry::Headers => text!(language, "convert.columns.errors-headers"),
        ErrorsCarry::Nothing => text!(language, "convert.columns.errors-nothing"),
    };
    [
        (text!(language, "convert.columns.origins"), origins(&rule.origins, language)),
        (text!(language, "convert.columns.answered"), answered),
        (text!(language, "convert.columns.credentials"), yes_or_no.to_owned()),
        (text!(language, "convert.columns.methods"), names(&rule.methods, language)),
        (text!(language, "convert.columns.headers"), names(&rule.headers, language)),
        (text!(language, "convert.columns.exposed"), names(&rule.expose, language)),
        (text!(language, "convert.columns.max-age"), max_age),
        (text!(language, "convert.columns.preflights"), rule.preflight_status.to_string()),
        (text!(language, "convert.columns.vary"), vary.to_owned()),
        (text!(language, "convert.columns.errors"), errors.to_owned()),
    ]
}

fn origins(origins: &RuleOrigins, language: Language) -> String {
    let all = |borders: &[crate::OriginBorder]| {
        let mut list: Vec<String> =
            borders.iter().take(8).map(|border| border.matcher.to_string()).collect();
        if borders.len() > 8 {
            list.push(text!(language, "convert.columns.more", count borders.len() - 8));
        }
        list.join(" ")
    };
    match origins {
        RuleOrigins::These(borders) => all(borders),
        RuleOrigins::AllBut(borders) if borders.is_empty() => {
            text!(language, "convert.columns.every-origin").to_owned()
        }
        RuleOrigins::AllBut(borders) => {
            text!(language, "convert.columns.every-origin-but", list = all(borders))
        }
        RuleOrigins::Mixed { inside, left_over } => {
            text!(language, "convert.columns.and-such-as", list = all(inside), origin = left_over)
        }
    }
}

fn names(names: &Names, language: Language) -> String {
    match names {
        Names::Listed(names) if names.is_empty() => {
            text!(language, "convert.columns.none").to_owned()
        }
        Names::Listed(names) => names.join(", "),
        Names::Star => "*".to_owned(),
        Names::Mirrored => text!(language, "convert.columns.whatever").to_owned(),
    }
}
