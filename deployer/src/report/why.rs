//! Why a change that failed matters.

use crate::plan::Action;
use crate::resource::Kind;

/// One sentence.
pub(super) const fn why(kind: Kind, action: Action) -> &'static str {
    if matches!(action, Action::Delete) {
        return match kind {
            Kind::ImagesBucket | Kind::SiteBucket | Kind::Table | Kind::LogGroup => "It stays, and what it holds is paid for.",
            Kind::Notification => "Until it is gone, S3 goes on to call the indexer.",
            Kind::User | Kind::Key => "Until it is gone, the page's key goes on to work.",
            _ => "It stays until a later `down` deletes it.",
        };
    }
    match kind {
        Kind::ImagesBucket => "The images lie in this bucket.",
        Kind::SiteBucket => "The page lies in this bucket.",
        Kind::Table => "The page finds the images by this table.",
        Kind::Role => "The indexer runs as this role.",
        Kind::LogGroup => "The indexer writes its log there.",
        Kind::Function => "Without the indexer, no new image comes into the index.",
        Kind::Permission => "Without it, S3 may not call the indexer.",
        Kind::AsyncInvocation => "Without it, nobody sees which images the indexer failed on.",
        Kind::Notification => "Without it, the indexer does not hear of new images.",
        Kind::User => "The page works with a key of this user.",
        Kind::Assets => "The page is made of these files.",
        Kind::Key => "The page works with this key.",
        Kind::Page => "Visitors see the page as it was before, if there was one.",
        Kind::Index => "The page does not show images that have no row in the index.",
    }
}
