//! An expression as a tree, the same for every flavour.

/// A piece of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Empty,
    Literal(char),
    Class(Class),
    /// Any character but a line feed.
    Dot,
    /// Where the text begins. A header's value has one line.
    Start,
    /// Where the text ends. A header's value has no line feed that an end could stand before.
    End,
    WordBoundary,
    NotWordBoundary,
    /// A group that is counted.
    Group(Box<Node>),
    Concat(Vec<Node>),
    Either(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: u32,
        most: Option<u32>,
        greed: Greed,
    },
    /// An inline flag's scope.
    Cased(Box<Node>, bool),
    Look {
        node: Box<Node>,
        behind: bool,
        negated: bool,
    },
    Atomic(Box<Node>),
    Backreference(u32),
}

/// A set of characters: ranges, or what is outside of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) ranges: Vec<(char, char)>,
    pub(super) negated: bool,
}

/// How a repetition takes its share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

impl Class {
    pub(super) fn of(ranges: &[(char, char)]) -> Self {
        Self { ranges: ranges.to_vec(), negated: false }
    }

    /// The ranges that are in the set, whether it is written as what is in or as what is out.
    pub(super) fn inside(&self) -> Vec<(char, char)> {
        let mut ranges = self.ranges.clone();
        ranges.sort_unstable();
        if !self.negated {
            return ranges;
        }
        let mut inside = Vec::new();
        let mut next = '\0';
        let mut is_full = false;
        for (low, high) in ranges {
            if low > next
                && let Some(before) = previous(low)
            {
                inside.push((next, before));
            }
            if high >= next {
                match following(high) {
                    Some(after) => next = after,
                    None => is_full = true,
                }
            }
        }
        if !is_full {
            inside.push((next, char::MAX));
        }
        inside
    }
}

fn previous(character: char) -> Option<char> {
    match character {
        '\u{E000}' => Some('\u{D7FF}'),
        _ => char::from_u32(u32::from(character).checked_sub(1)?),
    }
}

fn following(character: char) -> Option<char> {
    match character {
        '\u{D7FF}' => Some('\u{E000}'),
        _ => char::from_u32(u32::from(character) + 1),
    }
}

impl Node {
    /// Whether a finite automaton can decide it as it stands.
    pub(super) fn is_regular(&self) -> bool {
        match self {
            Self::Look { .. } | Self::Atomic(_) | Self::Backreference(_) => false,
            Self::Repeat { greed: Greed::Possessive, .. } => false,
            Self::Group(node) | Self::Cased(node, _) | Self::Repeat { node, .. } => {
                node.is_regular()
            }
            Self::Concat(nodes) | Self::Either(nodes) => nodes.iter().all(Self::is_regular),
            Self::Empty
            | Self::Literal(_)
            | Self::Class(_)
            | Self::Dot
            | Self::Start
            | Self::End
            | Self::WordBoundary
            | Self::NotWordBoundary => true,
        }
    }

    /// Whether it is an assertion, which most flavours do not repeat.
    pub(super) fn is_assertion(&self) -> bool {
        matches!(
            self,
            Self::Start
                | Self::End
                | Self::WordBoundary
                | Self::NotWordBoundary
                | Self::Look { .. }
        )
    }
}
