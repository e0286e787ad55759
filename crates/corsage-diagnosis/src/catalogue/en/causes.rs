//! Texts of the causes.

use crate::catalogue::CauseText;
use crate::cause::Cause;

pub(in crate::catalogue) fn cause(cause: Cause) -> &'static CauseText {
    match cause {
        Cause::NoAllowOrigin => &CauseText {
            title: "the server has no CORS policy for this route, or {origin} is not on its list",
            why: "Most libraries send no CORS headers at all to an origin they do not know, so a missing entry and a missing policy look the same.",
            fix: "add {origin} to the server's allowed origins, for this route",
        },
        Cause::PreflightStatus => &CauseText {
            title: "OPTIONS reached something that answers it with {status}",
            why: "The application has no route for OPTIONS, or the CORS layer runs after routing.",
            fix: "answer OPTIONS requests that carry Origin and Access-Control-Request-Method before routing, with 204",
        },
        Cause::PreflightAuthentication => &CauseText {
            title: "authentication refuses the preflight with {status}",
            why: "A preflight never carries cookies, Authorization or client certificates, so it can never be authenticated.",
            fix: "let OPTIONS through before authentication: put the CORS layer outside of it",
        },
        Cause::PreflightFirewall => &CauseText {
            title: "{server} refuses OPTIONS with {status}",
            why: "The answer comes from the network's edge and not from the application: a firewall rule, a bot check, or a list of allowed methods without OPTIONS.",
            fix: "allow the method OPTIONS in {server} (its log of blocked requests names the rule), without a challenge",
        },
        Cause::PreflightServerError => &CauseText {
            title: "the server fails on OPTIONS itself: {status}",
            why: "Either it is down or overloaded (then every request fails, and CORS is not the bug), or its code for OPTIONS throws.",
            fix: "look into the log of {server} for the reason of the {status}; then answer OPTIONS requests that carry Origin and Access-Control-Request-Method before the application, with 204",
        },
        Cause::PreflightDropped => &CauseText {
            title: "something on the way drops OPTIONS",
            why: "The connection ends without an HTTP response. A firewall or WAF that forbids the method, or a server that hangs up on methods it does not know, does that.",
            fix: "allow the method OPTIONS on every layer between browser and application",
        },
        Cause::ErrorWithoutCors => &CauseText {
            title: "CORS is not the bug: the status is {status}",
            why: "The request failed in the application, and the error was answered outside of the CORS layer, so the page sees a CORS error in place of the real one.",
            fix: "find out why the server answers {status}; and put the CORS layer outermost, so that pages can read errors",
        },
        Cause::ProxyErrorWithoutCors => &CauseText {
            title: "CORS is not the bug: {server} answered {status} by itself",
            why: "This answer was made by a proxy, gateway or WAF in front of the application, which never saw the request or did not answer in time. Its pages carry no CORS headers.",
            fix: "look into the log of {server} for the reason of the {status}; and let it add the CORS headers to its own error pages too",
        },
        Cause::WildcardCredentials => &CauseText {
            title: "`*` does not go together with credentials",
            why: "A credentialed request needs the exact origin, so that a server says for whom it opens its visitors' accounts.",
            fix: "send Access-Control-Allow-Origin: {origin}, Access-Control-Allow-Credentials: true and Vary: Origin; or leave credentials out",
        },
        Cause::HeaderNotAllowed => &CauseText {
            title: "the request header {names} is not on the server's list",
            why: "Every header outside of the safelist must be named in Access-Control-Allow-Headers.",
            fix: "add {names} to Access-Control-Allow-Headers",
        },
        Cause::MethodNotAllowed => &CauseText {
            title: "the method {subject} is not on the server's list",
            why: "Every method but GET, HEAD and POST must be named in Access-Control-Allow-Methods.",
            fix: "add {subject} to Access-Control-Allow-Methods",
        },
        Cause::OriginMismatch => &CauseText {
            title: "the server allows {seen}, and the page's origin is {origin}",
            why: "The two are compared byte by byte. A single configured origin, or one that was cached for another page, never fits the others.",
            fix: "keep a list of origins, compare the request's Origin with it, and send back the one that asked",
        },
        Cause::HostSpelling => &CauseText {
            title: "the same host, spelled differently: {seen} and {origin}",
            why: "Browsers send the ASCII (xn--) form of a host and keep a dot at its end; the server's list has another spelling.",
            fix: "write the origin into the server's list exactly as the browser sends it: {origin}",
        },
        Cause::MultipleAllowOrigin => &CauseText {
            title: "Access-Control-Allow-Origin is there more than once: two layers add it, or a list was joined",
            why: "Typically the application and the proxy in front of it ({server}) both add it, or one middleware is mounted twice; several origins in one line come from a configuration that joins a list.",
            fix: "let one layer alone send it, with one value; keep the list of origins in its configuration, not in the header",
        },
        Cause::CredentialsNotAllowed => &CauseText {
            title: "credentials are included, and the server does not say exactly `true`",
            why: "Access-Control-Allow-Credentials counts only as `true`, lower case, on one line; a boolean that a language prints as `True` or `1` does not.",
            fix: "send Access-Control-Allow-Credentials: true, once",
        },
        Cause::LiteralStar => &CauseText {
            title: "`*` counts literally here",
            why: "In credentialed requests `*` in the lists of methods, headers and exposed headers is only a name; and Authorization is never covered by it, by the standard.",
            fix: "list the names",
        },
        Cause::BadAllowOriginSyntax => &CauseText {
            title: "Access-Control-Allow-Origin holds something that is not an origin: {seen}",
            why: "The grammar is: `*`, or `null`, or scheme `://` host and, if it is not the default one, `:` port. No quotes, no slash at the end, no pattern, no list.",
            fix: "send Access-Control-Allow-Origin: {origin}",
        },
        Cause::InvalidToken => &CauseText {
            title: "a list of the preflight holds something that is not a name: {seen}",
            why: "One bad item spoils the whole header. JSON brackets, semicolons, quotes and spaces are the usual ones.",
            fix: "write names separated by commas, nothing else",
        },
        Cause::NotExposed => &CauseText {
            title: "the header is there, and hidden from scripts: {names}",
            why: "Only seven response headers are visible across origins by default; developer tools show all of them, scripts do not see them.",
            fix: "send Access-Control-Expose-Headers with the names that scripts need",
        },
        Cause::LayerOrder => &CauseText {
            title: "the CORS layer does not cover this answer",
            why: "{why}",
            fix: "mount the CORS layer first (outermost), for all routes and all statuses",
        },
        Cause::ThirdPartyApi => &CauseText {
            title: "if this API is not yours: it is not meant for browsers",
            why: "No answer carries any CORS header. That it works in curl, Postman or a server proves nothing, because only browsers enforce CORS.",
            fix: "call it from your own server and let the page call that; do not send visitors' data through public CORS proxies",
        },
        Cause::PreflightRedirect => &CauseText {
            title: "the preflight is redirected to {location}",
            why: "Canonical URLs (slash, www, upper case) are usually restored by a redirect before the CORS layer is reached.",
            fix: "call {location} directly, or exempt OPTIONS from the redirect",
        },
        Cause::HttpToHttps => &CauseText {
            title: "http is redirected to https",
            why: "The page calls the http address, and the server moves everybody to https. A preflight may not be redirected, and a redirect without CORS headers may not be followed.",
            fix: "use the https URL in the page: {location}",
        },
        Cause::LoginRedirect => &CauseText {
            title: "the request was redirected to a login page: {location}",
            why: "The session is missing or expired, and the server answers API calls like page views. The login page carries no CORS headers.",
            fix: "answer API calls without a session by 401, with CORS headers; and let OPTIONS pass without a session",
        },
        Cause::RedirectOrigin => &CauseText {
            title: "a redirect leads to an answer that does not allow the origin",
            why: "Every answer on the way needs CORS headers of its own, redirects included; and after a hop between two foreign origins the browser sends `Origin: null`.",
            fix: "call the last URL directly, or let every hop answer with CORS headers and stay within one origin",
        },
        Cause::RedirectCredentials => &CauseText {
            title: "the redirect's target carries a user name or password",
            why: "Cross-origin requests may not be sent to such URLs.",
            fix: "redirect to a URL without user information",
        },
        Cause::RedirectLoop => &CauseText {
            title: "the redirects do not end in a response",
            why: "Two answers point at each other, or a Location cannot be used.",
            fix: "repair the redirect: {location}",
        },
        Cause::PageSendsResponseHeader => &CauseText {
            title: "the page sends response headers: {names}",
            why: "Access-Control-Allow-* and Access-Control-Expose-* are headers of responses. On a request they do nothing but force a preflight that lists them.",
            fix: "delete {names} from the page's request; the server must send them",
        },
        Cause::LowerCaseMethod => &CauseText {
            title: "the page says `{subject}` in lower case",
            why: "Methods are case-sensitive, and browsers turn only DELETE, GET, HEAD, OPTIONS, POST and PUT into upper case.",
            fix: "write the method in upper case in the page",
        },
        Cause::MethodCase => &CauseText {
            title: "the server lists the method in another case than `{subject}`",
            why: "Methods are case-sensitive: browsers compare the list with the method that they send, byte by byte.",
            fix: "write {subject} into Access-Control-Allow-Methods, in upper case",
        },
        Cause::Opaque => &CauseText {
            title: "mode `no-cors` hides the response from the page",
            why: "It is no way around CORS: it gives up reading.",
            fix: "remove `mode: \"no-cors\"` and let the server allow the origin",
        },
        Cause::NullOrigin => &CauseText {
            title: "the page's origin is `null`",
            why: "The page was opened from disk, or lives in a sandboxed frame or a data: URL.",
            fix: "serve the page over http(s); do not allow `null` on the server",
        },
        Cause::OriginSetByHand => &CauseText {
            title: "the page tries to set {names}, which only browsers set",
            why: "The value is ignored without an error.",
            fix: "remove it; the browser sends Origin by itself",
        },
        Cause::UploadListenerOrStream => &CauseText {
            title: "an upload listener or a stream body forces the preflight",
            why: "Listeners on `xhr.upload`, and bodies that are streams, ask for a preflight even if method and headers need none.",
            fix: "answer the preflight, or remove the listener or the stream",
        },
        Cause::KeepaliveOrBeacon => &CauseText {
            title: "a beacon is subject to CORS as soon as its Content-Type is not a form's",
            why: "`sendBeacon` with a Blob of type `application/json` is preflighted, and includes credentials.",
            fix: "send text/plain, or answer the preflight with the exact origin and credentials allowed",
        },
        Cause::ElementCrossorigin => &CauseText {
            title: "the element decides: `crossorigin` is missing, or present without a server that allows it",
            why: "Images and scripts load without CORS unless `crossorigin` is set; then canvas, integrity and error details are closed. Fonts and module scripts always use CORS.",
            fix: "set `crossorigin` on every use of the URL, and send Access-Control-Allow-Origin",
        },
        Cause::ExtensionOrigin => &CauseText {
            title: "the page is part of a browser extension",
            why: "Content scripts fetch with the origin of the page they run in, extension pages with their own.",
            fix: "fetch from the extension's background with host permissions",
        },
        Cause::ServiceWorker => &CauseText {
            title: "a service worker answers with a response of the wrong kind",
            why: "An opaque response cannot answer a request in mode `cors`.",
            fix: "let the service worker fetch in mode `cors`, or let it ignore this request",
        },
        Cause::WebSocket => &CauseText {
            title: "a WebSocket is not subject to CORS",
            why: "The handshake carries Origin, and the server alone decides about it.",
            fix: "look at the handshake's status; allow the origin {origin} in the WebSocket server",
        },
        Cause::RefusedByApi => &CauseText {
            title: "the call itself is wrong",
            why: "The API throws before anything is sent.",
            fix: "change the call",
        },
        Cause::Cookies => &CauseText {
            title: "no cookie goes with the request, or none is kept",
            why: "Cookies need `credentials: \"include\"`; across sites also `SameSite=None; Secure`, and a browser that allows third-party cookies.",
            fix: "include credentials and set the cookie with SameSite=None; Secure (and Partitioned), or serve page and API under one site",
        },
        Cause::CacheVary => &CauseText {
            title: "a cache may hand out the copy that was made for someone else",
            why: "The answer with Origin differs from the one without it or for another origin, and the response does not say so with `Vary: Origin`.",
            fix: "send Vary: Origin on all variants, put Origin into the CDN's cache key, and purge",
        },
        Cause::PreflightCache => &CauseText {
            title: "browsers keep the preflight's answer for {seconds} s",
            why: "Until then a changed server is not asked again; caps are 7200 s in Chromium, 86400 s in Firefox, 600 s in Safari.",
            fix: "lower Access-Control-Max-Age while the policy changes; to test, tick \"disable cache\" in the developer tools",
        },
        Cause::LocalNetwork => &CauseText {
            title: "the target is on the local network or on this machine",
            why: "Browsers ask the visitor before a public page may reach such addresses; headers do not decide about it.",
            fix: "serve the page over https and explain the prompt, use an enterprise policy, or serve the page from the same network",
        },
        Cause::NotCors => &CauseText {
            title: "the network fails, not CORS: {title}",
            why: "{steps}. No HTTP response came back, so there is nothing that CORS could judge; the page sees the same error as for CORS.",
            fix: "{fix}",
        },
        Cause::SchemeOrPolicy => &CauseText {
            title: "another rule than CORS blocks: {title}",
            why: "{why}",
            fix: "{fix}",
        },
    }
}
