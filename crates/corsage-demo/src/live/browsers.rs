//! Which browser asks, by what it calls itself.

use std::fmt;

use corsage::browser::Profile;

/// A browser's engine and major version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrowserName {
    name: String,
    profile: Profile,
}

/// How browsers sign: the token that tells the version, what people call it, whose engine it has.
/// The first that is found counts; every browser claims to be several others.
const SIGNATURES: &[(&str, &str, Profile)] = &[
    ("Firefox/", "Firefox", Profile::Firefox),
    ("Edg/", "Edge", Profile::Chromium),
    ("OPR/", "Opera", Profile::Chromium),
    ("HeadlessChrome/", "Chromium (headless)", Profile::Chromium),
    ("Chromium/", "Chromium", Profile::Chromium),
    ("Chrome/", "Chromium", Profile::Chromium),
    ("Version/", "Safari", Profile::Webkit),
    ("AppleWebKit/", "WebKit", Profile::Webkit),
];

impl BrowserName {
    /// Reads a `User-Agent`.
    pub(crate) fn from_user_agent(user_agent: &str) -> Self {
        let found = SIGNATURES.iter().find_map(|(token, name, profile)| {
            let (_, rest) = user_agent.split_once(token)?;
            let major: String = rest.chars().take_while(char::is_ascii_digit).collect();
            Some(Self { name: format!("{name} {major}"), profile: *profile })
        });
        found.unwrap_or_else(|| Self { name: "?".to_owned(), profile: Profile::Standard })
    }

    /// Whose behaviour to predict.
    pub(crate) fn profile(&self) -> Profile {
        self.profile
    }
}

impl fmt::Display for BrowserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The profiles by their names.
const PROFILES: &[(&str, Profile)] = &[
    ("standard", Profile::Standard),
    ("chromium", Profile::Chromium),
    ("firefox", Profile::Firefox),
    ("webkit", Profile::Webkit),
];

/// A profile's name.
pub(crate) fn profile_name(profile: Profile) -> &'static str {
    PROFILES.iter().find(|(_, known)| *known == profile).map_or("standard", |(name, _)| name)
}

/// The profile of a name.
pub(crate) fn profile_from_name(name: &str) -> Option<Profile> {
    PROFILES.iter().find(|(known, _)| *known == name).map(|(_, profile)| *profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_browsers_by_their_signature() {
        for (user_agent, name, profile) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
                "Firefox 153",
                Profile::Firefox,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
                "Chromium 156",
                Profile::Chromium,
            ),
            (
                "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
                "Safari 26",
                Profile::Webkit,
            ),
            ("curl/8.5.0", "?", Profile::Standard),
        ] {
            let found = BrowserName::from_user_agent(user_agent);
            assert_eq!((found.to_string().as_str(), found.profile()), (name, profile));
        }
    }
}
