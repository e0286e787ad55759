//! Texts of the codes that do not block: the fetch succeeds, the script sees less than its author
//! may expect.

use crate::catalogue::CodeText;

pub(super) const OPAQUE_RESPONSE: CodeText = CodeText {
    title: "the response is opaque: status 0, no headers, no body",
    label: "mode is `no-cors`",
    cause: "Mode `no-cors` does not switch CORS off. It sends the request without asking, and hides \
        the answer: `type` is `opaque`, `status` is 0, the body is empty.",
    server: "Allow the page's origin with CORS headers.",
    page: "Remove `mode: \"no-cors\"`. It suits only requests whose answer nobody reads, and resources \
        for a cache.",
    false_alarm: "For a beacon, or an image that is only shown, opaque is enough.",
};

pub(super) const OPAQUE_REDIRECT: CodeText = CodeText {
    title: "the redirect itself cannot be read",
    label: "redirect mode is `manual`",
    cause: "With `redirect: \"manual\"` the script gets a response of type `opaqueredirect`: status 0 \
        and no `Location`. It exists for service workers.",
    server: "",
    page: "Follow the redirect and look at `response.url`, or let the server answer 200 with the URL \
        in the body.",
    false_alarm: "",
};

pub(super) const HEADER_NOT_EXPOSED: CodeText = CodeText {
    title: "some response headers are hidden from the script",
    label: "not in Access-Control-Expose-Headers",
    cause: "Across origins a script sees only Cache-Control, Content-Language, Content-Length, \
        Content-Type, Expires, Last-Modified and Pragma, and what the server names in \
        `Access-Control-Expose-Headers`. The developer tools show all headers; `headers.get()` \
        returns null for the others.",
    server: "Send `Access-Control-Expose-Headers` with the names that pages need, on the response \
        itself (on a preflight it does nothing).",
    page: "",
    false_alarm: "Headers that no script reads need not be exposed.",
};

pub(super) const EXPOSE_WILDCARD_WITH_CREDENTIALS: CodeText = CodeText {
    title: "`*` in Access-Control-Expose-Headers does not count with credentials",
    label: "`*` is taken literally here",
    cause: "In a request that includes credentials, `*` exposes only a header whose name is a star.",
    server: "List the names.",
    page: "Leave credentials out if the API does not need cookies.",
    false_alarm: "",
};

pub(super) const EXPOSE_HEADERS_INVALID: CodeText = CodeText {
    title: "Access-Control-Expose-Headers cannot be parsed",
    label: "wanted: header names separated by commas",
    cause: "One bad item on any line makes browsers ignore the header altogether.",
    server: "Send names and commas only.",
    page: "",
    false_alarm: "",
};

pub(super) const SET_COOKIE_HIDDEN: CodeText = CodeText {
    title: "Set-Cookie is never shown to scripts",
    label: "hidden, whatever is exposed",
    cause: "`Set-Cookie` is a forbidden response header: the browser obeys it, if credentials are \
        included, and never shows it.",
    server: "Send what the script needs to know in the body or in another header.",
    page: "",
    false_alarm: "",
};

pub(super) const SET_COOKIE_IGNORED: CodeText = CodeText {
    title: "the cookie was not stored",
    label: "credentials were not included",
    cause: "Across origins, `Set-Cookie` is obeyed only if the request was made with `credentials: \
        \"include\"` (`withCredentials`); this one was not.",
    server: "Allow credentials: exact origin and `Access-Control-Allow-Credentials: true`. Across \
        sites the cookie also needs `SameSite=None; Secure`.",
    page: "Add `credentials: \"include\"`.",
    false_alarm: "",
};

pub(super) const CREDENTIALS_NOT_SENT: CodeText = CodeText {
    title: "no cookies went with this request",
    label: "credentials are not part of this request",
    cause: "Cookies travel across origins only with `credentials: \"include\"`, and across sites only \
        with `SameSite=None; Secure` and as far as the browser allows third-party cookies at all. A \
        401 on such a request is no CORS failure: the server did not recognise the visitor.",
    server: "Set the session cookie with `SameSite=None; Secure` (and `Partitioned`, if the page is on \
        another site), or serve page and API under one site.",
    page: "Add `credentials: \"include\"`; the server must then allow credentials.",
    false_alarm: "APIs that use tokens need no cookies.",
};

pub(super) const COEP_CREDENTIALLESS: CodeText = CodeText {
    title: "the page's embedder policy withholds credentials",
    label: "Cross-Origin-Embedder-Policy: credentialless",
    cause: "On a page with `Cross-Origin-Embedder-Policy: credentialless`, requests without CORS go \
        out without cookies.",
    server: "",
    page: "Use mode `cors` with `credentials: \"include\"`.",
    false_alarm: "",
};

pub(super) const FORBIDDEN_HEADER_DROPPED: CodeText = CodeText {
    title: "a header that scripts may not set was dropped",
    label: "silently ignored",
    cause: "Browsers set `Origin`, `Host`, `Cookie`, `Referer`, `Content-Length`, `Connection`, \
        `Access-Control-Request-*`, and everything that starts with `Proxy-` or `Sec-` themselves. A \
        page's value is ignored without an error, so it can neither help nor forge.",
    server: "",
    page: "Remove the header. Cookies are sent with `credentials: \"include\"`; the origin cannot be \
        chosen.",
    false_alarm: "",
};

pub(super) const NO_CORS_HEADER_DROPPED: CodeText = CodeText {
    title: "a header was dropped because the mode is `no-cors`",
    label: "silently ignored",
    cause: "In mode `no-cors` only Accept, Accept-Language, Content-Language and Content-Type with a \
        form's value may be set. Everything else, `application/json` included, is ignored without an \
        error, and the server gets something else than was meant.",
    server: "",
    page: "Remove `mode: \"no-cors\"`.",
    false_alarm: "",
};

pub(super) const AUTHORIZATION_DROPPED_ON_REDIRECT: CodeText = CodeText {
    title: "Authorization was removed at a cross-origin redirect",
    label: "not sent from this hop on",
    cause: "When a redirect leaves an origin, the browser removes `Authorization`, so that a token \
        does not reach a host it was not meant for. The last server then answers 401.",
    server: "Serve the resource without a cross-origin redirect.",
    page: "Call the final URL.",
    false_alarm: "",
};

pub(super) const METHOD_REWRITTEN_ON_REDIRECT: CodeText = CodeText {
    title: "the redirect turned the request into a GET",
    label: "the method changed, the body was dropped",
    cause: "301 and 302 turn POST into GET, and 303 turns every method but HEAD into GET; the body is \
        dropped.",
    server: "Redirect with 307 or 308, which keep method and body.",
    page: "Call the final URL.",
    false_alarm: "After a form, 303 is right.",
};

pub(super) const ORIGIN_NULL_ON_REDIRECT: CodeText = CodeText {
    title: "Origin became `null` on the way",
    label: "from this hop on: `Origin: null`",
    cause: "The redirect at this hop led from one foreign origin to another. The target was chosen by \
        a server, not by the page, so the browser no longer vouches with the page's origin.",
    server: "Keep redirects within one origin, or answer at the first URL.",
    page: "Call the final URL.",
    false_alarm: "The first hop away from the page's own origin does not do this.",
};

pub(super) const ORIGIN_NULL_BY_REFERRER_POLICY: CodeText = CodeText {
    title: "the referrer policy turned Origin into `null`",
    label: "`Origin: null`",
    cause: "Outside of mode `cors`, a POST carries `Origin: null` under the referrer policy \
        `no-referrer` (and under `same-origin` across origins, and when https turns to http under \
        the strict policies).",
    server: "",
    page: "Relax the referrer policy for this request, or use mode `cors`.",
    false_alarm: "Chromium sends the real origin under `no-referrer`.",
};

pub(super) const PREFLIGHT_NOT_CACHED: CodeText = CodeText {
    title: "the preflight's answer is not kept",
    label: "every request will be preceded by a preflight",
    cause: "`Access-Control-Max-Age` is missing (5 seconds are assumed), 0, or not a plain number of \
        seconds.",
    server: "Send `Access-Control-Max-Age: 7200`; a number, no unit.",
    page: "",
    false_alarm: "While a policy is being changed, a short age is an advantage.",
};

pub(super) const MAX_AGE_CAPPED: CodeText = CodeText {
    title: "the browser keeps the preflight's answer for less than Max-Age says",
    label: "capped: Chromium 7200 s, Firefox 86400 s, WebKit 600 s",
    cause: "Every browser caps `Access-Control-Max-Age`.",
    server: "Nothing needs to change; more than 86400 is of no use anywhere.",
    page: "",
    false_alarm: "",
};

pub(super) const PREFLIGHT_CACHE_HIT: CodeText = CodeText {
    title: "no preflight was sent: an earlier answer still counts",
    label: "answered from the preflight cache",
    cause: "An earlier preflight for this URL, origin and credentials granted the request and has not \
        expired. A server that was changed meanwhile is not asked: a fix, or a break, shows up later.",
    server: "Lower `Access-Control-Max-Age` before changing a policy.",
    page: "Tick \"disable cache\" in the developer tools, or open a private window, to test a change.",
    false_alarm: "",
};

pub(super) const WILDCARD_NOT_CACHED: CodeText = CodeText {
    title: "Firefox asks again every time when the preflight is answered with `*`",
    label: "`*` never matches in Firefox's preflight cache",
    cause: "Firefox compares stored names literally, so an answer that allows `*` is stored and never \
        found again.",
    server: "List methods and headers by name.",
    page: "",
    false_alarm: "",
};

pub(super) const VARY_ORIGIN_MISSING: CodeText = CodeText {
    title: "the answer depends on Origin, and `Vary: Origin` is missing",
    label: "a cache may hand this answer to another origin",
    cause: "`Access-Control-Allow-Origin` differs by origin (or is there only when `Origin` is sent), \
        and the response does not say so. The browser's cache or a CDN may give the copy that was \
        made for one page, or for an `<img>` without CORS, to another page, which then fails. Typical \
        signs: it works after a hard reload, or on the first page only.",
    server: "Send `Vary: Origin` on every variant of the response, also on those without CORS \
        headers, and put Origin into the CDN's cache key. Then purge.",
    page: "Use `crossorigin` on every element that loads the same URL.",
    false_alarm: "Responses that no cache may store (`Cache-Control: no-store`) do no harm.",
};

pub(super) const AUTH_CHALLENGE_NOT_SHOWN: CodeText = CodeText {
    title: "the browser does not ask for a password here",
    label: "401 with WWW-Authenticate",
    cause: "A cross-origin fetch never opens the browser's password dialogue by the standard; the \
        script sees the 401.",
    server: "",
    page: "Collect the password yourself and send `Authorization`.",
    false_alarm: "",
};

pub(super) const AUTH_PROMPT_SHOWN: CodeText = CodeText {
    title: "Chromium and Firefox open a password dialogue here",
    label: "401 with WWW-Authenticate, credentials included",
    cause: "For a cross-origin fetch with credentials, Chromium and Firefox react to \
        `WWW-Authenticate: Basic` with a dialogue, unlike the standard and WebKit.",
    server: "Use another scheme name, such as `WWW-Authenticate: Bearer`.",
    page: "",
    false_alarm: "",
};

pub(super) const TIMING_HIDDEN: CodeText = CodeText {
    title: "the detailed timing is hidden",
    label: "wanted: Timing-Allow-Origin",
    cause: "Across origins, `PerformanceResourceTiming` shows zeros unless the response carries \
        `Timing-Allow-Origin` for the page.",
    server: "Send `Timing-Allow-Origin: *` or the page's origin.",
    page: "",
    false_alarm: "CORS alone does not grant it.",
};

pub(super) const WILDCARD_COVERS_AUTHORIZATION: CodeText = CodeText {
    title: "`*` lets Authorization through, for now",
    label: "`authorization` is not listed by name",
    cause: "The standard excludes `Authorization` from `*`. Chromium, Firefox and WebKit still accept \
        it; Chromium files a deprecation issue, Firefox warns in the console.",
    server: "Send `Access-Control-Allow-Headers: authorization, *`, or list every name.",
    page: "",
    false_alarm: "",
};

pub(super) const CLIENT_ORIGIN_NULL: CodeText = CodeText {
    title: "the page's own origin is `null`",
    label: "no server should allow `null`",
    cause: "Pages opened from disk (`file:`), sandboxed iframes without `allow-same-origin`, and \
        `data:` documents have an opaque origin, sent as `Origin: null`. Anyone can make such a page, \
        so a server that allows `null` allows everyone.",
    server: "Do not allow `null`; allow the origin from which the page will be served.",
    page: "Open the page through a web server (any static one will do), or give the iframe \
        `allow-same-origin` if its content is trusted.",
    false_alarm: "",
};

pub(super) const DIFFERS_BETWEEN_BROWSERS: CodeText = CodeText {
    title: "browsers do not agree on this request",
    label: "see the lines per browser",
    cause: "The three engines were asked with the same responses and reach different results.",
    server: "Change the answer so that all three accept it; the fix says how.",
    page: "",
    false_alarm: "",
};
