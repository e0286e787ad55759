//! WebKit: a sentence about the check, then `Fetch API cannot load … due to access control checks.`

use corsage::browser::{Code, Destination};

use super::{Api, Occasion};

pub(super) fn printed(occasion: &Occasion<'_>) -> Vec<String> {
    let Some(reason) = reason(occasion) else { return other(occasion) };
    let first = match occasion.redirects_to {
        Some(target) if !preflight(occasion.code) => format!(
            "Cross-origin redirection to {target} denied by Cross-Origin Resource Sharing policy: {reason}"
        ),
        _ => reason,
    };
    vec![first, cannot_load(occasion)]
}

fn cannot_load(occasion: &Occasion<'_>) -> String {
    let api = match occasion.api {
        Api::Fetch => "Fetch API",
        Api::XmlHttpRequest => "XMLHttpRequest",
        Api::Element(destination) => {
            let what = match destination {
                Destination::Image => "image",
                Destination::Script => "script",
                Destination::Style => "stylesheet",
                Destination::Font => "font",
                _ => "resource",
            };
            return format!(
                "Cannot load {what} {} due to access control checks.",
                occasion.first_url
            );
        }
    };
    format!("{api} cannot load {} due to access control checks.", occasion.first_url)
}

fn preflight(code: Code) -> bool {
    code.as_str().starts_with("preflight-")
}

fn reason(occasion: &Occasion<'_>) -> Option<String> {
    use Code as C;
    let seen = occasion.seen.unwrap_or_default();
    let subject = occasion.subject.unwrap_or_default();
    let status = occasion.status.unwrap_or_default();
    let origin = occasion.sent_origin;
    let not_allowed = || {
        format!(
            "Origin {origin} is not allowed by Access-Control-Allow-Origin. Status code: {status}"
        )
    };
    Some(match occasion.code {
        C::PreflightRedirect | C::PreflightStatusNotOk => {
            format!("Preflight response is not successful. Status code: {status}")
        }
        C::PreflightMultipleAllowOrigin | C::MultipleAllowOrigin if seen.contains(',') => {
            "Access-Control-Allow-Origin cannot contain more than one origin.".to_owned()
        }
        C::PreflightMissingAllowOrigin
        | C::PreflightMultipleAllowOrigin
        | C::PreflightInvalidAllowOrigin
        | C::PreflightAllowOriginMismatch
        | C::MissingAllowOrigin
        | C::MultipleAllowOrigin
        | C::InvalidAllowOrigin
        | C::AllowOriginMismatch
        | C::AllowOriginMismatchTainted => not_allowed(),
        C::PreflightWildcardOriginWithCredentials | C::WildcardOriginWithCredentials => {
            "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true."
                .to_owned()
        }
        C::PreflightAllowCredentialsNotTrue | C::AllowCredentialsNotTrue => {
            "Credentials flag is true, but Access-Control-Allow-Credentials is not \"true\"."
                .to_owned()
        }
        C::PreflightInvalidAllowMethods => {
            format!("Header Access-Control-Allow-Methods has an invalid value: {seen}")
        }
        C::PreflightInvalidAllowHeaders => {
            format!("Header Access-Control-Allow-Headers has an invalid value: {seen}")
        }
        C::MethodNotAllowed | C::MethodCaseMismatch | C::MethodWildcardWithCredentials => {
            format!("Method {subject} is not allowed by Access-Control-Allow-Methods.")
        }
        C::HeaderNotAllowed | C::HeaderWildcardWithCredentials => format!(
            "Request header field {subject} is not allowed by Access-Control-Allow-Headers."
        ),
        C::RedirectSchemeNotHttp => {
            "not allowed to follow a cross-origin CORS redirection with non CORS scheme".to_owned()
        }
        C::RedirectUrlHasCredentials => format!("redirection URL {subject} has credentials"),
        _ => return None,
    })
}

fn other(occasion: &Occasion<'_>) -> Vec<String> {
    use Code as C;
    let url = occasion.url;
    match occasion.code {
        C::SameOriginModeCrossOriginUrl => vec![cannot_load(occasion)],
        C::SchemeNotCorsEnabled => vec![
            "Cross origin requests are only supported for HTTP.".to_owned(),
            cannot_load(occasion),
        ],
        C::BadPort => vec![format!("Not allowed to use restricted network port: {url}")],
        C::MixedContent => vec![format!(
            "[blocked] The page at {}/ requested insecure content from {url}. This content was blocked and must be served over HTTPS.",
            occasion.page_origin
        )],
        C::CspConnectSrc => vec![format!(
            "Refused to connect to {url} because it does not appear in the connect-src directive of the Content Security Policy."
        )],
        C::RedirectModeError => {
            vec![format!("Not allowed to follow a redirection while loading {url}")]
        }
        C::RedirectLimit => vec!["Load cannot follow more than 20 redirections".to_owned()],
        C::CorpNotSameOrigin | C::CorpNotSameSite | C::CorpRequiredByCoep => vec![format!(
            "Cancelled load to {url} because it violates the resource's Cross-Origin-Resource-Policy response header."
        )],
        C::ForbiddenHeaderDropped => vec![format!(
            "Refused to set unsafe header \"{}\"",
            occasion.subject.unwrap_or_default()
        )],
        _ => Vec::new(),
    }
}
