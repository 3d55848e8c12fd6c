"""Checks evidence from a ledger: this one file, Python 3.11 or newer and the package `cryptography`; no network.

    python verify.py [BUNDLE.zip or its folder] [--vkey FILE] [--policy FILE] [--tsa FILE]

It shares no code with the program that made the evidence. What it checks, in this order:

1. Each file is the one that the manifest lists (BagIt, RFC 8493).
2. The checkpoint is signed by the log: with each of the keys of --vkey, or with one of its logs' of --policy (C2SP
   signed-note).
3. With a policy, enough of its witnesses cosigned it (C2SP tlog-cosignature, tlog-policy).
4. The entries, and no others, stand in the claimed range of the log: hashed as RFC 6962 says they lead to a tree that
   the checkpoint's goes on from (RFC 9162 2.1.4.2).
5. The selected entries, and no others of the range, pass the filter.
6. Opened parts of sealed bodies are those that the events in their entries commit to: HMAC-SHA256 under their salts,
   the first three one by one, the rest by the root of a tree (RFC 6962 2.1).
7. A timestamp is over this checkpoint, signed by a certificate for timestamps that was valid at its time and leads to
   one of --tsa, or of those that came along (RFC 3161, RFC 5652). Whether it was revoked is not asked.

It prints what holds; exit status 0 only if all of it does.
"""

import argparse
import base64
import datetime as dt
import hashlib
import hmac
import json
import struct
import sys
import zipfile
from pathlib import Path
from typing import TypedDict

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID

__all__ = ["Refused", "check", "main", "read_bundle"]

ED25519, COSIGNATURE, ML_DSA_44 = 1, 4, 6
MOST_BYTES = 1 << 30
MOST_FILES = 64
NEEDED = {"data/checkpoint", "data/claim.json", "data/entries", "data/vkey"}
STAMPS = {"data/timestamp.tsr", "data/authorities.pem"}
ALLOWED = NEEDED | STAMPS | {"data/policy", "data/opened.json"}


class Refused(Exception):
    """The evidence does not hold."""


def need(holds: bool, what: str) -> None:  # noqa: FBT001 it reads like an assertion, which Python may leave out
    """Raises Refused unless it holds."""
    if not holds:
        raise Refused(what)


def sha256(*parts: bytes) -> bytes:
    """Returns the digest of the parts, one behind the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text: str) -> bytes:
    """Reads base64 in its one form."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError as error:
        raise Refused("base64") from error
    need(base64.b64encode(data).decode() == text, "base64 in its one form")
    return data


def number(text: str) -> int:
    """Reads a decimal number in its one form."""
    need(text.isascii() and text.isdigit() and len(text) < 20 and str(int(text)) == text, "a decimal number")
    return int(text)


# 1. Files


def read_bundle(place: Path) -> dict[str, bytes]:
    """Returns the files of a bundle, a zip or a folder, as its manifests list them."""
    files = read_folder(place) if place.is_dir() else read_zip(place)
    payload = {name for name in files if name.startswith("data/")}
    lists = {
        "manifest-sha256.txt": payload,
        "tagmanifest-sha256.txt": files.keys() - payload - {"tagmanifest-sha256.txt"},
    }
    for manifest, names in lists.items():
        lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(names)]
        need(files.get(manifest) == "".join(lines).encode(), "the files that the manifest lists")
    need(NEEDED <= payload <= ALLOWED and len(payload & STAMPS) != 1, "the files of a bundle")
    return files


def read_zip(place: Path) -> dict[str, bytes]:
    """Returns the files in a zip."""
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(place) as archive:
            infos = archive.infolist()
            need(
                len(infos) <= MOST_FILES and sum(one.file_size for one in infos) <= MOST_BYTES,
                "a bundle of a fair size",
            )
            for one in infos:
                name = one.filename.removeprefix("evidence/")
                need(name != one.filename and name not in files, "each file once, in the bag's folder")
                with archive.open(one) as file:
                    files[name] = file.read(one.file_size + 1)
                need(len(files[name]) == one.file_size, "files of the sizes they say")
    except Refused:
        raise
    except Exception as error:
        raise Refused("a zip that can be read") from error
    return files


def read_folder(place: Path) -> dict[str, bytes]:
    """Returns the files in an unpacked bundle."""
    found = [path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    need(
        len(found) <= MOST_FILES and sum(path.stat().st_size for path in found) <= MOST_BYTES, "a bundle of a fair size"
    )
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in found}


# 2. and 3. Signatures


class Key:
    """A public key with its owner's name."""

    def __init__(self, text: str) -> None:
        name, plus, rest = text.partition("+")
        key_id, more, encoded = rest.partition("+")
        data = unbase64(encoded)
        need(bool(name and plus and more and data), "a vkey")
        self.name, self.kind, self.public = name, data[0], data[1:]
        need(
            (self.kind, len(self.public)) in {(ED25519, 32), (COSIGNATURE, 32), (ML_DSA_44, 1312)},
            "a known type of key",
        )
        self.id = sha256(name.encode(), b"\n", data)[:4]
        need(self.id.hex() == key_id, "the key's own id")

    def check(self, text: str, signature: bytes) -> None:
        """Raises Refused unless it signed a checkpoint's text."""
        message = text.encode()
        if self.kind != ED25519:
            need(len(signature) > 8, "a signature with its time")
            time, signature = struct.unpack(">Q", signature[:8])[0], signature[8:]
            need(time < 1 << 63, "a time below 2^63")
            message = f"cosignature/v1\ntime {time}\n{text}".encode()
            if self.kind == ML_DSA_44:
                origin, size, root = read_checkpoint(text)
                names = [bytes([len(one)]) + one for one in (self.name.encode(), origin.encode())]
                head = b"subtree/v1\n\0" + names[0] + struct.pack(">Q", time) + names[1]
                message = head + struct.pack(">QQ", 0, size) + root
        public = MLDSA44PublicKey if self.kind == ML_DSA_44 else Ed25519PublicKey
        try:
            public.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError) as error:
            raise Refused("a signature that holds") from error


def read_checkpoint(text: str) -> tuple[str, int, bytes]:
    """Returns the log's name, its size and its root."""
    lines = text.split("\n")
    need(len(lines) > 3 and not lines[-1] and all(lines[:-1]), "a checkpoint")
    need(len(lines[0].encode()) < 256, "a log's name")
    root = unbase64(lines[2])
    need(len(root) == 32, "a root of 32 bytes")
    return lines[0], number(lines[1]), root


def signers(note: str, keys: list[Key]) -> list[Key]:
    """Returns those of the keys that signed a note; one that did and does not hold spoils all of it."""
    text, blank, lines = note.rpartition("\n\n")
    need(bool(text and blank and lines.endswith("\n")), "a signed note")
    found = []
    for line in lines.removesuffix("\n").split("\n"):
        dash, name, encoded = (*line.split(" "), "", "")[:3]
        need(dash == "—" and line.count(" ") == 2, "a signature line")
        data = unbase64(encoded)
        need(len(data) > 4, "a signature")
        for key in keys:
            if (key.name, key.id) == (name, data[:4]):
                key.check(text + "\n", data[4:])
                found.append(key)
    return found


def read_policy(data: bytes) -> tuple[list[Key], dict[str, Key], dict[str, tuple[int, list[str]]], str]:
    """Returns a policy's logs, witnesses, groups and quorum."""
    logs: list[Key] = []
    witnesses: dict[str, Key] = {}
    groups: dict[str, tuple[int, list[str]]] = {}
    quorums: list[str] = []
    grouped: list[str] = []
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "log" and len(words) in (2, 3):
            logs.append(Key(words[1]))
        elif words[0] == "witness" and len(words) in (3, 4):
            need(words[1] not in witnesses.keys() | groups.keys() | {"none"}, "a new name")
            witnesses[words[1]] = Key(words[2])
        elif words[0] == "group" and len(words) > 3:
            name, count, members = words[1], words[2], words[3:]
            known = witnesses.keys() | groups.keys()
            need(name not in known | {"none"} and known >= set(members), "a new name over known ones")
            grouped += members
            least = {"any": 1, "all": len(members)}.get(count) or number(count)
            need(1 <= least <= len(members), "a group that can be met")
            groups[name] = least, members
        else:
            need(words[0] == "quorum" and len(words) == 2, "a line of a policy")
            need(words[1] in witnesses.keys() | groups.keys() | {"none"}, "a quorum of known names")
            quorums.append(words[1])
    need(len(quorums) == 1 and len(set(grouped)) == len(grouped), "one quorum, and each name in one group")
    for keys in (logs, list(witnesses.values())):
        need(len({key.public for key in keys}) == len(keys), "each key once")
    need(all(key.kind in (ED25519, ML_DSA_44) for key in logs), "keys of logs")
    need(all(key.kind in (COSIGNATURE, ML_DSA_44) for key in witnesses.values()), "keys of witnesses")
    return logs, witnesses, groups, quorums[0]


def check_signatures(note: str, keys: list[Key], policy: bytes | None) -> None:
    """Raises Refused unless the log signed the note and the policy's quorum is met."""
    if policy is not None:
        logs, witnesses, groups, quorum = read_policy(policy)
        need(not logs or bool(signers(note, logs)), "the signature of a log of the policy")
        signed = signers(note, list(witnesses.values()))
        met = {name: key in signed for name, key in witnesses.items()} | {"none": True}
        for name, (least, members) in groups.items():
            met[name] = sum(met[member] for member in members) >= least
        need(met[quorum], "the quorum of witnesses")
        if not keys:
            need(any(key.name == note.partition("\n")[0] for key in signers(note, logs)), "the log's own signature")
            return
    need(bool(keys), "the log's keys")
    for key in keys:
        need(
            key.name == note.partition("\n")[0] and bool(signers(note, [key])),
            "the signature of each of the log's keys",
        )


# 4. The tree


def extend(stack: list[bytes], size: int, leaves: list[bytes]) -> None:
    """Puts leaves behind a tree that is kept as the roots of its perfect subtrees."""
    for leaf in leaves:
        size += 1
        node = leaf
        for _ in range((size & -size).bit_length() - 1):
            node = sha256(b"\1", stack.pop(), node)
        stack.append(node)


def root_of(stack: list[bytes]) -> bytes:
    """Returns the root over perfect subtrees, the largest first."""
    root = stack[-1]
    for left in reversed(stack[:-1]):
        root = sha256(b"\1", left, root)
    return root


def check_consistency(size1: int, root1: bytes, size2: int, root2: bytes, proof: list[bytes]) -> None:
    """RFC 9162 2.1.4.2, with its numbers; `size1` is not 0."""
    need(len(proof) < 64, "a proof of a fair size")
    if size1 == size2:
        need(root1 == root2 and not proof, "the same tree")
        return
    rest = list(proof)
    if size1 & (size1 - 1) == 0:
        rest.insert(0, root1)
    need(bool(rest), "a consistency proof")
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = rest[0]
    for c in rest[1:]:
        need(sn != 0, "a shorter proof")
        if fn & 1 or fn == sn:
            fr, sr = sha256(b"\1", c, fr), sha256(b"\1", c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha256(b"\1", sr, c)
        fn, sn = fn >> 1, sn >> 1
    need(fr == root1 and sr == root2 and sn == 0, "a log that goes on from the range")


# 4. and 5. The claim


def read_claim(data: bytes) -> dict[str, object]:
    """Returns the claim's fields, of the types they have to be."""
    try:
        claim = json.loads(data)
        need(isinstance(claim, dict), "a claim")
        need(json.dumps(claim, ensure_ascii=False, separators=(",", ":")).encode() == data, "a claim in its one form")
    except (ValueError, RecursionError) as error:
        raise Refused("a claim") from error
    kinds = {"version": int, "origin": str, "start": int, "end": int, "filter": dict}
    kinds |= dict.fromkeys(("selected", "before", "proof"), list)
    need(list(claim) == list(kinds), "the fields of a claim")
    need(all(type(claim[name]) is kind for name, kind in kinds.items()), "a claim of the right types")
    need(list(claim["filter"]) == ["subject", "kind", "principal"], "the fields of a filter")
    need(all(isinstance(one, str) for one in [*claim["filter"].values(), *claim["before"], *claim["proof"]]), "texts")
    need(claim["version"] == 1 and 0 <= claim["start"] < claim["end"] < 1 << 63, "a claim of version 1 about a range")
    return dict(claim)


def read_entries(data: bytes, count: int) -> list[bytes]:
    """Returns the entries, each behind two bytes of its length."""
    entries: list[bytes] = []
    start = 0
    while start < len(data) and len(entries) < count:
        end = start + 2 + int.from_bytes(data[start : start + 2], "big")
        need(start + 2 <= len(data) and end <= len(data), "whole entries")
        entries.append(data[start + 2 : end])
        start = end
    need(start == len(data) and len(entries) == count, "as many entries as are claimed")
    return entries


def passes(entry: bytes, asked: dict[str, str]) -> bool:
    """Whether an entry is asked for."""
    try:
        event = json.loads(entry)
        subjects, kind, principal = event.get("subjects", []), event["kind"], event["principal"]
    except (ValueError, KeyError, AttributeError, RecursionError) as error:
        raise Refused("events") from error
    return (
        (not asked["kind"] or kind == asked["kind"])
        and (not asked["principal"] or principal == asked["principal"])
        and (not asked["subject"] or asked["subject"] in subjects)
    )


# 6. Opened parts


def read_opened(data: bytes, entries: list[bytes], start: int) -> list[dict[str, object]]:
    """Returns the opened parts, each with the index of its event, where all of them hold."""
    try:
        listed = json.loads(data)
        need(json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode() == data, "one form")
        need(isinstance(listed, list), "opened parts")
        shown, last = [], -1
        for one in listed:
            need(
                list(one) == ["index", "event", "commitments", "parts"] and type(one["index"]) is int, "an opened body"
            )
            need(last < one["index"] and start <= one["index"] < start + len(entries), "opened bodies by index")
            last = one["index"]
            event = json.loads(entries[last - start])
            shown += [{"index": last, **part} for part in check_opened(one, event["id"], event["payload"]["sealed"])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused("opened parts") from error
    return shown


class Part(TypedDict):
    """An opened part, if it is what it says."""

    number: int
    salt: str
    part: str


class Opened(TypedDict):
    """The opened parts of one body, if they are what they say."""

    event: str
    commitments: list[str]
    parts: list[Part]


class Sealed(TypedDict):
    """What an event says of its body."""

    parts: int
    commitments: list[str]
    root: str


def check_opened(one: Opened, event: str, sealed: Sealed) -> list[dict[str, object]]:
    """Returns the parts of one body, held against what its event says of it."""
    said = one["commitments"]
    need(one["event"] == event and len(said) == sealed["parts"], "the parts of that event")
    need(all(is_hash(text) for text in said) and said[:3] == sealed["commitments"], "the event's commitments")
    tree: list[bytes] = []
    extend(tree, 0, [sha256(b"\0", bytes.fromhex(text)) for text in said[3:]])
    need((root_of(tree).hex() if tree else "") == sealed.get("root", ""), "the root over the rest")
    need(bool(one["parts"]), "opened parts")
    parts, last = [], -1
    for part in one["parts"]:
        number, salt, text = part["number"], part["salt"], part["part"]
        need(list(part) == ["number", "salt", "part"] and type(number) is int, "a part")
        need(last < number < len(said) and is_hash(salt), "parts by number")
        last = number
        need(
            hmac.new(bytes.fromhex(salt), text.encode(), "sha256").hexdigest() == said[number], "what was committed to"
        )
        plain = json.loads(text)
        need(isinstance(plain, list) and len(plain) == 3 and all(isinstance(word, str) for word in plain), "a part")
        need(json.dumps(plain, ensure_ascii=False, separators=(",", ":")) == text, "a part in its one form")
        parts.append({"number": number, "place": plain[0], "role": plain[1], "text": plain[2]})
    return parts


def is_hash(text: object) -> bool:
    """Whether it is 32 bytes in hex, in the one form."""
    return isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")


# 7. The timestamp

SIGNED_DATA, TST_INFO = "2a864886f70d010702", "2a864886f70d0109100104"
CONTENT_TYPE, MESSAGE_DIGEST = "2a864886f70d010903", "2a864886f70d010904"
SIGNERS = {"2a864886f70d010910020c": "sha1", "2a864886f70d010910022f": "sha256"}
DIGESTS: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "608648016503040201": hashes.SHA256(),
    "608648016503040202": hashes.SHA384(),
    "608648016503040203": hashes.SHA512(),
}
SEQUENCE, SET, INTEGER, OCTETS, OID, TIME = 0x30, 0x31, 2, 4, 6, 0x18


class Value:
    """A value in DER (X.690): its tag, what is in it, and its bytes as a whole."""

    def __init__(self, data: bytes, start: int) -> None:
        need(start + 2 <= len(data), "whole values")
        self.tag, length, begin = data[start], data[start + 1], start + 2
        if length & 0x80:
            count = length & 0x7F
            need(0 < count < 5 and begin + count <= len(data), "a length")
            length, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
            need(length >= 0x80 and length.bit_length() > 8 * (count - 1), "a length in its one form")
        need(begin + length <= len(data), "whole values")
        self.content, self.whole, self.end = data[begin : begin + length], data[start : begin + length], begin + length

    def expect(self, tag: int) -> "Value":
        """Returns itself if it has that tag."""
        need(self.tag == tag, "a value of its type")
        return self

    def inside(self) -> list["Value"]:
        """Returns the values in it."""
        found: list[Value] = []
        while (start := found[-1].end if found else 0) < len(self.content):
            found.append(Value(self.content, start))
        return found

    def at(self, *path: int) -> "Value":
        """Returns the value at a place in it."""
        found = self
        for place in path:
            inner = found.inside()
            need(place < len(inner), "more values")
            found = inner[place]
        return found


def digest_of(algorithm: Value) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512:
    """Returns the hash function that is named."""
    named = DIGESTS.get(algorithm.expect(SEQUENCE).at(0).expect(OID).content.hex())
    if named is None:
        raise Refused("a known hash function")
    return named


def hashed(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    """Returns a digest."""
    made = hashes.Hash(algorithm)
    made.update(data)
    return made.finalize()


def time_of(text: bytes) -> dt.datetime:
    """Reads a GeneralizedTime in UTC."""
    seconds, _, fraction = text.decode("ascii").removesuffix("Z").partition(".")
    need(text.endswith(b"Z") and (not fraction or fraction.isdigit()), "a time in UTC")
    moment = dt.datetime.strptime(seconds, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    return moment + dt.timedelta(microseconds=int((fraction + "000000")[:6]))


def check_stamp(token: bytes, message: bytes, trusted: bytes) -> int:
    """Returns when an authority says the message was there, in milliseconds."""
    need(len(token) <= 1 << 16, "a timestamp of a fair size")
    try:
        answer = Value(token, 0).expect(SEQUENCE)
        need(answer.end == len(token) and answer.at(0, 0).whole == b"\2\1\0", "a timestamp that was granted")
        need(answer.at(1, 0).expect(OID).content.hex() == SIGNED_DATA, "signed data")
        signed = answer.at(1, 1, 0).expect(SEQUENCE)
        need(signed.at(2, 0).content.hex() == TST_INFO, "a timestamp")
        info = Value(signed.at(2, 1, 0).expect(OCTETS).content, 0).expect(SEQUENCE)
        imprint = info.at(2)
        need(imprint.at(1).content == hashed(digest_of(imprint.at(0)), message), "a timestamp over this checkpoint")
        moment = time_of(info.at(4).expect(TIME).content)
        carried = [one for one in signed.inside()[3:] if one.tag == 0xA0]
        certificates = [x509.load_der_x509_certificate(one.whole) for held in carried for one in held.inside()]
        (signer,) = signed.inside()[-1].expect(SET).inside()
        certificate = check_signer(signer, signed.at(2, 1, 0).content, certificates)
        check_chain(certificate, certificates, x509.load_pem_x509_certificates(trusted), moment)
    except Refused:
        raise
    except Exception as error:  # whatever broken certificates make of their reader, it is no timestamp
        raise Refused("a timestamp that holds") from error
    return round(moment.timestamp() * 1000)


def check_signer(signer: Value, content: bytes, certificates: list[x509.Certificate]) -> x509.Certificate:
    """Returns the certificate by whose key the content is signed (RFC 5652 5.4)."""
    issuer, serial = signer.at(1, 0).whole, int.from_bytes(signer.at(1, 1).expect(INTEGER).content, "big", signed=True)
    named = [one for one in certificates if (one.issuer.public_bytes(), one.serial_number) == (issuer, serial)]
    need(len(named) == 1, "the signer's certificate")
    digest = digest_of(signer.at(2))
    attributes = signer.at(3)
    need(attributes.tag == 0xA0, "signed attributes")
    found = {one.at(0).content.hex(): one.at(1, 0) for one in attributes.inside()}
    need(len(found) == len(attributes.inside()), "each attribute once")
    need(found[CONTENT_TYPE].content.hex() == TST_INFO, "a signature over a timestamp")
    need(found[MESSAGE_DIGEST].content == hashed(digest, content), "the digest of what is signed")
    bound = 0
    for name in SIGNERS.keys() & found.keys():
        first = found[name].at(0, 0)
        own = hashes.SHA1() if SIGNERS[name] == "sha1" else hashes.SHA256()  # noqa: S303 what RFC 2634 says
        chosen = digest_of(first.at(0)) if first.at(0).tag == SEQUENCE else own
        place = 1 if first.at(0).tag == SEQUENCE else 0
        need(first.at(place).content == hashed(chosen, named[0].public_bytes(serialization.Encoding.DER)), "its own")
        bound += 1
    need(bound > 0, "the certificate that the signature names")
    signature, text = signer.at(5).expect(OCTETS).content, bytes([SET]) + attributes.whole[1:]
    key = named[0].public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, text, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, text, ec.ECDSA(digest))
    else:
        need(isinstance(key, Ed25519PublicKey), "a key of a known type")
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, text)
    return named[0]


def check_chain(
    first: x509.Certificate, carried: list[x509.Certificate], trusted: list[x509.Certificate], moment: dt.datetime
) -> None:
    """Raises Refused unless a certificate for timestamps leads to a trusted root; each was valid at the moment."""
    use = first.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    need(use.critical and list(use.value) == [ExtendedKeyUsageOID.TIME_STAMPING], "a certificate for timestamps")
    here = first
    for _ in range(8):
        need(here.not_valid_before_utc <= moment <= here.not_valid_after_utc, "certificates valid at that time")
        if here in trusted and here.issuer == here.subject:
            return
        above = [one for one in [*trusted, *carried] if one.subject == here.issuer and issued(here, one)]
        need(bool(above), "a certificate that leads to a trusted one")
        here = above[0]
        need(here.extensions.get_extension_for_class(x509.BasicConstraints).value.ca, "issuers that may issue")
    raise Refused("a shorter chain of certificates")


def issued(one: x509.Certificate, by: x509.Certificate) -> bool:
    """Whether a certificate was issued by another."""
    try:
        one.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def check(
    files: dict[str, bytes], vkeys: bytes | None = None, policy: bytes | None = None, tsa: bytes | None = None
) -> dict[str, object]:
    """Returns what a bundle's files show; raises Refused. Keys and policy are the bundle's own where none is given.

    So are the certificates of who may stamp; where some are given, there has to be a timestamp.
    """
    if vkeys is None and policy is None:
        vkeys, policy = files["data/vkey"], files.get("data/policy")
    try:
        note = files["data/checkpoint"].decode()
        keys = [Key(line) for line in (vkeys or b"").decode().splitlines()]
    except UnicodeDecodeError as error:
        raise Refused("texts in UTF-8") from error
    check_signatures(note, keys, policy)
    origin, size, root = read_checkpoint(note.rpartition("\n\n")[0] + "\n")
    claim = json.loads(json.dumps(read_claim(files["data/claim.json"])))
    start, end = claim["start"], claim["end"]
    need(claim["origin"] == origin and end <= size, "a claim about the log of the checkpoint")
    entries = read_entries(files["data/entries"], end - start)
    before = [unbase64(one) for one in claim["before"]]
    proof = [unbase64(one) for one in claim["proof"]]
    need(len(before) == start.bit_count() and all(len(one) == 32 for one in before + proof), "hashes of 32 bytes")
    extend(before, start, [sha256(b"\0", entry) for entry in entries])
    check_consistency(end, root_of(before), size, root, proof)
    selected = [index for index, entry in enumerate(entries, start) if passes(entry, claim["filter"])]
    need(selected == claim["selected"], "the entries that pass the filter to be the selected ones")
    opened = files.get("data/opened.json")
    token = files.get("data/timestamp.tsr")
    need(token is not None or tsa is None, "a timestamp")
    roots = files.get("data/authorities.pem", b"") if tsa is None else tsa
    return {
        "log": origin,
        "size": size,
        "root": base64.b64encode(root).decode(),
        "start": start,
        "end": end,
        "selected": selected,
        "opened": [] if opened is None else read_opened(opened, entries, start),
        "stamped": None if token is None else check_stamp(token, files["data/checkpoint"], roots),
    }


def main(arguments: list[str] | None = None) -> int:
    """Checks the bundle that the command line names, or the one this file lies in; returns the exit status."""
    parser = argparse.ArgumentParser(description="check evidence from a ledger")
    parser.add_argument("bundle", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--vkey", type=Path, help="the log's public keys, from somebody you trust")
    parser.add_argument("--policy", type=Path, help="a trust policy, from somebody you trust")
    parser.add_argument("--tsa", type=Path, help="certificates (PEM) of timestamp authorities, from somebody you trust")
    wanted = parser.parse_args(arguments)
    try:
        given = (wanted.vkey, wanted.policy, wanted.tsa)
        vkeys, policy, tsa = (None if one is None else one.read_bytes() for one in given)
        found = check(read_bundle(wanted.bundle), vkeys, policy, tsa)
    except (Refused, OSError) as error:
        print(f"refused: expected {error}" if isinstance(error, Refused) else f"cannot read: {error}", file=sys.stderr)  # noqa: T201 a script
        return 1
    print(json.dumps(found))  # noqa: T201 a script
    if vkeys is None and policy is None:
        print("the keys are the bundle's own: whose log it is was not checked", file=sys.stderr)  # noqa: T201 a script
    if found["stamped"] is not None and tsa is None:
        print("the timestamp authority is the bundle's own: whose clock it is was not checked", file=sys.stderr)  # noqa: T201 a script
    return 0


if __name__ == "__main__":
    sys.exit(main())
