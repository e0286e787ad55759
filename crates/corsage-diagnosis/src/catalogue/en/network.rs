//! Texts of the codes for fetches that fail before CORS is asked, or for reasons that have
//! nothing to do with it.

use crate::catalogue::CodeText;

pub(super) const SAME_ORIGIN_MODE_CROSS_ORIGIN_URL: CodeText = CodeText {
    title: "mode `same-origin` does not allow another origin",
    label: "another origin than the page's",
    cause: "The page asked for mode `same-origin`, and the URL (or a redirect's target) has another \
        scheme, host or port than the page. The browser refuses without asking the server, so no \
        server setting can help.",
    server: "",
    page: "Remove `mode: \"same-origin\"`; the default, `cors`, asks the server.",
    false_alarm: "A library or a service worker may have set the mode: look at the request that \
        really fails.",
};

pub(super) const NO_CORS_REDIRECT_MODE_NOT_FOLLOW: CodeText = CodeText {
    title: "mode `no-cors` cannot be combined with this redirect mode",
    label: "only `follow` goes with `no-cors`",
    cause: "With mode `no-cors` the script may not learn whether a redirect happened, so the redirect \
        modes `error` and `manual` are refused without traffic.",
    server: "",
    page: "Set `redirect: \"follow\"`, or use mode `cors`.",
    false_alarm: "",
};

pub(super) const SCHEME_NOT_CORS_ENABLED: CodeText = CodeText {
    title: "CORS exists for http and https only",
    label: "not an http or https URL",
    cause: "A cross-origin request in mode `cors` needs a URL whose scheme is http or https (data: is \
        let through). `localhost:8080/x` parses as scheme `localhost:`, a file opened from disk has \
        scheme `file:`, and apps and extensions bring schemes of their own.",
    server: "Serve the resource over http or https; for local files, start any static web server.",
    page: "Write the scheme: `http://localhost:8080/x`. Open the page through a server instead of \
        from disk.",
    false_alarm: "",
};

pub(super) const SCHEME_NOT_FETCHABLE: CodeText = CodeText {
    title: "this scheme cannot be fetched",
    label: "no browser fetches this scheme",
    cause: "`fetch` understands http, https, data, blob and about:blank. `file:` always fails, and \
        `ftp:` has been removed from browsers.",
    server: "Serve the resource over https.",
    page: "Use an http or https URL; read local files with `<input type=file>`.",
    false_alarm: "",
};

pub(super) const DATA_URL_INVALID: CodeText = CodeText {
    title: "the data: URL cannot be decoded",
    label: "no comma, or broken base64",
    cause: "A data: URL needs a comma between its type and its data, and valid base64 if it says so.",
    server: "",
    page: "Build the URL with `FileReader.readAsDataURL`, or encode the data with \
        `encodeURIComponent`.",
    false_alarm: "",
};

pub(super) const BAD_PORT: CodeText = CodeText {
    title: "browsers do not connect to this port",
    label: "a blocked port",
    cause: "The Fetch standard lists ports of other protocols (25 mail, 6000 X11, 6667 IRC, 5060 SIP, \
        10080 Amanda …) that browsers never connect to over http or https, so that pages cannot \
        speak to such services. Nothing is sent; curl works, which confuses.",
    server: "Listen on another port, or put a reverse proxy on 443 in front.",
    page: "Use the URL of that other port.",
    false_alarm: "",
};

pub(super) const MIXED_CONTENT: CodeText = CodeText {
    title: "an https page may not fetch over http",
    label: "an insecure URL, asked for by a secure page",
    cause: "A page that was loaded over https may not fetch from http, except from loopback \
        addresses. The browser refuses before anything is sent; CORS headers do not matter.",
    server: "Serve the API over https.",
    page: "Use the https URL. `Content-Security-Policy: upgrade-insecure-requests` rewrites http \
        addresses for pages that cannot be edited.",
    false_alarm: "`http://localhost` and `http://127.0.0.1` are exempt in Chromium and Firefox; \
        Safari blocks them.",
};

pub(super) const CSP_CONNECT_SRC: CodeText = CodeText {
    title: "the page's own Content-Security-Policy forbids this address",
    label: "not in `connect-src`",
    cause: "The page's `Content-Security-Policy` has a `connect-src` (or `default-src`) that does not \
        list the target. The page's owner forbade the request, not the API.",
    server: "",
    page: "Add the API's origin to `connect-src` in the policy that is sent with the page. Redirect \
        targets must be listed too.",
    false_alarm: "Corsage cannot see the page's policy unless it is told; the console line names the \
        directive that was violated.",
};

pub(super) const INTEGRITY_POLICY: CodeText = CodeText {
    title: "the page's Integrity-Policy wants integrity metadata",
    label: "no `integrity` given",
    cause: "The page is served with an `Integrity-Policy` header that blocks scripts without \
        `integrity` metadata.",
    server: "",
    page: "Give the element an `integrity` attribute and `crossorigin`, or relax the policy.",
    false_alarm: "",
};

pub(super) const KEEPALIVE_QUOTA_EXCEEDED: CodeText = CodeText {
    title: "keepalive requests may carry 64 KiB altogether",
    label: "too much for `keepalive`",
    cause: "All bodies of keepalive requests that are under way in a page, beacons included, share a \
        quota of 64 KiB. What exceeds it fails at once.",
    server: "",
    page: "Send less, in fewer requests, or without `keepalive` while the page is still alive.",
    false_alarm: "",
};

pub(super) const STREAM_NEEDS_HTTP2: CodeText = CodeText {
    title: "a stream body needs HTTP/2 or newer",
    label: "the server speaks HTTP/1.1 only",
    cause: "Browsers do not send stream bodies over HTTP/1.1.",
    server: "Offer HTTP/2 (ALPN `h2`), also on the proxy in front.",
    page: "Send a Blob or an ArrayBuffer instead of a stream.",
    false_alarm: "",
};

pub(super) const STREAM_CANNOT_BE_REPLAYED: CodeText = CodeText {
    title: "a stream body cannot be sent a second time",
    label: "a redirect that would send the body again",
    cause: "Following this redirect means sending the body again, and a stream is spent after it was \
        read once. Only 303, which turns the request into a GET, can be followed.",
    server: "Answer uploads without redirecting, or with 303.",
    page: "Call the final URL, or send bytes instead of a stream.",
    false_alarm: "",
};

pub(super) const CACHE_MISS_ONLY_IF_CACHED: CodeText = CodeText {
    title: "nothing is stored, and cache mode `only-if-cached` forbids asking",
    label: "not in the HTTP cache",
    cause: "Cache mode `only-if-cached` answers from the HTTP cache or fails.",
    server: "",
    page: "Use `force-cache`, which asks the server when nothing is stored.",
    false_alarm: "",
};

pub(super) const DNS_FAILED: CodeText = CodeText {
    title: "the host name has no address",
    label: "no such host",
    cause: "The name did not resolve. This is not CORS: the browser never reached a server. Firefox \
        prints a CORS line all the same (\"CORS request did not succeed\", status `(null)`).",
    server: "Create the DNS record, or wait for it to spread.",
    page: "Check the host's spelling; a name that only a VPN or a container network knows does not \
        exist for the visitor's browser.",
    false_alarm: "An ad blocker or a DNS filter looks the same to a page.",
};

pub(super) const CONNECTION_FAILED: CodeText = CodeText {
    title: "no connection, or it was closed before an answer",
    label: "no answer",
    cause: "Nothing listens on that port, a firewall drops the packets, or the server closed the \
        connection without a response. This is not CORS, although the page sees the same `TypeError`.",
    server: "Start the server, bind it to an address that is reachable from outside its container \
        (`0.0.0.0`, not `127.0.0.1`), open the port, and look for crashes in its log.",
    page: "Check scheme and port: speaking http to an https port, or the reverse, ends like this.",
    false_alarm: "Ad blockers and security software close connections too \
        (`net::ERR_BLOCKED_BY_CLIENT` in Chromium): try a fresh browser profile.",
};

pub(super) const TLS_FAILED: CodeText = CodeText {
    title: "the TLS handshake failed",
    label: "no secure connection",
    cause: "The certificate is expired, self-signed, made for another name, or its chain is \
        incomplete; or client and server have no protocol version in common. A page cannot show the \
        usual warning for a `fetch`, so the request simply fails. This is not CORS.",
    server: "Serve a certificate for this name from a known authority, with its intermediates. For \
        development, use a local authority that the browser trusts.",
    page: "Open the API's URL in a tab of its own: the browser then says what is wrong.",
    false_alarm: "A company proxy that opens TLS connections may present a certificate that only \
        managed machines trust; pass it with `--cacert`.",
};

pub(super) const HTTP_MALFORMED: CodeText = CodeText {
    title: "what came back is not HTTP",
    label: "not an HTTP response",
    cause: "The peer answered, but not with an HTTP response that can be parsed: a TLS port spoken to \
        in the clear, another protocol, two different Content-Length lines, or a broken chunk.",
    server: "Check that this port speaks HTTP and that no layer writes header lines by hand.",
    page: "Check scheme and port.",
    false_alarm: "Browsers forgive some things that Corsage's parser does not; \
        docs/deviations.md lists them.",
};

pub(super) const CONTENT_DECODING_FAILED: CodeText = CodeText {
    title: "the body is not what Content-Encoding says",
    label: "cannot be decoded",
    cause: "The response announces gzip, deflate, br or zstd, and the body is something else, or is \
        cut short. Usually two layers compress, or a proxy decompresses and keeps the header.",
    server: "Compress in one layer only.",
    page: "",
    false_alarm: "",
};

pub(super) const TIMED_OUT: CodeText = CodeText {
    title: "no answer in time",
    label: "still waiting",
    cause: "The server accepted the connection and did not answer, or packets are dropped on the way. \
        This is not CORS. When a proxy gives up first, its 504 page lacks CORS headers, and the \
        console blames CORS: that is `missing-allow-origin` with cause `error-without-cors`.",
    server: "Find what blocks the handler; answer long work with 202 and let the page ask again.",
    page: "",
    false_alarm: "Corsage waits as long as `--timeout` says; browsers wait about five minutes.",
};

pub(super) const ABORTED: CodeText = CodeText {
    title: "the request was cancelled",
    label: "cancelled by the page",
    cause: "An `AbortController`, a navigation, or an unmounted component cancelled the fetch. The \
        script sees an `AbortError`, not a CORS failure.",
    server: "",
    page: "Look for code that aborts: effects that run twice in development are the usual one.",
    false_alarm: "",
};

pub(super) const OFFLINE: CodeText = CodeText {
    title: "the browser is offline",
    label: "no network",
    cause: "The machine has no network, or the developer tools' throttling is set to \"Offline\".",
    server: "",
    page: "",
    false_alarm: "",
};

pub(super) const CLIENT_CERTIFICATE_NEEDED: CodeText = CodeText {
    title: "the server asks for a client certificate that the browser may not send",
    label: "no certificate is ever sent with this message",
    cause: "A TLS client certificate counts as a credential. It is never sent with a preflight, and \
        otherwise only when credentials are included; a server that demands one in the handshake \
        refuses every preflight.",
    server: "Ask for the certificate optionally, enforce it after the CORS layer and not for OPTIONS.",
    page: "Use `credentials: \"include\"` for the request itself.",
    false_alarm: "",
};
