//! The pages that a browser sees.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

use super::authorization_request::AuthorizationRequest;
use super::call::Call;
use super::http::Response;
use super::scope;

/// The parameters of an authorization request. The form sends them again, and they are checked again.
const FORM_PARAMETERS: [&str; 9] = [
    "response_type",
    "client_id",
    "scope",
    "redirect_uri",
    "state",
    "access_type",
    "prompt",
    "code_challenge",
    "code_challenge_method",
];

const STYLE: &str = include_str!("page.css");

/// Escapes text for HTML, also within a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

fn html_document(status: u16, title: &str, content: &str) -> Response {
    let title = escape(title);
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"icon\" href=\"data:,\">\
         <title>{title}</title><style>{STYLE}</style></head>\n\
         <body><main><p class=\"site\">Zoho accounts, a fake for development</p>\n<h1>{title}</h1>\n{content}\n</main>\n\
         <footer>This is not Zoho. It is a fake for development and tests, which asks for no password and knows no one.\
         </footer></body></html>\n"
    );
    let style = Base64::encode_string(&Sha256::digest(STYLE.as_bytes()));
    // Without `link rel=icon` a browser requests /favicon.ico, and logs that the policy forbids it.
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    );
    Response::html(status, page)
        .header("content-security-policy", &policy)
        .header("referrer-policy", "no-referrer")
}

/// An error page, which Zoho shows without a redirect.
pub(super) fn error(status: u16, title: &str) -> Response {
    html_document(
        status,
        title,
        "<p>The request cannot be served. Go back to the application, and begin again.</p>",
    )
    .logged_as(title)
}

/// The consent page: the client, its redirect URI, the scopes, and the users to choose from.
pub(super) fn consent(request: &AuthorizationRequest, call: &Call<'_>) -> Response {
    let mut hidden = String::new();
    for name in FORM_PARAMETERS {
        if let Some(value) = call.parameter(name) {
            hidden
                .push_str(&format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escape(value)));
        }
    }
    let content = format!(
        "<dl>\n<div><dt>Application</dt><dd><code>{}</code></dd></div>\n\
         <div><dt>Sends you back to</dt><dd><code>{}</code></dd></div>\n\
         <div><dt>For how long</dt><dd>{}</dd></div>\n</dl>\n\
         <h2>It would like to</h2>\n<ul>\n{}</ul>\n\
         <form method=\"post\" action=\"/oauth/v2/auth\">\n{hidden}\
         <fieldset><legend>Answer as</legend>\n{}</fieldset>\n\
         <button name=\"decision\" value=\"approve\">Approve</button>\
         <button name=\"decision\" value=\"refuse\">Refuse</button>\n</form>",
        escape(&request.client.id),
        escape(&request.redirect_uri),
        if request.offline { "Until you withdraw it, also while you are away" } else { "An hour" },
        scopes(request),
        users(request),
    );
    html_document(200, "An application asks for access to your Zoho data", &content)
}

fn scopes(request: &AuthorizationRequest) -> String {
    let item = |scope: &String| {
        let description = scope::description(scope).unwrap_or_default();
        format!("<li>{description} <code>{}</code></li>\n", escape(scope))
    };
    request.scope.iter().map(item).collect()
}

/// Radio buttons, of which the first is checked.
fn users(request: &AuthorizationRequest) -> String {
    let mut labels = String::new();
    for (index, user) in request.users.iter().enumerate() {
        let checked = if index == 0 { " checked" } else { "" };
        let email = escape(&user.email);
        let accounts = user.region.accounts_server.trim_start_matches("https://");
        labels.push_str(&format!(
            "<label><input type=\"radio\" name=\"user\" value=\"{email}\"{checked}>\
             <span>{email}<small>{}, {accounts}</small></span></label>\n",
            user.region.location
        ));
    }
    labels
}
