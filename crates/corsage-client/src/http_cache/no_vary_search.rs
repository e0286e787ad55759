//! [No-Vary-Search](https://datatracker.ietf.org/doc/draft-ietf-httpbis-no-vary-search/): which parts of a query
//! make no difference to what a URL stands for.

use corsage::browser::WireResponse;
use sfv::{BareItem, Dictionary, InnerList, ListEntry, Parser};
use url::Url;

/// [URL search variance](https://www.ietf.org/archive/id/draft-ietf-httpbis-no-vary-search-00.html#section-4)
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SearchVariance {
    parameters: Parameters,
    order: Order,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Parameters {
    /// All matter but these.
    AllBut(Vec<String>),
    /// These matter, and no others.
    Only(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Matters,
    /// That of different names does not; values of one name stay in theirs.
    Free,
}

impl SearchVariance {
    /// What a response says; `None` where queries are compared as they are written: without the header, and where
    /// it is malformed.
    pub(super) fn of(response: &WireResponse) -> Option<Self> {
        let value = response.headers.get(b"no-vary-search")?;
        let dictionary = Parser::new(&value[..]).parse::<Dictionary>().ok()?;
        let known = |key: &str| matches!(key, "key-order" | "params" | "except");
        if dictionary.keys().any(|key| !known(key.as_str())) {
            return None;
        }
        let order = match dictionary.get("key-order") {
            None => Order::Matters,
            Some(entry) if boolean(entry)? => Order::Free,
            Some(_) => Order::Matters,
        };
        let except = dictionary.get("except");
        let parameters = match dictionary.get("params") {
            Some(ListEntry::InnerList(list)) => Parameters::AllBut(names(list)?),
            Some(entry) if boolean(entry)? => match except {
                None => Parameters::Only(Vec::new()),
                Some(ListEntry::InnerList(list)) => Parameters::Only(names(list)?),
                Some(ListEntry::Item(_)) => return None,
            },
            _ => Parameters::AllBut(Vec::new()),
        };
        // `except` has a meaning beside `params` alone.
        if except.is_some() && !matches!(parameters, Parameters::Only(_)) {
            return None;
        }
        Some(Self { parameters, order })
    }

    /// [Equivalent modulo search variance](https://www.ietf.org/archive/id/draft-ietf-httpbis-no-vary-search-00.html#section-6)
    pub(super) fn admits(&self, stored: &Url, asked: &Url) -> bool {
        let bare = |url: &Url| {
            let mut url = url.clone();
            url.set_query(None);
            url.set_fragment(None);
            url
        };
        bare(stored) == bare(asked) && self.pairs(stored) == self.pairs(asked)
    }

    fn pairs(&self, url: &Url) -> Vec<(String, String)> {
        let matters = |name: &str| match &self.parameters {
            Parameters::AllBut(names) => !names.iter().any(|known| known == name),
            Parameters::Only(names) => names.iter().any(|known| known == name),
        };
        let mut pairs: Vec<(String, String)> =
            url.query_pairs().into_owned().filter(|(name, _)| matters(name)).collect();
        if self.order == Order::Free {
            pairs.sort_by(|one, other| one.0.cmp(&other.0));
        }
        pairs
    }
}

fn boolean(entry: &ListEntry) -> Option<bool> {
    match entry {
        ListEntry::Item(item) => match item.bare_item {
            BareItem::Boolean(value) => Some(value),
            _ => None,
        },
        ListEntry::InnerList(_) => None,
    }
}

/// Names as a query writes them, decoded.
fn names(list: &InnerList) -> Option<Vec<String>> {
    list.items
        .iter()
        .map(|item| match &item.bare_item {
            BareItem::String(name) => {
                let query = format!("{}=", name.as_str().replace('&', "%26").replace('=', "%3D"));
                let mut pairs = url::form_urlencoded::parse(query.as_bytes());
                Some(pairs.next().map(|(name, _)| name.into_owned()).unwrap_or_default())
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use corsage::browser::{HeaderList, WireResponse};
    use url::Url;

    use super::SearchVariance;

    #[test]
    fn queries_that_mean_the_same() {
        for (value, one, other, same) in [
            (r#"params=("a")"#, "?a=1", "?a=2", true),
            (r#"params=("a")"#, "?a=1", "", true),
            (r#"params=("a")"#, "?a=1&b=1", "?a=1&b=2", false),
            (r#"params=("a b")"#, "?a+b=1", "?a%20b=2", true),
            ("key-order", "?a=1&b=2", "?b=2&a=1", true),
            ("key-order", "?a=1&a=2", "?a=2&a=1", false),
            ("key-order=?0", "?a=1&b=2", "?b=2&a=1", false),
            ("params", "?a=1", "?b=2", true),
            (r#"params, except=("b")"#, "?a=1&b=1", "?a=2&b=1", true),
            (r#"params, except=("b")"#, "?b=1", "?b=2", false),
            (r#"params=("a"), except=("b")"#, "?a=1", "?a=2", false),
            (r#"except=("b")"#, "?a=1", "?a=2", false),
            ("params=(a)", "?a=1", "?a=2", false),
            ("params=?0", "?a=1", "?a=2", false),
            (r#"params=("a"), x"#, "?a=1", "?a=2", false),
            ("params=", "?a=1", "?a=2", false),
            ("", "?a=1&b=2", "?b=2&a=1", false),
        ] {
            let mut headers = HeaderList::new();
            headers.append("No-Vary-Search", value);
            let response = WireResponse { status: 200, status_text: Vec::new(), headers };
            let url = |query| Url::parse(&format!("https://api.example/x{query}")).unwrap();
            let found = SearchVariance::of(&response)
                .is_some_and(|variance| variance.admits(&url(one), &url(other)));
            assert_eq!(found, same, "{value}: {one} and {other}");
        }
    }
}
