//! Names that only become a trusted one, trusted names that are nobody's, and origins that are no hosts' at all.

use url::Url;

use crate::class::Class;
use crate::origins::{host_of, registrable};
use crate::session::Session;
use crate::severity::Who;
use crate::wire::Wire;

/// An extension that nobody has, and a page within an application.
const APPLICATIONS: [&str; 2] =
    ["chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba", "capacitor://localhost"];
/// Letters of the URL standard's names that common foldings make others: upper-casing, or taking accents off.
const FOLDED: [(&str, &str); 3] = [("i", "\u{131}"), ("ss", "\u{df}"), ("o", "\u{f6}")];

/// What is seldom wrong.
pub(super) async fn check<W: Wire>(s: &mut Session<'_, W>, scheme: &str) {
    if !s.target.is_deep() || s.is_wide_open() {
        return;
    }
    let pairs = pairs(&s.seeds.zones);
    first_let_in(s, Class::PairMatch, scheme, &pairs, "two trusted names put together").await;
    let folded: Vec<String> = s.seeds.hosts.iter().flat_map(|host| folded(host)).take(3).collect();
    first_let_in(s, Class::FoldedMatch, scheme, &folded, "a letter that is folded").await;
    for origin in APPLICATIONS {
        if let Some(probe) = s.probe(origin, "an extension, or an application's page").await
            && s.is_granted(&probe)
        {
            s.report(Class::AppScheme, &probe).await;
            return;
        }
    }
}

async fn first_let_in<W: Wire>(
    s: &mut Session<'_, W>,
    class: Class,
    scheme: &str,
    hosts: &[String],
    purpose: &'static str,
) {
    for host in hosts {
        if let Some(probe) = s.probe(&format!("{scheme}://{host}"), purpose).await
            && s.is_granted(&probe)
        {
            s.report(class, &probe).await;
            return;
        }
    }
}

/// `foo.example` and `bar.example` make `barfoo.example`, where a common ending is kept once for both.
fn pairs(zones: &[String]) -> Vec<String> {
    let [first, second, ..] = zones else { return Vec::new() };
    let label = |zone: &String| zone.split('.').next().unwrap_or_default().to_owned();
    vec![format!("{}{first}", label(second)), format!("{}{second}", label(first))]
}

/// The registrable name with one letter that some foldings make the trusted one, as browsers write it.
fn folded(host: &str) -> Vec<String> {
    let Some(zone) = registrable(host) else { return Vec::new() };
    let (before, suffix) = (&host[..host.len() - zone.len()], zone.find('.').unwrap_or(zone.len()));
    let label = &zone[..suffix];
    let other = |(plain, strange): &(&str, &str)| {
        label.contains(plain).then(|| label.replacen(plain, strange, 1))
    };
    let names = FOLDED.iter().filter_map(other);
    names
        .filter_map(|label| {
            let url = Url::parse(&format!("https://{before}{label}{}/", &zone[suffix..])).ok()?;
            url.host_str().map(str::to_owned)
        })
        .filter(|name| name != host)
        .collect()
}

/// Allowed origins whose domain no registry knows, where somebody may be asked.
pub(super) async fn dangling<W: Wire>(s: &mut Session<'_, W>) {
    let mut asked: Vec<String> = Vec::new();
    let own = s.seeds.own_zone.clone();
    for origin in s.intended() {
        let Some(domain) = host_of(&origin).and_then(|host| registrable(&host).map(str::to_owned))
        else {
            continue;
        };
        if asked.contains(&domain) || own.as_ref() == Some(&domain) {
            continue;
        }
        let exists = s.exists(&domain).await;
        asked.push(domain);
        if exists != Some(false) {
            continue;
        }
        if let Some(probe) = s.probe(&origin, "is a page allowed whose domain is nobody's?").await
            && s.is_granted(&probe)
        {
            s.report_from(Class::DanglingDomain, Who::Anyone, &probe).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_browsers_write() {
        let zones = ["foo.example".to_owned(), "bar.example".to_owned()];
        assert_eq!(pairs(&zones), ["barfoo.example", "foobar.example"]);
        assert_eq!(
            folded("app.fossil.example"),
            ["app.xn--fossl-q4a.example", "app.xn--foil-wna.example", "app.xn--fssil-jua.example"]
        );
    }
}
