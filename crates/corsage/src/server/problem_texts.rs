//! What is said of each kind of problem: every English text about policies, apart from what finds them.

use super::PolicyProblemCode as Code;
use crate::terms::Severity::{self, Error, Note, Warning};

/// How bad a problem of that kind is, and what is said of it.
pub(super) struct Text {
    pub(super) severity: Severity,
    pub(super) cause: &'static str,
    pub(super) way_out: &'static str,
}

/// The text for a code in a field of the draft. A cause that tells of the value is given where it is found;
/// here it is empty.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn text(code: Code, field: &str) -> Text {
    let (severity, cause, way_out) = match (code, field) {
        (Code::NoOrigins, _) => (
            Warning,
            "no page on another origin may read anything",
            "list the origins of your pages, or remove the policy",
        ),
        (Code::WildcardMixed, "allow_methods") => (
            Warning,
            "it allows every method, so the others mean nothing",
            "list methods, or * alone",
        ),
        (Code::WildcardMixed, "allow_headers") => (
            Warning,
            "it allows every name but authorization, so the others mean nothing",
            "list names, or *, or * and authorization",
        ),
        (Code::WildcardMixed, "expose_headers") => (
            Warning,
            "it exposes every header, so the others mean nothing",
            "list names, or * alone",
        ),
        (Code::WildcardWithPredicate, _) => (
            Error,
            "it admits what the predicate is there to decide",
            "remove the * or the predicate",
        ),
        (Code::WildcardMixed, _) => (
            Error,
            "it admits every origin, so the others mean nothing",
            "list origins, or * alone",
        ),
        (Code::WildcardWithCredentials, "expose_headers") => {
            (Error, "for credentialed requests it is a header of that name", "list the names")
        }
        (Code::WildcardWithCredentials, _) => (
            Error,
            "browsers refuse * for credentialed requests, and echoing every origin would give every site \
             the user's data",
            "list the origins, or drop credentials",
        ),
        (Code::NullWithCredentials, _) => (
            Error,
            "any sandboxed frame on any site would act with the user's credentials",
            "list the origins that need credentials; there is no waiver for this",
        ),
        (Code::NullNeedsWaiver, _) => (
            Error,
            "every sandboxed frame, data: document and local file is null, whoever made it",
            "serve the page over https, or tolerate null-origin with a reason",
        ),
        (Code::PredicateAdmitsEverybody, _) => (
            Error,
            "a predicate admits an origin that nobody has, so it admits everybody, and echoing every origin would \
             give every site the user's data",
            "have it admit your pages only, drop credentials, or tolerate any-origin-with-credentials with a reason",
        ),
        (Code::Quoted, _) => (
            Error,
            "the quotes are a part of it, and no origin has any",
            "remove them; look at how the environment's file or the template quotes",
        ),
        (Code::BadALabel, _) => (
            Error,
            "a label that begins with xn-- encodes an internationalised name, and this one encodes none",
            "write the host as the browser's address bar gives it when it is copied",
        ),
        (Code::PublicSuffixUnchecked, _) => (
            Warning,
            "nobody checked whether anybody can register a name under it: the feature public-suffix-list is off",
            "switch it on, compile with a list of your own, or list the origins",
        ),
        (Code::WildcardWithAuthorization, _) => (
            Note,
            "with credentials it means every name, Authorization included: the names that are asked for are echoed",
            "nothing, if that is meant; else list the names",
        ),
        (Code::WildcardWithoutAuthorization, _) => (
            Note,
            "it means every name but Authorization, which the standard leaves out",
            "nothing, if that is meant; else write authorization beside it",
        ),
        (Code::MethodOverride, _) => (
            Warning,
            "servers that honour it run another method than the one that the browser asked for",
            "remove it, and list the methods themselves",
        ),
        (Code::RequestHeaderInResponseList, _) => {
            (Warning, "it is a request's header; responses do not carry it", "remove it")
        }
        (Code::Empty, _) => (
            Error,
            "an origin is a scheme, ://, a host, and a port if it is not the default",
            "remove it",
        ),
        (Code::CommaList, field) => {
            let cause = match field {
                "allow_methods" => "this is several methods in one text",
                "allow_origins" => "this is several origins in one text",
                _ => "this is several names in one text",
            };
            (Error, cause, "make each an element of the list")
        }
        (Code::Whitespace, _) => (
            Error,
            "it holds a blank, a line end or a control byte",
            "remove it; look at the end of the line in the environment's file",
        ),
        (Code::FileScheme, _) => (
            Error,
            "browsers send null for local files, never file://",
            "serve the page over https, or tolerate file-scheme with a reason for \"file://\"",
        ),
        (Code::NotAnOrigin, "timing_allow_origins") => {
            (Error, "", "write exact origins, or *; there are no patterns in Timing-Allow-Origin")
        }
        (Code::NotAnOrigin, _) => (
            Error,
            "such a document's origin is opaque: browsers send null",
            "list the origin of the page that embeds it",
        ),
        (Code::IdnNotPunycode, _) => (
            Error,
            "browsers send internationalised names in their ASCII form",
            "write the host as xn--…",
        ),
        (Code::TrailingSlash, _) => (
            Error,
            "an origin ends after the host or port, and browsers send no slash",
            "remove the slash",
        ),
        (Code::HasPath, _) => (
            Error,
            "an origin ends after the host or port; a page's path is never compared",
            "remove the path",
        ),
        (Code::HasQuery, _) => (Error, "an origin ends after the host or port", "remove the query"),
        (Code::HasFragment, _) => {
            (Error, "an origin ends after the host or port", "remove the fragment")
        }
        (Code::HasUserInformation, _) => {
            (Error, "an origin has no user and no password", "remove what stands before the @")
        }
        (Code::UpperCase, _) => (
            Error,
            "browsers send origins in lower case, and bytes are compared",
            "write it in lower case",
        ),
        (Code::MisplacedWildcard, _) => (
            Error,
            "a * stands for whole labels at the left of a host (https://*.example.com), for a port (:*), or \
             inside the leftmost label where two labels follow; a ? stands for one whole label at the left",
            "write one of these four, or list the origins",
        ),
        (Code::NoScheme, _) => {
            (Error, "", "write https:// before it, or http:// where it is meant")
        }
        (Code::BadScheme, _) => (Error, "", "write https, or the scheme that the page has"),
        (Code::BadHost, _) => (Error, "", "write the host as the browser's address bar shows it"),
        (Code::BadIp, _) => (Error, "", "write the address as browsers do: 127.0.0.1, [::1]"),
        (Code::TooLong, _) => (Error, "", "no host has so long a name"),
        (Code::BadPort, _) => (Error, "", "write a number from 1 to 65535, or :* for any port"),
        (Code::DefaultPort, _) => (Error, "", "leave the port out"),
        (Code::InsecureOriginWithCredentials, _) => (
            Error,
            "whoever sits on the network can be that page, and act with the user's credentials",
            "use https, or tolerate insecure-origins with a reason",
        ),
        (Code::PublicSuffix, _) => (
            Warning,
            "anybody can register a name under this public suffix",
            "name your own domain, or tolerate public-suffix-subdomains with a reason",
        ),
        (Code::PublicSuffixWithCredentials, _) => (
            Error,
            "anybody can register a name under this public suffix",
            "name your own domain, or tolerate public-suffix-subdomains with a reason",
        ),
        (Code::Duplicate, "tolerate") => (Warning, "it is tolerated already", "remove it"),
        (Code::Duplicate, _) => (Warning, "it is listed already", "remove it"),
        (Code::CoveredByPattern, _) => (Warning, "", "remove it"),
        (Code::NotAToken, "allow_methods") => (
            Error,
            "a method is a token: letters, digits and a few signs, no blanks",
            "write the method alone",
        ),
        (Code::NotAToken, "vary_also") => {
            (Error, "a header name is a token", "write one request-header name in each element")
        }
        (Code::NotAToken, "debug_header") => {
            (Error, "a header name is a token", "write a name such as x-cors-debug")
        }
        (Code::NotAToken, _) => (
            Error,
            "a header name is a token: letters, digits and a few signs, no blanks, no colon",
            "write the name alone",
        ),
        (Code::ForbiddenMethod, _) => (Error, "no page can send it", "remove it"),
        (Code::LowerCasePatch, _) => (
            Warning,
            "methods are case-sensitive, and browsers do not upper-case this one",
            "write PATCH",
        ),
        (Code::OptionsRarelyMeant, _) => (
            Warning,
            "preflights need no listing; this allows pages to send OPTIONS themselves",
            "remove it, unless a page does that",
        ),
        (Code::NormalizedMethod, _) => (
            Note,
            "browsers send it in upper case, and so it is compared",
            "write it in upper case",
        ),
        (Code::ResponseHeaderInRequestList, _) => (
            Error,
            "the server sends this one; a page that sends it only causes preflights",
            "remove it, here and in the page",
        ),
        (Code::ForbiddenRequestHeader, _) => (
            Error,
            "browsers set it themselves and let no page set it, so it is never asked for",
            "remove it",
        ),
        (Code::SafelistedRequestHeader, _) => (
            Warning,
            "browsers ask for it only where its value is unusual",
            "remove it, unless a page sends such values",
        ),
        (Code::ForbiddenResponseHeader, _) => {
            (Error, "no script ever reads it, whatever is exposed", "remove it")
        }
        (Code::PreflightHeaderInResponseList, _) => {
            (Error, "it is on the preflight's answer, which no script sees", "remove it")
        }
        (Code::NoUse, _) => {
            (Warning, "a script that can read it knows already what it says", "remove it")
        }
        (Code::SafelistedResponseHeader, _) => {
            (Note, "scripts can read it without this", "remove it")
        }
        (Code::Negative, _) => {
            (Error, "a time to remember cannot be negative", "write 0 to have nothing remembered")
        }
        (Code::OverEveryBrowsersCap, _) => (
            Error,
            "no browser remembers a preflight longer than 86400 seconds (Firefox)",
            "write 86400 or less; Chromium takes 7200, WebKit 600",
        ),
        (Code::OverChromiumsCap, _) => (
            Warning,
            "Chromium takes 7200 seconds at the most, WebKit 600",
            "write 7200 or less, to say what happens",
        ),
        (Code::OverWebKitsCap, _) => {
            (Note, "WebKit takes 600 seconds at the most", "nothing, if you know")
        }
        (Code::FractionOfASecond, _) => {
            (Warning, "the header counts whole seconds", "write whole seconds")
        }
        (Code::PrivateNetworkAccessAbandoned, _) => (
            Warning,
            "browsers have given up Private Network Access, and its headers are never sent",
            "remove it; Local Network Access asks the user instead, and needs no header",
        ),
        (Code::WildcardWithPrivateNetwork, _) => (
            Error,
            "every site would be let at devices of the local network",
            "list the origins, or drop private_network_access",
        ),
        (Code::WaiverWithoutReason, _) => {
            (Error, "the next reader has to know why this is safe here", "write the reason")
        }
    };
    Text { severity, cause, way_out }
}
