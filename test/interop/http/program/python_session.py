"""requests_kerberos on one session: the argument is the server's address. Prints one line of JSON for each request."""

import json
import sys

import requests
from requests_kerberos import REQUIRED, HTTPKerberosAuth

url = sys.argv[1]
body = b"x" * 100_000
session = requests.Session()
# Without the server's proof of who it is, requests_kerberos raises MutualAuthenticationError.
session.auth = HTTPKerberosAuth(mutual_authentication=REQUIRED)


def tell(name, response):
    proof = "www-authenticate" in response.headers
    told = {"name": name, "status": response.status_code, "proof": proof, "legs": len(response.history) + 1}
    print(json.dumps(told))


for number in range(3):
    response = session.get(url, timeout=30)
    tell(f"GET {response.json()['package']} on connection {response.json()['connection']}", response)
response = session.post(url, data=body, timeout=30)
tell("POST" if response.content == body else f"POST, of which {len(response.content)} bytes came back", response)
