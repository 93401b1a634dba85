//! `cargo xtask bench`: what runs cost, measured on the release binary behind the proxy. A new scenario is one line in [`SCENARIOS`].

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for developers")]

mod choices;
mod deploy;
mod indexer;
mod instructions;
mod reindex;
mod start;
mod table;

use std::time::Duration;

use table::Table;

/// A group of measurements that share a set-up.
struct Scenario {
    name: &'static str,
    run: fn() -> Vec<Table>,
}

const SCENARIOS: &[Scenario] = &[
    Scenario { name: "start", run: || vec![start::run()] },
    Scenario { name: "deploy", run: || vec![deploy::run(Duration::ZERO), deploy::run(Duration::from_millis(50))] },
    Scenario {
        name: "empty",
        run: || vec![deploy::run_emptying(Duration::ZERO), deploy::run_emptying(Duration::from_millis(50))],
    },
    Scenario { name: "reindex", run: || vec![reindex::run()] },
    Scenario { name: "indexer", run: || vec![indexer::run()] },
    Scenario { name: "choices", run: || choices::run().into_iter().collect() },
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
    if let Some(unknown) = wanted.iter().find(|wanted| !names.contains(&wanted.as_str())) {
        println!("no such scenario: {unknown}; there are {}", names.join(", "));
        std::process::exit(2);
    }
    for scenario in SCENARIOS.iter().filter(|scenario| wanted.is_empty() || wanted.iter().any(|name| name == scenario.name)) {
        for table in (scenario.run)() {
            println!("{table}");
        }
    }
}
