//! The agent's loop: a line in, a task for each fetch, lines out.

use std::time::Duration;

use corsage_client::{Browser, FetchError, Page, RequestBody, RequestInit, Response};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::input::{Line, MAX_LINE_BYTES, next_line};
use super::output::Output;
use super::parse::{Fetch, Malformed, Operation, Parser, ReplyBody};
use super::pending::{Entry, Pending};
use super::reply;

/// How long fetches may go on when no further request can come. They are aborted then, and answered so.
const GRACE: Duration = Duration::from_secs(2);
/// How long the last replies may wait for their reader.
const FLUSH: Duration = Duration::from_secs(2);
/// Lines read ahead of their turn.
const READ_AHEAD: usize = 16;

/// Answers standard input on standard output, until the input closes or nobody reads the output.
pub async fn serve(browser: Browser) {
    let (output, writer) = Output::start();
    let agent = Agent { browser, output, pending: Pending::new() };
    let mut lines = read_lines();
    let mut parser = Parser::default();
    loop {
        let line = tokio::select! {
            line = lines.recv() => line,
            () = agent.output.closed() => return,
        };
        let Some(line) = line else { break };
        agent.answer(&mut parser, line).await;
    }
    if timeout(GRACE, agent.pending.none_left()).await.is_err() {
        agent.pending.abort_all();
        let _ = timeout(FLUSH, agent.pending.none_left()).await;
    }
    drop(agent);
    // The writer ends with the last reply.
    let _ = timeout(FLUSH, tokio::task::spawn_blocking(move || writer.join())).await;
}

/// A thread of its own: a read of standard input cannot be cancelled, and must not hold up the end.
fn read_lines() -> mpsc::Receiver<Line> {
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        while let Ok(Some(line)) = next_line(&mut input, MAX_LINE_BYTES) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

#[derive(Clone)]
struct Agent {
    browser: Browser,
    output: Output,
    pending: Pending,
}

impl Agent {
    async fn answer(&self, parser: &mut Parser, line: Line) {
        let parsed = match line {
            Line::Whole(line) => parser.parse(&line),
            Line::TooLong => Err(Malformed::line(format!(
                "the line is longer than {MAX_LINE_BYTES} bytes; it was passed over"
            ))),
        };
        let request = match parsed {
            Ok(request) => request,
            Err(malformed) => {
                return self
                    .output
                    .send(reply::protocol_error(&malformed.id, &malformed.message))
                    .await;
            }
        };
        let id = request.id;
        match request.operation {
            Operation::Hello => self.output.send(reply::hello(&id)).await,
            Operation::Reset => {
                self.browser.reset();
                self.output.send(reply::done(&id)).await;
            }
            Operation::Cookies { url } => {
                let cookies = self.browser.document_cookie(&url);
                self.output.send(reply::cookies(&id, &cookies)).await;
            }
            Operation::SetCookie { url, value } => {
                self.browser.set_document_cookie(&url, &value);
                self.output.send(reply::done(&id)).await;
            }
            Operation::Abort { target } => self.pending.abort(&target),
            Operation::Fetch(fetch) => self.start(id, *fetch).await,
        }
    }

    async fn start(&self, id: Value, fetch: Fetch) {
        let Ok(entry) = self.pending.enter(&id) else {
            // An answer with that id would be taken for the other's.
            let message = format!("the id {id} is that of a fetch that has no answer yet");
            return self.output.send(reply::protocol_error(&Value::Null, &message)).await;
        };
        let agent = self.clone();
        tokio::spawn(async move {
            match fetch.reply_body {
                ReplyBody::InReply => agent.fetch_whole(&id, fetch, entry).await,
                ReplyBody::Streamed => agent.fetch_streamed(&id, fetch, entry).await,
            }
        });
    }

    async fn fetch_whole(&self, id: &Value, fetch: Fetch, entry: Entry) {
        let page = self.browser.page_of(fetch.client);
        let fetched = async {
            let mut response = start(&page, fetch.init, fetch.upload).await?;
            let bytes = if response.is_body_null() { None } else { Some(response.bytes().await?) };
            Ok((response, bytes))
        };
        let answer = tokio::select! {
            answer = fetched => match answer {
                Ok((response, bytes)) => {
                    reply::whole(reply::head(id, &response), bytes.as_deref())
                }
                Err(error) => reply::failed(id, &error),
            },
            () = entry.aborted() => reply::aborted(id),
        };
        // Whoever reads the answer may use its id again.
        drop(entry);
        self.output.send(answer).await;
    }

    async fn fetch_streamed(&self, id: &Value, fetch: Fetch, entry: Entry) {
        let page = self.browser.page_of(fetch.client);
        let answered = tokio::select! {
            answer = start(&page, fetch.init, fetch.upload) => answer.map_err(|error| reply::failed(id, &error)),
            () = entry.aborted() => Err(reply::aborted(id)),
        };
        let response = match answered {
            Ok(response) => response,
            Err(failure) => {
                drop(entry);
                return self.output.send(failure).await;
            }
        };
        self.output.send(reply::head(id, &response).into()).await;
        let end = tokio::select! {
            end = self.stream(id, response) => end,
            () = entry.aborted() => reply::End::Broken,
        };
        drop(entry);
        self.output.send(reply::end(id, end)).await;
    }

    /// A null body ends at once.
    async fn stream(&self, id: &Value, mut response: Response) -> reply::End {
        loop {
            match response.body().chunk().await {
                Ok(Some(bytes)) => self.output.send(reply::chunk(id, &bytes)).await,
                Ok(None) => return reply::End::Whole,
                Err(_) => return reply::End::Broken,
            }
        }
    }
}

async fn start(
    page: &Page,
    init: RequestInit,
    upload: Option<Vec<u8>>,
) -> Result<Response, FetchError> {
    match upload {
        Some(bytes) => page.upload(init, RequestBody::once(bytes)).await,
        None => page.fetch(init).await,
    }
}
