//! Sets of origins and patterns, decided exactly, at a cost that does not grow with their number.
//!
//! Exact origins stand in one open-addressing table over the list's own buffer. Patterns stand in a
//! second one, keyed by their host; of a request's host only those suffixes are looked up whose
//! length occurs in the policy. Two patterns never combine: each is judged by itself.

use super::OriginList;
use super::pattern::{Left, Pattern, Port, are_labels, is_label, is_pattern};
use crate::terms::origin::MAX_HOST_BYTES;

/// Longer than any origin a browser sends: scheme, `://`, host with trailing dot, port. Longer values
/// are refused unread, so that they cost nothing.
pub(super) const MAX_ORIGIN_BYTES: usize = 64 + 3 + MAX_HOST_BYTES + 1 + 6;

/// The compiled form of a list. It keeps positions into that list, which is handed in for every
/// question.
#[derive(Clone, Debug, Default)]
pub(super) struct OriginSet {
    exact: Table,
    patterns: Patterns,
}

impl OriginSet {
    /// Builds the set of all elements that are sound; the compiler has judged them before. `repeated` is
    /// told of each that is in the set already.
    pub(super) fn build(list: &OriginList, mut repeated: impl FnMut(u32)) -> Self {
        let exact_count = list.iter().filter(|text| !is_pattern(text)).count();
        let mut set =
            Self { exact: Table::with_room_for(exact_count), patterns: Patterns::default() };
        for (index, text) in list.iter().enumerate() {
            let Ok(index) = u32::try_from(index) else { break };
            if !is_pattern(text) {
                let is_it = |other| list.bytes_of(other) == text.as_bytes();
                if set.exact.insert(hash(text.as_bytes()), index, is_it) == Inserted::WasThere {
                    repeated(index);
                }
            } else if let Ok(pattern) = Pattern::parse(text)
                && set.patterns.insert(pattern, index, list) == Inserted::WasThere
            {
                repeated(index);
            }
        }
        set.patterns.lengths.sort_unstable();
        set.patterns.lengths.dedup();
        set
    }

    /// The position of the element that admits this origin.
    #[inline]
    pub(super) fn find(&self, list: &OriginList, origin: &[u8]) -> Option<u32> {
        if origin.len() > MAX_ORIGIN_BYTES {
            return None;
        }
        if self.exact.count > 0
            && let Some(index) = self.find_exact(list, origin)
        {
            return Some(index);
        }
        self.patterns.find(list, origin)
    }

    #[inline(never)]
    fn find_exact(&self, list: &OriginList, origin: &[u8]) -> Option<u32> {
        self.exact.find(hash(origin), |index| (list.bytes_of(index) == origin).then_some(index))
    }

    pub(super) fn has_patterns(&self) -> bool {
        !self.patterns.rules.is_empty()
    }

    /// The position of a pattern other than this one that admits this origin.
    pub(super) fn find_other_pattern(
        &self,
        list: &OriginList,
        origin: &[u8],
        than: u32,
    ) -> Option<u32> {
        self.patterns.search(list, &Split::of(origin)?, |index| index != than)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inserted {
    New,
    WasThere,
}

#[derive(Clone, Debug, Default)]
struct Patterns {
    /// From a pattern's host to the first of its rules.
    hosts: Table,
    rules: Vec<Rule>,
    /// Lengths of hosts that occur, in ascending order.
    lengths: Vec<u16>,
}

/// One pattern, as offsets into its text in the list. Its size is a power of two, which is quicker to index.
#[derive(Clone, Debug)]
#[repr(align(32))]
struct Rule {
    index: u32,
    scheme: Scheme,
    scheme_len: u8,
    /// Where the host begins in the list's buffer, and how long it is.
    host_start: u32,
    host_len: u16,
    left: LeftKind,
    port: Port,
    /// The next rule with the same host.
    next: Option<u32>,
}

/// The one scheme that nearly all origins have is compared without a look at the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Https,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LeftKind {
    Nothing,
    Labels,
    Label,
    InLabel { prefix_len: u8, suffix_len: u8 },
}

impl Patterns {
    fn insert(&mut self, pattern: Pattern<'_>, index: u32, list: &OriginList) -> Inserted {
        let start = pattern.scheme.len() + 3;
        let (left, host_start) = match pattern.left {
            Left::Nothing => (LeftKind::Nothing, start),
            Left::Labels => (LeftKind::Labels, start + 2),
            Left::Label => (LeftKind::Label, start + 2),
            Left::InLabel { prefix, suffix } => (
                LeftKind::InLabel {
                    prefix_len: prefix.len() as u8,
                    suffix_len: suffix.len() as u8,
                },
                start + prefix.len() + 1 + suffix.len() + 1,
            ),
        };
        let (Ok(scheme_len), Ok(host_start), Ok(host_len), Ok(position)) = (
            u8::try_from(pattern.scheme.len()),
            u32::try_from(host_start),
            u16::try_from(pattern.host.len()),
            u32::try_from(self.rules.len()),
        ) else {
            return Inserted::New;
        };
        let scheme = if pattern.scheme == "https" { Scheme::Https } else { Scheme::Other };
        let port = pattern.port;
        let host_start = list.start_of(index) + host_start;
        let mut rule =
            Rule { index, scheme, scheme_len, host_start, host_len, left, port, next: None };
        let host = pattern.host.as_bytes();
        if self.hosts.is_full() {
            self.grow(list);
        }
        let rules = &self.rules;
        match self
            .hosts
            .find(hash(host), |at| (rules[at as usize].host(list) == host).then_some(at))
        {
            Some(first) => {
                let mut other = Some(first);
                while let Some(position) = other {
                    let rule = &self.rules[position as usize];
                    if list.bytes_of(rule.index) == list.bytes_of(index) {
                        return Inserted::WasThere;
                    }
                    other = rule.next;
                }
                rule.next = self.rules[first as usize].next;
                self.rules.push(rule);
                self.rules[first as usize].next = Some(position);
            }
            None => {
                self.hosts.insert(hash(host), position, |_| false);
                self.rules.push(rule);
            }
        }
        self.lengths.push(host_len);
        Inserted::New
    }

    fn grow(&mut self, list: &OriginList) {
        let mut hosts = Table::with_room_for((self.hosts.count + 1) * 2);
        for position in self.hosts.entries() {
            hosts.insert(hash(self.rules[position as usize].host(list)), position, |_| false);
        }
        self.hosts = hosts;
    }

    fn find(&self, list: &OriginList, origin: &[u8]) -> Option<u32> {
        match plain_https_host(origin) {
            // With the scheme and the port known, most of the search folds away.
            Some(host) => {
                let request = Split { scheme: b"https", host, port: None };
                self.search(list, &request, |_| true)
            }
            None => self.find_any(list, origin),
        }
    }

    #[inline(never)]
    fn find_any(&self, list: &OriginList, origin: &[u8]) -> Option<u32> {
        self.search(list, &Split::of(origin)?, |_| true)
    }

    /// The position of the first pattern that admits the origin and is wanted.
    #[inline(always)]
    fn search(
        &self,
        list: &OriginList,
        request: &Split<'_>,
        wanted: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        for &length in &self.lengths {
            let Some(left_len) = request.host.len().checked_sub(length.into()) else { break };
            let (left, host) = request.host.split_at(left_len);
            let left = match left.split_last() {
                None => None,
                Some((b'.', left)) => Some(left),
                Some(_) => continue,
            };
            let first = self.hosts.find(hash(host), |at| {
                let rule = &self.rules[at as usize];
                (rule.host(list) == host).then_some(rule)
            });
            if let Some(first) = first
                && let Some(index) = self.admitting(list, first, request, left, &wanted)
            {
                return Some(index);
            }
        }
        None
    }

    /// Of the rules with one host, the first that admits the origin and is wanted.
    #[inline(always)]
    fn admitting<'a>(
        &'a self,
        list: &OriginList,
        mut rule: &'a Rule,
        request: &Split<'_>,
        left: Option<&[u8]>,
        wanted: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        loop {
            if rule.admits(list, request, left) && wanted(rule.index) {
                return Some(rule.index);
            }
            rule = &self.rules[rule.next? as usize];
        }
    }
}

impl Rule {
    fn host<'l>(&self, list: &'l OriginList) -> &'l [u8] {
        list.piece(self.host_start, self.host_len)
    }

    #[inline(always)]
    fn admits(&self, list: &OriginList, request: &Split<'_>, left: Option<&[u8]>) -> bool {
        let port = match self.port {
            Port::Any => true,
            Port::Exactly(port) => port == request.port,
        };
        let scheme = match (self.scheme, request.scheme) {
            (Scheme::Https, b"https") => true,
            (Scheme::Https, _) | (Scheme::Other, b"https") => false,
            (Scheme::Other, scheme) => {
                &list.bytes_of(self.index)[..usize::from(self.scheme_len)] == scheme
            }
        };
        port && scheme
            && match (self.left, left) {
                (LeftKind::Nothing, None) => true,
                (LeftKind::Labels, Some(left)) => are_labels(left),
                (LeftKind::Label, Some(left)) => is_label(left),
                (LeftKind::InLabel { prefix_len, suffix_len }, Some(left)) => {
                    self.admits_in_label(list, prefix_len.into(), suffix_len.into(), left)
                }
                _ => false,
            }
    }

    #[inline(never)]
    fn admits_in_label(
        &self,
        list: &OriginList,
        prefix_len: usize,
        suffix_len: usize,
        left: &[u8],
    ) -> bool {
        let text = list.bytes_of(self.index);
        let start = usize::from(self.scheme_len) + 3;
        let part = |from: usize, len: usize| {
            std::str::from_utf8(&text[from..from + len]).unwrap_or_default()
        };
        let prefix = part(start, prefix_len);
        let suffix = part(start + prefix_len + 1, suffix_len);
        Left::InLabel { prefix, suffix }.admits(left)
    }
}

/// A request's origin, cut but not judged: what a pattern's own text does not prove about it is
/// judged by [`Left::admits`].
struct Split<'o> {
    scheme: &'o [u8],
    host: &'o [u8],
    port: Option<u16>,
}

impl<'o> Split<'o> {
    fn of(origin: &'o [u8]) -> Option<Self> {
        let colon = origin.iter().position(|byte| *byte == b':')?;
        let (scheme, rest) = origin.split_at(colon);
        let rest = rest.strip_prefix(b"://")?;
        // A port has five digits at most, so its colon is among the last six bytes.
        let tail = rest.len().saturating_sub(6);
        let Some(at) = rest[tail..].iter().rposition(|byte| *byte == b':') else {
            return Some(Self { scheme, host: rest, port: None });
        };
        let (host, port) = rest.split_at(tail + at);
        if host.last() != Some(&b']') && host.contains(&b'[') {
            return Some(Self { scheme, host: rest, port: None });
        }
        let digits = &port[1..];
        if digits.is_empty() || digits[0] == b'0' || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let port: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        // The default port is never shown, so whoever shows it is no browser.
        let default = std::str::from_utf8(scheme).ok().and_then(crate::terms::origin::default_port);
        (default != Some(port)).then_some(Self { scheme, host, port: Some(port) })
    }
}

/// The host of an origin of the most frequent kind: `https`, and no port.
#[inline]
fn plain_https_host(origin: &[u8]) -> Option<&[u8]> {
    origin.strip_prefix(b"https://").filter(|host| !ends_near_colon(host))
}

/// Whether one of the last eight bytes is a colon, in so few steps as no loop takes; `true` too where
/// there are no eight.
#[inline]
fn ends_near_colon(host: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let Some(last) = host.last_chunk::<8>() else { return true };
    let differs = u64::from_le_bytes(*last) ^ (ONES * b':' as u64);
    differs.wrapping_sub(ONES) & !differs & HIGH != 0
}

/// Open addressing with linear probing; a slot holds 32 bits of the hash beside the position, so that
/// a miss rarely touches the list.
///
/// The hash has no key. Only the policy's author decides what is in the table; a stranger can look
/// things up, and the longest run of slots that this can touch is fixed when the policy is compiled.
#[derive(Clone, Debug, Default)]
struct Table {
    /// Position + 1 in the low half, the hash's high half above; 0 is free.
    slots: Vec<u64>,
    count: usize,
}

impl Table {
    fn with_room_for(count: usize) -> Self {
        // At most three quarters full.
        let slots = if count == 0 { 0 } else { (count * 4 / 3 + 1).next_power_of_two() };
        Self { slots: vec![0; slots], count: 0 }
    }

    fn is_full(&self) -> bool {
        self.count * 4 >= self.slots.len() * 3
    }

    #[inline(always)]
    fn find<T>(&self, hash: u64, is_it: impl Fn(u32) -> Option<T>) -> Option<T> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return None;
            }
            let position = (slot as u32).wrapping_sub(1);
            if slot >> 32 == hash >> 32
                && let Some(found) = is_it(position)
            {
                return Some(found);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds a position, unless an equal element is there already.
    fn insert(&mut self, hash: u64, position: u32, is_it: impl Fn(u32) -> bool) -> Inserted {
        let Some(mask) = self.slots.len().checked_sub(1) else { return Inserted::New };
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 {
            if self.slots[at] >> 32 == hash >> 32 && is_it((self.slots[at] as u32).wrapping_sub(1))
            {
                return Inserted::WasThere;
            }
            at = (at + 1) & mask;
        }
        self.slots[at] = (hash >> 32 << 32) | u64::from(position.wrapping_add(1));
        self.count += 1;
        Inserted::New
    }

    fn entries(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.iter().filter(|slot| **slot != 0).map(|slot| (*slot as u32).wrapping_sub(1))
    }
}

/// Folded multiplication, sixteen bytes at a time; the last sixteen may overlap those before.
fn hash(bytes: &[u8]) -> u64 {
    const SEEDS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03];
    let fold = |a: u64, b: u64| {
        let wide = u128::from(a) * u128::from(b);
        (wide >> 64) as u64 ^ wide as u64
    };
    let mut state = SEEDS[0] ^ bytes.len() as u64;
    let (first, last) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            let mut rest = bytes;
            while let Some((block, left)) = rest.split_first_chunk::<16>()
                && !left.is_empty()
            {
                let wide = u128::from_le_bytes(*block);
                state = fold(wide as u64 ^ state, (wide >> 64) as u64 ^ SEEDS[1]);
                rest = left;
            }
            let first = if bytes.len() < 16 {
                *first
            } else {
                // Of the last sixteen bytes.
                bytes[bytes.len() - 16..].first_chunk::<8>().copied().unwrap_or_default()
            };
            (u64::from_le_bytes(first), u64::from_le_bytes(*last))
        }
        _ => (bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    };
    fold(first ^ state, last ^ SEEDS[1])
}
