//! Scopes: `Service.scope[.sub].OPERATION`, separated by commas.

const OPERATIONS: [&str; 5] = ["ALL", "READ", "CREATE", "UPDATE", "DELETE"];
const IDENTITY: [&str; 3] = ["openid", "email", "profile"];

/// The scopes of a request; `None` without a scope or with a malformed one.
pub(super) fn parse(list: &str) -> Option<Vec<String>> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in list.split(',') {
        if !is_well_formed(scope) {
            return None;
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Some(scopes)
}

fn is_well_formed(scope: &str) -> bool {
    if IDENTITY.contains(&scope) {
        return true;
    }
    let parts: Vec<&str> = scope.split('.').collect();
    let is_name = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    (3..=4).contains(&parts.len())
        && parts.iter().all(is_name)
        && parts
            .last()
            .is_some_and(|last| OPERATIONS.iter().any(|operation| last.eq_ignore_ascii_case(operation)))
}

/// Whether `granted` allows `operation` on `area` (such as `modules`), or on `sub` within it, in any case.
pub(super) fn allows(granted: &[String], area: &str, sub: Option<&str>, operation: &str) -> bool {
    granted.iter().any(|scope| {
        let mut parts = scope.split('.').rev();
        let covers =
            |part: Option<&str>, name: &str| part.is_some_and(|part| part.eq_ignore_ascii_case(name));
        let last = parts.next();
        if !(covers(last, "ALL") || covers(last, operation)) {
            return false;
        }
        let rest: Vec<&str> = parts.rev().collect();
        match rest.as_slice() {
            [service, named] => covers(Some(service), "ZohoCRM") && covers(Some(named), area),
            [service, named, part] => {
                covers(Some(service), "ZohoCRM")
                    && covers(Some(named), area)
                    && sub.is_some_and(|sub| covers(Some(part), sub))
            }
            _ => false,
        }
    })
}

/// The text of a scope on a consent page; `None` for an unknown one.
pub(super) fn description(scope: &str) -> Option<String> {
    let lower = scope.to_ascii_lowercase();
    match lower.as_str() {
        "openid" => return Some("Know who you are".to_owned()),
        "email" => return Some("See your email address".to_owned()),
        "profile" | "aaaserver.profile.read" => return Some("See your name and your profile".to_owned()),
        _ => {}
    }
    let parts: Vec<&str> = lower.strip_prefix("zohocrm.")?.split('.').collect();
    let (operation, area) = parts.split_last()?;
    let verb = match *operation {
        "all" => "Read, add, change and delete",
        "read" => "Read",
        "create" => "Add",
        "update" => "Change",
        "delete" => "Delete",
        _ => return None,
    };
    let what = match area {
        ["modules"] => "all records".to_owned(),
        ["modules", module] => (*module).to_owned(),
        ["settings"] => "all settings".to_owned(),
        ["settings", part] => format!("the settings of {}", part.replace('_', " ")),
        ["org"] => "the organisation".to_owned(),
        ["users"] => "users".to_owned(),
        ["bulk"] => "records in bulk".to_owned(),
        ["notifications"] => "notifications".to_owned(),
        ["coql"] => "records by query".to_owned(),
        _ => return None,
    };
    Some(format!("{verb} {what} in Zoho CRM"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_has_a_service_an_area_and_an_operation() {
        assert_eq!(
            parse("ZohoCRM.modules.ALL,ZohoCRM.modules.leads.read,openid,ZohoCRM.modules.ALL").unwrap(),
            ["ZohoCRM.modules.ALL", "ZohoCRM.modules.leads.read", "openid"]
        );
        for list in [
            "",
            ",",
            "ZohoCRM",
            "ZohoCRM.modules",
            "ZohoCRM.modules.FROB",
            "ZohoCRM.modules.ALL,",
            "ZohoCRM..ALL",
            "ZohoCRM.modules.ALL ZohoCRM.org.READ",
            "ZohoCRM.modules.a.b.ALL",
            "Zoho<b>.modules.ALL",
        ] {
            assert_eq!(parse(list), None, "{list}");
        }
    }

    #[test]
    fn a_scope_allows_its_area_and_operation() {
        let granted = |list: &str| parse(list).unwrap();
        for list in [
            "ZohoCRM.modules.ALL",
            "ZohoCRM.modules.READ",
            "ZohoCRM.modules.leads.READ",
            "zohocrm.Modules.Leads.All",
            "openid,ZohoCRM.modules.READ",
        ] {
            assert!(allows(&granted(list), "modules", Some("Leads"), "READ"), "{list}");
        }
        for list in [
            "ZohoCRM.modules.contacts.READ",
            "ZohoCRM.modules.leads.CREATE",
            "ZohoCRM.org.ALL",
            "openid",
            "ZohoBooks.modules.ALL",
        ] {
            assert!(!allows(&granted(list), "modules", Some("Leads"), "READ"), "{list}");
        }
        assert!(!allows(&granted("ZohoCRM.org.leads.READ"), "org", None, "READ"));
    }

    #[test]
    fn a_consent_page_describes_known_scopes() {
        for (scope, expected) in [
            ("ZohoCRM.modules.ALL", Some("Read, add, change and delete all records in Zoho CRM")),
            ("ZohoCRM.modules.leads.READ", Some("Read leads in Zoho CRM")),
            ("zohocrm.Modules.Leads.Create", Some("Add leads in Zoho CRM")),
            (
                "ZohoCRM.settings.related_lists.UPDATE",
                Some("Change the settings of related lists in Zoho CRM"),
            ),
            ("ZohoCRM.settings.ALL", Some("Read, add, change and delete all settings in Zoho CRM")),
            ("ZohoCRM.org.READ", Some("Read the organisation in Zoho CRM")),
            ("ZohoCRM.users.DELETE", Some("Delete users in Zoho CRM")),
            ("ZohoCRM.bulk.READ", Some("Read records in bulk in Zoho CRM")),
            ("ZohoCRM.notifications.READ", Some("Read notifications in Zoho CRM")),
            ("ZohoCRM.coql.READ", Some("Read records by query in Zoho CRM")),
            ("openid", Some("Know who you are")),
            ("email", Some("See your email address")),
            ("profile", Some("See your name and your profile")),
            ("AaaServer.profile.READ", Some("See your name and your profile")),
            ("ZohoCRM.other.READ", None),
            ("ZohoBooks.invoices.READ", None),
        ] {
            assert_eq!(description(scope).as_deref(), expected, "{scope}");
        }
    }
}
