//! The sites that policies name: whoever holds one is not a stranger.

use std::collections::BTreeSet;

use corsage::terms::{BundledPublicSuffixes, PublicSuffixes};

/// How many sites are looked at: more are not needed to tell strangers, and an automaton is made of them.
const MAX_SITES: usize = 200;

/// Registrable domains, and the public suffixes that they stand under.
#[derive(Debug, Default)]
pub(super) struct Sites {
    pub(super) domains: Vec<String>,
    pub(super) suffixes: Vec<String>,
}

/// The sites named in some texts: origins, patterns, expressions.
pub(super) fn named<'t>(texts: impl Iterator<Item = &'t str>) -> Sites {
    let (mut domains, mut suffixes) = (BTreeSet::new(), BTreeSet::new());
    for text in texts {
        if domains.len() >= MAX_SITES {
            break;
        }
        let plain = text.to_ascii_lowercase().replace('\\', "");
        let names = plain.split(|character: char| {
            !(character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_'))
        });
        for name in names {
            let name = name.trim_matches(['.', '-', '_']);
            if !name.contains('.') {
                continue;
            }
            if let Some(domain) = BundledPublicSuffixes.registrable_domain(name) {
                domains.insert(domain.to_owned());
                if let Some((_, suffix)) = domain.split_once('.')
                    && BundledPublicSuffixes.is_public_suffix(suffix)
                {
                    suffixes.insert(suffix.to_owned());
                }
            }
        }
    }
    Sites { domains: domains.into_iter().collect(), suffixes: suffixes.into_iter().collect() }
}
