"""Who is let in by a signed token, who is not, and that those who are not learn nothing from it."""

import hashlib
import hmac
import json
import time

import anthropic
import httpx
import openai
import pytest

from harness import keys, objects
from harness.tokens import ISSUER, SigningKey, b64, call, claims_for, key_set, put_together, reason
from harness.upstream import Upstream

CLUSTER = "https://kubernetes.default.svc"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as server:
        yield server


@pytest.fixture(scope="module")
def issued():
    """Keys of our issuers, one for each algorithm, and of nobody that we know."""
    found = {name: SigningKey(f"key-{name}", name) for name in ALGORITHMS}
    return found | {"cluster": SigningKey("cluster"), "stranger": SigningKey("key-RS256")}


@pytest.fixture(scope="module")
def house(make_gateway, upstream, issued):
    """A gateway with several doors: for tokens, for service accounts, for the network, for keys too."""
    gateway, key = make_gateway("tokens"), keys.new_key()
    staff = objects.token_issuer(
        "staff", ISSUER, {"inline": key_set(*(issued[name] for name in ALGORITHMS))},
        requiredClaims={"tenant": ["blue", "green"]}, maximumLifetime="1h", clockSkew="30s")
    rules = {
        "token": [objects.rule("staff", {"tokens": {"issuers": ["staff"], "subjects": ["alice", "team-*"]}})],
        "claims": [objects.rule("admins", {"tokens": {"claims": {"groups": ["admin"]}}})],
        "account": [objects.rule("agents", {"serviceAccounts": [{"namespace": "agents", "name": "crawler"}]})],
        "open": [objects.rule("staff", {"tokens": {"issuers": ["staff"], "subjects": ["alice"]}}),
                 objects.rule("network", {"networks": ["127.0.0.0/8"]})],
        "either": [objects.rule("staff", {"tokens": {"issuers": ["staff"], "subjects": ["alice"]}}),
                   objects.rule("keys", objects.keys_named("alice"))],
    }
    found = [staff, objects.token_issuer("cluster", CLUSTER, {"inline": key_set(issued["cluster"])}, serviceAccounts=True)]
    for name, of in rules.items():
        found.append(objects.route(name, hostnames=[f"{name}.test"]))
        found.append(objects.policy_of(name, *of, target=name, kind="HTTPRoute"))
    objects.write(
        gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
        objects.backend("model", upstream.port), objects.access_key("alice", key), *found)
    return gateway.start(), key


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_good_tokens(house, issued, upstream, algorithm):
    upstream.forget()
    answer = call(house[0], issued[algorithm].sign(tenant="blue"))
    assert answer.status_code == 200
    assert not upstream.seen[0].header("authorization"), "the token stays here"
    [record] = house[0].wait_for_records(1, lambda record: record["id"] == answer.headers["x-request-id"])
    assert record["principal"] == {"kind": "token", "name": "alice", "namespace": "ai", "owner": "ai/staff"}


@pytest.mark.parametrize("more", [
    {"aud": ["others", "sallyport"]}, {"tenant": ["red", "green"]}, {"sub": "team-7"}, {"nbf": 20}, {"exp": -10}, {"iat": 20},
    {"more": {"deep": [1, 2.5, None]}},
], ids=str)
def test_good_claims(house, issued, more):
    """Times are counted from now; clocks may differ by 30 seconds."""
    more = {name: value + int(time.time()) if isinstance(value, int) else value for name, value in more.items()}
    assert call(house[0], issued["ES256"].sign(**({"tenant": "blue"} | more))).status_code == 200


def test_other_headers_take_tokens_too(house, issued):
    token = issued["EdDSA"].sign(tenant="blue")
    for headers in ({"x-api-key": token}, {"api-key": token}, {"authorization": f"bearer {token}"}):
        assert call(house[0], None, headers=headers).status_code == 200, headers


def test_clients_bring_tokens_as_keys(house, issued):
    """The libraries of OpenAI and Anthropic send whatever they are given as a key."""
    token, host = issued["RS256"].sign(tenant="blue"), {"host": "token.test"}
    client = openai.OpenAI(base_url=house[0].url + "/v1", api_key=token, max_retries=0, default_headers=host)
    assert client.models.with_raw_response.list().status_code == 200
    for bad in (issued["stranger"].sign(tenant="blue"), token[:-4] + "AAAA"):
        with pytest.raises(openai.AuthenticationError) as refused:
            openai.OpenAI(base_url=house[0].url + "/v1", api_key=bad, max_retries=2, default_headers=host).models.list()
        assert refused.value.code == "invalid_api_key"
        with pytest.raises(anthropic.AuthenticationError):
            anthropic.Anthropic(base_url=house[0].url, auth_token=bad, default_headers=host).models.list()


def forged(issued):
    """Tokens that must not be taken, by what is wrong with them, and the reason in the record."""
    good, now = issued["RS256"], int(time.time())
    claims = claims_for(tenant="blue")
    header = {"alg": "RS256", "typ": "JWT", "kid": good.kid}
    whole = good.sign(tenant="blue")
    head, body, signature = whole.split(".")
    found = {}
    for name in ("none", "None", "NONE", "nOnE", ""):
        found[f"algorithm {name!r}"] = put_together(header | {"alg": name}, claims), None
        found[f"algorithm {name!r} and a signature"] = f"{b64(header | {'alg': name})}.{body}.{signature}", None
    found["no algorithm"] = put_together({"typ": "JWT", "kid": good.kid}, claims, b"x"), None
    for secret, what in ((good.public_pem, "PEM"), (good.public_pem.strip(), "PEM without its end"), (b"", "nothing"),
                         (json.dumps(good.jwk()).encode(), "JWK"), (key_set(good).encode(), "JWKS")):
        for algorithm, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
            signed = f"{b64(header | {'alg': algorithm})}.{body}"
            mac = hmac.new(secret, signed.encode(), digest).digest()
            found[f"{algorithm} with the public key as {what}"] = f"{signed}.{b64(mac)}", None
    kids = ["../../../../dev/null", "' OR '1'='1", "key-RS256\x00", "", "KEY-RS256", "key-ES256", 7, None, ["key-RS256"],
            "x" * 5000]
    for kid in kids:
        found[f"key {str(kid)[:30]!r}"] = good.sign(tenant="blue", header={"kid": kid}) if isinstance(kid, str) else (
            signed_by(good, header | {"kid": kid}, claims)), None
    evil = issued["stranger"]
    for name, value in {"jwk": evil.jwk(), "jku": "https://evil.example/jwks", "x5u": "https://evil.example/cert",
                        "x5c": ["MIIB"]}.items():
        found[f"its own {name}"] = signed_by(evil, header | {name: value}, claims), "token_signature"
    for more in ({"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": False}, {"zip": "DEF"},
                 {"cty": "JWT"}):
        found[f"header {more}"] = signed_by(good, header | more, claims), None
    audiences = ["others", "sallyport/", "SALLYPORT", ["others"], [], "", ["sally", "port"], 7, {"sallyport": 1}, None]
    for audience in audiences:
        found[f"audience {audience!r}"] = good.sign(tenant="blue", aud=audience) if _is_text(audience) else (
            signed_by(good, header, claims_for(tenant="blue", aud=audience))), None
    for issuer in (ISSUER + "/", ISSUER[:-1], "https://login.example.com", ISSUER.upper(), ISSUER + ".evil.example", None,
                   CLUSTER):
        found[f"issuer {issuer!r}"] = signed_by(good, header, claims_for(tenant="blue", iss=issuer)), None
    times = [now - 60, str(now + 600), -5, 2**63, 1e300, None, [now + 600], now + 5.5, True]
    for value in times:
        found[f"exp {value!r}"] = signed_by(good, header, claims_for(tenant="blue", exp=value)), None
    for value in (now + 120, str(now), 2**63, -1, 1.5):
        found[f"nbf {value!r}"] = signed_by(good, header, claims_for(tenant="blue", nbf=value)), None
        found[f"iat {value!r}"] = signed_by(good, header, claims_for(tenant="blue", iat=value)), None
    found["a life that is too long"] = good.sign(tenant="blue", exp=now + 7200), "token_lifetime"
    found["an expired one"] = good.sign(tenant="blue", exp=now - 60), "token_expired"
    for tenant in ("red", "blue ", "Blue", ["red"], 7, None, {"blue": 1}):
        found[f"tenant {tenant!r}"] = good.sign(tenant=tenant), "token_claim_missing"
    for subject in ("", None, 7):
        found[f"subject {subject!r}"] = signed_by(good, header, claims_for(tenant="blue", sub=subject)), None
    twice = json.dumps(claims)[:-1].encode()
    found["a claim twice"] = signed_by(good, header, twice + b',"sub":"root"}'), None
    found["a claim in another case too"] = signed_by(good, header, twice + b',"Sub":"root"}'), None
    found["no JSON"] = signed_by(good, header, b"alice"), None
    found["a stranger's"] = evil.sign(tenant="blue"), "token_signature"
    found["another algorithm of the same key"] = signed_by(good, header | {"alg": "RS512"}, claims, "RS256"), None
    found["no signature"] = f"{head}.{body}.", None
    found["a signature that is cut"] = whole[:-8], None
    found["a signature with padding"] = whole + "==", None
    found["standard base64"] = f"{head}.{body}.{signature[:-1]}+", None
    found["four parts"] = whole + ".x", None
    found["two parts"] = f"{head}.{body}", None
    found["white space"] = f"{head}.{body} .{signature}", None
    found["other claims"] = f"{head}.{b64(claims | {'sub': 'team-root'})}.{signature}", "token_signature"
    found["too much"] = good.sign(tenant="blue", more="x" * 20_000), "token_too_large"
    return found


def _is_text(audience):
    return isinstance(audience, str) or audience == ["others"]


def signed_by(key, header, claims, algorithm=None):
    """A token with any header and any claims, and a right signature of that key."""
    from jwt import get_algorithm_by_name

    signed = f"{b64(header)}.{b64(claims)}"
    maker = get_algorithm_by_name(algorithm or key.algorithm)
    return f"{signed}.{b64(maker.sign(signed.encode(), maker.prepare_key(key.private)))}"


def without_request_id(answer):
    """What a body says, less what differs from request to request."""
    return json.dumps(answer.json() | {"request_id": ""}, sort_keys=True)


def test_what_is_no_good_token_is_refused_and_all_look_alike(house, issued, upstream):
    """Whatever is wrong: the same status, the same body, the same headers as for a wrong key. Only the record says more."""
    upstream.forget()
    bodies, heads, let_in, told = set(), set(), [], {}
    wrong = forged(issued)
    assert len(wrong) > 90
    with httpx.Client(base_url=house[0].url, headers={"host": "token.test"}, timeout=20) as client:
        for what, (token, _) in wrong.items():
            answer = client.get("/v1/models", headers={"authorization": f"Bearer {token}"})
            if answer.status_code != 401:
                let_in.append(f"{what}: {answer.status_code}")
                continue
            bodies.add(without_request_id(answer))
            heads.add(tuple(sorted(answer.headers)))
            told[answer.headers["x-request-id"]] = what
        for headers in ({}, {"authorization": f"Bearer {keys.new_key()}"}, {"x-api-key": "sk-1"}):
            answer = client.get("/v1/models", headers=headers)
            bodies.add(without_request_id(answer))
            heads.add(tuple(sorted(answer.headers)))
    assert not let_in, let_in
    assert len(bodies) == 1 and len(heads) == 1, (bodies, heads)
    assert not upstream.seen
    records = house[0].wait_for_records(len(told), lambda record: record["id"] in told)
    for record in records:
        expected = wrong[told[record["id"]]][1]
        assert record["verdict"] == "denied" and expected in (None, record["reason"]), (told[record["id"]], record["reason"])
    written = "".join(json.dumps(record) for record in records)
    assert not [what for what, (token, _) in wrong.items() if len(token) > 60 and token.rsplit(".", 1)[1][:40] in written
                and len(token.rsplit(".", 1)[1]) > 40]


def test_subjects_and_claims_that_no_rule_names(house, issued):
    """A good token is known; what it may do is another matter."""
    for token, host in ((issued["RS256"].sign(tenant="blue", sub="mallory"), "token.test"),
                        (issued["RS256"].sign(tenant="blue"), "claims.test"),
                        (issued["RS256"].sign(tenant="blue", groups=["user", "administrator"]), "claims.test")):
        answer = call(house[0], token, host)
        assert (answer.status_code, reason(house[0], answer)) == (403, "no_rule_matches")
    assert call(house[0], issued["RS256"].sign(tenant="blue", groups=["user", "admin"]), "claims.test").status_code == 200


def account(namespace="agents", name="crawler", **more):
    """Claims as a cluster writes them."""
    inside = {"namespace": namespace, "serviceaccount": {"name": name, "uid": "1"}, "pod": {"name": "crawler-1", "uid": "2"}}
    return claims_for(**{"iss": CLUSTER, "sub": f"system:serviceaccount:{namespace}:{name}", "kubernetes.io": inside} | more)


def test_service_accounts(house, issued):
    answer = call(house[0], issued["cluster"].sign(account()), "account.test")
    assert answer.status_code == 200
    [record] = house[0].wait_for_records(1, lambda record: record["id"] == answer.headers["x-request-id"])
    assert record["principal"]["kind"] == "service_account"
    assert (record["principal"]["namespace"], record["principal"]["name"]) == ("agents", "crawler")
    for claims in (account(name="other"), account(namespace="other")):
        assert call(house[0], issued["cluster"].sign(claims), "account.test").status_code == 403
    for claims in (account(aud=CLUSTER), account(aud=None), account(sub="system:serviceaccount:agents:other"),
                   account(**{"kubernetes.io": None})):
        assert call(house[0], issued["cluster"].sign(claims), "account.test").status_code == 401, claims
    assert call(house[0], issued["cluster"].sign(account()), "token.test").status_code == 403, "an account is no person"
    pretender = issued["RS256"].sign(tenant="blue", sub="system:serviceaccount:agents:crawler")
    assert call(house[0], pretender, "account.test").status_code == 403, "another issuer's word for it does not count"


def test_a_wrong_token_is_never_taken_for_none(house, issued):
    """Where the network alone would do, or a key, a wrong token is still refused."""
    assert call(house[0], None, "open.test", headers={}).status_code == 200
    assert call(house[0], issued["RS256"].sign(tenant="blue"), "open.test").status_code == 200
    for what, (token, _) in list(forged(issued).items())[::7]:
        assert call(house[0], token, "open.test").status_code == 401, what
    assert call(house[0], None, "either.test", headers={"x-api-key": house[1]}).status_code == 200
    both = {"x-api-key": house[1], "authorization": "Bearer " + issued["stranger"].sign(tenant="blue")}
    assert call(house[0], None, "either.test", headers=both).status_code == 401
    assert call(house[0], None, "open.test", headers={"authorization": "Bearer"}).status_code == 401


def test_two_tokens_are_one_too_many(house, issued):
    token = issued["RS256"].sign(tenant="blue")
    for other in ("x-api-key", "api-key"):
        assert call(house[0], None, headers={other: token, "authorization": f"Bearer {token}"}).status_code == 401
    twice = [("host", "token.test"), *[("authorization", f"Bearer {token}")] * 2]
    assert httpx.get(house[0].url + "/v1/models", headers=twice).status_code in (400, 401)


def test_a_token_in_the_url_is_refused(house, issued):
    token = issued["RS256"].sign(tenant="blue")
    answer = httpx.get(f"{house[0].url}/v1/models?access_token={token}",
                       headers={"host": "token.test", "authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "credential_in_url")
    assert token not in house[0].output and token not in json.dumps(house[0].records_so_far())


def test_a_token_that_was_good_ends(house, issued):
    """What was checked once is not believed for longer than it lasts: its end, and the 30 seconds clocks may differ."""
    ends = int(time.time()) - 24
    token = issued["ES256"].sign(tenant="blue", exp=ends)
    assert call(house[0], token).status_code == 200
    while time.time() < ends + 31:
        time.sleep(0.2)
    answer = call(house[0], token)
    assert (answer.status_code, reason(house[0], answer)) == (401, "token_expired")
