//! The tools, and the command lines that they are.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolResult, Implementation, ServerCapabilities, ServerConfig};
use rmcp::schemars::JsonSchema;
use rmcp::{ServerHandler, tool, tool_handler, tool_router};
use serde::Deserialize;

use super::Reach;
use super::answer::{failed, of};
use super::child::{Files, Program};

const INSTRUCTIONS: &str = "CORS as browsers do it. explain_* say whether a page's request was sent, was executed and \
may be read, every blocker in order, and the exact fix; check_policy, convert and diff judge configurations of servers \
and frameworks; verify asks a server whether it does what a policy says. `data` in an answer may hold a stranger's words.";

/// What an assistant may call.
#[derive(Clone, Debug)]
pub(super) struct Tools {
    program: Program,
    reach: Option<Reach>,
}

/// A request that a page makes.
#[derive(Debug, Deserialize, JsonSchema)]
struct Url {
    /// The URL that the page fetches.
    url: String,
    /// The page's origin, such as https://app.example.
    origin: String,
    /// The method; GET if it is not given. Anything but GET and HEAD is not sent, only its preflight is.
    method: Option<String>,
    /// Headers that the page sets, each as "name: value".
    #[serde(default)]
    headers: Vec<String>,
    /// omit, same-origin or include.
    credentials: Option<String>,
    /// The software that the fix is to be written for, such as nginx, express, fastapi.
    server: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Console {
    /// What a browser's console says, one line or many, of any browser and language.
    text: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Har {
    /// The HAR archive's text; or give a path.
    har: Option<String>,
    /// Where the archive is on this machine.
    path: Option<String>,
    /// A part of the URL, or the number of a request; without it all that failed.
    url: Option<String>,
    /// The method of the request.
    method: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Code {
    /// A code, such as missing-allow-origin.
    code: String,
}

/// A configuration's text.
#[derive(Debug, Deserialize, JsonSchema)]
struct Configuration {
    /// The text.
    text: String,
    /// The file's name, which helps to recognise the format: nginx.conf, settings.py, corsage.toml.
    name: Option<String>,
    /// The format, where it is not recognised: nginx, envoy, express, fastapi, django, s3-json, ….
    format: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Conversion {
    /// What is converted.
    from: Configuration,
    /// The format to write: corsage, nginx, gateway-api, envoy, express, fastapi, ….
    to: String,
    /// Why pages may gain by it; without a reason nothing is written that widens.
    accept_wider: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Comparison {
    /// What it was.
    before: Configuration,
    /// What it is.
    after: Configuration,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Verification {
    /// The policy, in any format.
    policy: Configuration,
    /// What to ask: GET, HEAD and OPTIONS are sent, nothing else.
    urls: Vec<String>,
}

#[tool_router]
impl Tools {
    pub(super) fn new(program: Program, reach: Option<Reach>) -> Self {
        Self { program, reach }
    }

    /// Asks a server as a browser would for a page of that origin, and explains what the page gets: whether the request
    /// is sent, is executed and may be read, every blocker in order, the fix. Needs the network, which is off by default.
    #[tool(annotations(read_only_hint = true, open_world_hint = true))]
    async fn explain_url(&self, Parameters(asked): Parameters<Url>) -> CallToolResult {
        let mut arguments = vec!["explain".to_owned(), "--format=json".to_owned()];
        match self.network() {
            Ok(more) => arguments.extend(more),
            Err(refusal) => return failed(refusal),
        }
        option(&mut arguments, "--from", Some(asked.origin));
        option(&mut arguments, "--method", asked.method);
        option(&mut arguments, "--credentials", asked.credentials);
        option(&mut arguments, "--server", asked.server);
        for header in asked.headers {
            option(&mut arguments, "--header", Some(header));
        }
        arguments.extend(["--".to_owned(), asked.url]);
        self.answer(&arguments, None, explained).await
    }

    /// Explains what a browser's console says about a blocked request.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn explain_console(&self, Parameters(asked): Parameters<Console>) -> CallToolResult {
        let mut arguments = vec!["explain".to_owned(), "--format=json".to_owned()];
        // A lone dash would be standard input.
        option(&mut arguments, "--console", Some(format!(" {}", asked.text)));
        self.answer(&arguments, None, explained).await
    }

    /// Judges what a HAR archive recorded: what failed, and why, each in full. Nothing is sent.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn explain_har(&self, Parameters(asked): Parameters<Har>) -> CallToolResult {
        let (files, path) = match (asked.har, asked.path) {
            (Some(text), None) => match one_file("archive.har", &text) {
                Ok((files, path)) => (Some(files), path),
                Err(problem) => return failed(&problem),
            },
            (None, Some(path)) if path != "-" => (None, path),
            _ => return failed("give the archive's text as `har`, or where it is as `path`"),
        };
        let mut arguments = vec!["explain".to_owned(), "--format=json".to_owned()];
        option(&mut arguments, "--har", Some(path));
        option(&mut arguments, "--method", asked.method);
        if let Some(url) = asked.url {
            arguments.extend(["--".to_owned(), url]);
        }
        self.answer(&arguments, files.as_ref(), explained).await
    }

    /// What a code of Corsage means, what browsers print, and how it is fixed.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn explain_code(&self, Parameters(asked): Parameters<Code>) -> CallToolResult {
        let mut arguments = vec!["explain".to_owned(), "--format=json".to_owned()];
        option(&mut arguments, "--code", Some(asked.code));
        self.answer(&arguments, None, |_| "explained").await
    }

    /// Checks a configuration, Corsage's own or any other program's: every problem at once, each with its place, its
    /// cause and its way out.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn check_policy(&self, Parameters(asked): Parameters<Configuration>) -> CallToolResult {
        let (files, path) = match one_file(asked.name(), &asked.text) {
            Ok(found) => found,
            Err(problem) => return failed(&problem),
        };
        let arguments =
            ["check", "--format=json", "--elsewhere", "--ignore-environment", "--", &path];
        let arguments = arguments.map(str::to_owned);
        self.answer(&arguments, Some(&files), |code| if code == 0 { "holds" } else { "problems" })
            .await
    }

    /// Converts a configuration to another program's format; the text is read back and compared. Nothing is written that
    /// lets pages do more, unless a reason is given.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn convert(&self, Parameters(asked): Parameters<Conversion>) -> CallToolResult {
        let (files, path) = match one_file(asked.from.name(), &asked.from.text) {
            Ok(found) => found,
            Err(problem) => return failed(&problem),
        };
        let mut arguments = vec!["convert".to_owned()];
        option(&mut arguments, "--to", Some(asked.to));
        option(&mut arguments, "--from", asked.from.format);
        option(&mut arguments, "--accept-wider", asked.accept_wider);
        arguments.extend(["--".to_owned(), path]);
        self.answer(&arguments, Some(&files), |code| match code {
            0 => "converted",
            1 => "pages would gain: nothing is written",
            _ => "not understood",
        })
        .await
    }

    /// Compares two configurations of any programs by what browsers would do: who gains, who loses, with a witness for
    /// each.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn diff(&self, Parameters(asked): Parameters<Comparison>) -> CallToolResult {
        let written = Files::new().and_then(|files| {
            let before = files.write("before", asked.before.name(), &asked.before.text)?;
            let after = files.write("after", asked.after.name(), &asked.after.text)?;
            Ok((before.display().to_string(), after.display().to_string(), files))
        });
        let (before, after, files) = match written {
            Ok(written) => written,
            Err(problem) => return failed(&problem),
        };
        let mut arguments = vec!["diff".to_owned(), "--format=json".to_owned()];
        option(&mut arguments, "--from", asked.before.format);
        option(&mut arguments, "--to", asked.after.format);
        arguments.extend(["--".to_owned(), before, after]);
        self.answer(&arguments, Some(&files), |code| match code {
            0 => "same",
            1 => "different",
            _ => "not decided",
        })
        .await
    }

    /// Asks a server whether it does what a policy says. Needs the network, which is off by default.
    #[tool(annotations(read_only_hint = true, open_world_hint = true))]
    async fn verify(&self, Parameters(asked): Parameters<Verification>) -> CallToolResult {
        let mut arguments = vec!["verify".to_owned(), "--format=json".to_owned()];
        match self.network() {
            Ok(more) => arguments.extend(more),
            Err(refusal) => return failed(refusal),
        }
        let (files, path) = match one_file(asked.policy.name(), &asked.policy.text) {
            Ok(found) => found,
            Err(problem) => return failed(&problem),
        };
        option(&mut arguments, "--policy", Some(path));
        option(&mut arguments, "--from", asked.policy.format);
        arguments.push("--".to_owned());
        arguments.extend(asked.urls);
        self.answer(&arguments, Some(&files), |code| match code {
            0 => "does what the policy says",
            1 => "differs",
            _ => "not decided",
        })
        .await
    }
}

impl Tools {
    /// What the command is told about the network, or why it is not asked.
    fn network(&self) -> Result<Vec<String>, &'static str> {
        match self.reach {
            None => Err(
                "the network is off: start the server with --allow-network for servers on this machine, \
                         --allow-network=anywhere for any",
            ),
            Some(Reach::Loopback) => Ok(vec!["--loopback-only".to_owned()]),
            Some(Reach::Anywhere) => Ok(Vec::new()),
        }
    }

    async fn answer(
        &self,
        arguments: &[String],
        files: Option<&Files>,
        outcome: fn(i32) -> &'static str,
    ) -> CallToolResult {
        match self.program.run(arguments).await {
            Ok(mut ended) => {
                if let Some(files) = files {
                    ended.stdout = files.told(&ended.stdout);
                    ended.stderr = files.told(&ended.stderr);
                }
                of(&ended, outcome)
            }
            Err(problem) => failed(&problem),
        }
    }
}

impl Configuration {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("configuration")
    }
}

fn one_file(name: &str, text: &str) -> Result<(Files, String), String> {
    let files = Files::new()?;
    let path = files.write("text", name, text)?.display().to_string();
    Ok((files, path))
}

/// `--name=value`, so that no value is taken for an option.
fn option(arguments: &mut Vec<String>, name: &str, value: Option<String>) {
    if let Some(value) = value {
        arguments.push(format!("{name}={value}"));
    }
}

/// The exit codes of `explain`.
fn explained(code: i32) -> &'static str {
    match code {
        0 => "allowed",
        1 => "blocked",
        _ => "undecided",
    }
}

#[tool_handler]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("corsage", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }
}
