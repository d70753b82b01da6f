//! A parsed request: data centre, path, parameters and client credentials.

use base64ct::{Base64, Encoding};

use super::http::Request;
use super::multipart;
use super::origins::{Origins, Service};
use crate::oauth::profile::Region;
use crate::text::form;

pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) region: &'static Region,
    pub(super) service: Service,
    pub(super) path: String,
    /// The real origin to which the request was sent.
    pub(super) origin: &'static str,
    parameters: Vec<(String, String)>,
}

/// Splits an absolute URL into origin, path and query.
pub(super) fn split(url: &str) -> (String, String, &str) {
    let without_fragment = url.split('#').next().unwrap_or_default();
    let (address, query) = without_fragment.split_once('?').unwrap_or((without_fragment, ""));
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let origin = format!("{}://{}", scheme.to_ascii_lowercase(), authority.to_ascii_lowercase());
    (origin, format!("/{path}"), query)
}

fn decoded_pairs(form: &str) -> impl Iterator<Item = (String, String)> {
    form::pairs(form).map(|(name, value)| (name.into_owned(), value.into_owned()))
}

impl<'a> Call<'a> {
    /// Parses a request; `None` for an origin that is not one of Zoho.
    pub(super) fn parse(request: &'a Request, origins: &Origins) -> Option<Self> {
        let (origin, path, query) = split(&request.url);
        let (region, service, real) = origins.find(&origin)?;
        let content_type = request.find("content-type").unwrap_or_default();
        let body = String::from_utf8_lossy(&request.body);
        let mut parameters = multipart::parse(content_type, &body).unwrap_or_default();
        if content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            parameters.extend(decoded_pairs(&body));
        }
        parameters.extend(decoded_pairs(query));
        Some(Self { request, region, service, path, origin: real, parameters })
    }

    pub(super) fn is_method(&self, method: &str) -> bool {
        self.request.method.eq_ignore_ascii_case(method)
    }

    /// A parameter of the body, else of the query. An empty one counts as absent (RFC 6749 section 3.1).
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut found = self.parameters.iter().filter(|(known, value)| known == name && !value.is_empty());
        found.next().map(|(_, value)| value.as_str())
    }

    /// All parameters, of the body and of the query.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// `client_id` and `client_secret` of HTTP Basic (RFC 6749 section 2.3.1).
    pub(super) fn basic(&self) -> Option<(String, String)> {
        let credentials = after_scheme(self.request.find("authorization")?, "Basic")?;
        let decoded = String::from_utf8(Base64::decode_vec(credentials).ok()?).ok()?;
        let (id, secret) = decoded.split_once(':')?;
        Some((form::decode(id).into_owned(), form::decode(secret).into_owned()))
    }

    /// The access token of `Zoho-oauthtoken` or `Bearer`.
    pub(super) fn access_token(&self) -> Option<&str> {
        let header = self.request.find("authorization")?;
        after_scheme(header, "Zoho-oauthtoken").or_else(|| after_scheme(header, "Bearer"))
    }
}

fn after_scheme<'h>(header: &'h str, scheme: &str) -> Option<&'h str> {
    let (found, rest) = header.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_splits_into_origin_path_and_query() {
        let parts = |url| {
            let (origin, path, query) = split(url);
            format!("{origin} {path} {query}")
        };
        assert_eq!(
            parts("https://Accounts.zoho.EU/oauth/v2/auth?a=b?c#d"),
            "https://accounts.zoho.eu /oauth/v2/auth a=b?c"
        );
        assert_eq!(parts("http://127.0.0.1:80"), "http://127.0.0.1:80 / ");
        assert_eq!(parts("nonsense"), "://nonsense / ");
    }

    #[test]
    fn a_parameter_of_the_body_precedes_one_of_the_query() {
        let mut request = Request::post(
            "https://accounts.zoho.com/x?code=query&scope=s",
            &[("code", "body"), ("empty", "")],
        );
        request.url.push_str("&empty=no");
        let call = Call::parse(&request, &Origins::default()).unwrap();
        assert_eq!(call.parameter("code"), Some("body"));
        assert_eq!(call.parameter("scope"), Some("s"));
        assert_eq!(call.parameter("empty"), Some("no"));
        assert_eq!(call.parameter("absent"), None);
    }

    #[test]
    fn credentials_are_parsed_by_scheme() {
        let with = |header: &str| Request::get("https://www.zohoapis.com/").header("Authorization", header);
        let basic = |header: &str| Call::parse(&with(header), &Origins::default()).unwrap().basic();
        assert_eq!(basic("Basic YSUyMGI6YzpkKw=="), Some(("a b".into(), "c:d ".into())));
        for header in ["Basic", "Basic %%%", "Basic YQ==", "Bearer YTpi"] {
            assert_eq!(basic(header), None, "{header}");
        }
        for (header, token) in
            [("Zoho-oauthtoken t", Some("t")), ("bearer t", Some("t")), ("Basic t", None), ("t", None)]
        {
            assert_eq!(
                Call::parse(&with(header), &Origins::default()).unwrap().access_token(),
                token,
                "{header}"
            );
        }
    }
}
