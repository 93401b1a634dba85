//! What whoever runs `gallery-deploy` must be allowed to do: IAM actions, and the ARNs on which they act.

/// IAM actions on some resources. Rights of the same `sid` share one statement: they differ in their actions or in their resources, not in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The statement's `Sid`: letters only.
    pub sid: &'static str,
    pub purpose: Purpose,
    /// As IAM writes them, which is not always as the API does: `s3:GetBucketCORS`.
    pub actions: &'static [&'static str],
    /// ARNs, or patterns of them.
    pub resources: Vec<String>,
    /// `iam:PassRole` only: the service that may take on the role.
    pub passed_to: Option<&'static str>,
}

/// What a right is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The look at AWS with which every command begins.
    Look,
    /// What more there is to see: no other command needs it.
    Browse,
    /// Everything that `up` and `down` do after it, reads among it.
    Change,
    /// What they do only where an account has things set up in another way than most.
    Seldom,
}

impl Right {
    pub fn to_look(sid: &'static str, actions: &'static [&'static str], resources: &[String]) -> Self {
        Self { sid, purpose: Purpose::Look, actions, resources: resources.to_vec(), passed_to: None }
    }

    pub fn to_browse(sid: &'static str, actions: &'static [&'static str], resources: &[String]) -> Self {
        Self { sid, purpose: Purpose::Browse, actions, resources: resources.to_vec(), passed_to: None }
    }

    pub fn to_change(sid: &'static str, actions: &'static [&'static str], resources: &[String]) -> Self {
        Self { sid, purpose: Purpose::Change, actions, resources: resources.to_vec(), passed_to: None }
    }

    pub fn to_change_seldom(sid: &'static str, actions: &'static [&'static str], resources: &[String]) -> Self {
        Self { sid, purpose: Purpose::Seldom, actions, resources: resources.to_vec(), passed_to: None }
    }

    /// Whether most get along without it.
    pub const fn is_dispensable(&self) -> bool {
        matches!(self.purpose, Purpose::Browse | Purpose::Seldom)
    }

    #[must_use]
    pub fn passed_to(mut self, service: &'static str) -> Self {
        self.passed_to = Some(service);
        self
    }
}
