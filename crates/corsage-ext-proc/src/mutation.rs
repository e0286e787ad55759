//! What is to be done to a response's headers, written down for somebody else to do.

use bytes::Bytes;
use corsage::server::{Replaced, ResponseHeaderMap};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::messages::{self, AppendAction, BoolValue, HeaderMutation, HeaderValueOption};

/// A response's headers as they are, and what is to become of them.
pub(crate) struct Changes<'h> {
    headers: &'h HeaderMap,
    set: Vec<HeaderValueOption>,
    removed: Vec<String>,
}

impl<'h> Changes<'h> {
    pub(crate) fn to(headers: &'h HeaderMap) -> Self {
        Self { headers, set: Vec::new(), removed: Vec::new() }
    }

    pub(crate) fn into_mutation(self) -> HeaderMutation {
        // What is set again is overwritten there: Envoy removes after it has set.
        let is_set = |name: &String| {
            self.set.iter().any(|set| set.header.as_ref().is_some_and(|line| line.key == *name))
        };
        let remove_headers = self.removed.iter().filter(|name| !is_set(name)).cloned().collect();
        HeaderMutation { set_headers: self.set, remove_headers }
    }

    /// For who can only add.
    pub(crate) fn into_lines(self) -> Vec<HeaderValueOption> {
        self.set
    }
}

/// Lines of an answer that nobody else has had a part in.
pub(crate) fn lines_of(headers: &HeaderMap) -> Vec<HeaderValueOption> {
    headers
        .iter()
        .map(|(name, value)| line(name, value, AppendAction::OverwriteIfExistsOrAdd))
        .collect()
}

fn line(name: &HeaderName, value: &HeaderValue, action: AppendAction) -> HeaderValueOption {
    let raw_value = Bytes::copy_from_slice(value.as_bytes());
    let key = name.as_str().to_owned();
    HeaderValueOption {
        header: Some(messages::HeaderValue { key, value: String::new(), raw_value }),
        append: (action == AppendAction::AppendIfExistsOrAdd).then_some(BoolValue { value: true }),
        append_action: action.into(),
    }
}

impl ResponseHeaderMap for Changes<'_> {
    type Origin = HeaderValue;

    fn each_name(&self, see: impl FnMut(&str)) {
        self.headers.keys().map(HeaderName::as_str).for_each(see);
    }

    fn remove_picked(&mut self, pick: fn(&str) -> bool) -> Replaced {
        let names = self.headers.keys().map(HeaderName::as_str).filter(|name| pick(name));
        self.removed = names.map(str::to_owned).collect();
        if self.removed.is_empty() { Replaced::Nothing } else { Replaced::HandlersHeaders }
    }

    fn insert(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.set.push(line(name, value, AppendAction::OverwriteIfExistsOrAdd));
    }

    fn insert_origin(&mut self, _: usize, name: &HeaderName, origin: HeaderValue) {
        self.insert(name, &origin);
    }

    fn append(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.set.push(line(name, value, AppendAction::AppendIfExistsOrAdd));
    }

    fn any_line(&self, name: &HeaderName, mut test: impl FnMut(&[u8]) -> bool) -> bool {
        self.headers.get_all(name).iter().any(|line| test(line.as_bytes()))
    }
}
