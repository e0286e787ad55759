//! Targets one after the other: those that are named, and then lists of any length, line by line.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::sync::Arc;

use corsage_audit::Target;

use super::scope::Scope;
use super::targets::{self, Named};
use super::{Args, host};

/// A number for an address, the same on every machine: FNV-1a.
pub(super) fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// One of several machines that divide the hosts among them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, count)| {
            Some((index.parse::<u64>().ok()?, count.parse::<u64>().ok()?))
        });
        match parts {
            Some((index, count)) if index < count => Ok(Self { index, count }),
            _ => Err(format!("--shard {text:?}; write I/N with I below N, as in 0/4")),
        }
    }

    /// A host belongs to one shard alone, so that its limits hold.
    fn holds(self, target: &Target) -> bool {
        fingerprint(&host(target)) % self.count == self.index
    }
}

/// All targets, each address once.
pub(super) struct Feed<'a> {
    args: &'a Args,
    named: std::vec::IntoIter<Named>,
    lists: Vec<List>,
    seen: HashSet<u64>,
    shard: Option<Shard>,
}

struct List {
    name: Arc<str>,
    lines: Lines<BufReader<File>>,
    at: usize,
}

impl<'a> Feed<'a> {
    pub(super) fn new(args: &'a Args, named: Vec<Named>) -> Result<Self, String> {
        let mut lists = Vec::new();
        for file in args.list.iter().rev() {
            lists.push(List::open(file)?);
        }
        let shard = args.shard.as_deref().map(Shard::parse).transpose()?;
        Ok(Self { args, named: named.into_iter(), lists, seen: HashSet::new(), shard })
    }

    /// Reads all of it once, so that nothing is sent if one of the addresses may not be asked.
    pub(super) fn check(mut self, scope: &Scope) -> Result<usize, String> {
        let mut count = 0;
        while let Some(one) = self.next()? {
            scope.allows(&one.target)?;
            count += 1;
        }
        Ok(count)
    }

    /// The next target of this shard.
    pub(super) fn next(&mut self) -> Result<Option<Named>, String> {
        loop {
            let one = match self.named.next() {
                Some(one) => one,
                None => match self.listed()? {
                    Some(one) => one,
                    None => return Ok(None),
                },
            };
            let is_mine = self.shard.is_none_or(|shard| shard.holds(&one.target));
            if is_mine && self.seen.insert(fingerprint(one.target.url())) {
                return Ok(Some(one));
            }
        }
    }

    fn listed(&mut self) -> Result<Option<Named>, String> {
        while let Some(list) = self.lists.last_mut() {
            let Some(line) = list.lines.next() else {
                self.lists.pop();
                continue;
            };
            let line = line.map_err(|error| format!("{}: {error}", list.name))?;
            let start = list.at;
            list.at += line.len() + 1;
            let url = line.trim();
            if url.is_empty() || url.starts_with('#') {
                continue;
            }
            let target = Target::new(url).map_err(|error| format!("{}: {error}", list.name))?;
            let target = targets::with_arguments(self.args, target)?;
            let place = start..start + url.len();
            return Ok(Some(Named { target, file: list.name.clone(), place }));
        }
        Ok(None)
    }
}

impl List {
    fn open(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| format!("{name}: {error}"))?;
        Ok(Self { name: name.into(), lines: BufReader::new(file).lines(), at: 0 })
    }
}
