//! The command line that does the same again. Secrets are left out.

use corsage::browser::{CredentialsMode, Mode, Profile, RedirectMode};

use super::arguments::{ApiArg, Planned, Probe, UnsafeRequests};

/// The command line, quoted for a shell.
pub(crate) fn command_line(planned: &Planned) -> String {
    let mut words: Vec<String> = vec!["corsage".to_owned(), "explain".to_owned()];
    // HTML names its URLs itself.
    if !planned.load.is_html() {
        words.push(planned.url.as_str().to_owned());
    }
    words.extend(["--from".to_owned(), planned.page.text.clone()]);
    let mut option = |name: &str, value: &str| {
        words.push(name.to_owned());
        words.push(value.to_owned());
    };
    if let Some(method) = &planned.method {
        option("-X", method);
    }
    for (name, value) in &planned.headers {
        let secret = matches!(
            name.to_ascii_lowercase().as_str(),
            "authorization" | "proxy-authorization" | "cookie" | "x-api-key" | "x-auth-token"
        );
        option("-H", &if secret { format!("{name}: …") } else { format!("{name}: {value}") });
    }
    if let Some(data) = &planned.data {
        option("--data", data);
    }
    match planned.credentials {
        Some(CredentialsMode::Omit) => option("--credentials", "omit"),
        Some(CredentialsMode::SameOrigin) => option("--credentials", "same-origin"),
        Some(CredentialsMode::Include) => option("--credentials", "include"),
        None => {}
    }
    match planned.mode {
        Some(Mode::NoCors) => option("--mode", "no-cors"),
        Some(Mode::SameOrigin) => option("--mode", "same-origin"),
        _ => {}
    }
    match planned.redirect {
        Some(RedirectMode::Error) => option("--redirect", "error"),
        Some(RedirectMode::Manual) => option("--redirect", "manual"),
        _ => {}
    }
    match planned.profiles.as_slice() {
        [Profile::Chromium] => option("--browser", "chromium"),
        [Profile::Firefox] => option("--browser", "firefox"),
        [Profile::Webkit] => option("--browser", "webkit"),
        [Profile::Standard] => option("--browser", "standard"),
        _ => {}
    }
    if let Some(server) = planned.server {
        option("--server", server.key());
    }
    for origin in &planned.keep_origins {
        option("--keep-origin", origin);
    }
    for resolve in &planned.resolve {
        option("--resolve", &format!("{}:{}:{}", resolve.host, resolve.port, resolve.address));
    }
    if let Some(file) = &planned.cacert {
        option("--cacert", &file.display().to_string());
    }
    for (name, value) in planned.load.options() {
        option(name, &value);
    }
    if planned.api == ApiArg::Xhr {
        option("--api", "xhr");
    }
    for (name, value) in planned.policies.options() {
        words.push(name.to_owned());
        words.push(value);
    }
    #[cfg(feature = "native")]
    if planned.reach == super::arguments::Reach::Loopback {
        words.push("--loopback-only".to_owned());
    }
    if planned.upload_listener {
        words.push("--upload-listener".to_owned());
    }
    if planned.unsafe_requests == UnsafeRequests::Send {
        words.push("--send".to_owned());
    }
    if planned.probe == Probe::Skip {
        words.push("--no-probe".to_owned());
    }
    shell_words::join(words)
}
