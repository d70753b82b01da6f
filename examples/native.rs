//! Zoho's Self Client in a program without JavaScript: grantkit says what to send and what the answer means, ureq sends.
//!
//! ```sh
//! ZOHO_CLIENT_ID=… ZOHO_CLIENT_SECRET=… ZOHO_LOCATION=eu ZOHO_CODE=… cargo run --example native --features ureq/rustls
//! ```
//!
//! The code's scope has to be `ZohoCRM.modules.leads.READ` or wider.

use std::error::Error;
use std::time::{Duration, SystemTime};

use grantkit::oauth::client::{self, Client, ClientConfig};
use grantkit::oauth::http::{Answer, MAX_BODY};
use grantkit::oauth::metadata::AuthorizationServer;
use grantkit::oauth::resource;
use grantkit::oauth::token_request::{self, Exchange};
use grantkit::oauth::token_response::{self, TokenSet};
use grantkit::text::time::UnixTime;
use serde_json::Value;
use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

fn main() -> Result<(), Box<dyn Error>> {
    let set =
        |name| std::env::var(name).map_err(|_| format!("{name} is not set: see the head of this example"));
    let (client_id, client_secret) = (set("ZOHO_CLIENT_ID")?, set("ZOHO_CLIENT_SECRET")?);
    let (location, code) = (set("ZOHO_LOCATION")?, set("ZOHO_CODE")?);
    let server = AuthorizationServer {
        profile: Some("zoho"),
        location: Some(&location),
        ..AuthorizationServer::default()
    };
    let agent = Agent::from(settings().build());
    for company in companies(&agent, server, &client_id, &client_secret, &code)? {
        println!("{company}");
    }
    Ok(())
}

/// Errors are answers too, and a redirect is never followed: it could lead a secret elsewhere.
pub fn settings() -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
}

/// Exchanges a code, refreshes its tokens, and reads whom the leads work for.
///
/// # Errors
/// What grantkit, ureq or the CRM says.
pub fn companies(
    agent: &Agent,
    server: AuthorizationServer<'_>,
    client_id: &str,
    client_secret: &str,
    code: &str,
) -> Result<Vec<String>, Box<dyn Error>> {
    let client_secret = vec![("", client_secret.into())];
    let packed = client::pack(&ClientConfig { server, client_id, client_secret, ..ClientConfig::default() })?;
    let client = Client::unpack(packed.expose())?;
    let tokens = send(agent, &client, &token_request::code(&client, code, None)?)?;
    let fresh = send(agent, &client, &token_request::refresh(&client, &tokens.earlier(), None)?)?;

    let earlier = fresh.earlier();
    let path = "/crm/v8/Leads?fields=Company&per_page=3";
    let url = resource::target(&client, earlier.accounts_server, earlier.api_domain, path)?;
    let authorization = resource::authorization(&client, &fresh.access_token);
    let mut answer = agent.get(url).header("authorization", authorization.expose()).call()?;
    if answer.status() == 204 {
        return Ok(Vec::new());
    }
    let page: Value = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
    let leads = page.get("data").and_then(Value::as_array).ok_or("the CRM has no leads to show")?;
    let company = |lead: &Value| lead.get("Company").and_then(Value::as_str).map(str::to_owned);
    Ok(leads.iter().filter_map(company).collect())
}

/// Sends a token request, and lets grantkit judge the answer.
fn send(agent: &Agent, client: &Client<'_>, exchange: &Exchange) -> Result<TokenSet, Box<dyn Error>> {
    let (request, expectation) = exchange.parts();
    let mut call = agent
        .post(request.url)
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded");
    if let Some(credentials) = request.authorization {
        call = call.header("authorization", credentials.expose());
    }
    let mut received = call.send(request.body.expose())?;
    let body = received.body_mut().with_config().limit(MAX_BODY as u64).read_to_vec()?;
    let retry_after = received.headers().get("retry-after").and_then(|header| header.to_str().ok());
    let answer = Answer { status: received.status().as_u16(), retry_after, body: &body };
    Ok(token_response::judge(client, &expectation, answer, now()?)?)
}

fn now() -> Result<UnixTime, Box<dyn Error>> {
    Ok(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs().try_into()?)
}
