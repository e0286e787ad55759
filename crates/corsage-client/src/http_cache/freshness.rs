//! [Freshness](https://www.rfc-editor.org/rfc/rfc9111#section-4.2), and whether a response may be stored at all.

use std::time::{Duration, SystemTime};

use corsage::browser::{HeaderList, WireResponse};

use super::cache_control::{CacheControl, delta_seconds};

/// Without an explicit time, a tenth of the time since the last change.
const HEURISTIC_PART: u32 = 10;

/// When a request left and when its answer came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) requested: SystemTime,
    pub(crate) received: SystemTime,
}

/// [Storing Responses in Caches](https://www.rfc-editor.org/rfc/rfc9111#section-3), for a private cache.
pub(crate) fn may_store(request: &HeaderList, response: &WireResponse) -> bool {
    let of_request = CacheControl::of(request);
    let of_response = CacheControl::of(&response.headers);
    let varies_by_anything =
        response.headers.get(b"vary").is_some_and(|value| value.contains(&b'*'));
    response.status >= 200
        && response.status != 304
        && !of_request.has("no-store")
        && !of_response.has("no-store")
        && !varies_by_anything
        && (has_explicit_time(response)
            || of_response.has("public")
            || of_response.has("private")
            || is_heuristically_cacheable(response.status))
}

pub(crate) fn has_explicit_time(response: &WireResponse) -> bool {
    CacheControl::of(&response.headers).has("max-age") || response.headers.contains(b"expires")
}

/// [Calculating Freshness Lifetime](https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1)
pub(crate) fn lifetime(response: &WireResponse, times: Times) -> Duration {
    let directives = CacheControl::of(&response.headers);
    if directives.has("no-cache") {
        return Duration::ZERO;
    }
    if let Some(age) = directives.seconds("max-age") {
        return age;
    }
    let date = date(&response.headers, b"date").unwrap_or(times.received);
    if response.headers.contains(b"expires") {
        // What is no date has expired.
        let expires = self::date(&response.headers, b"expires");
        return expires.and_then(|at| at.duration_since(date).ok()).unwrap_or_default();
    }
    let heuristic = is_heuristically_cacheable(response.status) || directives.has("public");
    let changed = self::date(&response.headers, b"last-modified").filter(|_| heuristic);
    changed.and_then(|at| date.duration_since(at).ok()).unwrap_or_default() / HEURISTIC_PART
}

/// [Calculating Age](https://www.rfc-editor.org/rfc/rfc9111#section-4.2.3)
pub(crate) fn current_age(response: &WireResponse, times: Times, now: SystemTime) -> Duration {
    let since =
        |earlier: SystemTime, later: SystemTime| later.duration_since(earlier).unwrap_or_default();
    let date = date(&response.headers, b"date").unwrap_or(times.received);
    let apparent = since(date, times.received);
    let said = response.headers.lines(b"age").next().map(<[u8]>::to_vec).unwrap_or_default();
    let said = String::from_utf8(said).ok().and_then(|text| delta_seconds(text.trim()));
    // Dates have whole seconds; half of one is no age.
    let apparent = Duration::from_secs(apparent.as_secs());
    let corrected = said.map_or(Duration::ZERO, |age| age + since(times.requested, times.received));
    apparent.max(corrected) + since(times.received, now)
}

fn date(headers: &HeaderList, name: &[u8]) -> Option<SystemTime> {
    let value = headers.lines(name).next()?;
    httpdate::parse_http_date(std::str::from_utf8(value).ok()?).ok()
}

/// [RFC 9110, 15.1](https://www.rfc-editor.org/rfc/rfc9110#section-15.1)
fn is_heuristically_cacheable(status: u16) -> bool {
    matches!(status, 200 | 203 | 204 | 206 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use corsage::browser::{HeaderList, WireResponse};

    use super::{Times, current_age, lifetime, may_store};

    fn response(status: u16, lines: &[(&str, &str)]) -> WireResponse {
        let mut headers = HeaderList::new();
        for (name, value) in lines {
            headers.append(name, value);
        }
        WireResponse { status, status_text: Vec::new(), headers }
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn lifetimes() {
        let times = Times { requested: at(1000), received: at(1000) };
        let (early, late) = ("Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 01:00:00 GMT");
        for (status, lines, seconds) in [
            (200, &[("Cache-Control", "max-age=5"), ("Expires", late)][..], 5),
            (299, &[("Cache-Control", "max-age=5")], 5),
            (200, &[("Cache-Control", "no-cache, max-age=5")], 0),
            (200, &[("Cache-Control", "max-age=x"), ("Expires", late)], 0),
            (200, &[("Expires", late), ("Date", early)], 3600),
            (200, &[("Expires", late)], 2600),
            (200, &[("Expires", "0")], 0),
            (200, &[("Last-Modified", early)], 100),
            (201, &[("Last-Modified", early)], 0),
            (299, &[("Last-Modified", early), ("Cache-Control", "public")], 100),
            (200, &[], 0),
        ] {
            let found = lifetime(&response(status, lines), times);
            assert_eq!(found, Duration::from_secs(seconds), "{status} {lines:?}");
        }
    }

    #[test]
    fn ages() {
        let times = Times { requested: at(1000), received: at(1002) };
        let date = "Thu, 01 Jan 1970 00:16:00 GMT"; // 960
        for (lines, seconds) in [
            (&[("Date", date)][..], 52),
            (&[("Age", "100")], 112),
            (&[("Age", "100"), ("Date", date)], 112),
            (&[("Age", "1.5")], 10),
            (&[], 10),
        ] {
            let found = current_age(&response(200, lines), times, at(1012));
            assert_eq!(found, Duration::from_secs(seconds), "{lines:?}");
        }
    }

    #[test]
    fn what_is_stored() {
        let none = HeaderList::new();
        for (status, lines, stored) in [
            (200, &[][..], true),
            (500, &[], false),
            (500, &[("Cache-Control", "max-age=1")], true),
            (200, &[("Cache-Control", "no-store")], false),
            (200, &[("Vary", "a, *")], false),
            (304, &[("Cache-Control", "max-age=1")], false),
        ] {
            assert_eq!(may_store(&none, &response(status, lines)), stored, "{status} {lines:?}");
        }
        let mut request = HeaderList::new();
        request.append("Cache-Control", "no-store");
        assert!(!may_store(&request, &response(200, &[])));
    }
}
