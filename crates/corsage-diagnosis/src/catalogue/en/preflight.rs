//! Texts of the codes of a CORS-preflight request.

use crate::catalogue::CodeText;

pub(super) const PREFLIGHT_NETWORK_ERROR: CodeText = CodeText {
    title: "the preflight got no answer",
    label: "no response to OPTIONS",
    cause: "Before the request itself, the browser must ask with OPTIONS, and that message got no \
        HTTP response. The request itself was never sent. If other methods reach this host, \
        something on the way drops OPTIONS: a firewall rule, a WAF, or a server that closes on \
        methods it does not know.",
    server: "Let OPTIONS through on every layer, and answer it with 204 and the CORS headers.",
    page: "",
    false_alarm: "If nothing at all answers on this host, the network is the fault, not the \
        preflight: look at the second code that is reported with this one.",
};

pub(super) const PREFLIGHT_REDIRECT: CodeText = CodeText {
    title: "the preflight was answered with a redirect",
    label: "a preflight may not be redirected",
    cause: "OPTIONS was answered with a redirect. Browsers do not follow redirects of a \
        preflight; it fails, and the request itself is never sent. Typical redirects: http to https, \
        a missing or superfluous slash at the end, `www`, and a login page.",
    server: "Answer OPTIONS at the requested URL itself: exempt preflights from canonicalising \
        redirects and from the login, and answer API calls without a session with 401 instead of a \
        redirect.",
    page: "Call the URL that the redirect points to.",
    false_alarm: "",
};

pub(super) const PREFLIGHT_STATUS_NOT_OK: CodeText = CodeText {
    title: "the preflight was not answered with a 2xx status",
    label: "wanted: any status from 200 to 299",
    cause: "OPTIONS reached something that refused it: a route without OPTIONS (404, 405), \
        authentication (401, 403: a preflight never carries cookies, Authorization or client \
        certificates), a rate limiter (429), or a crash (5xx). Correct CORS headers do not help \
        beside a bad status. The request itself was never sent.",
    server: "Answer OPTIONS with `Origin` and `Access-Control-Request-Method` by 204 and the CORS \
        headers, before routing and before authentication.",
    page: "If the server cannot be changed: a request without preflight (GET, HEAD or POST with \
        safelisted headers only) needs no OPTIONS.",
    false_alarm: "",
};

pub(super) const PREFLIGHT_MISSING_ALLOW_ORIGIN: CodeText = CodeText {
    title: "the preflight's answer has no Access-Control-Allow-Origin",
    label: "wanted: Access-Control-Allow-Origin: {wanted}",
    cause: "OPTIONS was answered, but without `Access-Control-Allow-Origin`: the origin is not on the \
        server's list, the CORS layer does not cover this route, or OPTIONS is answered by a layer \
        that knows nothing of CORS. The request itself was never sent.",
    server: "Send `Access-Control-Allow-Origin` with the page's origin on the answer to OPTIONS, and \
        on the answer to the request itself.",
    page: "",
    false_alarm: "",
};

pub(super) const PREFLIGHT_MULTIPLE_ALLOW_ORIGIN: CodeText = CodeText {
    title: "the preflight's answer has more than one Access-Control-Allow-Origin value",
    label: "wanted: exactly one value, {wanted}",
    cause: "The header is there twice, or holds a list. Browsers join the lines and compare the whole, \
        so two correct values are wrong together. Nearly always two layers add the header: the \
        application and the proxy in front, or a middleware that is mounted twice.",
    server: "Leave one layer in charge of CORS. To allow several origins, compare the request's \
        `Origin` with a list and send back the one that asked, with `Vary: Origin`.",
    page: "",
    false_alarm: "",
};

pub(super) const PREFLIGHT_INVALID_ALLOW_ORIGIN: CodeText = CodeText {
    title: "the preflight's Access-Control-Allow-Origin is not an origin",
    label: "wanted: {wanted}",
    cause: "The value is neither `*` nor `null` nor an origin of the form `scheme://host[:port]`. \
        Quotes, a missing scheme, a pattern such as `*.example.com`, or an empty variable of the \
        configuration are the usual ways there.",
    server: "Send the page's origin exactly as its `Origin` header has it.",
    page: "",
    false_alarm: "",
};

pub(super) const PREFLIGHT_ALLOW_ORIGIN_MISMATCH: CodeText = CodeText {
    title: "the preflight's answer allows another origin",
    label: "wanted: {wanted}",
    cause: "`Access-Control-Allow-Origin` on the answer to OPTIONS holds another origin than the \
        page's. It is compared byte by byte: scheme, host, port, case and a slash at the end all count.",
    server: "Add the page's origin to the server's list, and send back the origin that asked, with \
        `Vary: Origin`.",
    page: "Open the page at the origin that the server allows.",
    false_alarm: "",
};

pub(super) const PREFLIGHT_WILDCARD_ORIGIN_WITH_CREDENTIALS: CodeText = CodeText {
    title: "the preflight's answer allows `*`, and the request includes credentials",
    label: "must be exactly {wanted} for a credentialed request",
    cause: "With `credentials: \"include\"` (or `withCredentials`) the value `*` never counts, not \
        even for the preflight, which itself carries no credentials.",
    server: "Send the page's origin instead of `*`, `Access-Control-Allow-Credentials: true`, and \
        `Vary: Origin`.",
    page: "Leave credentials out if the API does not need cookies.",
    false_alarm: "",
};

pub(super) const PREFLIGHT_ALLOW_CREDENTIALS_NOT_TRUE: CodeText = CodeText {
    title: "the preflight's answer does not allow credentials",
    label: "wanted: Access-Control-Allow-Credentials: true",
    cause: "The request includes credentials, and `Access-Control-Allow-Credentials` on the answer to \
        OPTIONS is missing or is not exactly `true`: `True`, `1`, `\"true\"` and two lines all fail.",
    server: "Send `Access-Control-Allow-Credentials: true`, lower case, once, on the answer to \
        OPTIONS and on the answer to the request itself.",
    page: "Leave credentials out if the API does not need cookies.",
    false_alarm: "",
};

pub(super) const PREFLIGHT_INVALID_ALLOW_METHODS: CodeText = CodeText {
    title: "Access-Control-Allow-Methods cannot be parsed",
    label: "wanted: method names separated by commas",
    cause: "One bad item spoils the whole header, and the preflight with it, even if the method in \
        question needs no permission. Items are tokens: no quotes, semicolons, brackets or spaces \
        inside.",
    server: "Send `Access-Control-Allow-Methods: GET, PUT, DELETE`: names and commas only.",
    page: "",
    false_alarm: "",
};

pub(super) const PREFLIGHT_INVALID_ALLOW_HEADERS: CodeText = CodeText {
    title: "Access-Control-Allow-Headers cannot be parsed",
    label: "wanted: header names separated by commas",
    cause: "One bad item spoils the whole header, and the preflight with it, even if no header of this \
        request needs permission. Items are tokens: no colons, quotes, semicolons or spaces inside.",
    server: "Send `Access-Control-Allow-Headers: content-type, x-request-id`: names and commas only.",
    page: "",
    false_alarm: "",
};

pub(super) const METHOD_NOT_ALLOWED: CodeText = CodeText {
    title: "the method is not in Access-Control-Allow-Methods",
    label: "`{subject}` must be listed here",
    cause: "The preflight was answered and the origin is allowed, but the method is not listed. Every \
        method but GET, HEAD and POST must be. The request itself was never sent.",
    server: "Add the method to `Access-Control-Allow-Methods`.",
    page: "Use a method that the server lists.",
    false_alarm: "The header `Allow` does not count; `Access-Control-Allow-Methods` does.",
};

pub(super) const METHOD_CASE_MISMATCH: CodeText = CodeText {
    title: "the method is listed in another case",
    label: "`{subject}` must be listed here exactly so; methods are case-sensitive",
    cause: "Methods are case-sensitive. Browsers turn only DELETE, GET, HEAD, OPTIONS, POST and PUT \
        into upper case: `method: \"patch\"` goes out as `patch`, and the list says `PATCH`.",
    server: "List methods in upper case.",
    page: "Write `method: \"PATCH\"`.",
    false_alarm: "",
};

pub(super) const METHOD_WILDCARD_WITH_CREDENTIALS: CodeText = CodeText {
    title: "`*` in Access-Control-Allow-Methods does not count with credentials",
    label: "`*` is taken literally here; list `{subject}`",
    cause: "In a request that includes credentials, `*` is a method whose name is a star, and allows \
        nothing else.",
    server: "List the methods by name.",
    page: "Leave credentials out if the API does not need cookies.",
    false_alarm: "",
};

pub(super) const HEADER_NOT_ALLOWED: CodeText = CodeText {
    title: "a request header is not in Access-Control-Allow-Headers",
    label: "`{subject}` must be listed here",
    cause: "The page sets a header that is not CORS-safelisted, so the server must list it by name in \
        the answer to the preflight, and does not. The request itself was never sent.",
    server: "Add the name to `Access-Control-Allow-Headers`; upper and lower case do not matter.",
    page: "Drop the header if the API does not need it. `Access-Control-Allow-*` and \
        `Access-Control-Expose-*` are response headers: a page that sends them only makes things worse.",
    false_alarm: "`content-type` in this list means that its value, often `application/json`, is not \
        one of the three that forms can send.",
};

pub(super) const HEADER_WILDCARD_WITH_CREDENTIALS: CodeText = CodeText {
    title: "`*` in Access-Control-Allow-Headers does not count with credentials",
    label: "`*` is taken literally here; list `{subject}`",
    cause: "In a request that includes credentials, `*` is a header whose name is a star, and allows \
        nothing else.",
    server: "List the headers by name.",
    page: "Leave credentials out if the API does not need cookies.",
    false_alarm: "",
};

pub(super) const AUTHORIZATION_NOT_COVERED_BY_WILDCARD: CodeText = CodeText {
    title: "`*` in Access-Control-Allow-Headers does not cover Authorization",
    label: "`authorization` must be listed by name",
    cause: "By the standard, `Authorization` must be listed by name even when `*` allows every other \
        header. Chromium, Firefox and WebKit still let `*` cover it today and warn that this will end.",
    server: "Send `Access-Control-Allow-Headers: authorization, *`, or list every name.",
    page: "",
    false_alarm: "Only the standard's own text blocks here; a request that fails in today's browsers \
        fails for another reason.",
};
