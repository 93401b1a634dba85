//! A gallery whose runs are disturbed, and compared with those that were not.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::fs;

use crate::{Bucket, Call, REGION, Snapshot, World, changed, eventually, picture};

const PICTURE: &str = "images/rome/forum.png";

/// What is uploaded there.
fn pixels() -> Vec<u8> {
    picture("the forum")
}

/// A run from one state to another. Each has its way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// `up` with every key of `gallery.yaml` set differently (but names, which are other resources), another page, and another indexer.
    Upgrade,
    /// The way back from [`Self::Upgrade`].
    Downgrade,
    /// `down`, which keeps the pictures.
    Close,
    /// `up` on what [`Self::Close`] left.
    Reopen,
    /// `up` where nothing is.
    Create,
    /// `down --delete-images`.
    Delete,
}

use Way::{Close, Create, Delete, Downgrade, Reopen, Upgrade};

/// A gallery, and what an uncut run of each way calls and leaves.
#[derive(Debug)]
pub struct Journey {
    pub world: World,
    uncut: OnceCell<BTreeMap<Way, Uncut>>,
    deployed: Cell<bool>,
}

#[derive(Debug)]
struct Uncut {
    calls: Vec<Call>,
    end: Snapshot,
}

impl Journey {
    /// A gallery in a local AWS of its own.
    #[expect(clippy::new_without_default, reason = "it starts servers")]
    pub fn new() -> Self {
        Self::inside(World::new())
    }

    /// Another one in the same AWS.
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        Self::inside(self.world.beside(name))
    }

    fn inside(world: World) -> Self {
        Self { world, uncut: OnceCell::new(), deployed: Cell::new(false) }
    }

    /// The calls of an uncut run.
    pub fn calls(&self, way: Way) -> &[Call] {
        &self.uncut()[&way].calls
    }

    /// Every way once, undisturbed. Nothing is there afterwards, as before.
    fn uncut(&self) -> &BTreeMap<Way, Uncut> {
        self.uncut.get_or_init(|| {
            let ways = [Create, Upgrade, Downgrade, Close, Reopen, Delete];
            let uncut = ways.map(|way| {
                self.prepare(way);
                self.world.proxy.reset();
                self.run(way);
                let calls = self.world.proxy.calls();
                if way == Create {
                    self.add_picture();
                }
                (way, Uncut { calls, end: Snapshot::of(&self.world) })
            });
            uncut.into()
        })
    }

    /// Goes `way` with a run that `disturbed` starts and breaks, given its arguments; then with an undisturbed one.
    ///
    /// # Panics
    /// The second run fails or ends elsewhere than an uncut one, or a picture was lost or laid open on the way.
    pub fn disturb(&self, way: Way, disturbed: impl FnOnce(&World, &[&str])) {
        self.uncut();
        if matches!(way, Create) && self.deployed.get() {
            self.run(Delete);
        } else if matches!(way, Upgrade | Close | Delete) && !self.deployed.get() {
            self.run(Create);
            self.add_picture();
        }
        self.prepare(way);
        disturbed(&self.world, &self.arguments(way));
        self.assert_safe(way);
        self.run(way);
        if way == Create {
            self.add_picture();
        }
        self.uncut()[&way].end.assert_same(&Snapshot::of(&self.world), "another end than that of an uncut run");
        self.assert_safe(way);
        if way == Delete {
            self.assert_nothing_is_left();
        }
    }

    /// Nothing in the AWS has a name that begins as ours do, those that no snapshot looks for among it.
    fn assert_nothing_is_left(&self) {
        let prefix = format!("{}-", self.world.name);
        let mut left = self.world.inventory();
        left.retain(|line| line.rsplit([' ', '/']).next().is_some_and(|name| name.starts_with(&prefix)));
        assert_eq!(left, [""; 0], "left by `down`");
    }

    fn arguments(&self, way: Way) -> Vec<&str> {
        match way {
            Create | Reopen | Upgrade | Downgrade => vec!["up", "--yes"],
            Close => vec!["down", "--confirm-name", &self.world.name],
            Delete => vec!["down", "--confirm-name", &self.world.name, "--delete-images"],
        }
    }

    fn run(&self, way: Way) {
        self.world.run(&self.arguments(way)).succeeds();
        self.deployed.set(way != Delete);
    }

    /// What is to be done before a run.
    fn prepare(&self, way: Way) {
        let plain = format!("name: {}\nregion: {REGION}\n", self.world.name);
        match way {
            Upgrade => {
                self.older_indexer();
                self.other_page();
                self.world.configure(&format!("{plain}{}", changed::every_setting("image/png")));
            }
            Downgrade => {
                self.older_indexer();
                self.world.configure(&plain);
            }
            Close | Reopen | Create | Delete => self.world.configure(&plain),
        }
    }

    fn other_page(&self) {
        let folder = self.world.file("page.txt", "").replace("page.txt", "page");
        fs::create_dir_all(format!("{folder}/assets")).unwrap();
        fs::write(format!("{folder}/index.html"), "<!doctype html><title>another page</title>").unwrap();
        fs::write(format!("{folder}/assets/app-4f2a91c3.js"), "another()").unwrap();
    }

    fn older_indexer(&self) {
        let file = format!("fileb://{}", self.world.file("older.zip", changed::indexer_zip()));
        let function = format!("{}-indexer", self.world.name);
        self.world.aws.call(&["lambda", "update-function-code", "--function-name", &function, "--zip-file", &file]);
    }

    fn add_picture(&self) {
        self.world.put_image(PICTURE, pixels());
        let page = self.world.page();
        // The indexer is done with it: nothing is under way when the next run begins.
        eventually("the picture in the index", || (!page.gallery(&self.world.aws, "rome").is_empty()).then_some(()));
    }

    /// The picture is there, unless it was to be deleted, and nothing is more open than it shall be.
    fn assert_safe(&self, way: Way) {
        let pixels = pixels();
        let there = !matches!(way, Create | Delete);
        if self.world.assert_images_are_safe(there.then_some((PICTURE, &pixels))) == Bucket::Gone {
            assert!(!there, "the images bucket is gone");
        }
    }
}
