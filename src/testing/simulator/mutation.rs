//! Bugs that are planted in the host, never in the core, to see that the simulator finds them.

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// Callers get new tokens first, and then they are saved.
    UseBeforeSave,
    /// A refresh token that the server refuses is taken for dead without a second look at the store.
    SkipReread,
    /// The record is not marked before the request is sent.
    NoMark,
    /// Saves do not compare versions.
    IgnoreCas,
    /// The refresh token of an answer is dropped, and the earlier one kept.
    ForgetRotation,
    /// Requests are counted, and never too many.
    IgnoreBudget,
    /// Requests are not counted.
    ForgetRequests,
    /// A 5xx is taken for an answer, and its empty tokens replace the stored ones.
    ReplaceOn5xx,
    /// The store's lock is not taken, and the mark not heeded as if it were.
    NoLock,
    /// Requests have no deadline.
    NoDeadline,
    /// Tokens that could not be saved are forgotten.
    DropUnsaved,
    /// Any failed request is taken for the death of the grant.
    DeadOnFailure,
    /// A token is taken to live from when its answer came, not from when it was asked for.
    LifeFromAnswer,
    /// Who got an error once gets it for ever.
    RememberFailure,
    /// Every call refreshes, however long the token still lives.
    AlwaysRefresh,
    /// The caller's word that a token was refused is not passed on.
    IgnoreRefusal,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::UseBeforeSave,
        Self::SkipReread,
        Self::NoMark,
        Self::IgnoreCas,
        Self::ForgetRotation,
        Self::IgnoreBudget,
        Self::ForgetRequests,
        Self::ReplaceOn5xx,
        Self::NoLock,
        Self::NoDeadline,
        Self::DropUnsaved,
        Self::DeadOnFailure,
        Self::LifeFromAnswer,
        Self::RememberFailure,
        Self::AlwaysRefresh,
        Self::IgnoreRefusal,
    ];

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mutation| format!("{mutation:?}") == name)
    }
}
