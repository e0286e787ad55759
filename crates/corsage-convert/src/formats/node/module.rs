//! A module that configures a server, run once, and asked from then on.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{borders, rehearse};
use crate::javascript::{
    Literal, Machine, Scope, Statement, Stop, Value, World, check, literals, parse,
};
use crate::{
    Answered, Asked, Behind, BehindAnswer, BehindResponse, Borders, NotRead, Program, Refused,
    Rejected, Source, Why,
};

/// A framework's server, as a module makes it.
pub(crate) trait Server: World {
    /// Answers a request; the machine holds the request and what is behind.
    fn serve(
        &self,
        machine: &mut Machine<'_>,
        asked: &Asked<'_>,
        behind: &dyn Behind,
    ) -> Result<Answered, Stop>;

    /// Runs when the module has been run: what the framework does at its start.
    fn start(&self, _machine: &mut Machine<'_>) -> Result<(), Stop> {
        Ok(())
    }

    /// Options and functions that requests are answered by.
    fn values(&self) -> Vec<Value>;

    /// Every path as it is written.
    fn paths(&self) -> Vec<String>;

    /// Lets go of all values.
    fn forget(&self);
}

/// Reads a module for the server that `make` gives it.
pub(crate) fn read<S: Server + 'static>(
    source: &Source<'_>,
    make: impl Fn() -> S,
) -> Result<Box<dyn Program>, NotRead> {
    let module = parse(source.text)?;
    // Run twice: the first is put some requests, and what they leave behind goes with it.
    let tried = Loaded::new(&module, source, make())?;
    let refused = tried.refused();
    if !refused.is_empty() {
        return Err(NotRead::Refused(refused));
    }
    tried.rehearse(source)?;
    drop(tried);
    let loaded = Loaded::new(&module, source, make())?;
    Ok(Box::new(Module { loaded, literals: literals(&module) }))
}

struct Module<S: Server> {
    loaded: Loaded<S>,
    literals: Vec<Literal>,
}

struct Loaded<S: Server> {
    server: S,
    scope: Rc<Scope>,
    /// Values may stand deep inside each other, and walking through them takes stack.
    deep: bool,
}

/// How many steps make values that are deep at most a little.
const FEW_STEPS: usize = 5_000;
/// Stack for values that are deep.
const STACK_BYTES: usize = 128 * 1024 * 1024;

impl<S: Server> Loaded<S> {
    fn new(module: &[Statement], source: &Source<'_>, server: S) -> Result<Self, NotRead> {
        let mut loaded = Self { server, scope: Rc::new(Scope::default()), deep: true };
        let (outcome, steps) = {
            let mut machine = Machine::new(&loaded.server);
            let outcome =
                machine.run(module, &loaded.scope).and_then(|_| loaded.server.start(&mut machine));
            (outcome, machine.steps())
        };
        loaded.deep = steps > FEW_STEPS;
        outcome.map_err(|stop| not_read(stop, source))?;
        Ok(loaded)
    }

    /// What the functions hold that has no model.
    fn refused(&self) -> Vec<Refused> {
        let check_all = || {
            let values = self.server.values();
            values.iter().flat_map(|value| check(value, &self.server)).collect()
        };
        self.on_enough_stack(check_all)
    }

    fn on_enough_stack<T>(&self, run: impl FnOnce() -> T) -> T {
        if self.deep { crate::deep::grow(STACK_BYTES, run) } else { run() }
    }

    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Result<Answered, Stop> {
        self.on_enough_stack(|| {
            let mut machine = Machine::answering(&self.server, asked, behind);
            self.server.serve(&mut machine, asked, behind)
        })
    }

    /// Puts some requests, so that what has no model and shows only when it runs is refused now.
    fn rehearse(&self, source: &Source<'_>) -> Result<(), NotRead> {
        rehearse(self.server.paths().iter(), |asked| match self.answer(asked, &Rehearsal) {
            Ok(answered) if answered.status == 0 => {
                let what = "a request that is never answered";
                Err(NotRead::refused(Refused::new(0..source.text.len(), what, Why::NotModelled)))
            }
            Ok(_) => Ok(()),
            Err(stop) => Err(not_read(stop, source)),
        })
    }
}

impl<S: Server> Drop for Loaded<S> {
    fn drop(&mut self) {
        self.on_enough_stack(|| {
            self.scope.clear();
            self.server.forget();
        });
    }
}

struct Rehearsal;

impl Behind for Rehearsal {
    fn answer(&self, _: &Asked<'_>) -> BehindAnswer {
        BehindAnswer::Responds(BehindResponse::plain(200))
    }
}

fn not_read(stop: Stop, source: &Source<'_>) -> NotRead {
    match stop {
        Stop::Refused(refused) => NotRead::refused(refused),
        Stop::Rejected(rejected) => NotRead::Rejected(rejected),
        Stop::Threw(error) => NotRead::Rejected(Rejected {
            span: 0..source.text.len(),
            what: error.to_text().to_string(),
        }),
    }
}

impl<S: Server> Program for Module<S> {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        // What has no model was refused when the module was read.
        self.loaded.answer(asked, behind).unwrap_or_else(|_| Answered::by_itself(0))
    }

    fn borders(&self) -> Borders {
        let mut paths = BTreeSet::from(["/".to_owned()]);
        for path in self.loaded.server.paths() {
            paths.insert(format!("{}/corsage", path.trim_end_matches('/')));
            paths.insert(path);
        }
        let values = self.loaded.server.values();
        self.loaded.on_enough_stack(|| borders(&self.literals, &values, paths))
    }
}
