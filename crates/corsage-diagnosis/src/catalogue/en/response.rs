//! Texts of the codes of the response itself, and of redirects.

use crate::catalogue::CodeText;

pub(super) const MISSING_ALLOW_ORIGIN: CodeText = CodeText {
    title: "the response has no Access-Control-Allow-Origin",
    label: "wanted: Access-Control-Allow-Origin: {wanted}",
    cause: "The server answered, and did not say that this origin may read the answer. Either it has \
        no CORS policy for this route, or the origin is not on its list, or this answer (an error \
        page, a redirect, a cached copy) was made by a layer that the policy does not cover.",
    server: "Send `Access-Control-Allow-Origin` with the page's origin, on every answer of this \
        route, errors included, and `Vary: Origin`.",
    page: "If the API belongs to someone else and they do not allow browsers, call it from your own \
        server.",
    false_alarm: "Look at the status first: on a 4xx or 5xx answer the missing header usually hides \
        the real error. It \"works in curl and Postman\" because those do not enforce CORS.",
};

pub(super) const MULTIPLE_ALLOW_ORIGIN: CodeText = CodeText {
    title: "the response has more than one Access-Control-Allow-Origin value",
    label: "wanted: exactly one value, {wanted}",
    cause: "The header is there twice, or holds a list. Browsers join the lines and compare the whole, \
        so two correct values are wrong together. Nearly always two layers add the header: the \
        application and the proxy in front, or a middleware that is mounted twice.",
    server: "Leave one layer in charge of CORS. To allow several origins, compare the request's \
        `Origin` with a list and send back the one that asked, with `Vary: Origin`.",
    page: "",
    false_alarm: "",
};

pub(super) const INVALID_ALLOW_ORIGIN: CodeText = CodeText {
    title: "Access-Control-Allow-Origin is not an origin",
    label: "wanted: {wanted}",
    cause: "The value is neither `*` nor `null` nor an origin of the form `scheme://host[:port]`. \
        Quotes, a missing scheme, a pattern such as `*.example.com`, or an empty variable of the \
        configuration are the usual ways there.",
    server: "Send the page's origin exactly as its `Origin` header has it.",
    page: "",
    false_alarm: "",
};

pub(super) const ALLOW_ORIGIN_MISMATCH: CodeText = CodeText {
    title: "the response allows another origin",
    label: "wanted: {wanted}",
    cause: "`Access-Control-Allow-Origin` holds another origin than the page's. It is compared byte by \
        byte: scheme, host, port, case and a slash at the end all count, and `localhost` is not \
        `127.0.0.1`.",
    server: "Add the page's origin to the server's list, and send back the origin that asked, with \
        `Vary: Origin`.",
    page: "Open the page at the origin that the server allows.",
    false_alarm: "A cache that ignores `Origin` may hand out the answer that was made for another \
        page; see `vary-origin-missing`.",
};

pub(super) const ALLOW_ORIGIN_MISMATCH_TAINTED: CodeText = CodeText {
    title: "after these redirects the page's origin counts as `null`",
    label: "wanted: null, or `*` without credentials",
    cause: "A redirect led from one foreign origin to another. From there on the browser sends \
        `Origin: null`, because the page did not choose that target, and a server that allows the \
        page's real origin no longer matches.",
    server: "Redirect once at most across origins, or serve the resource at the first URL. Do not \
        answer by allowing `null`: every sandboxed frame has that origin.",
    page: "Call the last URL directly.",
    false_alarm: "",
};

pub(super) const WILDCARD_ORIGIN_WITH_CREDENTIALS: CodeText = CodeText {
    title: "the response allows `*`, and the request includes credentials",
    label: "must be exactly {wanted} for a credentialed request",
    cause: "With `credentials: \"include\"` (or `withCredentials`) the value `*` never counts, whether \
        or not a cookie was sent.",
    server: "Send the page's origin instead of `*`, `Access-Control-Allow-Credentials: true`, and \
        `Vary: Origin`.",
    page: "Leave credentials out if the API does not need cookies.",
    false_alarm: "",
};

pub(super) const ALLOW_CREDENTIALS_NOT_TRUE: CodeText = CodeText {
    title: "the response does not allow credentials",
    label: "wanted: Access-Control-Allow-Credentials: true",
    cause: "The request includes credentials, and `Access-Control-Allow-Credentials` is missing or is \
        not exactly `true`: `True`, `1`, `\"true\"` and two lines all fail.",
    server: "Send `Access-Control-Allow-Credentials: true`, lower case, once.",
    page: "Leave credentials out if the API does not need cookies.",
    false_alarm: "",
};

pub(super) const REDIRECT_MODE_ERROR: CodeText = CodeText {
    title: "the answer is a redirect, and the page asked for none",
    label: "redirect mode is `error`",
    cause: "The request was made with `redirect: \"error\"`, and the server redirected.",
    server: "Answer without a redirect: an API that redirects to a login page should send 401.",
    page: "Call the URL that the redirect points to, or use `redirect: \"follow\"`.",
    false_alarm: "",
};

pub(super) const REDIRECT_LOCATION_INVALID: CodeText = CodeText {
    title: "the redirect's Location cannot be used",
    label: "not a URL",
    cause: "`Location` does not parse as a URL, or is there on two lines.",
    server: "Send one `Location` with an absolute URL, percent-encoded.",
    page: "",
    false_alarm: "An empty `Location` is judged differently by each browser.",
};

pub(super) const REDIRECT_SCHEME_NOT_HTTP: CodeText = CodeText {
    title: "the redirect leaves http and https",
    label: "not an http or https URL",
    cause: "A fetch follows redirects to http and https only; `data:`, `ftp:` and app schemes such as \
        `myapp://` fail.",
    server: "Redirect to an https URL; a jump into an app belongs into a navigation, not into a fetch.",
    page: "Navigate with `location.href` if an app is to be opened.",
    false_alarm: "",
};

pub(super) const REDIRECT_LIMIT: CodeText = CodeText {
    title: "too many redirects",
    label: "the 21st redirect",
    cause: "Browsers follow 20 redirects. More is nearly always a loop: http to https on one layer \
        and back on another, or a login that never sets its cookie because the request carries none.",
    server: "Find the two answers that point at each other; behind a proxy that ends TLS, honour \
        `X-Forwarded-Proto`.",
    page: "",
    false_alarm: "Without credentials the same URL may loop where a visitor with a session passes.",
};

pub(super) const REDIRECT_URL_HAS_CREDENTIALS: CodeText = CodeText {
    title: "the redirect's target carries a user name or a password",
    label: "remove the part before `@`",
    cause: "A cross-origin request may not be redirected to a URL of the form \
        `https://user:password@host/`. Firefox blocks it without any message.",
    server: "Redirect to a URL without user information.",
    page: "Call the final URL, and send `Authorization` as a header.",
    false_alarm: "",
};
