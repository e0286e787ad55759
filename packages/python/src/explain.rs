//! What was recorded, explained.

use corsage::browser::Profile;
use corsage_diagnosis::account::Verdict;
use corsage_diagnosis::{Account, Language};
use corsage_evidence::har::{self, Certainty, Choice, NoArchive, Outcome, Row, Table};
use corsage_evidence::text::decode;
use corsage_test::Dialect;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::{Value, json};

use crate::page::profile;

/// Beyond that many failures only their rows are told.
const MOST_ACCOUNTS: usize = 40;

/// The failures of an archive in full, as JSON: those that `url`, a part of one or a row's number, and `method`
/// choose; without both all of them.
#[pyfunction]
#[pyo3(signature = (archive, url = None, method = None, browsers = None, language = "en"))]
pub(crate) fn explain_har(
    py: Python<'_>,
    archive: Vec<u8>,
    url: Option<String>,
    method: Option<String>,
    browsers: Option<&Bound<'_, PyAny>>,
    language: &str,
) -> PyResult<String> {
    let profiles = profiles(browsers)?;
    let language = tongue(language)?;
    let told = py.detach(|| {
        let choice = Choice { text: url, method };
        explain(archive, &choice, &profiles, language)
    });
    told.map_err(PyValueError::new_err)
}

/// The one exchange of an archive that was made of a response.
#[pyfunction]
#[pyo3(signature = (archive, browsers = None, language = "en"))]
pub(crate) fn explain_response(
    py: Python<'_>,
    archive: Vec<u8>,
    browsers: Option<&Bound<'_, PyAny>>,
    language: &str,
) -> PyResult<String> {
    let profiles = profiles(browsers)?;
    let language = tongue(language)?;
    let every = Choice { text: Some("1".to_owned()), method: None };
    py.detach(|| explain(archive, &every, &profiles, language)).map_err(PyValueError::new_err)
}

fn profiles(names: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Profile>> {
    let names: Vec<String> = names.map_or(Ok(Vec::new()), |names| names.extract())?;
    names.iter().map(|name| profile(name)).collect()
}

fn tongue(language: &str) -> PyResult<Language> {
    language.parse().map_err(|_| {
        let all = Language::ALL.map(Language::tag).join(", ");
        PyValueError::new_err(format!("language is {language:?}; it is one of {all}"))
    })
}

fn explain(
    bytes: Vec<u8>,
    choice: &Choice,
    profiles: &[Profile],
    language: Language,
) -> Result<String, String> {
    let text = decode(bytes).map_err(|_| "this is compressed: unpack it first".to_owned())?;
    let archive = har::read(&text, &mut |_| ()).map_err(|problem| match problem {
        NoArchive::NoJson(problem) => format!("this is no HAR archive: {problem}"),
        NoArchive::NoEntries => "this is no HAR archive: it has no log.entries".to_owned(),
    })?;
    let table = har::table(&archive, profiles);
    let rows = if choice.text.is_none() && choice.method.is_none() {
        table.failures.clone()
    } else {
        table.choose(choice)
    };
    let rows: Vec<Value> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| told(&table, row, index < MOST_ACCOUNTS, language))
        .collect();
    Ok(json!({ "entries": table.entries(), "explanations": rows }).to_string())
}

/// A row, and what it means.
fn told(table: &Table<'_, '_>, row: &Row, in_full: bool, language: Language) -> Value {
    let judged = table.details(row);
    let remarks: Vec<String> =
        judged.copied.remarks.iter().map(|remark| remark.text(language)).collect();
    let (verdict, code, certain) = verdict(&row.outcome);
    let mut value = json!({
        "method": row.method,
        "url": row.url,
        "page": row.page,
        "verdict": verdict,
        "code": code,
        "certain": certain,
        "apart": match row.outcome {
            Outcome::Apart(why) => Some(why.remark().as_str()),
            _ => None,
        },
        "remarks": remarks,
        "account": null,
        "text": "",
    });
    if let Some(observation) = judged.observation.filter(|_| in_full)
        && !observation.exchanges.is_empty()
    {
        let mut account = corsage_diagnosis::account(&observation, &judged.profiles, language);
        amend(&mut account, &row.outcome, language);
        let judge = judged.profiles.first().copied().unwrap_or(Profile::Standard);
        value["text"] = corsage_test::told(&account, judge, Dialect::Python).into();
        value["account"] = serde_json::to_value(&account).unwrap_or_default();
    }
    value
}

/// What only the archive knows.
fn amend(account: &mut Account, outcome: &Outcome, language: Language) {
    match outcome {
        Outcome::Blocked { code, .. } => {
            account.verdict = Verdict::Blocked;
            account.code = Some(*code);
        }
        Outcome::Network { .. } | Outcome::Unknown => account.verdict = Verdict::Undecided,
        Outcome::Readable | Outcome::Apart(_) => account.as_loaded(language),
    }
}

fn verdict(outcome: &Outcome) -> (&'static str, Option<&'static str>, bool) {
    match outcome {
        Outcome::Readable | Outcome::Apart(_) => ("allowed", None, true),
        Outcome::Blocked { code, certainty } => {
            ("blocked", Some(code.as_str()), *certainty == Certainty::Recorded)
        }
        Outcome::Network { code } => ("undecided", Some(code.as_str()), true),
        Outcome::Unknown => ("undecided", None, false),
    }
}
