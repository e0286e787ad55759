//! The archive's text to its entries: in one pass, borrowing from the text, and as far as it goes.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::loose::{Content, Count, List, Text, loose, scalars_are_default, skip_map, skip_seq};

/// What an archive holds, as far as it tells about requests.
#[derive(Debug, Default)]
pub struct Archive<'a> {
    /// Which tool wrote it.
    pub creator: String,
    /// Which browser it drove, if it says.
    pub browser: String,
    pub(super) pages: Vec<RawPage<'a>>,
    pub(super) entries: Vec<RawEntry<'a>>,
    /// Where and why the text ends before the archive does.
    pub cut: Option<String>,
}

impl Archive<'_> {
    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct RawPage<'a> {
    pub(super) id: Text<'a>,
    pub(super) title: Text<'a>,
}
loose!(RawPage { "id" => id, "title" => title, });

#[derive(Clone, Debug, Default)]
struct RawCreator<'a> {
    name: Text<'a>,
    version: Text<'a>,
}
loose!(RawCreator { "name" => name, "version" => version, });

impl RawCreator<'_> {
    fn name_and_version(&self) -> String {
        format!("{} {}", self.name.as_str(), self.version.as_str()).trim().to_owned()
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct RawHeader<'a> {
    pub(super) name: Text<'a>,
    pub(super) value: Text<'a>,
}
loose!(RawHeader { "name" => name, "value" => value, });

#[derive(Clone, Debug, Default)]
pub(super) struct RawBody<'a> {
    pub(super) mime_type: Text<'a>,
    pub(super) text: Content,
    pub(super) params: Count,
}
loose!(RawBody { "mimeType" => mime_type, "text" => text, "params" => params, });

#[derive(Clone, Debug, Default)]
pub(super) struct RawRequest<'a> {
    pub(super) method: Text<'a>,
    pub(super) url: Text<'a>,
    pub(super) headers: List<RawHeader<'a>>,
    pub(super) cookies: Count,
    pub(super) body: RawBody<'a>,
}
loose!(RawRequest {
    "method" => method, "url" => url, "headers" => headers, "cookies" => cookies, "postData" => body,
});

#[derive(Clone, Debug, Default)]
pub(super) struct RawContent<'a> {
    pub(super) size: Text<'a>,
    pub(super) mime_type: Text<'a>,
}
loose!(RawContent { "size" => size, "mimeType" => mime_type, });

#[derive(Clone, Debug, Default)]
pub(super) struct RawResponse<'a> {
    pub(super) status: Text<'a>,
    pub(super) headers: List<RawHeader<'a>>,
    pub(super) redirect_url: Text<'a>,
    pub(super) error: Text<'a>,
    pub(super) failure: Text<'a>,
    pub(super) content: RawContent<'a>,
    pub(super) body_size: Text<'a>,
}
loose!(RawResponse {
    "status" => status, "headers" => headers, "redirectURL" => redirect_url, "_error" => error,
    "_failureText" => failure, "content" => content, "bodySize" => body_size,
});

#[derive(Clone, Debug, Default)]
pub(super) struct RawInitiator<'a> {
    pub(super) kind: Text<'a>,
    pub(super) url: Text<'a>,
}
loose!(RawInitiator { "type" => kind, "url" => url, });

#[derive(Clone, Debug, Default)]
pub(super) struct RawEntry<'a> {
    pub(super) started: Text<'a>,
    pub(super) page: Text<'a>,
    pub(super) request: RawRequest<'a>,
    pub(super) response: RawResponse<'a>,
    pub(super) resource_type: Text<'a>,
    pub(super) initiator: RawInitiator<'a>,
    pub(super) from_cache: Text<'a>,
    pub(super) sockets: Count,
    pub(super) blocked: Text<'a>,
}
loose!(RawEntry {
    "startedDateTime" => started, "pageref" => page, "request" => request, "response" => response,
    "_resourceType" => resource_type, "_initiator" => initiator, "_fromCache" => from_cache,
    "_webSocketMessages" => sockets, "_blocked" => blocked,
});

/// Why a text is no archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoArchive {
    /// It is not JSON from the start; the parser's words, with line and column.
    NoJson(String),
    /// It is JSON, and has no `log.entries`.
    NoEntries,
}

/// Reads an archive. What was read before the text breaks off is kept. `progress` is told now and then how
/// many entries there are.
///
/// # Errors
///
/// What is no archive at all.
pub fn read<'a>(text: &'a str, progress: &mut dyn FnMut(usize)) -> Result<Archive<'a>, NoArchive> {
    let mut archive = Archive::default();
    let mut seen = Seen { entries: false };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let root = Root { archive: &mut archive, seen: &mut seen, progress };
    match root.deserialize(&mut deserializer) {
        Ok(()) if !seen.entries => Err(NoArchive::NoEntries),
        Ok(()) => Ok(archive),
        Err(error) if seen.entries && !archive.entries.is_empty() => {
            archive.cut = Some(error.to_string());
            Ok(archive)
        }
        Err(error) => Err(NoArchive::NoJson(error.to_string())),
    }
}

/// What was met on the way.
struct Seen {
    entries: bool,
}

/// How often progress is told.
const PROGRESS_EVERY: usize = 512;

/// An object of which one level is looked into.
struct Root<'s, 'a> {
    archive: &'s mut Archive<'a>,
    seen: &'s mut Seen,
    progress: &'s mut dyn FnMut(usize),
}

macro_rules! tolerant_unit {
    () => {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an archive")
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(())
        }
        scalars_are_default!();
    };
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Root<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Root<'_, 'a> {
    tolerant_unit!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Text<'_>>()? {
            if key.as_str() == "log" {
                map.next_value_seed(Log {
                    archive: self.archive,
                    seen: self.seen,
                    progress: self.progress,
                })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        skip_seq(seq)
    }
}

struct Log<'s, 'a> {
    archive: &'s mut Archive<'a>,
    seen: &'s mut Seen,
    progress: &'s mut dyn FnMut(usize),
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Log<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Log<'_, 'a> {
    tolerant_unit!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Text<'_>>()? {
            match key.as_str() {
                "creator" => {
                    self.archive.creator = map.next_value::<RawCreator<'_>>()?.name_and_version();
                }
                "browser" => {
                    self.archive.browser = map.next_value::<RawCreator<'_>>()?.name_and_version();
                }
                "pages" => self.archive.pages = map.next_value::<List<RawPage<'_>>>()?.0,
                "entries" => {
                    self.seen.entries = true;
                    map.next_value_seed(Entries {
                        entries: &mut self.archive.entries,
                        progress: self.progress,
                    })?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        skip_seq(seq)
    }
}

struct Entries<'s, 'a> {
    entries: &'s mut Vec<RawEntry<'a>>,
    progress: &'s mut dyn FnMut(usize),
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Entries<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Entries<'_, 'a> {
    tolerant_unit!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(entry) = seq.next_element::<RawEntry<'_>>()? {
            self.entries.push(entry);
            if self.entries.len().is_multiple_of(PROGRESS_EVERY) {
                (self.progress)(self.entries.len());
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        skip_map(map)
    }
}
