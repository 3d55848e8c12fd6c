"""What looks like a name and is medicine: abbreviations, and people whom signs, scales and operations are called after.

A run of tokens that is made of nothing else, that no title leads to, and of which the model is not all but certain, is
no finding. Neither is an age under 90 with the letter of a sex, or a credential behind a name.
"""

import re
from collections.abc import Sequence
from typing import Final

from asepsis.scan.names.tokens import word

__all__ = ["CERTAIN", "is_clinical"]

CERTAIN: Final = 985
"""How likely, per mille, such a run has to be to be a finding all the same."""

_ABBREVIATIONS: Final = frozenset(
    """
    a1c abg acc acs adl af afib aha aki alp als alt ama ana ards asa asco ast ats avr bid bmi bmp bnp bp bpm bun
    cabg cad cbc cc chf ckd class cmp cns copd cpap cpr cr crp csf ct cta cva cvp cxr d dka dm dnr dvt dx ecg
    echo ecmo ed eeg ef egfr ekg emg ems ent er esc esr esrd eta etoh fev fvc gcs gerd gfr gi grade gu h hcg hct
    hdl hf hfpef hfref hfsa hiv hpi hpv hr hrt htn hx i ibd ibs icd icu idsa ii iii im inr iud iv ivf jvd kub
    lad lbbb ldl lft lfts lmp lp lvef map mca mi mmse mri mrsa nccn nd nicu nkda npo nsaid nstemi nt nyha o2
    obgyn or osa ot pci pcr pe pet pft pfts phq plt pmh po prn psa pt ptsd ptt pvd qid qtc rbbb rbc rom ros rr
    rsi rsv rv sbo score sle sob spo2 ssri stage std stemi svt t1dm t2dm tb tbi tia tid tips tka tpn tsh tte
    type ua uri us uti v vfib vi vs vt vte wbc wnl xr
    """.split()  # noqa: SIM905 a list of words reads better so
)
_EPONYMS: Final = frozenset(
    """
    addison alport alzheimer angelman ann apgar arbor arnold asherman asperger austin babinski baker bankart
    barlow barrett barthel bartholin bartter basedow batten beck becker behcet bell bennett berger bishop
    bosniak bouchard boyle brackmann braden breslow brodie brown brudzinski brugada buerger burkitt caroli
    charcot cheyne chiari child chvostek clark cobb colles conn coombs crohn cullen cushing danlos debakey
    denver dix doppler down dressler duchenne dupuytren ebstein ehlers eisenmenger epley epworth erb ewing fabry
    fallot fanconi fitzpatrick flint foley fontan framingham frank friedreich frohlich garden gaucher gehrig
    gilbert glasgow gleason goodpasture graham gram graves guillain hallpike harris hartmann hashimoto hawkins
    heberden henoch hesselbach hickman hirschsprung hodgkin holter homans horner house hunt huntington hurler
    ishihara jackson janeway jones kaposi karnofsky katz kawasaki kayser kegel kellgren kernig klinefelter
    korsakoff kussmaul lachman lambert larsen lasegue lawrence lennox lewy lisfranc ludwig lugano lyme lynch
    mallampati mallory marfan marjolin mcburney mcmurray meckel meige meniere merkel milan mohs monteggia morse
    morton munchausen murphy neer nissen noonan osgood osler paget parkinson penrose perthes peutz peyronie
    phalen pott pratt prinzmetal pugh ramsay ranson raynaud reed reiter reye rinne romberg rorschach roth roux
    rovsing salter sapien schatzker schilling schlatter schober seldinger sjogren snellen spurling stanford
    sternberg stevens still stokes sturge swan takayasu takotsubo tanner thurner tietze tinel tourette
    trendelenburg trousseau turner valsalva virchow wagner wallenberg weber wegener weiss wells wernicke whipple
    white wilms wilson wolff wright zenker zollinger
    """.split()  # noqa: SIM905 a list of words reads better so
)
_TITLES: Final = frozenset(
    "dr doctor mr mrs ms miss nurse patient pt name member sir madam prof sr sra client resident brother sister".split()  # noqa: SIM905 as above
)
_CREDENTIALS: Final = frozenset("MD DO MA PA NP RN LPN OD DDS DPM MSW LCSW FNP CRNA PharmD PhD".split())  # noqa: SIM905 as above
_LEAST_AGE: Final = 160
_BEFORE: Final = 8
_OF_TEN: Final = re.compile(r"[0-9]{1,2}/10")
_RATED: Final = frozenset("pain rates rated rate rating severity scale score discomfort worst".split())  # noqa: SIM905 as above
_ORDINAL: Final = re.compile(r"(?:the )?[0-9]{1,2}(?:st|nd|rd|th)")
_COUNTED: Final = frozenset(
    "metatarsal metacarpal finger toe digit rib ribs ray mtp intercostal percentile degree cranial ventricle".split()  # noqa: SIM905 as above
)
_AGE: Final = re.compile(r"[1-8]?[0-9] ?[FMfm]")
_CODES: Final = re.compile(r"[0-9.]+(?:/[0-9.]+)+|[0-9]{5}")


def is_clinical(words: Sequence[str], run: tuple[int, int, str, int], /) -> bool:
    """Whether a run (first token, the one behind the last, kind, likelihood per mille) is medicine."""
    first, last, kind, likely = run
    value = "".join(words[first:last]).strip()
    if kind == "DATE":
        return _is_reading(words, first, last, value)
    if kind == "AGE" and (likely < _LEAST_AGE or _AGE.fullmatch(value)):
        return True
    if value in _CREDENTIALS and words[first - 1 : first] == [", "]:
        return True
    if likely >= CERTAIN or any(word(one).form in _TITLES for one in words[max(0, first - 2) : first]):
        return False
    return _CODES.fullmatch(value) is not None and "/" in value if kind == "ID" else _is_medicine(words[first:last])


def _is_medicine(words: Sequence[str]) -> bool:
    """Whether words are titles, or abbreviations and eponyms, and nothing else."""
    looks = [look for one in words if (look := word(one)).plain]
    return bool(looks) and (
        all(look.form in _TITLES for look in looks)
        or all(
            look.form in _EPONYMS or (look.form in _ABBREVIATIONS and (look.look != "t" or len(looks) > 1))
            for look in looks
        )
    )


def _is_reading(words: Sequence[str], first: int, last: int, value: str) -> bool:
    """Whether what looks like a date is pain of ten, or one of several fingers or ribs."""
    if _OF_TEN.fullmatch(value):
        return any(word(one).form in _RATED for one in words[max(0, first - _BEFORE) : first])
    return _ORDINAL.fullmatch(value) is not None and any(word(one).form in _COUNTED for one in words[last : last + 1])
