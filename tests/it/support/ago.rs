//! Times before now, as registries write them.

use devshell::date::Date;

const HOUR: i64 = 60 * 60;

/// So many hours ago.
pub fn ago(hours: i64) -> Date {
    Date::of_seconds(devshell::host::now() - hours * HOUR)
}

/// So many hours ago, as RFC 3339 writes it.
pub fn hours_ago(hours: i64) -> String {
    ago(hours).rfc3339()
}
