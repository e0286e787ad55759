//! `Access-Control-Expose-Headers`: those of the response's headers that a rule names.

/// What an object that is read comes with.
const READ: &[&str] = &[
    "last-modified",
    "x-ms-creation-time",
    "content-length",
    "content-type",
    "etag",
    "content-md5",
    "x-ms-blob-type",
    "x-ms-lease-state",
    "x-ms-lease-status",
    "x-ms-request-id",
    "x-ms-version",
    "accept-ranges",
    "date",
    "x-ms-server-encrypted",
    "x-ms-blob-content-md5",
    "content-length",
];
/// What an object's properties come as.
const PROPERTIES: &[&str] = &[
    "last-modified",
    "x-ms-creation-time",
    "x-ms-blob-type",
    "x-ms-lease-state",
    "x-ms-lease-status",
    "content-length",
    "content-type",
    "etag",
    "content-md5",
    "x-ms-request-id",
    "x-ms-version",
    "date",
    "accept-ranges",
    "x-ms-server-encrypted",
    "x-ms-access-tier",
    "x-ms-access-tier-inferred",
    "x-ms-access-tier-change-time",
];
/// What every response ends with.
const ALWAYS: &[&str] = &["Date", "Connection", "Transfer-Encoding"];

/// The names that are exposed: those that are there, in the order of the response, then those that the rule
/// names and the response has not.
pub(super) fn exposed(rule: &str, method: &str, status: u16) -> String {
    let mut present: Vec<&str> = Vec::new();
    match (method, status) {
        ("GET", 200..300) => present.extend(READ),
        ("HEAD", 200..300) => present.extend(PROPERTIES),
        _ => {}
    }
    present.push("server");
    if status == 404 {
        present.extend(["x-ms-error-code", "x-ms-request-id"]);
    }
    present.extend(ALWAYS);
    let rules: Vec<&str> = rule.split(',').map(str::trim).collect();
    let is_named = |name: &str| {
        let name = name.to_lowercase();
        rules.iter().any(|one| match one.strip_suffix('*') {
            Some(start) => name.starts_with(&start.to_lowercase()),
            None => one.eq_ignore_ascii_case(&name),
        })
    };
    let mut names: Vec<&str> = present.into_iter().filter(|name| is_named(name)).collect();
    for one in rules.iter().filter(|one| !one.ends_with('*')) {
        if !names.iter().any(|name| name.eq_ignore_ascii_case(one)) {
            names.push(one);
        }
    }
    names.join(",")
}
