//! What an answer holds that is not for everybody, told from two answers.

use std::collections::HashSet;

use super::answer::Answer;

/// Words that are too short to be anybody's secret, or are on every page.
const LEAST: usize = 4;

/// What only those see who are signed in, or inside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Private {
    words: HashSet<String>,
}

impl Private {
    /// What the answer to a user holds and those to others do not. On a network of its own every answer is to an
    /// insider, and there are no others.
    pub(crate) fn of(user: &Answer, others: &[&Answer]) -> Self {
        let mut words = words_of(user);
        for other in others {
            for word in words_of(other) {
                words.remove(&word);
            }
        }
        Self { words }
    }

    /// Whether a page that reads this learns something of it.
    pub(crate) fn is_in(&self, body: &[u8], headers: &[String]) -> bool {
        let mut seen = HashSet::new();
        collect(&String::from_utf8_lossy(body), &mut seen);
        for value in headers {
            collect(value, &mut seen);
        }
        seen.iter().any(|word| self.words.contains(word))
    }
}

fn words_of(answer: &Answer) -> HashSet<String> {
    // What is different on every answer says nothing.
    const FLEETING: [&str; 9] = [
        "date",
        "age",
        "x-request-id",
        "etag",
        "set-cookie",
        "server-timing",
        "cf-ray",
        "x-cache",
        "expires",
    ];
    let mut words = HashSet::new();
    if answer.status < 400 {
        collect(&String::from_utf8_lossy(&answer.body), &mut words);
    }
    for (name, value) in &answer.headers {
        let name = name.to_ascii_lowercase();
        if !FLEETING.contains(&&*name) && !name.starts_with("access-control-") && name != "vary" {
            collect(value, &mut words);
        }
    }
    words
}

fn collect(text: &str, words: &mut HashSet<String>) {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    for word in text.split(|c: char| !is_part(c)) {
        if word.chars().count() >= LEAST {
            words.insert(word.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_see_is_not_private() {
        let user = Answer::new(200).with_body("{\"user\":\"alice\",\"token\":\"abc123\"}");
        let stranger = Answer::new(200).with_body("{\"user\":null}");
        let private = Private::of(&user, &[&stranger]);
        assert!(private.is_in(b"alice", &[]));
        assert!(private.is_in(b"", &["abc123".into()]));
        assert!(!private.is_in(b"{\"user\":null}", &[]));
        assert!(Private::of(&user, &[&user]).words.is_empty());
    }
}
