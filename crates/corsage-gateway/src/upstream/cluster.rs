//! Servers that do the same, and the choice among them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use corsage_config::{Balance, GatewaySettings};

use super::{Endpoint, LoadError};
use crate::clock;
use crate::random::Random;

pub(crate) struct Cluster {
    pub(crate) members: Vec<Member>,
    balance: Balance,
    /// Positions in the order of their turns, each as often as its weight has it.
    turns: Vec<usize>,
    turn: AtomicUsize,
}

/// A server with its share of the requests.
pub(crate) struct Member {
    pub(crate) endpoint: Arc<Endpoint>,
    /// 0 while it is drained.
    pub(crate) weight: u32,
}

impl Cluster {
    /// The servers of a configuration. Those that were there before keep their connections and
    /// their health.
    pub(crate) fn new(
        settings: &GatewaySettings,
        workers: usize,
        before: Option<&Self>,
    ) -> Result<Self, LoadError> {
        let header_count = settings.limits.response_header_count;
        let member = |upstream: &corsage_config::Upstream| {
            let kept = before.and_then(|cluster| {
                let mut members = cluster.members.iter();
                members.find(|it| it.endpoint.is_as(upstream, &settings.pool, header_count))
            });
            let endpoint = match kept {
                Some(member) => Arc::clone(&member.endpoint),
                None => Arc::new(Endpoint::new(upstream, &settings.pool, header_count, workers)?),
            };
            Ok(Member { endpoint, weight: u32::from(upstream.weight) })
        };
        let members: Vec<Member> =
            settings.upstreams.iter().map(member).collect::<Result<_, LoadError>>()?;
        let turns = turns(&members);
        Ok(Self { members, balance: settings.balance, turns, turn: AtomicUsize::new(0) })
    }

    /// A server for a request. Those that are not well, or that have just failed this request, only
    /// if there are no others; those that are drained never. `None` if all are.
    pub(crate) fn pick(
        &self,
        failed: Option<&Arc<Endpoint>>,
        random: &Random,
    ) -> Option<&Arc<Endpoint>> {
        if let [only] = &*self.members {
            return (only.weight > 0).then_some(&only.endpoint);
        }
        let now = clock::now_ms();
        let is_usable = |member: &Member| {
            member.endpoint.health.is_available(now)
                && failed.is_none_or(|failed| !Arc::ptr_eq(failed, &member.endpoint))
        };
        let chosen = match self.balance {
            Balance::LeastLoaded => {
                self.less_loaded(is_usable, random).or_else(|| self.draw(|_| true, random))
            }
            Balance::RoundRobin => self.next(is_usable),
        };
        chosen.map(|member| &member.endpoint)
    }

    /// The less loaded of two that are drawn by their weights, for its weight. The second is drawn among all others,
    /// so that a server behind one that is left out gets no double share.
    fn less_loaded(&self, is_usable: impl Fn(&Member) -> bool, random: &Random) -> Option<&Member> {
        let first = self.draw(&is_usable, random)?;
        let is_other = |member: &Member| !std::ptr::eq(member, first) && is_usable(member);
        let Some(second) = self.draw(is_other, random) else { return Some(first) };
        let burden = |one: &Member, other: &Member| {
            u64::from(one.endpoint.load.get()) * u64::from(other.weight)
        };
        Some(if burden(second, first) < burden(first, second) { second } else { first })
    }

    /// One of those that may be drawn, by weight.
    fn draw(&self, may_be: impl Fn(&Member) -> bool, random: &Random) -> Option<&Member> {
        let usable = || self.members.iter().filter(|member| member.weight > 0 && may_be(member));
        let total: usize = usable().map(|member| member.weight as usize).sum();
        let mut left = random.below(total);
        usable().find(|member| {
            let weight = member.weight as usize;
            let is_it = left < weight;
            left = left.saturating_sub(weight);
            is_it
        })
    }

    /// The next in turn that is usable; if none is, the one whose turn it is.
    fn next(&self, is_usable: impl Fn(&Member) -> bool) -> Option<&Member> {
        let count = self.turns.len();
        let start = self.turn.fetch_add(1, Relaxed).checked_rem(count)?;
        let mut steps = (0..count).map(|step| &self.members[self.turns[(start + step) % count]]);
        steps.find(|member| is_usable(member)).or_else(|| self.members.get(self.turns[start]))
    }
}

/// [Each in turn, by weight, and none twice in a row where that can be](https://github.com/nginx/nginx/commit/52327e0627f49dbda1e8db695e63a4b0af4448b1):
/// whoever has waited longest for its weight is next.
fn turns(members: &[Member]) -> Vec<usize> {
    let divisor = members.iter().map(|member| member.weight).fold(0, greatest_common_divisor);
    let weights: Vec<i64> =
        members.iter().map(|member| i64::from(member.weight / divisor.max(1))).collect();
    let total: i64 = weights.iter().sum();
    let mut waited = vec![0_i64; weights.len()];
    let mut turns = Vec::new();
    for _ in 0..total {
        for (waited, weight) in waited.iter_mut().zip(&weights) {
            *waited += weight;
        }
        let longest = (0..waited.len()).rev().max_by_key(|&position| waited[position]);
        if let Some(position) = longest {
            waited[position] -= total;
            turns.push(position);
        }
    }
    turns
}

fn greatest_common_divisor(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(balance: &str, weights: &[u16]) -> Cluster {
        let upstreams: Vec<String> = weights
            .iter()
            .enumerate()
            .map(|(at, weight)| format!("{{ url = 'http://10.0.0.{at}', weight = {weight} }}"))
            .collect();
        let text =
            format!("[gateway]\nbalance = '{balance}'\nupstreams = [{}]\n", upstreams.join(", "));
        let config = corsage_config::parse(&text, "corsage.toml").unwrap();
        Cluster::new(&config.gateway, 1, None).unwrap()
    }

    fn shares(cluster: &Cluster, count: usize) -> Vec<usize> {
        let mut shares = vec![0; cluster.members.len()];
        for _ in 0..count {
            let picked = cluster.pick(None, &Random).unwrap();
            let at = cluster.members.iter().position(|it| Arc::ptr_eq(&it.endpoint, picked));
            shares[at.unwrap()] += 1;
        }
        shares
    }

    #[test]
    fn turns_are_spread_by_weight() {
        let cluster = cluster("round-robin", &[500, 100, 0, 100]);
        assert_eq!(cluster.turns, [0, 0, 1, 0, 3, 0, 0]);
        assert_eq!(shares(&cluster, 700), [500, 100, 0, 100]);
    }

    #[test]
    fn draws_are_spread_by_weight_where_nobody_has_work() {
        let shares = shares(&cluster("least-loaded", &[3, 1, 0]), 40_000);
        // 30,000 are expected; the deviation is 87.
        assert!((29_500..30_500).contains(&shares[0]), "{shares:?}");
        assert_eq!(shares[2], 0);
    }

    #[test]
    fn work_is_weighed_against_weight() {
        let cluster = cluster("least-loaded", &[3, 1]);
        for _ in 0..400 {
            cluster.pick(None, &Random).unwrap().load.began();
        }
        let loads: Vec<u32> = cluster.members.iter().map(|it| it.endpoint.load.get()).collect();
        assert!((295..=305).contains(&loads[0]), "{loads:?}");
    }

    #[test]
    fn who_fails_is_passed_over_and_who_is_drained_never_chosen() {
        let passive = corsage_config::PassiveHealth::default();
        for balance in ["least-loaded", "round-robin"] {
            let cluster = cluster(balance, &[1, 1, 0]);
            for _ in 0..5 {
                cluster.members[0].endpoint.health.failed(clock::now_ms(), &passive);
            }
            assert_eq!(shares(&cluster, 100), [0, 100, 0], "{balance}");
            for _ in 0..5 {
                cluster.members[1].endpoint.health.failed(clock::now_ms(), &passive);
            }
            // None is well: those that are not drained are asked all the same.
            assert_eq!(shares(&cluster, 100)[2], 0, "{balance}");
        }
    }
}
