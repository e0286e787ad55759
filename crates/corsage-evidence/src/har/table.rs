//! All requests of an archive in order, the failures first by first, and which of them is meant.

use std::collections::HashMap;

use corsage::browser::Profile;

use super::creator::profile;
use super::index::Index;
use super::judge::judge;
use super::judged::Judged;
use super::outcome::{Outcome, Why};
use super::read::Archive;
use crate::request::Load;

/// One request, or several that failed in the same way.
#[derive(Clone, Debug)]
pub struct Row {
    /// The number by which it is chosen, from 1; failures first.
    pub number: usize,
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The recorded status.
    pub status: Option<u16>,
    /// The page, if it was recorded.
    pub page: Option<String>,
    /// What loaded it.
    pub load: Load,
    /// What became of it.
    pub outcome: Outcome,
    /// How many entries say the same, with whatever query.
    pub times: usize,
    entries: Vec<usize>,
}

/// The requests of an archive.
#[derive(Debug)]
pub struct Table<'x, 'a> {
    archive: &'x Archive<'a>,
    index: Index<'x>,
    profiles: Vec<Profile>,
    /// What failed, in the order of the archive.
    pub failures: Vec<Row>,
    /// What was aborted or failed without CORS having a say.
    pub apart: Vec<Row>,
    /// What may be read, or was loaded.
    pub passed: Vec<Row>,
}

impl std::fmt::Debug for Index<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Index")
    }
}

/// Which request is meant.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// A row's number, a URL, or a part of one.
    pub text: Option<String>,
    /// The method.
    pub method: Option<String>,
}

/// Judges every request of an archive for these profiles; without any, for the browser that wrote it, or for all.
///
/// ```
/// let text = r#"{ "log": { "creator": { "name": "proxy" }, "entries": [ {
///     "request": { "method": "GET", "url": "https://api.example/me", "headers": [
///         { "name": "origin", "value": "https://app.example" },
///         { "name": "sec-fetch-mode", "value": "cors" } ] },
///     "response": { "status": 200, "headers": [] } } ] } }"#;
/// let archive = corsage_evidence::har::read(text, &mut |_| ()).unwrap();
/// let table = corsage_evidence::har::table(&archive, &[]);
/// assert_eq!(table.failures.len(), 1);
/// ```
#[must_use]
pub fn table<'x, 'a>(archive: &'x Archive<'a>, profiles: &[Profile]) -> Table<'x, 'a> {
    let profiles = match (profiles, profile(archive)) {
        ([], Some(profile)) => vec![profile],
        ([], None) => vec![Profile::Chromium, Profile::Firefox, Profile::Webkit],
        (given, _) => given.to_vec(),
    };
    let index = Index::new(archive);
    let mut table = Table {
        archive,
        index,
        profiles,
        failures: Vec::new(),
        apart: Vec::new(),
        passed: Vec::new(),
    };
    let mut known: HashMap<(u8, String, String, Option<String>, String), usize> = HashMap::new();
    // Tools do not always write in order of time.
    let mut order: Vec<usize> = (0..archive.entries.len()).collect();
    order.sort_by(|a, b| archive.entries[*a].started().cmp(archive.entries[*b].started()));
    for entry in order {
        let raw = &archive.entries[entry];
        if raw.is_preflight() && !table.index.lone.contains(&entry)
            || table.index.targets.contains(&entry)
        {
            continue;
        }
        let judged = table.judge(entry);
        let list = list_of(&judged.outcome, raw.error().is_some());
        let page = judged.copied.page.clone().map(|page| origin_of(&page));
        let key = (
            list,
            judged.copied.method.clone().unwrap_or_default(),
            raw.url().split('?').next().unwrap_or_default().to_owned(),
            page.clone(),
            format!("{:?}", judged.outcome),
        );
        let rows = match list {
            0 => &mut table.failures,
            1 => &mut table.apart,
            _ => &mut table.passed,
        };
        if let Some(at) = known.get(&key) {
            rows[*at].times += 1;
            rows[*at].entries.push(entry);
            continue;
        }
        known.insert(key, rows.len());
        rows.push(Row {
            number: 0,
            method: judged.copied.method.unwrap_or_default(),
            url: raw.url().to_owned(),
            status: raw.status(),
            page,
            load: judged.copied.load,
            outcome: judged.outcome,
            times: 1,
            entries: vec![entry],
        });
    }
    let mut number = 0;
    for row in table.failures.iter_mut().chain(&mut table.apart).chain(&mut table.passed) {
        number += 1;
        row.number = number;
    }
    table
}

/// 0 for failures, 1 for what is kept apart, 2 for what passed.
fn list_of(outcome: &Outcome, error: bool) -> u8 {
    match outcome {
        Outcome::Blocked { .. } | Outcome::Network { .. } | Outcome::Unknown => 0,
        Outcome::Apart(Why::Aborted | Why::Opaque | Why::NoPage) => 1,
        Outcome::Apart(_) if error => 1,
        Outcome::Apart(_) | Outcome::Readable => 2,
    }
}

fn origin_of(page: &str) -> String {
    url::Url::parse(page).map_or_else(
        |_| page.to_owned(),
        |url| {
            let origin = url.origin().ascii_serialization();
            if origin == "null" { page.to_owned() } else { origin }
        },
    )
}

impl Table<'_, '_> {
    fn judge(&self, entry: usize) -> Judged {
        judge(self.archive, &self.index, entry, &self.profiles)
    }

    /// For which browsers it is judged.
    #[must_use]
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// How many entries the archive has.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.archive.len()
    }

    /// All rows, failures first.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.failures.iter().chain(&self.apart).chain(&self.passed)
    }

    /// A row's first request with all that was recorded of it.
    #[must_use]
    pub fn details(&self, row: &Row) -> Judged {
        self.judge(row.entries[0])
    }

    /// The rows that are meant: by number, by the whole URL, or by a part of it, failures before others.
    #[must_use]
    pub fn choose(&self, choice: &Choice) -> Vec<Row> {
        let method = |row: &&Row| {
            choice.method.as_ref().is_none_or(|method| row.method.eq_ignore_ascii_case(method))
        };
        let Some(text) = &choice.text else {
            return self.failures.iter().filter(method).cloned().collect();
        };
        if let Ok(number) = text.parse::<usize>() {
            return self
                .rows()
                .filter(|row| row.number == number)
                .filter(method)
                .cloned()
                .collect();
        }
        let text = text.split('#').next().unwrap_or_default();
        let exact = self.with_url(method, |url| url == text);
        let fitting =
            if exact.is_empty() { self.with_url(method, |url| url.contains(text)) } else { exact };
        // Who asks about a URL asks about what failed, if something did.
        let failed: Vec<Row> =
            fitting.iter().filter(|row| row.number <= self.failures.len()).cloned().collect();
        if failed.is_empty() { fitting } else { failed }
    }

    /// The rows of which a request has such a URL, with that request first.
    fn with_url(&self, method: impl Fn(&&Row) -> bool, fits: impl Fn(&str) -> bool) -> Vec<Row> {
        self.rows()
            .filter(method)
            .filter_map(|row| {
                let at = row
                    .entries
                    .iter()
                    .position(|entry| fits(self.archive.entries[*entry].url()))?;
                let mut row = row.clone();
                row.entries.swap(0, at);
                self.archive.entries[row.entries[0]].url().clone_into(&mut row.url);
                Some(row)
            })
            .collect()
    }
}
