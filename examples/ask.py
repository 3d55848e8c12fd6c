"""Asks the lab's model through the gateway as one of the sample users of `make run`.

python examples/ask.py rep "Member 7122250, SSN 123-45-6789: is the visit of March 3rd covered?"

Exits with 1 where the call was denied.
"""

import json
import sys
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

try:
    from openai import OpenAI, PermissionDeniedError
except ModuleNotFoundError:
    sys.exit("this needs OpenAI's client: pip install openai")

if len(sys.argv) != 3:
    sys.exit(__doc__)
user, text = sys.argv[1:]
form = urlencode({"grant_type": "client_credentials", "client_id": user}).encode()
try:
    with urlopen("http://127.0.0.1:8090/issuer/token", form) as answer:
        token = json.load(answer)["access_token"]
except HTTPError as refused:
    sys.exit(json.load(refused)["error_description"])
except URLError:
    sys.exit("nobody answers on 127.0.0.1:8090: start `make run` first")
client = OpenAI(base_url="http://127.0.0.1:8080/v1", api_key=token)
try:
    said = client.chat.completions.create(model="lab-assistant", messages=[{"role": "user", "content": text}])
    print(said.choices[0].message.content)
except PermissionDeniedError as denied:
    sys.exit(denied.body["message"])
