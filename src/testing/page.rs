//! The pages that a browser sees.

use super::authorize::Authorization;
use super::call::Call;
use super::http::Response;

/// The parameters of an authorization request, which the form sends along so that they are checked again.
const CARRIED: [&str; 9] = [
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

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem;color:#1f2933}\
    h1{font-size:1.3rem}fieldset{border:1px solid #cbd2d9;border-radius:6px;margin:1rem 0;padding:.6rem 1rem}\
    label{display:block}code{background:#f0f2f5;padding:.1rem .3rem;border-radius:3px}\
    button{font:inherit;padding:.5rem 1.4rem;margin-right:.6rem;border-radius:6px;border:1px solid #7b8794;background:#fff}\
    button[value=approve]{background:#0b6e4f;border-color:#0b6e4f;color:#fff}footer{margin-top:2rem;color:#616e7c;font-size:.85rem}";

/// Text for HTML, also within a quoted attribute.
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

fn document(status: u16, title: &str, content: &str) -> Response {
    let title = escape(title);
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n{content}\n\
         <footer>This is a fake Zoho for tests. It asks for no password and knows no one.</footer></body></html>\n"
    );
    Response::html(status, page)
        .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
        .header("referrer-policy", "no-referrer")
}

/// An error page; Zoho does not redirect with these.
pub(super) fn error(status: u16, title: &str) -> Response {
    document(status, title, "<p>The request cannot be served.</p>").filed_as(title)
}

/// Asks the user: who asks, for what, and as whom to answer.
pub(super) fn consent(request: &Authorization, call: &Call<'_>) -> Response {
    let mut hidden = String::new();
    for name in CARRIED {
        if let Some(value) = call.parameter(name) {
            hidden
                .push_str(&format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escape(value)));
        }
    }
    let scopes: String =
        request.scope.iter().map(|scope| format!("<li><code>{}</code></li>\n", escape(scope))).collect();
    let mut users = String::new();
    for (index, user) in request.users.iter().enumerate() {
        let checked = if index == 0 { " checked" } else { "" };
        let email = escape(&user.email);
        users.push_str(&format!(
            "<label><input type=\"radio\" name=\"user\" value=\"{email}\"{checked}> {email} ({})</label>\n",
            user.centre.location
        ));
    }
    let content = format!(
        "<p><code>{}</code> would like to:</p>\n<ul>\n{scopes}</ul>\n\
         <form method=\"post\" action=\"/oauth/v2/auth\">\n{hidden}\
         <fieldset><legend>Answer as</legend>\n{users}</fieldset>\n\
         <button name=\"decision\" value=\"approve\">Approve</button>\
         <button name=\"decision\" value=\"refuse\">Refuse</button>\n</form>",
        escape(&request.client.id)
    );
    document(200, "An application asks for access to your Zoho data", &content)
}
