//! Texts of the codes with which the API itself refuses a request: nothing is sent.

use crate::catalogue::CodeText;

pub(super) const INVALID_URL: CodeText = CodeText {
    title: "the address cannot be parsed as a URL",
    label: "not a URL",
    cause: "The string given to `fetch` or `XMLHttpRequest.open` does not parse against the page's \
        base URL: a space in the host, a port above 65535, an unclosed bracket, or an absolute URL \
        whose host is missing. The call throws before anything is sent, so no server is involved.",
    server: "",
    page: "Build the address with `new URL(path, base)` and log it; the exception names the string \
        that was refused. Encode path segments with `encodeURIComponent`.",
    false_alarm: "A relative address always parses: `api.example.com/me` without a scheme is a \
        path on the page's own origin, gives a 404 there, and never raises this code.",
};

pub(super) const URL_HAS_CREDENTIALS: CodeText = CodeText {
    title: "the URL carries a user name or a password",
    label: "remove the part before `@`",
    cause: "`fetch` refuses URLs of the form `https://user:password@host/` with an exception: they \
        would end up in logs and in referrers.",
    server: "",
    page: "Remove the user information from the URL and send `Authorization: Basic …` as a header. \
        That header makes the request preflighted, so the server must list it in \
        `Access-Control-Allow-Headers`.",
    false_alarm: "`XMLHttpRequest` accepts such a URL, and a redirect to one has its own code, \
        `redirect-url-has-credentials`.",
};

pub(super) const INVALID_METHOD: CodeText = CodeText {
    title: "the method is not a token",
    label: "not a method name",
    cause: "A method is one or more letters, digits or the characters ``!#$%&'*+-.^_`|~``. An empty \
        string, a space or a line break makes the call throw before anything is sent.",
    server: "",
    page: "Pass a plain method name, in upper case.",
    false_alarm: "An unknown but well-formed method, such as `PURGE`, is sent (after a preflight).",
};

pub(super) const FORBIDDEN_METHOD: CodeText = CodeText {
    title: "the method may not be used by scripts",
    label: "CONNECT, TRACE and TRACK are forbidden, in any case",
    cause: "`CONNECT`, `TRACE` and `TRACK` would let a script read what the browser adds to a \
        request, cookies included, or open tunnels. Browsers throw before anything is sent.",
    server: "Offer the operation under another method.",
    page: "Use another method.",
    false_alarm: "",
};

pub(super) const INVALID_HEADER_NAME: CodeText = CodeText {
    title: "a header name is not a token",
    label: "not a header name",
    cause: "A header name may hold letters, digits and ``!#$%&'*+-.^_`|~`` only: no space, colon, \
        or non-ASCII letter. Browsers throw before anything is sent.",
    server: "",
    page: "Remove the stray character; a colon at the end of the name is the usual one.",
    false_alarm: "",
};

pub(super) const INVALID_HEADER_VALUE: CodeText = CodeText {
    title: "a header value holds a byte that no value may hold",
    label: "NUL, CR and LF are not allowed",
    cause: "After trimming, a value may not contain NUL, carriage return or line feed, and every \
        character must fit in one byte (up to U+00FF). Browsers throw before anything is sent. Other \
        control characters are legal, which surprises servers.",
    server: "",
    page: "Trim the value (a token read from a file often ends in a line break in its middle part) \
        and encode text outside Latin-1, for example with `encodeURIComponent`.",
    false_alarm: "",
};

pub(super) const NAVIGATE_MODE_NOT_ALLOWED: CodeText = CodeText {
    title: "scripts may not ask for mode `navigate`",
    label: "use `cors`, `same-origin` or `no-cors`",
    cause: "Mode `navigate` belongs to the browser's own navigations. Passing it to `fetch` throws. \
        It often comes from a \"Copy as fetch\" of a document request.",
    server: "",
    page: "Delete the `mode` member, or set it to `cors`.",
    false_alarm: "",
};

pub(super) const NO_CORS_METHOD_NOT_SAFELISTED: CodeText = CodeText {
    title: "mode `no-cors` allows only GET, HEAD and POST",
    label: "not available without CORS",
    cause: "Without CORS a script may do only what an HTML form could do. Any other method in mode \
        `no-cors` throws before anything is sent.",
    server: "Allow the method to the page's origin: answer the preflight with \
        `Access-Control-Allow-Origin` and `Access-Control-Allow-Methods`.",
    page: "Remove `mode: \"no-cors\"`. It does not switch CORS off; it gives up reading the answer.",
    false_alarm: "",
};

pub(super) const BODY_WITH_GET_OR_HEAD: CodeText = CodeText {
    title: "GET and HEAD cannot carry a body",
    label: "drop the body or change the method",
    cause: "`fetch` throws when `body` is given with GET or HEAD (`XMLHttpRequest` silently drops \
        it). Often `method: \"POST\"` was forgotten, or curl's `--data` was translated without \
        its implied POST.",
    server: "",
    page: "Put the parameters in the query string, or use POST.",
    false_alarm: "",
};

pub(super) const STREAM_NEEDS_DUPLEX_HALF: CodeText = CodeText {
    title: "a stream body needs `duplex: \"half\"`",
    label: "add `duplex: \"half\"`",
    cause: "A `ReadableStream` as a body is accepted only together with `duplex: \"half\"`, so that \
        full duplex can be added later without changing what old code means. Firefox and Safari have \
        no stream bodies: there, the stream is turned into the text `[object ReadableStream]`.",
    server: "",
    page: "Add `duplex: \"half\"`, or collect the stream into a Blob first, which every browser can \
        send and which needs no preflight of its own.",
    false_alarm: "",
};

pub(super) const STREAM_MODE_NOT_ALLOWED: CodeText = CodeText {
    title: "a stream body needs mode `cors` or `same-origin`",
    label: "mode `no-cors` cannot stream",
    cause: "A stream body always needs a preflight, and mode `no-cors` has none. The call throws.",
    server: "",
    page: "Remove `mode: \"no-cors\"`, or send bytes instead of a stream.",
    false_alarm: "",
};

pub(super) const ONLY_IF_CACHED_NEEDS_SAME_ORIGIN_MODE: CodeText = CodeText {
    title: "cache mode `only-if-cached` needs mode `same-origin`",
    label: "add `mode: \"same-origin\"`",
    cause: "Across origins, `only-if-cached` would tell a page what the visitor has seen elsewhere. \
        `fetch` throws unless the mode is `same-origin`. Extensions and service workers meet it when \
        they repeat a request that the developer tools made.",
    server: "",
    page: "Set `mode: \"same-origin\"`, or another cache mode.",
    false_alarm: "",
};

pub(super) const INVALID_REFERRER: CodeText = CodeText {
    title: "the referrer cannot be parsed as a URL",
    label: "not a URL",
    cause: "The `referrer` member must be empty, `about:client`, or a URL. A URL of another origin is \
        accepted, and replaced by the page's own.",
    server: "",
    page: "Leave `referrer` out, or pass a URL of the page's own origin.",
    false_alarm: "",
};
