//! What must hold in every world: each property is a function of the world and of something that just happened in it.
//!
//! A property returns what is wrong, or nothing. If a property holds only in some worlds, its comment says which, and why
//! no client could do better in the others. Where it excuses what happened although it does not hold, it counts that:
//! see [`World::excuse`].

mod callers;
mod deadline;
mod durability;
mod fleets;
mod requests;
mod revocations;
mod tokens;
mod vaults;

use super::fact::Fact;
use super::world::World;

type Property = fn(&World, &Fact) -> Option<String>;

/// Every property by name.
pub(super) const PROPERTIES: [(&str, Property); 30] = [
    ("one_refresh_in_flight", requests::one_refresh_in_flight),
    ("no_grant_is_lost_without_rotation", tokens::no_grant_is_lost_without_rotation),
    ("no_needless_refresh", requests::no_needless_refresh),
    ("no_older_refresh_token", tokens::no_older_refresh_token),
    ("no_shorter_lived_access_token", tokens::no_shorter_lived_access_token),
    ("within_the_budget_of_the_server", requests::within_the_budget_of_the_server),
    ("within_the_budget_of_the_record", requests::within_the_budget_of_the_record),
    ("saved_before_use", callers::saved_before_use),
    ("valid_when_handed_out", callers::valid_when_handed_out),
    ("every_call_ends", callers::every_call_ends),
    ("only_invalid_grants_are_rejected", tokens::only_invalid_grants_are_rejected),
    ("reuse_only_after_a_lost_response", tokens::reuse_only_after_a_lost_response),
    ("the_next_call_returns_a_token", callers::the_next_call_returns_a_token),
    ("a_valid_token_outlives_failures", callers::a_valid_token_outlives_failures),
    ("a_rejected_grant_returns_no_token", callers::a_rejected_grant_returns_no_token),
    ("failures_are_followed_by_pauses", vaults::failures_are_followed_by_pauses),
    ("a_pause_has_a_failure", vaults::a_pause_has_a_failure),
    ("an_alarm_refreshes_ahead", vaults::an_alarm_refreshes_ahead),
    ("only_revoked_grants_are_deleted", revocations::only_revoked_grants_are_deleted),
    ("a_newer_format_is_left_alone", fleets::a_newer_format_is_left_alone),
    ("unknown_members_are_kept", fleets::unknown_members_are_kept),
    ("a_refresh_keeps_the_id", fleets::a_refresh_keeps_the_id),
    ("saving_is_not_given_up", durability::saving_is_not_given_up),
    ("tokens_are_saved_soon", durability::tokens_are_saved_soon),
    ("tokens_in_hand_are_saved", durability::tokens_in_hand_are_saved),
    ("a_version_never_goes_down", durability::a_version_never_goes_down),
    ("nothing_lives_after_a_revocation", revocations::nothing_lives_after_a_revocation),
    ("nothing_before_hold_until", requests::nothing_before_hold_until),
    ("every_wait_is_bounded", callers::every_wait_is_bounded),
    ("every_revocation_is_bounded", revocations::every_revocation_is_bounded),
];
