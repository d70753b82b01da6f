//! Zoho's Self Client in a native program: grantkit builds requests and parses responses, ureq sends.
//!
//! ```sh
//! ZOHO_CLIENT_ID=… ZOHO_CLIENT_SECRET=… ZOHO_LOCATION=eu ZOHO_CODE=… \
//!     cargo run --example native --features providers,ureq/rustls
//! ```
//!
//! The code needs the scope `ZohoCRM.modules.leads.READ` or wider.

use std::error::Error;
use std::time::{Duration, SystemTime};

use grantkit::oauth::http::MAX_BODY;
use grantkit::{
    AuthorizationServer, Client, ClientConfig, ErrorCode, ResourceRequest, Response, Secret, TokenRequest,
    TokenResponse, UnixTime, provider,
};
use serde_json::Value;
use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

fn main() -> Result<(), Box<dyn Error>> {
    let env = |name| {
        std::env::var(name)
            .map_err(|_| format!("{name} is not set: see the comment at the top of this example"))
    };
    let client = Client::new(ClientConfig {
        server: AuthorizationServer {
            profile: provider::zoho()?,
            location: Some(env("ZOHO_LOCATION")?),
            ..AuthorizationServer::default()
        },
        client_id: env("ZOHO_CLIENT_ID")?,
        client_secret: Secret::from(env("ZOHO_CLIENT_SECRET")?).into(),
        ..ClientConfig::default()
    })?;
    let agent = Agent::from(agent_config().build());
    let tokens = exchange(&agent, &client, &env("ZOHO_CODE")?)?;
    // A program saves the tokens at once: Zoho sends a refresh token only with the first response.
    match companies(&agent, &client, &tokens) {
        Ok(companies) => companies.iter().for_each(|company| println!("{company}")),
        // The code says what to do; the message is for people.
        Err(error) => match error.downcast_ref::<grantkit::Error>() {
            Some(error) if error.code == ErrorCode::ReauthorizationRequired => {
                println!("The grant has ended: generate a new code in the API console.");
            }
            Some(error) if error.retryable => {
                println!("Try again in {:?}: {error}", error.retry_after.unwrap_or(Duration::from_secs(60)));
            }
            _ => return Err(error),
        },
    }
    Ok(())
}

/// How ureq must behave: an error response is a response too, and a redirect is not followed, because it could take a
/// secret to another server.
pub fn agent_config() -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
}

/// Exchanges the code of a Self Client.
///
/// # Errors
/// Those of grantkit and of ureq.
pub fn exchange(agent: &Agent, client: &Client, code: &str) -> Result<TokenResponse, Box<dyn Error>> {
    send(agent, client, &TokenRequest::code(client, code, None)?)
}

/// Refreshes the tokens, and lists the companies of three leads.
///
/// # Errors
/// Those of grantkit, of ureq, and of the CRM.
pub fn companies(
    agent: &Agent,
    client: &Client,
    tokens: &TokenResponse,
) -> Result<Vec<String>, Box<dyn Error>> {
    // A program refreshes only when `tokens.expires_at` is near.
    let tokens = send(agent, client, &TokenRequest::refresh(client, tokens, None)?)?;
    let call = ResourceRequest::new(client, &tokens, "/crm/v8/Leads?fields=Company&per_page=3")?;
    let mut response = agent.get(call.url).header("authorization", call.authorization.expose()).call()?;
    if response.status() == 204 {
        return Ok(Vec::new());
    }
    let page: Value = serde_json::from_str(&response.body_mut().read_to_string()?)?;
    let leads = page.get("data").and_then(Value::as_array).ok_or("the response of the CRM has no leads")?;
    let company = |lead: &Value| lead.get("Company").and_then(Value::as_str).map(str::to_owned);
    Ok(leads.iter().filter_map(company).collect())
}

/// Sends a token request and parses its response.
fn send(agent: &Agent, client: &Client, request: &TokenRequest) -> Result<TokenResponse, Box<dyn Error>> {
    let sent_at = UnixTime::from(SystemTime::now());
    let http = request.http();
    let mut post = agent
        .post(&http.url)
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded");
    if let Some(credentials) = &http.authorization {
        post = post.header("authorization", credentials.expose());
    }
    let mut received = post.send(http.body.expose())?;
    let body = received.body_mut().with_config().limit(MAX_BODY as u64).read_to_vec()?;
    let response = Response {
        status: received.status().as_u16(),
        retry_after: received.headers().get("retry-after").and_then(|header| header.to_str().ok()),
        body: &body,
    };
    Ok(request.parse(client, &response, sent_at)?)
}
