//! What must hold, whatever happens: each a function of the world and of something that just happened in it.
//!
//! A property says what is wrong, or nothing. Where one holds only in some worlds, it says which, and why no client could
//! do better in the others.

use super::fact::Fact;
use super::ledger::Sent;
use super::process::OUTSIDE;
use super::setting::Kind;
use super::world::World;

/// Seconds for which a process waits for an answer.
const DEADLINE_SECONDS: i64 = 10;

type Property = fn(&World, &Fact) -> Option<String>;

/// Every property by name.
pub(super) const PROPERTIES: [(&str, Property); 13] = [
    ("one_refresh_in_flight", one_refresh_in_flight),
    ("no_grant_is_lost_without_rotation", no_grant_is_lost_without_rotation),
    ("no_needless_refresh", no_needless_refresh),
    ("no_older_refresh_token", no_older_refresh_token),
    ("no_shorter_lived_access_token", no_shorter_lived_access_token),
    ("within_the_budget_of_the_server", within_the_budget_of_the_server),
    ("within_the_budget_of_the_record", within_the_budget_of_the_record),
    ("saved_before_it_is_used", saved_before_it_is_used),
    ("good_when_handed_out", good_when_handed_out),
    ("every_caller_ends", every_caller_ends),
    ("only_the_dead_are_declared_dead", only_the_dead_are_declared_dead),
    ("rotation_loses_only_lost_answers", rotation_loses_only_lost_answers),
    ("the_next_call_brings_a_token", the_next_call_brings_a_token),
];

/// Seconds from a mark to the moment when another process takes it for abandoned, less a second for rounding.
const LEASE: u64 = 14_000;
/// Milliseconds from a mark to the sending of its request, so that the deadline still lies within the lease.
const PROMPT: u64 = 4_000;

/// Of requests with one refresh token, at most one is in flight: sent, and not yet given up or answered.
///
/// Holds while locks hold; a lock that was taken over from a process which stood still for longer than the lease does
/// not. Without a lock the mark in the record does the same, among processes whose clocks agree and which send within
/// four seconds of deciding to: another takes a mark for abandoned after fifteen, by its own clock.
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
    other.map(|(other, _)| format!("#{id} goes out while #{other} is in flight"))
}

/// Whether what keeps others away did so while this request was under way.
fn is_guarded(world: &World, sent: &Sent) -> bool {
    match world.setting.locking {
        Some(_) => !world.lock.is_broken(sent.fence),
        None => {
            !world.setting.faults.clocks && sent.sent_at.saturating_sub(sent.marked_at) < PROMPT && {
                let process = world.processes.get(sent.life.process);
                process.is_none_or(|process| process.paused_until < sent.marked_at)
            }
        }
    }
}

/// A request goes out only for a token that is due, that ends too soon for the caller, or that was refused: so one caller
/// refreshes, and all others use what it brought.
///
/// Holds where clocks are right.
fn no_needless_refresh(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Sent(id) = fact else { return None };
    let ledger = &world.server.ledger;
    let sent = ledger.requests.get(id)?;
    let decided = i64::try_from(sent.marked_at / 1000).unwrap_or(0);
    let left = i64::try_from(ledger.access(&sent.access_token)?.ends).unwrap_or(0).saturating_sub(decided);
    // A tenth more by lot; and the process counts from when it asked, up to a deadline before the server.
    let leeway = world.setting.leeway.saturating_mul(11) / 10;
    let is_due = left <= leeway.max(sent.want.min_validity).saturating_add(DEADLINE_SECONDS);
    let is_needless = !is_due && sent.want.refused != sent.access_token && !world.setting.faults.clocks;
    is_needless.then(|| format!("#{id} goes out, and {} has {left} s left", ledger.name(&sent.access_token)))
}

/// A saved refresh token is never replaced by one that was issued earlier or of an earlier consent, by none, or by one that no server issued.
fn no_older_refresh_token(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { before, after, .. } = fact else { return None };
    let ledger = &world.server.ledger;
    let (new, old) =
        (after.refresh_token.expose(), before.as_ref().map(|record| record.refresh_token.expose()));
    let age = ledger.age_of(new);
    let is_older = age.is_none() || age < old.and_then(|old| ledger.age_of(old));
    is_older.then(|| format!("{} replaces {}", ledger.name(new), ledger.name(old.unwrap_or_default())))
}

/// A saved access token is never replaced by one that ends more than a deadline sooner, unless the user connected anew.
///
/// Holds where clocks are right: which of two tokens ends first is known by the clock alone.
fn no_shorter_lived_access_token(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, before: Some(before), after } = fact else { return None };
    let ledger = &world.server.ledger;
    let ends = |token: &str| ledger.access(token).map_or(0, |access| access.ends);
    let (old, new) = (before.access_token.expose(), after.access_token.expose());
    let is_shorter = ends(new).saturating_add(10) < ends(old);
    (is_shorter && *by != OUTSIDE && !world.setting.faults.clocks)
        .then(|| format!("{} replaces {}", ledger.name(new), ledger.name(old)))
}

/// The server never refuses a request for the number of them.
///
/// Holds where clocks are right and where each request reaches the server, once, within a deadline of being counted.
fn within_the_budget_of_the_server(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Throttled(refresh_token) = fact else { return None };
    let ledger = &world.server.ledger;
    let is_exact = !world.setting.faults.clocks && !ledger.loose.contains(refresh_token);
    is_exact.then(|| format!("a request with {} was one too many", ledger.name(refresh_token)))
}

/// No record counts more requests within a window than the server takes.
fn within_the_budget_of_the_record(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, after, .. } = fact else { return None };
    let budget = world.server.client().ok()?.profile.budget?;
    let begin = world.clock(*by).saturating_sub(budget.window);
    let count = after.requests.iter().filter(|time| **time > begin).count();
    (count > budget.requests).then(|| format!("{count} requests are counted"))
}

/// Whoever gets an access token gets one that was in the store before.
fn saved_before_it_is_used(world: &World, fact: &Fact) -> Option<String> {
    let Fact::HandedOut { life, access_token, .. } = fact else { return None };
    let ledger = &world.server.ledger;
    let is_saved = ledger.access(access_token).is_some_and(|access| access.saved);
    (!is_saved).then(|| format!("{life} gets {}, which was never saved", ledger.name(access_token)))
}

/// Whoever gets an access token gets one that the server takes for as long as was asked, unless the server dropped it
/// before its end (it was revoked, evicted, or went with its family), and never the one that was just refused.
///
/// That it has not ended holds where clocks are right.
fn good_when_handed_out(world: &World, fact: &Fact) -> Option<String> {
    let Fact::HandedOut { life, access_token, refused, min_validity } = fact else { return None };
    let ledger = &world.server.ledger;
    let left = ledger.access(access_token)?.ends.saturating_sub(world.seconds());
    let is_short = left == 0 || left < u64::try_from(*min_validity).unwrap_or(0);
    let what = if access_token == refused {
        "was just refused"
    } else if is_short && !world.setting.faults.clocks {
        "has ended, or ends too soon"
    } else {
        return None;
    };
    Some(format!("{life} gets {}, which {what}", ledger.name(access_token)))
}

/// Every call ends, with a token or with a typed error; only the death of its process ends it without.
fn every_caller_ends(_: &World, fact: &Fact) -> Option<String> {
    match fact {
        Fact::Hanging(calls) => Some(format!("{calls} calls have no outcome")),
        Fact::Untyped(life) => Some(format!("{life} gets an error without a type")),
        _ => None,
    }
}

/// A refresh token is saved as dead only when the server takes it no more; and a caller is sent to the user only when the
/// store has no other token that the server takes.
fn only_the_dead_are_declared_dead(world: &World, fact: &Fact) -> Option<String> {
    let ledger = &world.server.ledger;
    match fact {
        Fact::Saved { after, .. } => {
            let token = after.refresh_token.expose();
            (after.rejected_at.is_some() && world.server.is_alive(token))
                .then(|| format!("{} is saved as dead, and alive", ledger.name(token)))
        }
        Fact::ToldDead { life, refresh_token } if !ledger.buried.contains(refresh_token) => {
            let stored = world.record.as_ref().map(|record| record.refresh_token.expose());
            stored
                .filter(|token| world.server.is_alive(token))
                .map(|token| format!("{life} is sent to the user, and the store has {}", ledger.name(token)))
        }
        _ => None,
    }
}

/// With a server that does not rotate, the record has the refresh token that the user connected last, and not as dead,
/// for as long as the server takes it.
fn no_grant_is_lost_without_rotation(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { after, .. } = fact else { return None };
    let connected = world.connected.as_deref()?;
    let is_lost = after.refresh_token.expose() != connected || after.rejected_at.is_some();
    (world.setting.kind == Kind::Zoho && is_lost && world.server.is_alive(connected))
        .then(|| format!("{} is alive, and no longer in the record", world.server.ledger.name(connected)))
}

/// A server that rotates sees a spent refresh token again only where no client could know that it was spent, or know its
/// successor:
/// - the answer with the successor was lost on its way, or came damaged, or after the deadline;
/// - the process that had it died before it was saved;
/// - the store failed to save it, and another process sent the old one before this one could save it after all;
/// - the network delivered a request twice, or after its sender had given it up;
/// - what keeps processes apart did not hold: see [`one_refresh_in_flight`]. A process that stands still between its mark
///   and its request for longer than the lease sends what another has spent meanwhile, and no store can stop it. Without
///   a lock, a mark of which the answer is still to be saved after fifteen seconds keeps nobody away either.
fn rotation_loses_only_lost_answers(world: &World, fact: &Fact) -> Option<String> {
    let Fact::KilledFamily { refresh_token, copy, is_late } = fact else { return None };
    let ledger = &world.server.ledger;
    let again = ledger.requests.get(&copy.request)?;
    let spender = ledger.spent_by.get(refresh_token)?;
    let first = ledger.requests.get(spender)?;
    let is_unsaved = first.saved_at.is_none_or(|at| at > again.marked_at);
    let outlived = world.setting.locking.is_none()
        && is_unsaved
        && again.marked_at.saturating_sub(first.marked_at) > LEASE;
    let nobody_could_know = copy.is_double
        || *is_late
        || !first.delivered
        || (is_unsaved && !world.is_alive(first.life))
        || (is_unsaved && first.unsaved && again.life != first.life)
        || !is_guarded(world, first)
        || !is_guarded(world, again)
        || outlived;
    (!nobody_could_know).then(|| {
        let name = ledger.name(refresh_token);
        format!("#{} sends {name}, which #{spender} has spent", copy.request)
    })
}

/// When all faults are over and clocks are right, the next call of each process brings a token that works, if the server
/// takes the refresh token that the store has, or that this process still has to save.
///
/// A call here is as `TokenManager.fetch` makes it: it tells when the resource server refuses a token, and waits when it
/// is told to, a day at most. A token whose end was computed by a clock that was ahead passes for fresh until it is
/// refused, since a record has no other witness of its age; and so does one that the server dropped before its end. Two of
/// them may come in a row, the one in the store and the one that is still to be saved.
fn the_next_call_brings_a_token(_: &World, fact: &Fact) -> Option<String> {
    let Fact::Last { life, reachable: true, outcome } = fact else { return None };
    match outcome {
        Ok(true) => None,
        Ok(false) => Some(format!("{life} gets a token that does not work")),
        Err(why) => Some(format!("{life} gets no token: {why}")),
    }
}
