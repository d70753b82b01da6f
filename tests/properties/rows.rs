//! Rows of providers: a row that cannot be used is refused by the name of its column.

use grantkit::provider;
use proptest::prelude::*;

use crate::cases::cases;

#[test]
fn a_row_with_an_unknown_column_is_refused_with_its_name() {
    for (row, column) in [
        (r#"{"token_endpiont":"https://as.example/token"}"#, "token_endpiont"),
        (r#"{"id":"mine","regions":[],"Errors":{}}"#, "Errors"),
        (r#"{"":1}"#, ""),
    ] {
        let error = provider::parse(row).unwrap_err().to_string();
        let expected = format!("the row has no column {column}: use one of id, issuer, ");
        assert!(error.starts_with(&expected), "{row}: {error}");
    }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn any_text_is_a_row_or_an_error(row in any::<String>()) {
        let _ = provider::parse(&row);
    }

    #[test]
    fn any_values_of_columns_are_a_row_or_an_error_that_names_a_column(column in "(id|issuer|regions|errors|api|budget|throttle|lifetime|revocation|scope_separator|authorization_parameters)", value in r#"("[ -!#-\[\]-~]{0,9}"|-?[0-9]{1,30}|null|true|\[[0-9,"]{0,5}\]|\[\{\}\]|\{\}|\{"[a-z_]{0,9}":"[a-z]{0,9}"\})"#) {
        if let Err(error) = provider::parse(&format!(r#"{{"{column}":{value}}}"#)) {
            let error = error.to_string();
            prop_assert!(error.starts_with("the column ") || error.starts_with("the row is not one JSON object"), "{error}");
        }
    }
}

/// A row is handed in by a configuration, and its URLs are held to the same rules as those of a configuration.
#[test]
fn a_row_whose_urls_no_secret_may_be_sent_to_makes_no_client() {
    use grantkit::{AuthorizationServer, Client, ClientConfig};
    let region = |location: &str, accounts: &str, api: &str| {
        format!(r#"{{"location":"{location}","accounts_server":"{accounts}","api_domains":["{api}"]}}"#)
    };
    let good = region("us", "https://a.example", "https://api.example");
    for (row, part) in [
        (
            r#"{"issuer":"https://as.example","token_endpoint":"http://as.example/token"}"#.to_owned(),
            "token_endpoint",
        ),
        (
            r#"{"issuer":"https://as.example","token_endpoint":"{accounts_server}/t"}"#.to_owned(),
            "token_endpoint",
        ),
        (format!(r#"{{"regions":[{good}],"token_endpoint":"https://evil.example/t"}}"#), "token_endpoint"),
        (
            format!(r#"{{"regions":[{good}],"token_endpoint":"{{accounts_server}}.evil.example/t"}}"#),
            "token_endpoint",
        ),
        (format!(r#"{{"regions":[{}]}}"#, region("eu", "http://evil.example", "https://api.example")), "eu"),
        (format!(r#"{{"regions":[{}]}}"#, region("eu", "https://a.example/x?", "https://api.example")), "eu"),
        (format!(r#"{{"regions":[{}]}}"#, region("eu", "https://a.example", "http://api.example")), "eu"),
        (format!(r#"{{"regions":[{good},{good}]}}"#), "us"),
    ] {
        let profile = provider::parse(&row).unwrap();
        let server = AuthorizationServer { profile, ..AuthorizationServer::default() };
        let config = ClientConfig { server, client_id: "c".into(), ..ClientConfig::default() };
        let error = Client::new(config).unwrap_err();
        let expected = format!("{part} of the profile");
        assert!(
            error.message.contains(&expected) && error.message.ends_with(": correct the row"),
            "{row}: {error}"
        );
    }
}
