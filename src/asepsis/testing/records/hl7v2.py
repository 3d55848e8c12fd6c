"""HL7 v2 messages about a made-up person: admissions (ADT) and results (ORU), by the versions 2.4 to 2.8."""

from asepsis.testing.records.person import Person

__all__ = ["VERSIONS", "admission", "result"]

VERSIONS = ("2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8")


def admission(person: Person, version: str, /) -> str:
    """Returns an ADT^A01 with allergies, a diagnosis and insurance."""
    came = f"{person.came:%Y%m%d}"
    return _joined(
        _header(person, "ADT^A01^ADT_A01", version),
        f"EVN||{came}0815",
        _patient(person, version),
        f"NK1|1|{person.family}^{person.middle}^^^^^L|SPO^Spouse^HL70063|{_address(person)}|{_phone(person, version)}",
        _visit(person),
        "AL1|1|DA^Drug allergy^HL70127|70618^Penicillin^RXNORM|SV^Severe^HL70128|Hives",
        f"DG1|1||E11.9^Type 2 diabetes mellitus^I10||{came}|A",
        f"IN1|1|PLAN7^Key plan^L|66783^^^KEY^NIIP|Key Insurance^L||||{person.group}||||20230101||||"
        f"{person.family}^{person.given}^^^^^L|SEL^Self^HL70063|{person.born:%Y%m%d}|{_address(person)}"
        f"|||||||||||||||||{person.member}",
    )


def result(person: Person, version: str, /) -> str:
    """Returns an ORU^R01 with a number, a code and a text."""
    came = f"{person.came:%Y%m%d}0930"
    doctor = f"{person.npi}^{person.doctor}^Ada^^^Dr."
    return _joined(
        _header(person, "ORU^R01^ORU_R01", version),
        _patient(person, version),
        _visit(person),
        f"ORC|RE|ORD{person.claim}|FIL{person.claim}|||||||||{doctor}",
        f"OBR|1|ORD{person.claim}|FIL{person.claim}|4548-4^Hemoglobin A1c^LN|||{came}|||||||||{doctor}|||||||||F",
        f"OBX|1|NM|4548-4^Hemoglobin A1c^LN|1|7.2|%^percent^UCUM|4.0-5.6|H|||F|||{came}",
        "OBX|2|CWE|600-7^Bacteria identified^LN|1|112283007^Escherichia coli^SCT||||||F"
        if version > "2.5"
        else "OBX|2|CE|600-7^Bacteria identified^LN|1|112283007^Escherichia coli^SCT||||||F",
        f"OBX|3|TX|8251-1^Note^LN|1|{person.given} {person.family} denies fever\\T\\chills, metformin 500 mg||||||F",
        "NTE|1|L|Left foot ulcer, no change. Call the ward.",
    )


def _joined(*segments: str) -> str:
    return "".join(f"{segment}\r" for segment in segments)


def _header(person: Person, kind: str, version: str) -> str:
    return f"MSH|^~\\&|LAB|CLINIC|EHR|CLINIC|{person.came:%Y%m%d}081500||{kind}|{person.claim}|P|{version}"


def _patient(person: Person, version: str) -> str:
    numbers = f"{person.mrn}^^^CLINIC^MR~{person.ssn}^^^SSA^SS"
    race = "2106-3^White^HL70005"
    return (
        f"PID|1||{numbers}||{person.family}^{person.given}^{person.middle}^^Mrs.^^L||{person.born:%Y%m%d}|{person.sex}"
        f"||{race}|{_address(person)}||{_phone(person, version)}"
        f"||EN^English^ISO639|M^Married^HL70002||{person.claim}^^^CLINIC^AN"
    )


def _visit(person: Person) -> str:
    return (
        f"PV1|1|I|2NORTH^220^1^CLINIC|R|||{person.npi}^{person.doctor}^Ada^^^Dr.|||MED||||1|||"
        f"{person.npi}^{person.doctor}^Ada^^^Dr.|IP|{person.claim}^^^CLINIC^VN" + "|" * 25 + f"{person.came:%Y%m%d}0815"
    )


def _phone(person: Person, version: str) -> str:
    """A number as one where versions have it so, in parts since 2.6."""
    number = person.phone
    return f"{number}^PRN^PH" if version < "2.6" else f"^PRN^PH^^1^{number[:3]}^{number[3:]}"


def _address(person: Person) -> str:
    code = person.zip if len(person.zip) == 5 else f"{person.zip[:5]}-{person.zip[5:]}"
    return f"{person.street}^Apt 4^{person.town}^{person.state}^{code}^USA^H"
