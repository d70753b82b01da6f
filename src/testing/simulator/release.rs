//! A release of grantkit: what it reads of a record, and what it writes.

use super::record::StoredRecord;
use crate::manager::policy;

/// A release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Release {
    /// Knows no format and no grant id. Its refreshes keep members that it does not know, and its saves drop them.
    Oldest,
    /// This one.
    #[default]
    Current,
    /// Writes a further member in the same format.
    Next,
    /// Writes a higher format.
    Newer,
}

impl Release {
    /// Those of the fleets of several releases.
    pub(super) const FLEETS: [&[Self]; 5] = [
        &[Self::Oldest, Self::Current],
        &[Self::Current, Self::Next],
        &[Self::Oldest, Self::Current, Self::Next],
        &[Self::Current, Self::Newer],
        &[Self::Oldest, Self::Current, Self::Next, Self::Newer],
    ];

    /// The format of what it writes.
    const fn format(self) -> Option<u32> {
        match self {
            Self::Oldest => None,
            Self::Current | Self::Next => Some(policy::FORMAT),
            Self::Newer => Some(policy::FORMAT.saturating_add(1)),
        }
    }

    /// Whether it reads records of a format. The oldest reads all, and there is no remedy.
    pub(super) fn reads(self, format: Option<u32>) -> bool {
        match self {
            Self::Oldest => true,
            Self::Current | Self::Next => policy::reads(format),
            Self::Newer => format <= self.format(),
        }
    }

    /// Whether it keeps members that it does not know when new tokens replace a record.
    pub(super) fn keeps_members(self) -> bool {
        self != Self::Oldest
    }

    /// Writes the members of the release into a record.
    pub(super) fn mark(self, record: &mut StoredRecord) {
        record.format = self.format().or(record.format);
        record.has_later_member |= matches!(self, Self::Next | Self::Newer);
    }
}
