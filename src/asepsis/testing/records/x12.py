"""X12 interchanges about a made-up person: 270, 271 (004010), 834, 835, 837P and 837I (005010)."""

from asepsis.testing.records.person import Person

__all__ = ["KINDS", "interchange"]

KINDS = {
    "270": ("HS", "004010X092A1"),
    "271": ("HB", "004010X092A1"),
    "834": ("BE", "005010X220A1"),
    "835": ("HP", "005010X221A1"),
    "837P": ("HC", "005010X222A1"),
    "837I": ("HC", "005010X223A2"),
}
"""By the name of a transaction its functional group and its implementation guide."""


def interchange(kind: str, person: Person, /) -> str:
    """Returns an interchange with one transaction of a kind; raises KeyError for one that is not made here."""
    group, guide = KINDS[kind]
    old = guide.startswith("004010")
    body = _BODIES[kind](person)
    day = f"{person.went:%Y%m%d}"
    version = "U*00401" if old else "^*00501"
    parties = "*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       "
    segments = [
        f"ISA{parties}*{day[2:]}*1015*{version}*000000907*0*T*:",
        f"GS*{group}*SENDER*RECEIVER*{day}*1015*1*X*{guide}",
        f"ST*{kind[:3]}*0001" + ("" if old or kind == "835" else f"*{guide}"),
        *body,
        f"SE*{len(body) + 2}*0001",
        "GE*1*1",
        "IEA*1*000000907",
    ]
    return "".join(f"{segment}~\n" for segment in segments)


def _eligibility(person: Person, purpose: str) -> list[str]:
    return [
        f"BHT*0022*{purpose}*{person.claim}*{person.went:%Y%m%d}*1015",
        "HL*1**20*1",
        "NM1*PR*2*KEY INSURANCE*****PI*66783",
        "HL*2*1*21*1",
        f"NM1*1P*1*{person.doctor}*ADA****XX*{person.npi}",
        "HL*3*2*22*0",
        f"TRN*{'1' if purpose == '13' else '2'}*{person.claim}*9877281234",
        f"NM1*IL*1*{person.family}*{person.given}*{person.middle}***MI*{person.member}",
    ]


def _asked(person: Person) -> list[str]:
    return [
        *_eligibility(person, "13"),
        f"REF*SY*{person.ssn}",
        *_address(person),
        f"DMG*D8*{person.born:%Y%m%d}*{person.sex}",
        f"DTP*472*RD8*{person.came:%Y%m%d}-{person.went:%Y%m%d}",
        "EQ*30**FAM",
    ]


def _answered(person: Person) -> list[str]:
    return [
        *_eligibility(person, "11"),
        f"REF*SY*{person.ssn}",
        *_address(person),
        f"DMG*D8*{person.born:%Y%m%d}*{person.sex}",
        "INS*Y*18",
        f"DTP*346*D8*{person.came:%Y%m%d}",
        "EB*1**30**GOLD 123 PLAN",
        "EB*B**98***27*10.00",
    ]


def _enrolled(person: Person) -> list[str]:
    return [
        f"BGN*00*{person.claim}*{person.went:%Y%m%d}*1015****2",
        f"DTP*007*D8*{person.came:%Y%m%d}",
        "N1*P5*STATE TEACHERS*FI*999888777",
        "N1*IN*KEY INSURANCE*FI*654456654",
        "INS*Y*18*021*20*A***FT",
        f"REF*0F*{person.ssn}",
        f"REF*1L*{person.group}",
        f"DTP*356*D8*{person.came:%Y%m%d}",
        f"NM1*IL*1*{person.family}*{person.given}*{person.middle}***34*{person.ssn}",
        f"PER*IP**HP*{person.phone}*WP*{person.phone}",
        *_address(person),
        f"DMG*D8*{person.born:%Y%m%d}*{person.sex}*M",
        "HD*021**HLT*GOLD PLAN",
        f"DTP*348*D8*{person.came:%Y%m%d}",
    ]


def _paid(person: Person) -> list[str]:
    return [
        f"BPR*I*132.00*C*CHK************{person.went:%Y%m%d}",
        f"TRN*1*{person.claim}*1512345678",
        f"DTM*405*{person.went:%Y%m%d}",
        "N1*PR*KEY INSURANCE",
        "N3*1 MAIN ST",
        "N4*CHICAGO*IL*60601",
        "PER*BL*CLAIMS DESK*TE*8005551212",
        f"N1*PE*AMES CLINIC*XX*{person.npi}",
        "LX*1",
        f"CLP*{person.claim}*1*211.00*132.00**12*{person.claim}9*11*1",
        "CAS*CO*45*79.00",
        f"NM1*QC*1*{person.family}*{person.given}*{person.middle}***MI*{person.member}",
        f"NM1*82*1*{person.doctor}*ADA****XX*{person.npi}",
        f"DTM*232*{person.came:%Y%m%d}",
        f"DTM*233*{person.went:%Y%m%d}",
        "SVC*HC:99213*211.00*132.00**1",
        f"DTM*472*{person.came:%Y%m%d}",
        "CAS*CO*45*79.00",
    ]


def _parties(person: Person) -> list[str]:
    return [
        f"BHT*0019*00*{person.claim}*{person.went:%Y%m%d}*1015*CH",
        "NM1*41*2*CLEARING HOUSE*****46*TGJ23",
        f"PER*IC*{person.doctor}*TE*{person.phone}",
        "NM1*40*2*KEY INSURANCE*****46*66783",
        "HL*1**20*1",
        f"NM1*85*2*AMES CLINIC*****XX*{person.npi}",
        f"N3*{person.street}",
        f"N4*{person.town}*{person.state}*{person.zip[:5]}1234",
        "REF*EI*587654321",
        "HL*2*1*22*0",
        f"SBR*P*18*{person.group}******CI",
        f"NM1*IL*1*{person.family}*{person.given}*{person.middle}***MI*{person.member}",
        *_address(person),
        f"DMG*D8*{person.born:%Y%m%d}*{person.sex}",
        "NM1*PR*2*KEY INSURANCE*****PI*66783",
    ]


def _claimed(person: Person) -> list[str]:
    return [
        *_parties(person),
        f"CLM*{person.claim}*79.04***11:B:1*Y*A*Y*I",
        f"DTP*431*D8*{person.came:%Y%m%d}",
        f"REF*EA*{person.mrn}",
        f"NTE*ADD*{person.given} {person.family} WAS SEEN FOR LEFT FOOT PAIN",
        "HI*BK:0340*BF:V7389",
        f"NM1*82*1*{person.doctor}*ADA****XX*{person.npi}",
        "LX*1",
        "SV1*HC:99213*40.00*UN*1***1",
        f"DTP*472*D8*{person.came:%Y%m%d}",
    ]


def _stayed(person: Person) -> list[str]:
    return [
        *_parties(person),
        f"CLM*{person.claim}*89.93***14:A:1**A*Y*Y",
        f"DTP*434*RD8*{person.came:%Y%m%d}-{person.went:%Y%m%d}",
        f"DTP*435*DT*{person.came:%Y%m%d}1130",
        "CL1*3*7*01",
        f"REF*EA*{person.mrn}",
        "HI*BK:3669",
        f"HI*BH:A2:D8:{person.came:%Y%m%d}",
        f"NM1*71*1*{person.doctor}*ADA****XX*{person.npi}",
        "LX*1",
        "SV2*0305*HC:85025*13.39*UN*1",
        f"DTP*472*D8*{person.came:%Y%m%d}",
    ]


def _address(person: Person) -> list[str]:
    return [f"N3*{person.street}", f"N4*{person.town}*{person.state}*{person.zip}"]


_BODIES = {
    "270": _asked,
    "271": _answered,
    "834": _enrolled,
    "835": _paid,
    "837P": _claimed,
    "837I": _stayed,
}
