//! What must hold in every world: each property is a function of the world and of something that just happened in it.
//!
//! A property returns what is wrong, or nothing. If a property holds only in some worlds, its comment says which, and why
//! no client could do better in the others.

use super::call::CallError;
use super::fact::Fact;
use super::ledger::Sent;
use super::process::{USER, unix_time};
use super::release::Release;
use super::settings::Kind;
use super::world::World;

/// Seconds for which a process waits for a response.
const DEADLINE_SECONDS: u64 = 10;

type Property = fn(&World, &Fact) -> Option<String>;

/// Every property by name.
pub(super) const PROPERTIES: [(&str, Property); 22] = [
    ("one_refresh_in_flight", one_refresh_in_flight),
    ("no_grant_is_lost_without_rotation", no_grant_is_lost_without_rotation),
    ("no_needless_refresh", no_needless_refresh),
    ("no_older_refresh_token", no_older_refresh_token),
    ("no_shorter_lived_access_token", no_shorter_lived_access_token),
    ("within_the_budget_of_the_server", within_the_budget_of_the_server),
    ("within_the_budget_of_the_record", within_the_budget_of_the_record),
    ("saved_before_use", saved_before_use),
    ("valid_when_handed_out", valid_when_handed_out),
    ("every_call_ends", every_call_ends),
    ("only_invalid_grants_are_rejected", only_invalid_grants_are_rejected),
    ("reuse_only_after_a_lost_response", reuse_only_after_a_lost_response),
    ("the_next_call_returns_a_token", the_next_call_returns_a_token),
    ("a_valid_token_outlives_failures", a_valid_token_outlives_failures),
    ("a_rejected_grant_returns_no_token", a_rejected_grant_returns_no_token),
    ("failures_are_followed_by_pauses", failures_are_followed_by_pauses),
    ("a_pause_has_a_failure", a_pause_has_a_failure),
    ("an_alarm_refreshes_ahead", an_alarm_refreshes_ahead),
    ("only_revoked_grants_are_deleted", only_revoked_grants_are_deleted),
    ("a_newer_format_is_left_alone", a_newer_format_is_left_alone),
    ("unknown_members_are_kept", unknown_members_are_kept),
    ("a_refresh_keeps_the_id", a_refresh_keeps_the_id),
];

/// Milliseconds from a mark to the moment when another process ignores it, less a second for rounding.
const LEASE: u64 = 14_000;
/// Milliseconds from a mark to the sending of its request, so that the deadline still lies within the lease.
const PROMPT: u64 = 4_000;

/// Of requests with one refresh token, at most one is in flight: its sender waits for the response.
///
/// Holds while locks hold; a lock that was taken over from a process which paused for longer than the lease does not.
/// Without a lock the mark in the record does the same, among processes whose clocks agree and which send within four
/// seconds of deciding to: another process ignores a mark after fifteen, by its own clock.
fn one_refresh_in_flight(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Sent(id) = fact else { return None };
    let ledger = &world.server.ledger;
    let sent = ledger.requests.get(id)?;
    let other = ledger.in_flight().find(|(other, earlier)| {
        other != id
            && earlier.refresh_token == sent.refresh_token
            && is_guarded(world, earlier)
            && is_guarded(world, sent)
    });
    other.map(|(other, _)| format!("#{id} is sent while #{other} is in flight"))
}

/// Whether the lock or the mark of this request kept other processes from sending another.
fn is_guarded(world: &World, sent: &Sent) -> bool {
    match world.settings.locking {
        Some(_) => !world.lock.is_broken(sent.fence),
        None => {
            !world.settings.faults.clocks && sent.sent_at.saturating_sub(sent.marked_at) < PROMPT && {
                let process = world.processes.get(sent.instance.process);
                process.is_none_or(|process| process.paused_until < sent.marked_at)
            }
        }
    }
}

/// A request is sent only for a token that is due, that expires too soon for the caller, or that was rejected: so one
/// caller refreshes, and all others use the tokens of that refresh.
///
/// Holds where clocks are right.
fn no_needless_refresh(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Sent(id) = fact else { return None };
    let ledger = &world.server.ledger;
    let sent = ledger.requests.get(id)?;
    let left = ledger.access(&sent.access_token)?.expires_at.saturating_sub(sent.marked_at / 1000);
    // A tenth more at random; and the process counts from its request, up to a deadline before the server.
    let leeway = world.settings.leeway.saturating_mul(11) / 10;
    let is_due = left <= leeway.max(sent.options.min_validity.as_secs()).saturating_add(DEADLINE_SECONDS);
    let is_needless = !is_due && sent.options.rejected != sent.access_token && !world.settings.faults.clocks;
    is_needless.then(|| format!("#{id} is sent, and {} has {left} s left", ledger.name(&sent.access_token)))
}

/// A saved refresh token is never replaced by one that was issued earlier or for an earlier consent, by none, or by one
/// that no server issued.
fn no_older_refresh_token(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { before, after, .. } = fact else { return None };
    let ledger = &world.server.ledger;
    let (new, old) = (after.refresh_token(), before.as_ref().map(|record| record.refresh_token()));
    let age = ledger.age_of(new);
    let is_older = age.is_none() || age < old.and_then(|old| ledger.age_of(old));
    is_older.then(|| format!("{} replaces {}", ledger.name(new), ledger.name(old.unwrap_or_default())))
}

/// A saved access token is never replaced by one that expires more than a deadline sooner, unless the user connected
/// again.
///
/// Holds where clocks are right: only the clock says which of two tokens expires first.
fn no_shorter_lived_access_token(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, before: Some(before), after } = fact else { return None };
    let ledger = &world.server.ledger;
    let expires_at = |token: &str| ledger.access(token).map_or(0, |access| access.expires_at);
    let (old, new) = (before.access_token(), after.access_token());
    let is_shorter = expires_at(new).saturating_add(DEADLINE_SECONDS) < expires_at(old);
    (is_shorter && *by != USER && !world.settings.faults.clocks)
        .then(|| format!("{} replaces {}", ledger.name(new), ledger.name(old)))
}

/// The server never refuses a request because of the number of requests.
///
/// Holds where clocks are right and where each request arrives at the server once, within a deadline of being counted.
fn within_the_budget_of_the_server(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Throttled(refresh_token) = fact else { return None };
    let ledger = &world.server.ledger;
    let is_exact = !world.settings.faults.clocks && !ledger.counted_late.contains(refresh_token);
    is_exact.then(|| format!("a request with {} was one too many", ledger.name(refresh_token)))
}

/// No record counts more requests within a window than the server accepts.
fn within_the_budget_of_the_record(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, after, .. } = fact else { return None };
    let budget = world.server.client().profile.budget?;
    let now = world.clock(*by);
    let count = after.requests.iter().filter(|time| now.since(**time) < budget.window).count();
    (count > budget.requests).then(|| format!("{count} requests are counted"))
}

/// An access token that is handed out was in the store before.
fn saved_before_use(world: &World, fact: &Fact) -> Option<String> {
    let Fact::HandedOut { instance, access_token, .. } = fact else { return None };
    let ledger = &world.server.ledger;
    let is_saved = ledger.access(access_token).is_some_and(|access| access.saved_at.is_some());
    (!is_saved).then(|| format!("{instance} gets {}, which was never saved", ledger.name(access_token)))
}

/// An access token that is handed out is valid for as long as the caller asked for, unless the server dropped it before
/// its expiry (it was revoked, evicted, or revoked with its grant), and is never the one that was just rejected.
///
/// That it has not expired holds where clocks are right.
fn valid_when_handed_out(world: &World, fact: &Fact) -> Option<String> {
    let Fact::HandedOut { instance, access_token, rejected, min_validity, .. } = fact else { return None };
    let ledger = &world.server.ledger;
    let left = ledger.access(access_token)?.expires_at.saturating_sub(world.seconds());
    let is_short = left == 0 || left < min_validity.as_secs();
    let what = if access_token == rejected {
        "was just rejected"
    } else if is_short && !world.settings.faults.clocks {
        "has expired, or expires too soon"
    } else {
        return None;
    };
    Some(format!("{instance} gets {}, which {what}", ledger.name(access_token)))
}

/// Every call ends with a token or with a typed error, unless its process crashes.
fn every_call_ends(_: &World, fact: &Fact) -> Option<String> {
    match fact {
        Fact::Hanging(calls) => Some(format!("{calls} calls have no result")),
        Fact::Untyped(instance) => Some(format!("{instance} gets an error without a type")),
        _ => None,
    }
}

/// A refresh token is saved as rejected only when the server no longer accepts it; and a caller gets
/// `reauthorization_required` only when the store has no other token that the server accepts.
fn only_invalid_grants_are_rejected(world: &World, fact: &Fact) -> Option<String> {
    let ledger = &world.server.ledger;
    match fact {
        Fact::Saved { after, .. } => {
            let token = after.refresh_token();
            (after.rejected_at.is_some() && world.server.is_valid(token))
                .then(|| format!("{} is saved as rejected, and valid", ledger.name(token)))
        }
        Fact::Reauthorize { instance, refresh_token } if !ledger.rejected.contains(refresh_token) => {
            let stored = world.record.as_ref().map(|record| record.refresh_token());
            stored.filter(|token| world.server.is_valid(token)).map(|token| {
                format!("{instance} has to authorize again, and the store has {}", ledger.name(token))
            })
        }
        _ => None,
    }
}

/// With a server that does not rotate, the record has the refresh token that the user connected last, and not as rejected,
/// for as long as the server accepts it.
fn no_grant_is_lost_without_rotation(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { after, .. } = fact else { return None };
    let connected = world.connected.as_deref()?;
    let is_lost = after.refresh_token() != connected || after.rejected_at.is_some();
    (world.settings.kind == Kind::Zoho && is_lost && world.server.is_valid(connected))
        .then(|| format!("{} is valid, and no longer in the record", world.server.ledger.name(connected)))
}

/// A server that rotates detects reuse only where no client could know that a refresh token was used, or know its
/// successor:
/// - the response with the successor was lost, came damaged, or came after the deadline;
/// - the process that had it crashed before it was saved;
/// - the store failed to save it, and another process sent the old one before this one could save it;
/// - the network delivered a request twice, or after its sender's deadline;
/// - what keeps processes apart did not hold: see [`one_refresh_in_flight`]. A process that pauses between its mark
///   and its request for longer than the lease sends what another has used meanwhile, and no store can prevent it.
///   Without a lock, a mark whose response is still to be saved after fifteen seconds stops no other process.
fn reuse_only_after_a_lost_response(world: &World, fact: &Fact) -> Option<String> {
    let Fact::ReuseDetected { refresh_token, copy, is_late } = fact else { return None };
    let ledger = &world.server.ledger;
    let again = ledger.requests.get(&copy.request)?;
    let user = ledger.used_by.get(refresh_token)?;
    let first = ledger.requests.get(user)?;
    let is_unsaved = first.saved_at.is_none_or(|at| at > again.marked_at);
    let outlived = world.settings.locking.is_none()
        && is_unsaved
        && again.marked_at.saturating_sub(first.marked_at) > LEASE;
    let is_excused = copy.is_duplicate
        || *is_late
        || !first.delivered
        || (is_unsaved && !world.is_running(first.instance))
        || (is_unsaved && first.unsaved && again.instance != first.instance)
        || !is_guarded(world, first)
        || !is_guarded(world, again)
        || outlived;
    (!is_excused).then(|| {
        let name = ledger.name(refresh_token);
        format!("#{} sends {name}, which #{user} has used", copy.request)
    })
}

/// After all faults, when clocks are right, the next call of each process returns a token that works, if the server
/// accepts the refresh token that the store has, or that this process still has to save.
///
/// A call here is as `TokenManager.fetch` makes it: it reports a token that the resource server rejected, and waits when
/// the error names a time, a day at most. A token whose expiry was computed by a clock that was ahead counts as fresh
/// until it is rejected, since nothing else in a record says its age; and so does one that the server dropped before its
/// expiry. Two of them may come in a row, the stored one and the one that is still to be saved.
fn the_next_call_returns_a_token(_: &World, fact: &Fact) -> Option<String> {
    let Fact::Last { instance, reachable: true, result } = fact else { return None };
    match result {
        Ok(true) => None,
        Ok(false) => Some(format!("{instance} gets a token that does not work")),
        Err(why) => Some(format!("{instance} gets no token: {why}")),
    }
}

/// Milliseconds in which a caller that got an error has read the store again.
const READ: u64 = 20_000;

/// A caller gets an error of the server or of the network only when the store has no token that serves it.
///
/// Holds where clocks are right and no process pauses, for tokens that the store has had for some seconds.
fn a_valid_token_outlives_failures(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Failed { instance, options, error } = fact else { return None };
    let is_of_the_server = matches!(error, CallError::Throttled(_) | CallError::Request(_));
    if !is_of_the_server || world.settings.faults.clocks || world.settings.faults.pauses {
        return None;
    }
    let ledger = &world.server.ledger;
    let token = world.record.as_ref()?.access_token();
    let access = ledger.access(token)?;
    let left = access.expires_at.saturating_sub(world.seconds());
    let is_known = access.saved_at.is_some_and(|at| at.saturating_add(READ) < world.now);
    let serves =
        token != options.rejected && left > options.min_validity.as_secs().saturating_add(DEADLINE_SECONDS);
    (is_known && serves)
        .then(|| format!("{instance} gets {}, and {} has {left} s left", error.code(), ledger.name(token)))
}

/// A call whose refresh found that the grant is rejected does not return a token that the server no longer accepts.
fn a_rejected_grant_returns_no_token(world: &World, fact: &Fact) -> Option<String> {
    let Fact::HandedOut { instance, access_token, despite_rejection: true, .. } = fact else { return None };
    let name = || world.server.ledger.name(access_token);
    (!world.server.accepts(access_token, world.seconds()))
        .then(|| format!("{instance} gets {} of a rejected grant", name()))
}

/// After failed requests in a row for one access token, a vault sends the next one after 5, 10, 20 seconds and so on, up
/// to 300, or after the time that the server names.
///
/// Holds if the pause is always saved: without faults of the store, crashes, pauses and wrong clocks.
fn failures_are_followed_by_pauses(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Sent(id) = fact else { return None };
    let faults = world.settings.faults;
    if !world.settings.vault || faults.store || faults.crashes || faults.pauses || faults.clocks {
        return None;
    }
    let ledger = &world.server.ledger;
    let sent = ledger.requests.get(id)?;
    let mut failures = 0_u32;
    let mut allowed_at = 0;
    for (_, earlier) in ledger.requests_for(&sent.access_token) {
        match earlier.failed {
            Some((_, "throttled")) => {
                allowed_at = earlier.pause.unwrap_or(0);
            }
            Some((at, code)) if code != "reauthorization_required" => {
                let pause = 5_u64.saturating_mul(2_u64.saturating_pow(failures)).min(300);
                failures = failures.saturating_add(1);
                allowed_at = at.saturating_add(pause.saturating_mul(1000));
            }
            _ => {}
        }
    }
    // A second for rounding.
    let early = allowed_at.saturating_sub(1000).saturating_sub(sent.marked_at);
    (early > 0).then(|| format!("#{id} is sent {early} ms too early after {failures} failures"))
}

/// A record stops requests only as long as the failure of a request calls for, which was to replace the same access token.
///
/// Holds where clocks are right.
fn a_pause_has_a_failure(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, after, .. } = fact else { return None };
    let until = after.hold_until.filter(|until| *until > world.clock(*by))?;
    let ledger = &world.server.ledger;
    let calls_for_it = |sent: &Sent| sent.pause.is_some_and(|end| unix_time(end) >= until);
    let has_failure = ledger.requests_for(after.access_token()).any(|(_, sent)| calls_for_it(sent));
    (!has_failure && !world.settings.faults.clocks).then(|| {
        let pause = until.since(world.clock(*by)).as_secs();
        format!(
            "{by} saves a pause of {pause} s, and no request for {} calls for it",
            ledger.name(after.access_token())
        )
    })
}

/// A vault refreshes ahead: 600 seconds before expiry, or after half of the lifetime.
///
/// Holds if nothing goes wrong, and the process in which the alarm rings reads the record.
fn an_alarm_refreshes_ahead(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Sent(id) = fact else { return None };
    let faults = world.settings.faults;
    let is_faulty =
        faults.network || faults.store || faults.crashes || faults.pauses || faults.clocks || faults.user;
    let is_read = !world.settings.releases.contains(&Release::Newer);
    if !world.settings.vault || is_faulty || !is_read || world.alarms_are_over {
        return None;
    }
    let ledger = &world.server.ledger;
    let sent = ledger.requests.get(id)?;
    let left = ledger.access(&sent.access_token)?.expires_at.saturating_sub(sent.marked_at / 1000);
    let ahead = (world.settings.lifetime / 2).min(600).saturating_sub(DEADLINE_SECONDS);
    (left < ahead)
        .then(|| format!("#{id} is sent when {} has {left} s left", ledger.name(&sent.access_token)))
}

/// The record of a revoked grant is deleted, and no record that was saved before the store was read again.
///
/// Holds if a confirmed revocation has revoked: RFC 7009 confirms by the status, which a gateway may send.
fn only_revoked_grants_are_deleted(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Deleted { by, record, reread_at } = fact else { return None };
    let ledger = &world.server.ledger;
    let is_confirmed = world.settings.kind == Kind::Zoho || !world.settings.faults.network;
    let saved_at = ledger.access(record.access_token()).and_then(|access| access.saved_at);
    let is_read = saved_at.is_some_and(|at| at < *reread_at);
    let is_valid = world.server.is_valid(record.refresh_token());
    (is_confirmed && is_read && is_valid)
        .then(|| format!("{by} deletes {}, which is valid", ledger.name(record.refresh_token())))
}

/// A record of a format that a process does not know is neither replaced nor deleted by it, and no token of the record is
/// sent. A token request needs no look of its own, since a save marks the record before it.
///
/// Holds for releases that know formats. No store can tell a process that deletes what it has read that another one saved
/// in between.
fn a_newer_format_is_left_alone(world: &World, fact: &Fact) -> Option<String> {
    let (by, format, what) = match fact {
        Fact::Saved { by, before: Some(before), .. } => (by, before.format, "replaces"),
        Fact::Deleted { by, record, reread_at } if world.saved_at < *reread_at => {
            (by, record.format, "deletes")
        }
        Fact::RevocationSent { by, format } => (by, *format, "revokes the tokens of"),
        _ => return None,
    };
    let release = world.release(*by);
    (!release.reads(format)).then(|| format!("{by}, of {release:?}, {what} a record of format {format:?}"))
}

/// A member that a release does not know stays in the record with each save.
///
/// Holds for all releases but the oldest, which keeps it in a refresh only.
fn unknown_members_are_kept(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, before: Some(before), after } = fact else { return None };
    let release = world.release(*by);
    let keeps = *by != USER || release.keeps_members();
    (keeps && before.has_later_member && !after.has_later_member)
        .then(|| format!("{by}, of {release:?}, drops a member"))
}

/// A refresh keeps the grant id, and adds none. Only tokens that the user saves get one.
fn a_refresh_keeps_the_id(_: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, before: Some(before), after } = fact else { return None };
    (*by != USER && before.grant_id != after.grant_id)
        .then(|| format!("{by} replaces the grant id {:?} by {:?}", before.grant_id, after.grant_id))
}
