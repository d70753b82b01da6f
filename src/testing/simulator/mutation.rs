//! Bugs that are planted in the host, never in the core, to show that the properties find them.

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// Callers get new tokens before these are saved.
    UseBeforeSave,
    /// A rejected refresh token counts as invalid although the store was not read again.
    SkipReread,
    /// The record is not marked before the request is sent.
    NoMark,
    /// Saves do not compare versions.
    IgnoreCas,
    /// The refresh token of a response is dropped, and the one that was sent is saved again.
    ForgetRotation,
    /// Requests are counted, but the budget has no limit.
    IgnoreBudget,
    /// Requests are not counted.
    ForgetRequests,
    /// A 5xx is parsed as a token response, and its empty tokens replace the stored ones.
    ReplaceOn5xx,
    /// The store's lock is not taken, and the mark is ignored as if it were.
    NoLock,
    /// Requests have no deadline.
    NoDeadline,
    /// Tokens that could not be saved are dropped.
    DropUnsaved,
    /// Each failed request counts as a rejected refresh token.
    RejectedOnFailure,
    /// The lifetime of a token is counted from its response instead of its request.
    LifetimeFromResponse,
    /// An error is repeated for ever.
    RememberFailure,
    /// Each call refreshes, whatever is left of the token's lifetime.
    AlwaysRefresh,
    /// The access token that the resource server rejected is not passed on.
    IgnoreRejection,
    /// A caller that joined a refresh takes its tokens although they do not serve it.
    JoinAny,
    /// A caller whose joined refresh does not serve it waits for another one instead of starting it.
    NeverStartAgain,
    /// A valid token is not handed out after a failure of the server.
    NoOutliving,
    /// A stored token is handed out after the server has rejected the grant.
    OutliveRejection,
    /// A vault records no pause after a failure of the server.
    NoBackOff,
    /// A call that a pause stops extends the pause.
    ExtendPause,
    /// A pause stays when the tokens are replaced.
    KeepPause,
    /// A vault sets no alarm.
    NoAlarm,
    /// A revoked record is deleted although the store was not read again.
    DeleteUnread,
    /// A save of new tokens drops members that its release does not know.
    DropMembers,
    /// A refresh draws a grant id.
    DrawIdOnRefresh,
    /// A record of a newer format is read as any other.
    IgnoreFormat,
    /// A process whose save of new tokens failed gives the lock back at once.
    GiveUpSaving,
    /// A holder of the lock sends although another process may still have tokens to save.
    IgnoreMark,
    /// The tokens of a store that went back in time are taken as they are.
    TakeRolledBack,
    /// A revocation does not take the lock.
    RevokeUnlocked,
    /// Calls of the store have no deadline.
    NoStoreDeadline,
    /// The time before which no request may be sent is ignored.
    IgnoreHold,
    /// A mark of another process counts for half an hour.
    LongLease,
    /// A revocation that waits for the refresh of another process looks again after 40 minutes.
    PatientRevocation,
    /// The pauses between two attempts to save new tokens are long.
    LazySaving,
    /// The refresh token of a response that is of no other use is dropped.
    DropRefused,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 38] = [
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
        Self::RejectedOnFailure,
        Self::LifetimeFromResponse,
        Self::RememberFailure,
        Self::AlwaysRefresh,
        Self::IgnoreRejection,
        Self::JoinAny,
        Self::NeverStartAgain,
        Self::NoOutliving,
        Self::OutliveRejection,
        Self::NoBackOff,
        Self::ExtendPause,
        Self::KeepPause,
        Self::NoAlarm,
        Self::DeleteUnread,
        Self::DropMembers,
        Self::DrawIdOnRefresh,
        Self::IgnoreFormat,
        Self::GiveUpSaving,
        Self::IgnoreMark,
        Self::TakeRolledBack,
        Self::RevokeUnlocked,
        Self::NoStoreDeadline,
        Self::IgnoreHold,
        Self::LongLease,
        Self::PatientRevocation,
        Self::LazySaving,
        Self::DropRefused,
    ];

    /// The bug of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mutation| format!("{mutation:?}") == name)
    }
}
