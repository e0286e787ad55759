//! Which directives there are, where they may stand, and which of them CORS does not see.

use super::parse::{Directive, refused};
use super::value::rejected;
use crate::{NotRead, Why};

/// The kind of block that a directive stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    Http,
    Server,
    /// `if` of a server.
    ServerIf,
    Location,
    /// `if` of a location.
    LocationIf,
    LimitExcept,
}

/// nginx refuses a directive in a block that is not its own.
pub(super) fn check_context(directive: &Directive, context: Context) -> Result<(), NotRead> {
    use Context::{Http, LimitExcept, Location, LocationIf, Server, ServerIf};
    let allowed: &[Context] = match directive.name.text.as_str() {
        "add_header" | "error_page" | "more_set_headers" | "more_clear_headers" => {
            &[Http, Server, Location, LocationIf]
        }
        "root" => &[Http, Server, Location, LocationIf],
        "set" | "if" | "return" | "break" | "rewrite" => &[Server, ServerIf, Location, LocationIf],
        "proxy_pass" => &[Location, LocationIf, LimitExcept],
        "fastcgi_pass" | "uwsgi_pass" | "scgi_pass" | "grpc_pass" | "empty_gif" => {
            &[Location, LocationIf]
        }
        "limit_except" | "alias" | "internal" => &[Location],
        "try_files" => &[Server, Location],
        "location" => &[Server, Location],
        "listen" | "server_name" => &[Server],
        "allow" | "deny" | "auth_basic" | "auth_basic_user_file" => {
            &[Http, Server, Location, LimitExcept]
        }
        "satisfy"
        | "proxy_hide_header"
        | "proxy_pass_header"
        | "proxy_intercept_errors"
        | "proxy_set_header"
        | "recursive_error_pages" => &[Http, Server, Location],
        "server" | "map" | "http" | "events" | "upstream" => &[Http],
        _ => return Ok(()),
    };
    if allowed.contains(&context) {
        Ok(())
    } else {
        Err(rejected(&directive.name, "directive is not allowed here"))
    }
}

/// Accepts a directive that no answer's status, route or CORS header depends on; refuses all others.
pub(super) fn harmless(directive: &Directive) -> Result<(), NotRead> {
    let name = directive.name.text.as_str();
    let refuse = |why| Err(refused(directive.span.clone(), name, why));
    match name {
        "include" => {
            let file = directive.args.first().map_or("", |word| word.text.as_str());
            let base = file.rsplit('/').next().unwrap_or(file);
            // Files that every package of nginx brings along; they hold types and parameters only.
            let known = [
                "mime.types",
                "fastcgi_params",
                "fastcgi.conf",
                "uwsgi_params",
                "scgi_params",
                "proxy_params",
                "options-ssl-nginx.conf",
            ];
            if known.contains(&base) { Ok(()) } else { refuse(Why::Elsewhere) }
        }
        "gzip_vary" if directive.args.first().is_some_and(|word| word.text == "on") => {
            refuse(Why::NotModelled)
        }
        "listen" | "server_name" | "upstream" | "events" | "types" | "location" => Ok(()),
        // What keeps state, or answers by itself.
        "proxy_cache" | "fastcgi_cache" | "uwsgi_cache" | "scgi_cache"
            if directive.args.first().is_some_and(|word| word.text != "off") =>
        {
            refuse(Why::NotModelled)
        }
        "proxy_method" | "proxy_store" | "auth_request" | "mirror" | "valid_referers"
        | "auth_jwt" => refuse(Why::NotModelled),
        _ if HARMLESS.contains(&name) => Ok(()),
        _ if HARMLESS_FAMILIES.iter().any(|family| name.starts_with(family)) => Ok(()),
        _ => refuse(Why::NotModelled),
    }
}

const HARMLESS_FAMILIES: &[&str] = &[
    "proxy_",
    "fastcgi_",
    "uwsgi_",
    "scgi_",
    "grpc_",
    "ssl_",
    "gzip",
    "brotli",
    "client_",
    "keepalive_",
    "open_file_cache",
    "resolver",
    "limit_req",
    "limit_conn",
    "limit_rate",
    "http2",
    "http3",
    "quic_",
    "worker_",
    "variables_hash_",
    "map_hash_",
    "server_names_hash_",
    "types_hash_",
    "real_ip",
    "set_real_ip_from",
    "proxy_protocol",
    "send_",
    "lingering_",
    "output_buffers",
    "postpone_output",
    "reset_timedout",
    "large_client_header",
    "request_pool",
    "connection_pool",
];

const HARMLESS: &[&str] = &[
    "access_log",
    "error_log",
    "log_format",
    "log_not_found",
    "log_subrequest",
    "sendfile",
    "sendfile_max_chunk",
    "tcp_nodelay",
    "tcp_nopush",
    "server_tokens",
    "server_name_in_redirect",
    "port_in_redirect",
    "absolute_redirect",
    "charset",
    "charset_types",
    "source_charset",
    "default_type",
    "expires",
    "etag",
    "if_modified_since",
    "index",
    "autoindex",
    "underscores_in_headers",
    "ignore_invalid_headers",
    "chunked_transfer_encoding",
    "user",
    "pid",
    "load_module",
    "ssl",
    "internal",
    "auth_basic_user_file",
    "aio",
    "directio",
    "merge_slashes",
    "max_ranges",
    "more_set_input_headers_unused",
    "disable_symlinks",
    "msie_padding",
    "msie_refresh",
    "keyval_zone",
    "zone",
    "subrequest_output_buffer_size",
    "early_hints",
    "error_log",
    "daemon",
    "master_process",
    "thread_pool",
    "env",
    "pcre_jit",
    "timer_resolution",
    "stub_status_unused",
    "proxy_redirect",
    "access_by_nobody",
    "uninitialized_variable_warn",
    "rewrite_log",
    "http2_push_preload",
    "stream",
    "mail",
    "rtmp",
    "read_ahead",
    "override_charset",
    "min_delete_depth",
];

/// Variables that nginx makes itself, of one name each.
const BUILT_IN: &[&str] = &[
    "args",
    "arg",
    "binary_remote_addr",
    "body_bytes_sent",
    "bytes_sent",
    "connection",
    "connection_requests",
    "connection_time",
    "content_length",
    "content_type",
    "document_root",
    "document_uri",
    "host",
    "hostname",
    "http2",
    "http3",
    "https",
    "is_args",
    "limit_conn_status",
    "limit_rate",
    "limit_req_status",
    "msec",
    "nginx_version",
    "pid",
    "pipe",
    "proxy_add_x_forwarded_for",
    "proxy_host",
    "proxy_port",
    "proxy_protocol_addr",
    "proxy_protocol_port",
    "query_string",
    "realip_remote_addr",
    "remote_addr",
    "remote_port",
    "remote_user",
    "request",
    "request_body",
    "request_body_file",
    "request_completion",
    "request_filename",
    "request_id",
    "request_length",
    "request_method",
    "request_time",
    "request_uri",
    "scheme",
    "server_addr",
    "server_name",
    "server_port",
    "server_protocol",
    "status",
    "ssl_protocol",
    "ssl_cipher",
    "ssl_client_verify",
    "ssl_server_name",
    "time_iso8601",
    "time_local",
    "upstream_addr",
    "upstream_response_time",
    "upstream_status",
    "upstream_cache_status",
    "uri",
    "gzip_ratio",
];

const PREFIXES: &[&str] = &[
    "http_",
    "arg_",
    "cookie_",
    "sent_http_",
    "sent_trailer_",
    "upstream_http_",
    "upstream_cookie_",
    "upstream_trailer_",
    "ssl_client_",
];

/// Whether nginx knows the variable without being told.
pub(super) fn is_known_variable(name: &str) -> bool {
    BUILT_IN.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether the model can say what is in the variable.
pub(super) fn is_modelled_variable(name: &str) -> bool {
    matches!(
        name,
        "args"
            | "document_uri"
            | "host"
            | "https"
            | "is_args"
            | "query_string"
            | "request_method"
            | "request_uri"
            | "scheme"
            | "status"
            | "uri"
    ) || ["http_", "arg_", "cookie_"].iter().any(|prefix| name.starts_with(prefix))
        || name
            .strip_prefix("sent_http_")
            .or_else(|| name.strip_prefix("upstream_http_"))
            .is_some_and(|header| header == "vary" || header.starts_with("access_control_"))
}

/// Variables that `set` may not write: all but those that a request line may change.
pub(super) fn is_fixed_variable(name: &str) -> bool {
    BUILT_IN.contains(&name) && !matches!(name, "args" | "limit_rate")
}
