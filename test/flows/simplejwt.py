"""Reads tokens as djangorestframework-simplejwt does: TokenBackend.decode, then Token.verify of an AccessToken.

Standard input: one JSON object a line with token, algorithm, audience, issuer, and signing_key or jwk_url.
Standard output: for each line its claims, or the name of the exception that refuses the token.
"""

import json
import sys
from datetime import datetime, timedelta, timezone

import jwt


def verifying_key(call):
    if call["algorithm"].startswith("HS"):
        return call["signing_key"]
    return jwt.PyJWKClient(call["jwk_url"]).get_signing_key_from_jwt(call["token"]).key


def access_token(call):
    claims = jwt.decode(
        call["token"],
        verifying_key(call),
        algorithms=[call["algorithm"]],
        audience=call["audience"],
        issuer=call["issuer"],
        leeway=timedelta(seconds=0),
        options={"verify_aud": True, "verify_signature": True},
    )
    if datetime.fromtimestamp(claims["exp"], timezone.utc) <= datetime.now(timezone.utc):
        raise ValueError("Token 'exp' claim has expired")
    if "jti" not in claims:
        raise ValueError("Token has no id")
    if claims["token_type"] != "access":
        raise ValueError("Token has wrong type")
    if not isinstance(claims["user_id"], str):
        raise ValueError("Token contained no recognizable user identification")
    return claims


for line in sys.stdin:
    try:
        answer = {"claims": access_token(json.loads(line))}
    except Exception as error:
        answer = {"refused": type(error).__name__, "why": str(error)}
    print(json.dumps(answer))
