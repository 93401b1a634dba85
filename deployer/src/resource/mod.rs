//! One file per kind: what it shall be, what was seen of it, and how the two compare. Pure: nothing here can reach the network.

pub mod async_invocation;
pub mod bucket;
pub mod compare;
pub mod function;
pub mod index;
pub mod key;
pub mod log_group;
pub mod notification;
pub mod observed;
pub mod permission;
pub mod policy;
pub mod rights;
pub mod role;
pub mod site;
pub mod table;
pub mod tags;
pub mod user;

use serde::Serialize;

use compare::Field;

/// Declares [`Kind`] and the list of all of them from one list, so that none can be forgotten.
macro_rules! kinds {
    ($($kind:ident)+) => {
        /// Every kind of thing that is planned and applied, in the order in which plans list them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind {
            $($kind),+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: [Self; [$(Self::$kind),+].len()] = [$(Self::$kind),+];
        }
    };
}

kinds! {
    ImagesBucket
    SiteBucket
    Table
    Role
    LogGroup
    Function
    Permission
    AsyncInvocation
    Notification
    Index
    User
    Assets
    Key
    Page
}

impl Kind {
    /// The word for it in plans.
    pub fn word(self) -> &'static str {
        match self {
            Self::ImagesBucket | Self::SiteBucket => "bucket",
            Self::Table => "table",
            Self::Role => "role",
            Self::LogGroup => "log group",
            Self::Function => "function",
            Self::Permission => "permission",
            Self::AsyncInvocation => "retries",
            Self::Notification => "notification",
            Self::Index => "index",
            Self::User => "user",
            Self::Assets => "assets",
            Self::Key => "key",
            Self::Page => "page",
        }
    }
}

impl Kind {
    /// Whether it only lies in, or hangs on, things that have changes of their own.
    pub fn is_a_part(self) -> bool {
        match self {
            Self::ImagesBucket | Self::SiteBucket | Self::Table | Self::Role | Self::LogGroup | Self::Function | Self::User => {
                false
            }
            Self::AsyncInvocation | Self::Permission | Self::Notification => true,
            Self::Index | Self::Assets | Self::Key | Self::Page => true,
        }
    }

    /// What may differ of it: all that we manage, and nothing else is ever compared.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::ImagesBucket => bucket::FIELDS,
            Self::SiteBucket => bucket::SITE_FIELDS,
            Self::Table => table::FIELDS,
            Self::Role => role::FIELDS,
            Self::LogGroup => log_group::FIELDS,
            Self::Function => function::FIELDS,
            Self::Permission => permission::FIELDS,
            Self::AsyncInvocation => async_invocation::FIELDS,
            Self::Notification => notification::FIELDS,
            Self::Index => index::FIELDS,
            Self::User => user::FIELDS,
            Self::Assets => site::ASSETS_FIELDS,
            Self::Key => key::FIELDS,
            Self::Page => site::PAGE_FIELDS,
        }
    }
}

/// What a look at AWS gave. *Not allowed to read* is never *absent*.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen<T> {
    Absent,
    Present(T),
    Unknown(Unreadable),
}

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// A read was refused: the call, and what AWS said.
    Denied { call: String, message: String },
    /// The name is taken by somebody else.
    Foreign { by: String },
    /// A bucket that refuses every read: another account's, or this identity may not list it. AWS does not tell which.
    OtherAccount,
}

impl<T> Seen<T> {
    /// What is there, if it is there and readable.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Unknown(_) => None,
        }
    }
}
