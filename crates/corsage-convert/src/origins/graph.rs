//! The product of automata, walked once: which answers they give together, and the shortest text for each.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use regex_automata::util::primitives::StateID;

use super::language::Language;

/// How many states of a product are walked before it is given up.
const MAX_STATES: usize = 200_000;
/// How many texts that may not be witnesses are passed over.
const MAX_PASSED_OVER: usize = 300_000;

/// In the order in which witnesses prefer them.
const ALPHABET: &[u8] = b"aebcdfghijklmnopqrstuvwxyz0123456789.-:/_[]~!$&'()*+,;=";

/// A walked product.
pub(super) struct Graph {
    /// For each state and class of bytes, the state that follows; `DEAD` for none.
    edges: Vec<Vec<u32>>,
    /// For each state, how the languages answer, where a text may end there.
    ends: Vec<Option<u32>>,
    /// The different answers.
    pub(super) vectors: Vec<Vec<bool>>,
    classes: Vec<Vec<u8>>,
}

const DEAD: u32 = u32::MAX;

impl Graph {
    /// Walks `within`, whose texts are the only ones that count, beside the languages.
    pub(super) fn walk(
        within: &Language,
        outside: Option<&Language>,
        languages: &[Option<&Language>],
    ) -> Option<Self> {
        let mut all: Vec<&Language> = vec![within];
        all.extend(outside);
        let first = all.len();
        all.extend(languages.iter().flatten());
        let classes = classes(&all);
        let mut graph = Self { edges: Vec::new(), ends: Vec::new(), vectors: Vec::new(), classes };
        let mut numbers: HashMap<Vec<StateID>, u32> = HashMap::new();
        let mut vector_numbers: HashMap<Vec<bool>, u32> = HashMap::new();
        let start: Vec<StateID> = all.iter().map(|language| language.start()).collect();
        let mut queue = VecDeque::from([start.clone()]);
        let mut next = Vec::with_capacity(all.len());
        numbers.insert(start, 0);
        while let Some(states) = queue.pop_front() {
            let is_end = within.accepts(states[0])
                && outside.is_none_or(|outside| !outside.accepts(states[1]));
            graph.ends.push(is_end.then(|| {
                let mut at = first;
                let vector: Vec<bool> = languages
                    .iter()
                    .map(|language| {
                        language.is_some_and(|language| {
                            at += 1;
                            language.accepts(states[at - 1])
                        })
                    })
                    .collect();
                let next = u32::try_from(graph.vectors.len()).unwrap_or(DEAD);
                *vector_numbers.entry(vector).or_insert_with_key(|vector| {
                    graph.vectors.push(vector.clone());
                    next
                })
            }));
            let mut row = Vec::with_capacity(graph.classes.len());
            for class in &graph.classes {
                let byte = class[0];
                let within_next = within.step(states[0], byte);
                if within.is_dead(within_next) {
                    row.push(DEAD);
                    continue;
                }
                next.clear();
                let both = all.iter().zip(&states);
                next.extend(both.map(|(language, state)| language.step(*state, byte)));
                let number = match numbers.get(next.as_slice()) {
                    Some(number) => *number,
                    None => {
                        let number = u32::try_from(numbers.len()).ok()?;
                        if numbers.len() >= MAX_STATES {
                            return None;
                        }
                        numbers.insert(next.clone(), number);
                        queue.push_back(next.clone());
                        number
                    }
                };
                row.push(number);
            }
            graph.edges.push(row);
        }
        Some(graph)
    }

    /// The shortest text with this answer that may be a witness. `Err` where the search was given up.
    pub(super) fn shortest(
        &self,
        vector: usize,
        is_witness: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, ()> {
        let distances = self.distances(vector);
        let Some(&Some(distance)) = distances.first() else { return Ok(None) };
        // By length, then by the alphabet's preference.
        let mut heap = BinaryHeap::from([Reverse((distance, Vec::<u8>::new(), 0_u32))]);
        let mut passed_over = 0;
        let mut seen = HashSet::new();
        while let Some(Reverse((_, text, state))) = heap.pop() {
            let index = state as usize;
            if self.ends[index].is_some_and(|end| end as usize == vector)
                && seen.insert(text.clone())
            {
                let written: String =
                    text.iter().map(|&rank| char::from(ALPHABET[usize::from(rank)])).collect();
                if is_witness(&written) {
                    return Ok(Some(written));
                }
                passed_over += 1;
            }
            if passed_over + heap.len() > MAX_PASSED_OVER {
                return Err(());
            }
            for (class, &next) in self.edges[index].iter().enumerate() {
                if next == DEAD {
                    continue;
                }
                let Some(rest) = distances[next as usize] else { continue };
                for &byte in &self.classes[class] {
                    let rank = ALPHABET.iter().position(|&other| other == byte).unwrap_or_default();
                    let mut longer = text.clone();
                    longer.push(u8::try_from(rank).unwrap_or_default());
                    heap.push(Reverse((longer.len() + rest, longer, next)));
                }
            }
        }
        Ok(None)
    }

    /// All texts with this answer, where there are no more than some.
    pub(super) fn all(&self, vector: usize, most: usize) -> Option<Vec<String>> {
        let distances = self.distances(vector);
        let mut heap = BinaryHeap::from([Reverse((0_usize, Vec::<u8>::new(), 0_u32))]);
        let mut found = Vec::new();
        while let Some(Reverse((length, text, state))) = heap.pop() {
            let index = state as usize;
            if self.ends[index].is_some_and(|end| end as usize == vector) {
                found.push(text.iter().map(|&byte| char::from(byte)).collect());
            }
            if found.len() > most || heap.len() > 20_000 {
                return None;
            }
            for (class, &next) in self.edges[index].iter().enumerate() {
                if next == DEAD || distances[next as usize].is_none() {
                    continue;
                }
                for &byte in &self.classes[class] {
                    let mut longer = text.clone();
                    longer.push(byte);
                    heap.push(Reverse((length + 1, longer, next)));
                }
            }
        }
        Some(found)
    }

    /// How far each state is from an end with this answer.
    fn distances(&self, vector: usize) -> Vec<Option<usize>> {
        let mut before: Vec<Vec<u32>> = vec![Vec::new(); self.edges.len()];
        for (state, row) in self.edges.iter().enumerate() {
            for &next in row.iter().filter(|&&next| next != DEAD) {
                before[next as usize].push(u32::try_from(state).unwrap_or(DEAD));
            }
        }
        let mut distances = vec![None; self.edges.len()];
        let mut queue = VecDeque::new();
        for (state, end) in self.ends.iter().enumerate() {
            if end.is_some_and(|end| end as usize == vector) {
                distances[state] = Some(0);
                queue.push_back(state);
            }
        }
        while let Some(state) = queue.pop_front() {
            let distance = distances[state].unwrap_or_default();
            for &earlier in &before[state] {
                let earlier = earlier as usize;
                if distances[earlier].is_none() {
                    distances[earlier] = Some(distance + 1);
                    queue.push_back(earlier);
                }
            }
        }
        distances
    }
}

/// The alphabet in classes that no automaton tells apart, each in the order of preference.
fn classes(languages: &[&Language]) -> Vec<Vec<u8>> {
    let mut classes: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for &byte in ALPHABET {
        let key: Vec<u8> = languages.iter().map(|language| language.class(byte)).collect();
        match classes.iter_mut().find(|(other, _)| *other == key) {
            Some((_, bytes)) => bytes.push(byte),
            None => classes.push((key, vec![byte])),
        }
    }
    classes.into_iter().map(|(_, bytes)| bytes).collect()
}
