//! The account: everything that is known about one request, as a value that is printed, written
//! as JSON, or tested. The JSON has a version; members are only ever added to it.

use corsage::browser::Code;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Cause;
use crate::console::Browser;
use crate::fix::{Change, DetectedServer, Grant, ServerKind, Snippet};
use crate::observation::Question;

/// The version of the JSON.
pub const SCHEMA: &str = "corsage.account/1";

/// What became of a request, and why.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Account {
    /// [`SCHEMA`].
    #[schemars(extend("const" = SCHEMA))]
    pub schema: &'static str,
    /// The verdict over the browsers asked for.
    pub verdict: Verdict,
    /// The verdict as a sentence.
    pub headline: String,
    /// The code of the first blocker, by which this account is known; `None` if nothing blocks.
    #[serde(serialize_with = "crate::serialize::optional_code")]
    #[schemars(schema_with = "crate::serialize::optional_code_schema")]
    pub code: Option<Code>,
    /// The request, as the page made it.
    pub request: RequestAccount,
    /// Whether the request itself reaches the server.
    pub sent: Answered,
    /// Whether the server acts on it.
    pub executed: Answered,
    /// Whether the page may read the response.
    pub readable: Answered,
    /// Whether a preflight is due, and why.
    pub preflight: PreflightAccount,
    /// Messages in order.
    pub wire: Vec<MessageAccount>,
    /// The redirects; empty if none was followed.
    pub hops: Vec<HopAccount>,
    /// What blocks, in order: what is wrong now, then what would be wrong next.
    pub blockers: Vec<BlockerAccount>,
    /// How it ends once all of them are fixed.
    pub next: NextAccount,
    /// What really happened, the most probable first.
    pub causes: Vec<CauseAccount>,
    /// All changes together.
    pub fix: FixAccount,
    /// The three browsers.
    pub browsers: Vec<BrowserAccount>,
    /// Whether the browsers come to different ends.
    pub browsers_differ: bool,
    /// What does not block.
    pub notes: Vec<NoteAccount>,
}

/// A verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The page may read the response.
    Allowed,
    /// It may not.
    Blocked,
    /// It cannot be said.
    Undecided,
}

/// Yes, no, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Not known.
    Open,
}

/// An answer and its reason.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Answered {
    /// The answer.
    pub answer: Answer,
    /// Why.
    pub reason: String,
}

/// The request, as the page made it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the standard's own names")]
pub struct RequestAccount {
    pub method: String,
    pub url: String,
    pub page_origin: String,
    pub mode: &'static str,
    pub credentials: &'static str,
    pub redirect: &'static str,
    pub headers: Vec<Line>,
    /// What loads it, if it is no `fetch()`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadAccount>,
    /// The URL that is asked for in its place, where http became https without asking.
    pub upgraded_to: Option<String>,
}

/// What a page loads, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LoadAccount {
    /// The kind, by the name that `--as` takes.
    pub kind: &'static str,
    /// The element's `crossorigin`.
    pub crossorigin: Option<&'static str>,
    /// The element's `integrity`.
    pub integrity: Option<String>,
    /// What the page has preloaded before.
    pub preloads: Vec<PreloadAccount>,
}

/// A preload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PreloadAccount {
    /// `preload` or `modulepreload`.
    pub kind: &'static str,
    /// What it is for: `as`.
    pub destination: String,
    /// Its `crossorigin`.
    pub crossorigin: Option<&'static str>,
}

/// A header line. Values that identify someone are replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Line {
    /// The name as sent.
    pub name: String,
    /// The value; bytes that are not UTF-8 appear as `\xNN`.
    pub value: String,
}

/// Whether a preflight is due.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PreflightAccount {
    /// Whether one was, or would be, sent.
    pub due: bool,
    /// What asks for it.
    pub because: Vec<String>,
}

/// A request and its answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MessageAccount {
    /// Which.
    pub kind: MessageName,
    /// What was to be found out, if no browser sends it.
    pub question: Option<Question>,
    /// Number of redirects followed before.
    pub hop: usize,
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// Lines of the request, as far as this engine decides about them.
    pub request_headers: Vec<Line>,
    /// The status; `None` if there was no answer.
    pub status: Option<u16>,
    /// Lines of the response.
    pub response_headers: Vec<Line>,
    /// Why there was no answer.
    pub failure: Option<String>,
    /// The sections of the standard that this message and its answer went through.
    pub steps: Vec<&'static str>,
}

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MessageName {
    /// A CORS-preflight request.
    Preflight,
    /// The request itself, or what it became by a redirect.
    Request,
    /// An extra request that no browser sends, to see what a cache may hold.
    Probe,
    /// Before any traffic.
    None,
}

/// One station of a redirect chain.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HopAccount {
    /// 0 is the first request.
    pub hop: usize,
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The `Origin` header that was sent; `None` if there was none.
    pub origin: Option<String>,
    /// The status.
    pub status: Option<u16>,
    /// Where it leads.
    pub location: Option<String>,
    /// In language, with why `Origin` became `null` if it did here.
    pub text: Vec<String>,
}

/// One condition that fails.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BlockerAccount {
    /// The code.
    #[serde(serialize_with = "crate::serialize::code")]
    #[schemars(schema_with = "crate::serialize::code_schema")]
    pub code: Code,
    /// What is wrong.
    pub title: String,
    /// 0: fails now; n: shows up once all of round n-1 is fixed.
    pub round: usize,
    /// On which message.
    pub message: MessageName,
    /// Number of redirects followed before.
    pub hop: usize,
    /// The URL of that message.
    pub url: String,
    /// The header that is missing or wrong.
    pub header: Option<String>,
    /// What it held; `None` if it was not there.
    pub seen: Option<String>,
    /// What it would have had to hold.
    pub wanted: Option<String>,
    /// The method, header name or URL in question.
    pub subject: Option<String>,
    /// The line to show, and which of its characters offend.
    pub offence: Option<Offence>,
    /// How near the value is to the wanted one.
    pub near_miss: Option<NearMissAccount>,
    /// What repairs this condition alone.
    pub changes: Vec<Change>,
    /// In words: for the server's owner.
    pub server_fix: String,
    /// In words: for the page's author.
    pub page_fix: String,
    /// The section of the standard.
    pub step: String,
}

/// A line of a response and the place in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Offence {
    /// The lines, as received; one unless the header was sent on several.
    pub lines: Vec<String>,
    /// In the last line: where the offending characters begin, in characters from its start.
    pub start: usize,
    /// How many there are; at least 1.
    pub length: usize,
    /// What was wanted there.
    pub label: String,
}

/// A near miss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NearMissAccount {
    /// A stable name.
    pub kind: &'static str,
    /// In words.
    pub text: String,
    /// The value as it was, and the one that was wanted, with a line that marks where they differ.
    pub difference: Option<[String; 3]>,
}

/// How it ends.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NextAccount {
    /// `allowed`: with the fixes the page may read; `undecided`: something has not been seen;
    /// `blocked`: no change of headers helps.
    pub verdict: Verdict,
    /// In words.
    pub text: String,
}

/// A cause.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CauseAccount {
    /// Which.
    pub cause: Cause,
    /// What really happened.
    pub title: String,
    /// How that comes about.
    pub why: String,
    /// What to do.
    pub fix: String,
}

/// All changes together.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct FixAccount {
    /// What the server must grant, all in all; `None` if nothing on the server helps.
    pub grant: Option<Grant>,
    /// Changes by message.
    pub changes: Vec<ChangesAccount>,
    /// What software seems to answer.
    pub servers: Vec<DetectedServer>,
    /// The software that the snippet is for.
    pub written_for: Option<ServerKind>,
    /// The grant written for one of them, or for the one that was named.
    pub snippet: Option<String>,
    /// The same in its parts: which lines go, and what comes where.
    pub paste: Option<Snippet>,
    /// What the server can do where no line of a response repairs it, in words.
    pub server: Vec<String>,
    /// What the page can do instead; or besides, where it must.
    pub page: Vec<String>,
    /// Whether nothing helps that the page does not do.
    pub needs_page: bool,
}

/// Changes of one message.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangesAccount {
    /// Which message.
    pub message: MessageName,
    /// Its method.
    pub method: String,
    /// Its URL.
    pub url: String,
    /// Whether the response was seen; if not, the lines are what it must carry.
    pub seen: Seen,
    /// Lines to take away and to add.
    pub diff: Vec<DiffLine>,
}

/// Whether a response was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// It came.
    Yes,
    /// It would come only after the repairs.
    No,
}

/// A line of a difference between two responses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DiffLine {
    /// `-` or `+`.
    pub sign: char,
    /// The status line or header line.
    pub line: String,
}

/// What one browser does.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BrowserAccount {
    /// Which.
    pub browser: Browser,
    /// What it comes to.
    pub verdict: Verdict,
    /// The code it blames.
    #[serde(serialize_with = "crate::serialize::optional_code")]
    #[schemars(schema_with = "crate::serialize::optional_code_schema")]
    pub code: Option<Code>,
    /// What it prints.
    pub console: Vec<String>,
    /// Of a load that is no `fetch()`: what the page sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sees: Option<SeesAccount>,
}

/// What a page sees of a load that is no `fetch()`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SeesAccount {
    /// The first event, or what takes its place.
    pub event: String,
    /// Whether what came is drawn, run, applied.
    pub used: bool,
    /// What script may find out about it: `readable`, `closed`, `empty`, `nothing`.
    pub access: &'static str,
    /// Of a script: whether the page is told of its errors: `shown`, `muted` (to "Script error."), or `own-shown`, where
    /// those that the script has made itself are shown.
    pub errors: Option<&'static str>,
    /// Whether its Resource Timing entry shows the moments of request and response; null if there is no entry.
    pub timing_visible: Option<bool>,
    /// Whether a preload answered, and no request was sent.
    pub preload_reused: bool,
}

/// A remark.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NoteAccount {
    /// The code.
    #[serde(serialize_with = "crate::serialize::code")]
    #[schemars(schema_with = "crate::serialize::code_schema")]
    pub code: Code,
    /// What it means.
    pub title: String,
    /// What it speaks of.
    pub detail: Vec<String>,
    /// What to do about it.
    pub fix: String,
}
