"""Codes, readings, doses and words of medicine: none is an identifier, and none may be a finding."""

import pytest

from asepsis.scan import ScanConfig, build
from asepsis.scan.intake import scanned

SCANNER = build(ScanConfig(year=2026))

TABLE = {
    "icd": [
        "E11.9", "I10", "Z79.4", "S72.001A", "M54.50", "F32.A", "C50.911", "O09.523", "T36.0X5A", "Y92.009", "V43.52XA",
        "ICD-10-CM E11.65, N18.31 and I50.22", "ICD-10: J44.1", "dx E78.5;I25.10;Z95.1", "ICD-9 250.00, 401.9, V58.67",
        "ICD-10-PCS 0SR90J9", "ICD-10-PCS 02703DZ", "DRG 470", "MS-DRG 291",
        '{"code":"E11.9","system":"http-icd-10"}',
    ],
    "cpt": [
        "CPT 99213", "99214-25", "CPT 99213-25, 36415", "CPT codes 70450, 71046 and 93000", "93306-26", "0001U",
        "4010F",
        "anesthesia 01402", "CPT: 27447-RT", "visit code 99213", "procedure 45378",
    ],
    "hcpcs": ["HCPCS G0439", "J1885 x2", "A4253", "E0601", "L3000-RT", "HCPCS J9271 (1 mg)", "modifier 59", "C1713"],
    "loinc": ["LOINC 4548-4", "LOINC: 2345-7", "718-7", "loinc 33914-3, 2160-0", "LOINC 10466-1", "LOINC 82810-3"],
    "ndc": [
        "NDC 0002-8215-01", "NDC 50242-0040-62", "NDC: 00093-1048-01", "ndc 0069-2587-10", "NDC 0002-7510-01",
    ],
    "snomed": ["SNOMED 44054006", "SNOMED CT 73211009 diabetes", "SCTID: 38341003", "snomed-ct|22298006|",
        "concept 195967001"],
    "rxnorm": ["RxNorm 860975", "RXCUI 197361", "rxcui: 1049502", "RxNorm code 314076", "ATC C09AA05", "CVX 208",
        "UNII 9100L32L2N"],
    "doses": [
        "metformin 500 mg BID", "insulin glargine 100 units/mL, 18 units qhs", "heparin 5000 units sc q8h",
        "vancomycin 1250 mg IV q12h", "levothyroxine 112 mcg daily", "potassium chloride 20 mEq", "0.9% NaCl 1000 mL",
        "morphine 2-4 mg IV q4h prn", "prednisone 40 mg x 5 days then 20 mg x 5 days",
        "amoxicillin-clavulanate 875-125",
        "94 mg", "age-adjusted dose 94 mg", "fentanyl 100 mcg/hr", "epinephrine 1:1000", "D5 1/2 NS at 125 mL/hr",
        "hydrocodone-acetaminophen 5-325", "sig: 1 tab po 3 times a day, disp 90, refills 3", "warfarin 2.5 mg MWF",
        "gave 100 units, 97 left", "dosage: 100 mg", "1,000,000 units", "90-day supply, 90 tablets",
    ],
    "vitals": [
        "BP 132/84", "BP 94/60", "BP 94", "SpO2 94 %", "SpO2 94% on 2 L", "sat 97", "HR 94", "94 bpm",
        "pulse 101 and regular",
        "RR 16", "T 98.6 F", "Temp 101 F", "temp 99.1", "T: 102 F", "fever of 103 F with chills", "Tmax 101.3F",
        "weight 94 kg",
        "wt 210 lb", "height 5'11\"", "BMI 31.4", "MAP 94", "pain 9/10", "GCS 15", "FiO2 100%", "HR in the 90s",
        "sats in the low 90s", "glucose 94", "98 F", "temperature 98 F at 10:00", "Temp: 98 F, HR 94",
    ],
    "said": [
        "temperature is ninety eight . two", "one fifty over ninety", "a pulse ox of ninety eight percent",
        "heart rate was ninety",
        "brilinta ninety milligrams twice daily", "that was a hundred years ago", "bend it ninety degrees",
        "a hundred and two point four", "ninety days of antibiotics", "one hundred and one fever",
    ],
    "labs": [
        "Na 138, K 4.1, Cl 101, CO2 24, BUN 28, Cr 1.42, glucose 142", "WBC 12.4, Hgb 9.8, Hct 29.4, Plt 231",
        "A1c 7.2%", "TSH 2.10", "INR 2.3", "troponin 0.04, 0.06, 0.05", "BNP 1450", "LDL 96 HDL 45 TG 150", "eGFR 94",
        "ANA 1:640", "PSA 4.2 ng/mL", "ferritin 1200", "CA-125 35", "lactate 2.1", "pH 7.35 pCO2 45 pO2 94",
        "AST 94 ALT 101",
        "CD4 412, viral load 12,000", "urine 10-20 WBC/hpf", "D-dimer 1.2", "10^9/L", "4.5 x 10^6", "HbA1c 94 mmol/mol",
    ],
    "eponyms": [
        "Parkinson disease", "Crohn's disease", "Foley catheter", "Hodgkin lymphoma", "non-Hodgkin's lymphoma",
        "Graves' disease",
        "Alzheimer's dementia", "Bell's palsy", "Babinski negative", "Murphy sign", "Swan-Ganz", "Kaposi sarcoma",
        "Wolff-Parkinson-White", "Stevens-Johnson", "Apgar 8 and 9", "Glasgow Coma Scale 15", "Gleason 3+4",
        "McBurney point",
        "Cushing syndrome", "Addison's", "Marfan habitus", "Down syndrome", "Turner syndrome", "Raynaud phenomenon",
        "Mallory-Weiss tear", "Whipple procedure", "Hartmann pouch", "Kocher maneuver", "Lachman test", "Baker cyst",
    ],
    "genes": [
        "BRCA1 c.68_69delAG", "BRCA2 p.Ser1982Argfs", "EGFR T790M", "KRAS G12C", "TP53 R175H", "HLA-B*27:05",
        "FLT3-ITD",
        "JAK2 V617F", "CFTR F508del", "MTHFR C677T", "NM_007294.4:c.5266dup", "rs1799966", "chr17:43044295",
        "46,XX,t(9;22)",
        "CYP2C19 *2/*17", "ERBB2 amplified", "PD-L1 TPS 90%", "HER2 2+",
    ],
    "stages": [
        "C5-C6 disc", "L4/L5", "T2N1M0 stage IIB", "grade 2", "ASA 3", "EF 55-60%", "NYHA class III", "CKD stage 3b",
        "ECOG 1",
        "G3P2002", "39w2d", "ROM 0-120", "French 14", "20/40 OD", "5-0 nylon", "stage 4", "CHA2DS2-VASc 4", "MELD 22",
    ],
    "times": [
        "a 63-year-old woman", "aged 67", "89 years old", "his 80s", "since 2019", "in 1931", "in the 1990s",
        "in the 90s",
        "100 years ago", "90-day mortality", "for 95 days", "symptoms for 10 years", "born in 1961", "YOB 1985",
        "24 hours",
        "postoperative day 94", "age 90 or older", "ages 90+", "10:30", "2024", "Q3 2024", "q 90 minutes",
        "age 94 days",
        "page 94", "94th percentile", "graduated in 1931", "room air", "turned 90 degrees", "nineteen ninety-four",
    ],
    "words": [
        "MRN not on file", "***bold*** 2024", "card ending soon", "initials are missing", "patient A.M. labs",
        "family of 4",
        "the last four weeks", "employer plan 2024", "the account of the patient", "phone in hand",
        "license to practice", "serial exams",
        "plan of care",
        "group therapy", "member of the team", "device check", "lot of pain", "plate and screws", "growth plate",
        "call if worse", "card declined", "pin site care", "routing slip", "policy 5", "case 3 of 12", "order set 4",
        "udi",
        "chart review 2024", "fax it over", "employee health", "household contacts: 4", "password is required",
    ],
}  # fmt: skip
CELLS = [(sort, text) for sort, texts in TABLE.items() for text in texts]
SENTENCES = (
    "{}",
    "Seen today. {}, as before, and stable.",
    '{{"note":"{}"}}',
    "Plan:\n- {}\n- follow up in 3 to 4 weeks\n",
)


@pytest.mark.parametrize(("sort", "text"), CELLS)
def test_what_is_no_identifier_is_left(sort, text):
    found = {sentence: scanned(SCANNER, sentence.format(text)) for sentence in SENTENCES}
    assert {sentence: [one.rule for one in some] for sentence, some in found.items() if some} == {}, sort


def test_all_of_it_in_one_note_is_left_as_well():
    note = ". ".join(text for _, text in CELLS)
    assert [(one.rule, note[one.start : one.end]) for one in scanned(SCANNER, note)] == []
    assert [(one.rule, note[one.start : one.end]) for one in scanned(SCANNER, note.replace(". ", ", "))] == []
