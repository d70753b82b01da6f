//! A secret that is dropped is overwritten, and one that grows leaves no copy behind.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, reason = "a test that fails is to panic")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use grantkit::oauth::resource::ResourceRequest;
use grantkit::{
    AuthorizationRequest, AuthorizationServer, Client, ClientConfig, Options, Response, RevocationRequest,
    Secret, TokenRequest, TokenResponse, TokenType, UnixTime,
};

/// In every secret of this test, and in nothing else.
const MARK: &[u8] = b"5ecre7";

/// The system's allocator, which counts the freed blocks that hold a secret.
struct Watching;

static IS_WATCHING: AtomicBool = AtomicBool::new(false);
static FREED: AtomicUsize = AtomicUsize::new(0);
static HELD_SECRETS: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Watching = Watching;

#[allow(unsafe_code, reason = "an allocator is unsafe; both functions pass on what they are given")]
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as GlobalAlloc demands of the caller. With zeros, so that the whole block can be read.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if IS_WATCHING.load(Ordering::SeqCst) {
            // SAFETY: the block is still allocated, and all of it was written.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            FREED.fetch_add(1, Ordering::SeqCst);
            if bytes.windows(MARK.len()).any(|window| window == MARK) {
                HELD_SECRETS.fetch_add(1, Ordering::SeqCst);
            }
        }
        // SAFETY: as GlobalAlloc demands of the caller.
        unsafe { System.dealloc(block, layout) }
    }
}

/// How many blocks were freed, and how many of them held a secret.
fn freed_by<T>(work: impl FnOnce() -> T) -> (usize, usize) {
    let before = (FREED.load(Ordering::SeqCst), HELD_SECRETS.load(Ordering::SeqCst));
    IS_WATCHING.store(true, Ordering::SeqCst);
    drop(work());
    IS_WATCHING.store(false, Ordering::SeqCst);
    (FREED.load(Ordering::SeqCst) - before.0, HELD_SECRETS.load(Ordering::SeqCst) - before.1)
}

fn client() -> Client {
    let endpoint = |path: &str| Some(format!("https://server.example.com/{path}"));
    let server = AuthorizationServer {
        issuer: endpoint(""),
        authorization_endpoint: endpoint("authorize"),
        token_endpoint: endpoint("token"),
        revocation_endpoint: endpoint("revoke"),
        api_domain: "https://api.example.com".into(),
        ..AuthorizationServer::default()
    };
    Client::new(ClientConfig {
        server,
        client_id: "client".to_owned(),
        client_secret: "5ecre7-of-the-client: long enough to make a header grow".into(),
        redirect_uri: Some("https://client.example.com/cb".to_owned()),
        ..ClientConfig::default()
    })
    .unwrap()
}

const TOKENS: &str = r#"{"access_token":"5ecre7-access","token_type":"Bearer","expires_at":1800000000,"refresh_token":"5ecre7-refresh","id_token":"5ecre7-id"}"#;

const RESPONSE: Response<'_> = Response {
    status: 200,
    retry_after: None,
    body: br#"{"access_token":"5ecre7-access","token_type":"Bearer","expires_in":3600,"refresh_token":"5ecre7-refresh","id_token":"5ecre7-id","other":"5ecre7"}"#,
};

const NOW: UnixTime = UnixTime::from_seconds(1_799_999_999);

/// One test, since other threads would free blocks of their own.
#[test]
fn freed_memory_holds_no_secret() {
    let text = String::from("5ecre7: this block is freed as it is");
    assert_eq!(freed_by(move || text), (1, 1), "the allocator sees a secret that is not overwritten");

    let mut roomy = String::from("5ecre7 at the start, and 5ecre7 behind what is cut off");
    roomy.truncate(3);
    assert_eq!(freed_by(move || Secret::from(roomy)), (1, 0), "also what is behind the end of a text");

    let client = client();
    let tokens =
        TokenResponse::from_json(r#"{"access_token":"a","refresh_token":"5ecre7-refresh"}"#).unwrap();
    let refresh_token = tokens.refresh_token.clone().unwrap();
    let refresh = TokenRequest::refresh(&client, &tokens, None).unwrap();
    let mut pending = AuthorizationRequest::new(&client, &Options::default(), &[7; 64], NOW).unwrap().pending;
    pending.code_verifier = "5ecre7-verifier-of-an-authorization-request".into();
    let callback = format!("https://client.example.com/cb?code=5ecre7-code&state={}", pending.state.expose());

    let long = format!(r#"{{"access_token":"5ecre7","id_token":"{}"}}"#, "a".repeat(5000));
    let long = TokenResponse::from_json(&long).unwrap();
    let code = format!("5ecre7{}", "+".repeat(5000));
    let refresh_token = &refresh_token;
    let works: [(&str, &dyn Fn() -> bool); 11] = [
        ("tokens are read", &|| TokenResponse::from_json(TOKENS).is_some()),
        ("tokens are written", &|| !TokenResponse::from_json(TOKENS).unwrap().to_json().is_empty()),
        ("a text grows while it is written", &|| !long.to_json().is_empty()),
        ("a long code is sent", &|| TokenRequest::code(&client, &code, None).is_ok()),
        ("a code is sent", &|| TokenRequest::code(&client, "5ecre7-code with space", None).is_ok()),
        ("a callback is validated", &|| {
            grantkit::AuthorizationResponse::validate(&client, &callback, &pending, NOW).is_ok()
        }),
        ("a callback's code is sent", &|| {
            TokenRequest::authorization_code(&client, &callback, &pending, NOW).is_ok()
        }),
        ("a refresh token is sent", &|| TokenRequest::refresh(&client, &tokens, None).is_ok()),
        ("a response is parsed", &|| refresh.parse(&client, &RESPONSE, NOW).is_ok()),
        ("a token is revoked", &|| {
            RevocationRequest::new(&client, refresh_token, TokenType::RefreshToken, "", 0).is_ok()
        }),
        ("a resource is asked for", &|| {
            ResourceRequest::new(
                &client,
                &TokenResponse::from_json(TOKENS).unwrap(),
                "https://api.example.com/",
            )
            .is_ok()
        }),
    ];
    for (what, work) in works {
        let mut succeeded = false;
        let (freed, held) = freed_by(|| succeeded = work());
        assert!(succeeded, "{what}");
        assert!(freed > 0, "{what}: no block was freed");
        assert_eq!(held, 0, "{what}: of {freed} freed blocks");
    }
}
