//! Texts of the codes of the protections beside CORS: CORP, ORB, integrity, local networks.

use crate::catalogue::CodeText;

pub(super) const CORP_NOT_SAME_ORIGIN: CodeText = CodeText {
    title: "Cross-Origin-Resource-Policy keeps this resource to its own origin",
    label: "wanted: cross-origin, or a request in mode `cors`",
    cause: "The resource was asked for without CORS, and its `Cross-Origin-Resource-Policy: \
        same-origin` refuses to be embedded by other origins. Helmet for Express sends it by default.",
    server: "Send `Cross-Origin-Resource-Policy: cross-origin` for public resources.",
    page: "Ask in mode `cors` (`crossorigin` on elements): the header is not consulted then, and CORS \
        decides.",
    false_alarm: "This is not CORS: `Access-Control-Allow-Origin` has no influence here.",
};

pub(super) const CORP_NOT_SAME_SITE: CodeText = CodeText {
    title: "Cross-Origin-Resource-Policy keeps this resource to its own site",
    label: "wanted: cross-origin, or a request in mode `cors`",
    cause: "The resource was asked for without CORS from another site (or from an http page of the \
        same site), and its `Cross-Origin-Resource-Policy: same-site` refuses that.",
    server: "Send `Cross-Origin-Resource-Policy: cross-origin` for public resources.",
    page: "Ask in mode `cors`, or serve page and resource under one registrable domain, both https.",
    false_alarm: "This is not CORS: `Access-Control-Allow-Origin` has no influence here.",
};

pub(super) const CORP_REQUIRED_BY_COEP: CodeText = CodeText {
    title: "the page's Cross-Origin-Embedder-Policy wants the resource to opt in",
    label: "wanted: cross-origin",
    cause: "The page is served with `Cross-Origin-Embedder-Policy: require-corp` (or credentialless, \
        and credentials are included), so every resource that is loaded without CORS must carry \
        `Cross-Origin-Resource-Policy`.",
    server: "Send `Cross-Origin-Resource-Policy: cross-origin`.",
    page: "Load it with CORS (`crossorigin`), or serve the page with `credentialless`.",
    false_alarm: "",
};

pub(super) const ORB_BLOCKED: CodeText = CodeText {
    title: "opaque response blocking withholds this type of content",
    label: "HTML, JSON or XML asked for without CORS",
    cause: "A resource that was loaded without CORS (an image, a script) came back as HTML, JSON or \
        XML. Browsers withhold such bodies from other origins (`net::ERR_BLOCKED_BY_ORB`). Usually it \
        is an error page or a login page in place of the image.",
    server: "Send the right `Content-Type`, and a real status for errors.",
    page: "Fetch data in mode `cors`, not through elements.",
    false_alarm: "This is not CORS. Chromium still hands an empty opaque response to `fetch`.",
};

pub(super) const NOSNIFF_BLOCKED: CodeText = CodeText {
    title: "`X-Content-Type-Options: nosniff` and the wrong Content-Type",
    label: "not a type for this destination",
    cause: "A script needs a JavaScript type and a style sheet `text/css` when the response says \
        `nosniff`.",
    server: "Send the right `Content-Type`; an HTML answer here is usually an error page.",
    page: "",
    false_alarm: "This is not CORS.",
};

pub(super) const MIME_TYPE_BLOCKED: CodeText = CodeText {
    title: "this Content-Type is never run as a script",
    label: "not a type for scripts",
    cause: "Scripts with an image, audio, video or `text/csv` type are blocked.",
    server: "Send `Content-Type: text/javascript`.",
    page: "",
    false_alarm: "This is not CORS.",
};

pub(super) const OPAQUE_RANGE_RESPONSE: CodeText = CodeText {
    title: "a partial answer to a request that asked for no range",
    label: "206 or 416 without a Range request",
    cause: "An opaque 206 or 416 answered a request without a `Range` header although a range had been \
        asked for before. Browsers refuse, so that ranges of different resources cannot be mixed.",
    server: "Answer 200 to requests without `Range`.",
    page: "",
    false_alarm: "",
};

pub(super) const INTEGRITY_MISMATCH: CodeText = CodeText {
    title: "the body does not match the integrity metadata",
    label: "another hash",
    cause: "The page pins the content by its hash (`integrity`), and the body has another: a new \
        release under the same URL, a proxy that rewrites, or an HTML error page.",
    server: "Publish under versioned URLs.",
    page: "Update the hash after checking the new content.",
    false_alarm: "This is not CORS.",
};

pub(super) const INTEGRITY_ON_OPAQUE: CodeText = CodeText {
    title: "integrity metadata cannot be checked without CORS",
    label: "the response is opaque",
    cause: "`integrity` needs to read the body, and this one came back opaque because it was loaded \
        without CORS.",
    server: "Send `Access-Control-Allow-Origin: *` for public resources.",
    page: "Add `crossorigin=\"anonymous\"` to the element.",
    false_alarm: "",
};

pub(super) const LNA_INSECURE_CONTEXT: CodeText = CodeText {
    title: "an insecure page may not reach the local network",
    label: "the page is not a secure context",
    cause: "The page came from the public internet over http, and the target's address is on the \
        visitor's local network or machine. Browsers with Local Network Access refuse that.",
    server: "",
    page: "Serve the page over https; then the visitor is asked for permission.",
    false_alarm: "CORS headers have no influence, nor has the old \
        `Access-Control-Allow-Private-Network`.",
};

pub(super) const LNA_PERMISSION_DENIED: CodeText = CodeText {
    title: "the visitor does not let this site reach the local network",
    label: "permission denied",
    cause: "Chrome (since 142) and Firefox ask the visitor before a public page may reach addresses on \
        the local network or on the visitor's machine; here the answer was no, or a policy gave it.",
    server: "",
    page: "Let the visitor change the site's permission; managed machines can be given it by \
        enterprise policy. Serving page and device from the same network needs no permission.",
    false_alarm: "CORS headers have no influence, nor has the old \
        `Access-Control-Allow-Private-Network`.",
};

pub(super) const LNA_PERMISSION_PROMPT: CodeText = CodeText {
    title: "the visitor will be asked before this page may reach the local network",
    label: "depends on the visitor's answer",
    cause: "The page is public and the target's address is on the visitor's local network or machine. \
        Chrome (since 142) and Firefox (being rolled out) ask for permission; Safari does not.",
    server: "",
    page: "Tell visitors what the prompt is for; in an iframe, delegate with `allow`.",
    false_alarm: "Nothing is asked if the page itself is served from the same kind of address.",
};

pub(super) const LNA_PERMISSIONS_POLICY: CodeText = CodeText {
    title: "the frame was not given the right to reach the local network",
    label: "not delegated",
    cause: "An iframe may reach local addresses only if its embedder delegates the permission.",
    server: "",
    page: "Write `<iframe allow=\"local-network-access\">` (`loopback-network`, `local-network` in \
        newer versions).",
    false_alarm: "",
};

pub(super) const LNA_ADDRESS_SPACE_MISMATCH: CodeText = CodeText {
    title: "the target is in another address space than the page said",
    label: "not the announced address space",
    cause: "`fetch` was given `targetAddressSpace`, and the connection went to an address of another \
        space.",
    server: "",
    page: "Correct `targetAddressSpace`, or leave it out.",
    false_alarm: "",
};
