//! What console lines say that name no failed condition.

use crate::catalogue::{Topic, TopicText};

pub(in crate::catalogue) fn topic(topic: Topic) -> &'static TopicText {
    match topic {
        Topic::RequestFailed => &REQUEST_FAILED,
        Topic::NetErrFailed => &NET_ERR_FAILED,
        Topic::AccessControlChecks => &ACCESS_CONTROL_CHECKS,
        Topic::CutLine => &CUT_LINE,
        Topic::CorsError => &CORS_ERROR,
        Topic::ScriptError => &SCRIPT_ERROR,
        Topic::CorsDisabled => &CORS_DISABLED,
        Topic::OriginHeaderNotAdded => &ORIGIN_HEADER_NOT_ADDED,
        Topic::OldRedirectRule => &OLD_REDIRECT_RULE,
        Topic::LoadFailed => &LOAD_FAILED,
        Topic::WebSocket => &WEBSOCKET,
        Topic::FrameAccess => &FRAME_ACCESS,
        Topic::FrameRefused => &FRAME_REFUSED,
        Topic::PostMessage => &POST_MESSAGE,
        Topic::Cookie => &COOKIE,
        Topic::Manifest => &MANIFEST,
        Topic::WorkerOrigin => &WORKER_ORIGIN,
        Topic::EventSourceType => &EVENT_SOURCE_TYPE,
        Topic::LocalFile => &LOCAL_FILE,
        Topic::ContentSecurityPolicy => &CONTENT_SECURITY_POLICY,
        Topic::HttpStatus => &HTTP_STATUS,
        Topic::PrivateNetworkAccess => &PRIVATE_NETWORK_ACCESS,
        Topic::Preload => &PRELOAD,
        Topic::ReportOnly => &REPORT_ONLY,
    }
}

const REQUEST_FAILED: TopicText = TopicText {
    title: "the request failed; this exception never says why",
    tells: "Scripts are told the same for a refused CORS check, a server that is down, a name that does not \
        resolve, a bad certificate, an ad blocker, and an app without a network. So it may be CORS, or not. In \
        React Native there is no CORS at all: there it is the network, or plain http that the system forbids.",
    next: "Open the browser's console: the line before or after this one starts with `Access to`, \
        `Cross-Origin Request Blocked` or `Origin`, or names a `net::ERR_…`; paste that one. Or ask the \
        server: corsage explain URL --from ORIGIN",
};

const NET_ERR_FAILED: TopicText = TopicText {
    title: "the response was withheld from the page, or never came; this line does not say why",
    tells: "`net::ERR_FAILED` with a status such as `200 (OK)` says that the server answered, and that the \
        browser kept the answer from the page: nearly always for a failed CORS check. Without a status the \
        request may not have been sent at all.",
    next: "The reason stands in a line of its own that starts with `Access to`; paste that one. Or ask the \
        server: corsage explain URL --from ORIGIN",
};

const ACCESS_CONTROL_CHECKS: TopicText = TopicText {
    title: "Safari says here which request failed, and in the line before it why",
    tells: "`due to access control checks` closes every failure of CORS in Safari, whatever the reason.",
    next: "Paste the line before this one, or both.",
};

const CUT_LINE: TopicText = TopicText {
    title: "the line ends before the reason",
    tells: "A browser blocked the request for a reason of CORS; which one stood in the part that is missing.",
    next: "Paste the whole line, to the full stop after the reason. Or ask the server: corsage explain URL \
        --from ORIGIN",
};

const CORS_ERROR: TopicText = TopicText {
    title: "CORS failed; this text does not say at what",
    tells: "`CORS error` and the like are what a list of requests shows for every failure of CORS.",
    next: "The reason stands in the console, in the row's tooltip, and under the row's headers; paste that one.",
};

const SCRIPT_ERROR: TopicText = TopicText {
    title: "a script of another origin threw an error, and its details are hidden from the page",
    tells: "The script was loaded and run. `window.onerror` gets nothing but `Script error.` for a script that \
        was loaded without CORS.",
    next: "Load it with crossorigin=\"anonymous\", and serve it with an Access-Control-Allow-Origin: then the \
        message, the file and the line are shown.",
};

const CORS_DISABLED: TopicText = TopicText {
    title: "CORS is switched off in this Firefox",
    tells: "The preference `content.cors.disable` is set, so every cross-origin request that needs CORS fails.",
    next: "Set it back in about:config. No server can change it.",
};

const ORIGIN_HEADER_NOT_ADDED: TopicText = TopicText {
    title: "Firefox could not add the Origin header",
    tells: "Without `Origin` a server cannot allow the page, so the request was not sent. An extension or \
        redirect of a kind without CORS brings it about.",
    next: "Try once in a fresh profile without extensions.",
};

const OLD_REDIRECT_RULE: TopicText = TopicText {
    title: "an old rule: no redirect to another URL after a preflight",
    tells: "Until 2017 browsers refused every redirect of a request that had needed a preflight. The standard \
        has dropped that rule: today's browsers follow the redirect, with a preflight of its own.",
    next: "Call the final URL, or update the browser or WebView. To see what a browser of today does: corsage \
        explain URL --from ORIGIN",
};

const LOAD_FAILED: TopicText = TopicText {
    title: "an element's resource was not loaded; this line does not say why",
    tells: "The server may have answered with an error, or the browser may have refused the answer.",
    next: "Look for the console's line about the same URL, or ask: corsage explain URL --from ORIGIN --as script",
};

const WEBSOCKET: TopicText = TopicText {
    title: "a WebSocket failed; CORS has no say in WebSockets",
    tells: "Browsers send `Origin` with the handshake and read no CORS headers of the answer. Whether this \
        origin may connect is decided by the server alone, with a status such as 403.",
    next: "Look at the server's list of allowed origins for WebSockets, at the proxy's `Upgrade` headers, and \
        at the page's Content-Security-Policy.",
};

const FRAME_ACCESS: TopicText = TopicText {
    title: "a script reached into a frame of another origin; that is the same-origin policy, not CORS",
    tells: "No header lets a page touch the document of another origin's frame.",
    next: "Talk to the frame with postMessage, or serve both from one origin.",
};

const FRAME_REFUSED: TopicText = TopicText {
    title: "the page may not be shown in a frame; that is X-Frame-Options or frame-ancestors, not CORS",
    tells: "The framed site decides who may frame it. CORS headers change nothing.",
    next: "Its owner can name your origin: Content-Security-Policy: frame-ancestors https://your.example. If it \
        is a login page, open it in a window of its own.",
};

const POST_MESSAGE: TopicText = TopicText {
    title: "a message was for another origin than the window's; that is postMessage, not CORS",
    tells: "The second argument of postMessage names whom the message is for. The window has, perhaps not yet, \
        a document of that origin.",
    next: "Wait for the frame's load event, and give the origin that it really has.",
};

const COOKIE: TopicText = TopicText {
    title: "a cookie was refused or not sent; that is the cookie's own rule, not CORS",
    tells: "SameSite, Secure, Partitioned and the browser's blocking of third-party cookies decide that, before \
        and after CORS.",
    next: "For a cookie that another site needs: SameSite=None; Secure; Partitioned, over https. The page asks \
        with credentials: \"include\", and the server allows credentials.",
};

const MANIFEST: TopicText = TopicText {
    title: "the web app manifest could not be read",
    tells: "Manifests are fetched without cookies, so behind a login they are answered by the login page or a 401.",
    next: "<link rel=\"manifest\" crossorigin=\"use-credentials\">, or leave the manifest out of the login.",
};

const WORKER_ORIGIN: TopicText = TopicText {
    title: "a worker's script must come from the page's own origin; CORS cannot change that",
    tells: "`new Worker(url)` is refused for another origin before anything is sent.",
    next: "Serve the script from the page's origin, or start the worker from a blob: URL that imports it.",
};

const EVENT_SOURCE_TYPE: TopicText = TopicText {
    title: "an EventSource got an answer that is no event stream",
    tells: "The response passed CORS, and its Content-Type is not text/event-stream: often an error or login page.",
    next: "Look at the response: corsage explain URL --from ORIGIN -H 'accept: text/event-stream'",
};

const LOCAL_FILE: TopicText = TopicText {
    title: "a page asked for a file of this computer; no header allows that",
    tells: "file: URLs have no CORS, and pages from the web may not load them.",
    next: "Serve the files: a small local web server, or the app's own scheme.",
};

const CONTENT_SECURITY_POLICY: TopicText = TopicText {
    title: "the page's own Content-Security-Policy forbids it; not CORS",
    tells: "Nothing was sent. The policy is set by the page's server or in a <meta>, not by the API.",
    next: "Add the address to the directive that the line names.",
};

const HTTP_STATUS: TopicText = TopicText {
    title: "the server answered with an error status; the line says nothing of CORS",
    tells: "Consoles report error statuses for themselves. If the page could not read the answer either, there \
        is another line.",
    next: "Look for the line that starts with `Access to`, and at the server's log. Errors need CORS headers \
        too, else the page cannot read them.",
};

const PRIVATE_NETWORK_ACCESS: TopicText = TopicText {
    title: "an old rule about private networks",
    tells: "Chrome once asked devices for `Access-Control-Allow-Private-Network` in the preflight. It has given \
        that up: since version 142 it asks the visitor for permission instead.",
    next: "Update the browser; then see corsage explain --code lna-permission-denied",
};

const PRELOAD: TopicText = TopicText {
    title: "a preload was not used; nothing failed",
    tells: "A preload is used only by a request of the same kind: the same `as`, and the same `crossorigin`. \
        Fonts are always asked for with CORS.",
    next: "Give the <link rel=preload> the crossorigin attribute of the element that uses it.",
};

const REPORT_ONLY: TopicText = TopicText {
    title: "a policy that only reports; nothing was blocked",
    tells: "`report-only` writes to the console, and lets the request pass.",
    next: "Nothing has to be done for the request.",
};
