//! What a language must provide.

/// The texts of one code. Places: `{wanted}`, `{seen}`, `{subject}`, `{origin}`.
#[derive(Clone, Copy, Debug)]
pub struct CodeText {
    /// One line: what is wrong. Lower case, no full stop.
    pub title: &'static str,
    /// What is written beside the caret under the offending bytes.
    pub label: &'static str,
    /// Why it is so.
    pub cause: &'static str,
    /// What the server's owner can do; empty if nothing.
    pub server: &'static str,
    /// What the page's author can do; empty if nothing.
    pub page: &'static str,
    /// When the code misleads; empty if never.
    pub false_alarm: &'static str,
}

/// The texts of one cause. Places: `{status}`, `{url}`, `{location}`, `{origin}`, `{seen}`,
/// `{subject}`, `{names}`, `{server}`, `{seconds}`, `{method}`.
#[derive(Clone, Copy, Debug)]
pub struct CauseText {
    /// One line: what really happened.
    pub title: &'static str,
    /// How that comes about.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
}

/// Headings and phrases of accounts and pages.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each field is named after what it says")]
pub struct Words {
    // Headlines.
    pub may_read: &'static str,
    pub may_not_read: &'static str,
    pub may_read_somewhere: &'static str,
    pub undecided: &'static str,
    pub opaque: &'static str,
    pub refused_by_api: &'static str,
    pub not_cors: &'static str,

    // The three questions.
    pub sent: &'static str,
    pub executed: &'static str,
    pub readable: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub open: &'static str,
    pub sent_after_preflight: &'static str,
    pub sent_without_preflight: &'static str,
    pub sent_if_a_browser_asks: &'static str,
    pub not_sent_preflight_failed: &'static str,
    pub not_sent_refused: &'static str,
    pub not_sent_network: &'static str,
    pub executed_answered: &'static str,
    pub executed_only_reading_blocked: &'static str,
    pub executed_by_any_browser: &'static str,
    pub executed_no_answer: &'static str,
    pub not_executed: &'static str,
    pub readable_passed: &'static str,
    pub readable_blocked: &'static str,
    pub readable_opaque: &'static str,
    pub readable_not_asked: &'static str,
    pub readable_network: &'static str,
    pub readable_unknown_after_preflight: &'static str,
    pub local_network_open: &'static str,

    // Sections.
    pub wire: &'static str,
    pub hops: &'static str,
    pub preflight_because: &'static str,
    pub no_preflight: &'static str,
    pub console_says: &'static str,
    pub console_silent: &'static str,
    pub cause: &'static str,
    pub fix: &'static str,
    pub fix_server: &'static str,
    pub fix_unseen: &'static str,
    pub fix_looks_like: &'static str,
    pub fix_page: &'static str,
    pub fix_page_only: &'static str,
    pub with_header: &'static str,
    pub next: &'static str,
    pub next_blocker: &'static str,
    pub next_passes: &'static str,
    pub next_open: &'static str,
    pub next_open_redirect: &'static str,
    pub next_open_null: &'static str,
    pub next_tainted: &'static str,
    pub next_stuck: &'static str,
    pub notes: &'static str,
    pub differences: &'static str,
    pub rerun: &'static str,
    pub learn: &'static str,
    pub on_preflight: &'static str,
    pub on_response: &'static str,
    pub on_hop: &'static str,
    pub on_page: &'static str,
    pub steps: &'static str,
    pub not_recorded: &'static str,
    pub probe: &'static str,
    pub hidden: &'static str,
    pub no_such_line: &'static str,
    pub server_unnamed: &'static str,
    pub layer_skips_response: &'static str,
    pub step_no_address: &'static str,
    pub step_no_connection: &'static str,
    pub step_no_tls: &'static str,
    pub step_no_answer: &'static str,
    pub step_unknown: &'static str,
    pub layer_before_refusal: &'static str,
    pub layer_behind_router: &'static str,
    pub near: &'static str,
    pub repeated: &'static str,
    pub ask_server: &'static str,
    pub ambiguous_console: &'static str,
    pub console_possible: &'static str,
    pub console_unknown: &'static str,
    pub page_remove_headers: &'static str,
    pub page_method: &'static str,
    pub page_mode_cors: &'static str,
    pub page_follow: &'static str,
    pub page_allow_source: &'static str,
    pub upgraded: &'static str,
    pub next_open_unsent: &'static str,

    // Why a preflight is due.
    pub because_method: &'static str,
    pub because_header: &'static str,
    pub because_header_value: &'static str,
    pub because_flag: &'static str,

    // Changes.
    pub change_set: &'static str,
    pub change_add: &'static str,
    pub change_remove: &'static str,
    pub change_status: &'static str,
    pub change_unredirect: &'static str,

    // Hops.
    pub hop_plain: &'static str,
    pub hop_redirect: &'static str,
    pub hop_origin_null: &'static str,
    pub hop_origin_null_here: &'static str,

    // Near misses.
    pub near_trailing_slash: &'static str,
    pub near_case: &'static str,
    pub near_port: &'static str,
    pub near_scheme: &'static str,
    pub near_www: &'static str,
    pub near_loopback: &'static str,
    pub near_null: &'static str,
    pub near_quotes: &'static str,
    pub near_no_scheme: &'static str,
    pub near_pattern: &'static str,
    pub near_list: &'static str,
    pub near_path: &'static str,
    pub near_trailing_dot: &'static str,
    pub near_idn: &'static str,
    pub near_empty: &'static str,
    pub near_other: &'static str,

    // Pages.
    pub page_severity: &'static str,
    pub page_thrown: &'static str,
    pub page_blocking: &'static str,
    pub page_note: &'static str,
    pub page_cause: &'static str,
    pub page_example: &'static str,
    pub page_prints: &'static str,
    pub page_prints_nothing: &'static str,
    pub page_fix: &'static str,
    pub page_fix_server: &'static str,
    pub page_fix_page: &'static str,
    pub page_fix_nobody: &'static str,
    pub page_false_alarm: &'static str,
    pub page_false_alarm_none: &'static str,
    pub page_see: &'static str,
}
