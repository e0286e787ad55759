//! A written text into a file that is there: what is about CORS is changed, comments and all other keys stay.

mod json;
mod toml;
mod yaml;

use crate::compare::compare;
use crate::{Circumstances, Format, Source, read};

/// Why a file is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEdited {
    /// Files of this format are written anew, not edited.
    #[error("files of this format are not edited in place")]
    Format,
    /// There is nothing about CORS in it to be changed, or it is written in a way that cannot be kept.
    #[error("nothing about CORS is found in it that could be changed in its place")]
    Shape,
    /// What it would be then does something else than what was written.
    #[error("it holds more about CORS than what is written, and would do something else")]
    Meaning,
}

/// The file's text with what is written in it. The same text where it says that already.
///
/// What comes out is read, and compared with what was written: for the hosts that are written about both have to do
/// the same.
///
/// ```
/// use corsage_convert::{Circumstances, Format, edit::edit};
///
/// let file = "# ours\n[[policy]]\nname = \"app\" # asked for by Ann\nallow_origins = [\"https://a.example.com\"]\n";
/// let written = "# from x\n\n[[policy]]\nallow_origins = [\"https://b.example.com\"]\n";
/// let edited = edit(Format::Corsage, file, written, &Circumstances::default()).unwrap();
/// assert_eq!(edited, file.replace("//a.", "//b."));
/// ```
///
/// # Errors
/// Why it is left alone.
pub fn edit(
    format: Format,
    file: &str,
    written: &str,
    circumstances: &Circumstances,
) -> Result<String, NotEdited> {
    let edited = match format {
        Format::Corsage => toml::edit(file, written).ok_or(NotEdited::Shape)?,
        Format::GatewayApi | Format::EnvoyGateway | Format::Agentgateway => {
            yaml::edit(file, written, "cors", &[])?
        }
        Format::Kong => yaml::edit(file, written, "config", KONG)?,
        Format::ApiGateway => either(file, written, "x-amazon-apigateway-cors")?,
        Format::CloudFront => either(file, written, "CorsConfig")?,
        Format::S3Json => json::edit(file, written, "CORSRules")?,
        Format::R2 => json::edit(file, written, "rules")?,
        Format::Vercel => json::edit_rules(file, written, "headers")?,
        Format::Istio => yaml::edit(file, written, "corsPolicy", &[])?,
        Format::Envoy => yaml::edit(file, written, "envoy.filters.http.cors", &[])?,
        Format::Traefik => yaml::edit(file, written, "headers", &["accessControl", "addVary"])?,
        _ => return Err(NotEdited::Format),
    };
    if means_the_same(format, &edited, written, circumstances) {
        Ok(edited)
    } else {
        Err(NotEdited::Meaning)
    }
}

/// What Kong's plugin is told about CORS; other plugins have a `config` as well.
const KONG: &[&str] = &[
    "origins",
    "methods",
    "headers",
    "exposed_headers",
    "credentials",
    "max_age",
    "preflight_continue",
    "private_network",
];

/// A file that may be YAML or JSON.
fn either(file: &str, written: &str, key: &str) -> Result<String, NotEdited> {
    if file.trim_start().starts_with('{') {
        json::edit(file, written, key)
    } else {
        // What is written is JSON, which YAML's lines are not.
        Err(NotEdited::Shape)
    }
}

fn means_the_same(
    format: Format,
    edited: &str,
    written: &str,
    circumstances: &Circumstances,
) -> bool {
    let program = |text| read(format, &Source { text, name: None, circumstances });
    let (Ok(edited), Ok(written)) = (program(edited), program(written)) else { return false };
    let hosts = written.borders().hosts;
    let comparison = compare(written.as_ref(), edited.as_ref());
    comparison
        .differences
        .iter()
        .all(|difference| !hosts.is_empty() && !hosts.contains(&difference.host))
}
