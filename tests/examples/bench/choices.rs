//! The same indexer, built in different ways: what each choice of its build costs. The programs are the files of the folder that the variable
//! `GALLERY_BENCH_PROGRAMS` names; without it there is nothing to compare.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use gallery_tests::{Folder, Function, World, peak_memory, picture};

use crate::indexer::{event, milliseconds};
use crate::instructions::Counter;
use crate::table::Table;

const STARTS: usize = 20;
/// For the memory, and again twice and once as many for the instructions.
const EVENTS: usize = 50;

pub(crate) fn run() -> Option<Table> {
    let folder = std::env::var_os("GALLERY_BENCH_PROGRAMS")?;
    let mut programs: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    programs.sort();
    let world = World::deployed();
    let key = |program: usize, number: usize| format!("images/program {program}/{number:04}.png");
    let all = programs.len() * 4 * EVENTS;
    world.put_unheard(all, |number| {
        let key = key(number / (4 * EVENTS), number % (4 * EVENTS));
        let picture = picture(&key);
        (key, picture)
    });
    let session = world.indexer_role();
    let variables = world.indexer_variables(&session.key, &session.token);
    let start = |program: &Path| Function::start(program, &[], &variables);

    // In turns, so that whatever else goes on strikes all alike.
    let mut starts = vec![Vec::new(); programs.len()];
    for _ in 0..STARTS {
        for (program, starts) in programs.iter().zip(&mut starts) {
            starts.push(start(program).first_poll());
        }
    }
    let handle = |function: &Function, keys: &[String]| {
        for key in keys {
            function.invoke(&event(&world, &key.replace(' ', "+"))).outcome.unwrap();
        }
    };
    let scratch = Folder::new();
    let counter = Counter::find(scratch.path());
    let rows = programs.iter().zip(starts).enumerate().map(|(number, (program, starts))| {
        let keys: Vec<String> = (0..4 * EVENTS).map(|event| key(number, event)).collect();
        let function = start(program);
        function.first_poll();
        handle(&function, &keys[..EVENTS]);
        let memory = peak_memory(function.pid()).unwrap() as f64 / 1024.0;
        drop(function);
        let instructions = counter.as_ref().map_or([None; 2], |counter| {
            let count = |keys: &[String]| {
                let counted = counter.counted(scratch.path(), program, &[]);
                counted
                    .run(|program, arguments| Function::start(program, arguments, &variables), |function| handle(function, keys))
            };
            let (none, few, many) = (count(&[]), count(&keys[EVENTS..2 * EVENTS]), count(&keys[2 * EVENTS..]));
            [Some(none as f64), Some(many.saturating_sub(few) as f64 / EVENTS as f64)]
        });
        let instructions = instructions.map(|count| count.map_or_else(String::new, |count| format!("{:.2}", count / 1e6)));
        let first_poll = starts.into_iter().min().unwrap_or_default();
        let figures = vec![name(program), zipped(program), milliseconds(first_poll), format!("{memory:.1}")];
        [figures, instructions.to_vec()].concat()
    });
    let heads = vec![
        "indexer",
        "zipped (MB)",
        "start to first poll, fastest (ms)",
        "peak memory (MiB)",
        "instructions to first poll (million)",
        "instructions per event (million)",
    ];
    Some(Table { title: "Ways to build the indexer".to_owned(), heads, rows: rows.collect(), goals: &[] })
}

fn name(program: &Path) -> String {
    program.file_name().unwrap().to_string_lossy().into_owned()
}

/// The size as it is sent to Lambda, but for the zip's own few bytes.
fn zipped(program: &Path) -> String {
    let mut zip = DeflateEncoder::new(Vec::new(), Compression::best());
    zip.write_all(&fs::read(program).unwrap()).unwrap();
    format!("{:.2}", zip.finish().unwrap().len() as f64 / 1e6)
}
