//! The response's header lines, as Node's server keeps them until they are sent.

use crate::{Answered, BehindResponse, VaryIs};

/// Each name once, where it was first set; setting it again replaces its name's spelling and its values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers(Vec<(String, Vec<String>)>);

impl Headers {
    pub(crate) fn set(&mut self, name: &str, values: Vec<String>) {
        match self.0.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
            Some(line) => *line = (name.to_owned(), values),
            None => self.0.push((name.to_owned(), values)),
        }
    }

    pub(crate) fn set_one(&mut self, name: &str, value: impl Into<String>) {
        self.set(name, vec![value.into()]);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&[String]> {
        let found = self.0.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, values)| values.as_slice())
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// What a handler sets with the plain means of its framework.
    pub(crate) fn set_behind(&mut self, response: &BehindResponse) {
        for (name, value) in &response.cors {
            self.set_one(name, value);
        }
        if response.vary.is_empty() {
            return;
        }
        let mut vary = response.vary.clone();
        if response.vary_is == VaryIs::Added
            && let Some(before) = self.get("Vary")
        {
            vary.splice(0..0, before.iter().cloned());
        }
        self.set("Vary", vary);
    }

    /// `vary`: adds a field, unless it is there.
    pub(crate) fn vary(&mut self, field: &str) {
        let header = self.get("Vary").map(|values| values.join(", ")).unwrap_or_default();
        self.set_one("Vary", append_vary(&header, field));
    }

    /// The answer that goes out.
    pub(crate) fn answered(&self, status: u16, reached: bool) -> Answered {
        let mut answered = Answered { status, reached, ..Answered::default() };
        for (name, values) in &self.0 {
            if name.eq_ignore_ascii_case("vary") {
                answered.vary.extend(values.iter().cloned());
            } else if name
                .get(..15)
                .is_some_and(|start| start.eq_ignore_ascii_case("access-control-"))
            {
                answered.cors.extend(values.iter().map(|value| (name.clone(), value.clone())));
            }
        }
        answered
    }
}

/// The package `vary`: the header with a field added, unless it has it.
pub(crate) fn append_vary(header: &str, field: &str) -> String {
    let mut present: Vec<String> =
        header.to_lowercase().split(',').map(|item| item.trim_matches(' ').to_owned()).collect();
    if present.iter().any(|item| item == "*") {
        return "*".to_owned();
    }
    let mut written = header.to_owned();
    for one in field.split(',').map(|one| one.trim_matches(' ')) {
        if one == "*" {
            return "*".to_owned();
        }
        let lower = one.to_lowercase();
        if !present.contains(&lower) {
            present.push(lower);
            written = if written.is_empty() { one.to_owned() } else { format!("{written}, {one}") };
        }
    }
    written
}

/// Whether Node's server takes a text as the value of a header.
pub(crate) fn is_value(text: &str) -> bool {
    text.chars().all(|c| c == '\t' || (' '..='\u{ff}').contains(&c) && c != '\u{7f}')
}
