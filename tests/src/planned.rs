//! The plans that the program would make, with all that they know.

use gallery_deploy::aws::{Access, Connection, Origin, Reach};
use gallery_deploy::bundle;
use gallery_deploy::config::{self, Config};
use gallery_deploy::desired::Desired;
use gallery_deploy::names::Names;
use gallery_deploy::observe::observe;
use gallery_deploy::plan::{Adopt, Plan, down, up};
use gallery_deploy::resource::key::{KeyPair, Secret};
use gallery_deploy::resource::observed::Observed;
use gallery_deploy::site_files;

use crate::{ACCOUNT, World};

impl World {
    /// What `up` would do.
    pub fn planned_up(&self) -> Plan {
        let (config, names, seen) = self.look();
        let files = site_files::load(config.site.dir.as_deref(), &names.place, &names.images_bucket).unwrap();
        let code = bundle::indexer(config.indexer.architecture).unwrap();
        up(&Desired::new(&config, &names, files, code.code_sha256), &seen, Adopt::Nothing)
    }

    /// What `down` would do.
    pub fn planned_down(&self, delete_images: bool) -> Plan {
        let (_, names, seen) = self.look();
        down(&names, &seen, delete_images, None, &[])
    }

    fn look(&self) -> (Config, Names, Observed) {
        let config = config::load(&self.config_file()).unwrap();
        let (id, secret) = self.admin();
        let key = KeyPair { access_key_id: id.to_owned(), secret: Secret::new(secret) };
        let origin = Origin::Local { endpoint: self.endpoint(), key };
        self.wait_for(async {
            let connection =
                Connection::open(origin, Access::ReadOnly, config.region.as_deref(), &Reach::default()).await.unwrap();
            let (aws, place) = connection.in_account(ACCOUNT.to_owned());
            let names = Names::new(&config, place);
            let seen = observe(&aws, &names, None).await.unwrap();
            (config, names, seen)
        })
    }
}
