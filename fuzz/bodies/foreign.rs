// The body of the fuzz target for the readers of foreign configurations. Shared with
// `crates/corsage-convert/tests/fuzz_bodies.rs`, which runs it on damaged files in every test run, without nightly.

use std::time::{Duration, Instant};

use corsage_convert::{
    Asked, BehindAnswer, BehindResponse, Circumstances, Format, NotRead, Source, read, recognise,
};

/// No input of a fuzzer is large enough to need longer, on whatever machine.
const AT_ONCE: Duration = Duration::from_secs(20);

/// The first byte chooses the format, the rest is the file. No panic and no hang; what is refused is refused within
/// the text; what is read answers, and its borders are texts that stand in order.
pub(crate) fn foreign(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else { return };
    let format = Format::ALL[usize::from(first) % Format::ALL.len()];
    let text = String::from_utf8_lossy(rest);
    let start = Instant::now();
    let _ = recognise(&text, None);
    let circumstances = Circumstances::default();
    match read(format, &Source { text: &text, name: None, circumstances: &circumstances }) {
        Ok(program) => {
            let borders = program.borders();
            for border in borders.origins.iter().chain(borders.origin_lists.iter().flatten()) {
                assert!(border.span.start <= border.span.end, "{format}: {:?}", border.span);
            }
            for method in ["GET", "OPTIONS"] {
                let headers = [
                    ("Origin".to_owned(), "https://app.example.com".to_owned()),
                    ("Access-Control-Request-Method".to_owned(), "PUT".to_owned()),
                    ("Access-Control-Request-Headers".to_owned(), "x-request-id".to_owned()),
                ];
                let asked =
                    Asked { method, path: "/data", host: "api.example.com", headers: &headers };
                let behind = |_: &Asked<'_>| BehindAnswer::Responds(BehindResponse::plain(200));
                let _ = program.answer(&asked, &Behind(behind));
            }
        }
        Err(NotRead::Refused(pieces)) => {
            assert!(!pieces.is_empty(), "{format} is refused for nothing");
            for piece in pieces {
                assert!(piece.span.start <= piece.span.end, "{format}: {:?}", piece.span);
                assert!(piece.span.end <= text.len(), "{format}: {:?}", piece.span);
            }
        }
        Err(NotRead::Rejected(rejected)) => {
            assert!(rejected.span.end <= text.len(), "{format}: {:?}", rejected.span);
        }
    }
    assert!(start.elapsed() < AT_ONCE, "{format}: {:?} for {} bytes", start.elapsed(), rest.len());
}

struct Behind<F>(F);

impl<F: Fn(&Asked<'_>) -> BehindAnswer> corsage_convert::Behind for Behind<F> {
    fn answer(&self, asked: &Asked<'_>) -> BehindAnswer {
        (self.0)(asked)
    }
}
