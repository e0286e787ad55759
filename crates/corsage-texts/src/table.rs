//! The texts of a language, made by `build.rs`.

/// The texts of a language.
pub(crate) struct Table {
    /// Keys and texts, in the order of the files.
    pub(crate) texts: &'static [(&'static str, &'static str)],
    /// Positions in `texts`, in the order of their keys.
    pub(crate) sorted: &'static [u16],
}

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

impl Table {
    pub(crate) const fn find(&self, key: &str) -> Option<&'static str> {
        let (mut low, mut high) = (0, self.sorted.len());
        while low < high {
            let middle = low.midpoint(high);
            let (found, text) = self.texts[self.sorted[middle] as usize];
            match compare(found.as_bytes(), key.as_bytes()) {
                Order::Less => low = middle + 1,
                Order::Equal => return Some(text),
                Order::Greater => high = middle,
            }
        }
        None
    }
}

#[cfg(feature = "lent")]
static LENT: std::sync::OnceLock<Table> = std::sync::OnceLock::new();

/// The language that was lent; English until then.
#[cfg(feature = "lent")]
pub(crate) fn lent() -> &'static Table {
    LENT.get().unwrap_or(&EN)
}

/// Lends the keys and texts of the other language, for as long as the program runs; what is lent later is not looked at.
#[cfg(feature = "lent")]
pub fn lend(texts: Vec<(String, String)>) {
    LENT.get_or_init(|| {
        let texts: &'static [(&str, &str)] = texts
            .into_iter()
            .map(|(key, text)| (&*key.leak(), &*text.leak()))
            .collect::<Vec<_>>()
            .leak();
        let mut sorted: Vec<u16> = (0..).take(texts.len()).collect();
        sorted.sort_by_key(|&at| texts[usize::from(at)].0);
        Table { texts, sorted: sorted.leak() }
    });
}

enum Order {
    Less,
    Equal,
    Greater,
}

/// `Ord::cmp` is no `const fn`.
const fn compare(a: &[u8], b: &[u8]) -> Order {
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] < b[at] {
            return Order::Less;
        }
        if a[at] > b[at] {
            return Order::Greater;
        }
        at += 1;
    }
    if a.len() < b.len() {
        Order::Less
    } else if a.len() > b.len() {
        Order::Greater
    } else {
        Order::Equal
    }
}

/// Whether the catalogue has this key: for [`text!`](crate::text!), which asks at compile time.
#[must_use]
pub const fn is_known(key: &str) -> bool {
    EN.find(key).is_some()
}
