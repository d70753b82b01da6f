"""Authlib on Flask with required PKCE, rotation, revocation and RFC 9207, for the clients from standard input."""

import json
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from secrets import compare_digest

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from flask import Flask, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

HOUR = 3600
USER = "alice"
AUTHENTICATION_METHODS = ["client_secret_basic", "client_secret_post", "none"]
CONSENT_PAGE = """<!doctype html><title>Consent</title>
<form action="" method="post">
<button name="consent" value="yes">Allow</button><button name="consent" value="no">Deny</button>
</form>"""

app = Flask(__name__)
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {"authorization_code": HOUR, "refresh_token": HOUR}

clients, codes, tokens, seen = {}, {}, [], []


@dataclass
class Client:
    client_id: str
    token_endpoint_auth_method: str
    redirect_uris: list
    grant_types: list
    client_secret: str = ""

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return self.redirect_uris[0]

    def get_allowed_scope(self, scope):
        return scope or ""

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret):
        return compare_digest(self.client_secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.token_endpoint_auth_method

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in self.grant_types


@dataclass
class Code:
    code: str
    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


@dataclass
class Token:
    client_id: str
    access_token: str
    refresh_token: str
    scope: str
    issued_at: float = field(default_factory=time.time)
    access_revoked: bool = False
    refresh_revoked: bool = False

    def check_client(self, client):
        return self.client_id == client.client_id

    def get_scope(self):
        return self.scope

    def is_expired(self):
        return self.issued_at + HOUR < time.time()

    def is_revoked(self):
        return self.access_revoked


def find_token(member, value):
    return next((token for token in tokens if getattr(token, member) == value), None)


def save_token(token, oauth_request):
    tokens.append(
        Token(
            client_id=oauth_request.client.client_id,
            access_token=token["access_token"],
            refresh_token=token["refresh_token"],
            scope=token["scope"],
        )
    )


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATION_METHODS

    def save_authorization_code(self, code, request):
        codes[code] = Code(
            code=code,
            client_id=request.client.client_id,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            code_challenge=request.payload.data["code_challenge"],
            code_challenge_method=request.payload.data["code_challenge_method"],
        )

    def query_authorization_code(self, code, client):
        found = codes.get(code)
        return found if found and found.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code):
        del codes[authorization_code.code]

    def authenticate_user(self, authorization_code):
        return USER


class RefreshTokenGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATION_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        found = find_token("refresh_token", refresh_token)
        return None if found is None or found.refresh_revoked else found

    def authenticate_user(self, refresh_token):
        return USER

    def revoke_old_credential(self, refresh_token):
        refresh_token.refresh_revoked = True


class RequiredCodeChallenge(CodeChallenge):
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant, redirect_uri):
        if "code_challenge_method" not in grant.request.payload.data:
            raise InvalidRequestError("Missing 'code_challenge_method'")
        super().validate_code_challenge(grant, redirect_uri)


class Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = AUTHENTICATION_METHODS

    def query_token(self, token_string, token_type_hint):
        return find_token("access_token", token_string) or find_token("refresh_token", token_string)

    def revoke_token(self, token, request):
        token.access_revoked = True
        token.refresh_revoked = token.refresh_revoked or request.form["token"] == token.refresh_token


class BearerToken(BearerTokenValidator):
    def authenticate_token(self, token_string):
        return find_token("access_token", token_string)


class Issuer(IssuerParameter):
    def get_issuer(self):
        return app.config["ORIGIN"]


server = AuthorizationServer(app, query_client=lambda client_id: clients.get(client_id), save_token=save_token)
server.register_grant(AuthorizationCodeGrant, [RequiredCodeChallenge()])
server.register_grant(RefreshTokenGrant)
server.register_endpoint(Revocation)
issuer = Issuer()
server.register_extension(issuer)
require_oauth = ResourceProtector()
require_oauth.register_token_validator(BearerToken())


@app.before_request
def record():
    if request.path == "/requests":
        return jsonify(seen)
    authorization = request.headers.get("Authorization")
    url = request.full_path.removesuffix("?")
    seen.append({"method": request.method, "url": url, "scheme": authorization and authorization.split(" ")[0]})
    return None


@app.get("/.well-known/oauth-authorization-server")
def metadata():
    origin = app.config["ORIGIN"]
    return jsonify(
        issuer=origin,
        authorization_endpoint=f"{origin}/authorize",
        token_endpoint=f"{origin}/token",
        revocation_endpoint=f"{origin}/revoke",
        userinfo_endpoint=f"{origin}/userinfo",
        authorization_response_iss_parameter_supported=True,
        code_challenge_methods_supported=["S256"],
        grant_types_supported=["authorization_code", "refresh_token"],
        response_types_supported=["code"],
        token_endpoint_auth_methods_supported=AUTHENTICATION_METHODS,
    )


@app.route("/authorize", methods=["GET", "POST"])
def authorize():
    try:
        grant = server.get_consent_grant(end_user=USER)
    except OAuth2Error as error:
        response = server.handle_error_response(server.create_oauth2_request(request), error)
        issuer.add_issuer_parameter(server, response)
        return response
    if request.method == "GET":
        return CONSENT_PAGE
    allowed = request.form["consent"] == "yes"
    return server.create_authorization_response(grant=grant, grant_user=USER if allowed else None)


@app.post("/token")
def token():
    return server.create_token_response()


@app.post("/revoke")
def revoke():
    return server.create_endpoint_response(Revocation.ENDPOINT_NAME)


@app.get("/userinfo")
@require_oauth()
def userinfo():
    return jsonify(sub=USER, scope=current_token.get_scope())


class Quiet(WSGIRequestHandler):
    def log_request(self, code="-", size="-"):
        pass


def end_with_input():
    sys.stdin.read()
    os._exit(0)


def main():
    for registration in json.loads(sys.stdin.readline()):
        clients[registration["client_id"]] = Client(**registration)
    listener = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    app.config["ORIGIN"] = f"http://127.0.0.1:{listener.port}"
    threading.Thread(target=end_with_input, daemon=True).start()
    print("listening", app.config["ORIGIN"], flush=True)
    listener.serve_forever()


if __name__ == "__main__":
    main()
