"""What looks like a name and is medicine: abbreviations, and people whom signs, scales and operations are called after.

A run of tokens that is made of nothing else, that no title leads to, and of which the model is not all but certain, is
no finding. Neither is an age under 90 with the letter of a sex, a credential behind a name, a paper by its number, or a
code of a gene's variant, a trial, or a procedure with its modifier.
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
    type ua uri us uti v vfib vi vs vt vte wbc wnl xr yob
    """.split()  # noqa: SIM905 a list of words reads better so
)
_OFFICES: Final = frozenset(
    "AI API CDC CMS EHR EMR FDA GAI HIPAA HMO IRB LLM LLMS ML NIH NIST NLP OSCAL PHI PII PPO RAG RMF".split()  # noqa: SIM905 as above
)
"""What is written in capitals about health and its machines, and is nobody however sure the model is."""

_SPECIES: Final = frozenset(
    """
    aeruginosa agalactiae albicans aureus avium baumannii boydii burgdorferi canis catarrhalis cereus cloacae coli
    difficile diphtheriae enteritidis epidermidis faecalis faecium falciparum fragilis freundii fumigatus gondii
    gonorrhoeae histolytica influenzae jejuni jirovecii lamblia lugdunensis maltophilia marcescens meningitidis
    mirabilis monocytogenes mutans neoformans oxytoca perfringens pertussis pneumoniae pneumophila pyogenes pylori
    saprophyticus sonnei stercoralis tetani trachomatis tuberculosis typhi vaginalis viridans vivax vulgaris
    """.split()  # noqa: SIM905 as above
)
"""What stands behind the initial of a genus; nobody is called so."""
_EPONYMS: Final = frozenset(
    """
    addison adie aldrich allis alport alzheimer ambu amsler angelman ann ao apgar apley arbor argyll arnold
    asherman asperger auer austin babcock babinski baker balfour ballard bankart barlow barr barre barrett barré
    barthel bartholin bartter basedow batten beck becker beers behcet behçet bell bence bennett bentall berger
    bier billroth bishop bivona bjerrum blackfan blakemore blalock boas boerhaave bookwalter bosniak bouchard
    bovie boyle brackmann braden breslow brodie brown brudzinski brugada bruton budd buerger burkitt caroli
    centor charcot chediak cheyne chiari child chopart churg chvostek clark coats cobb colles conn coombs coude
    cowden creutzfeldt crohn cronkhite cullen curling cushing danlos daroff debakey denver
    dieulafoy digeorge dix dobhoff dohle doppler down doyen dravet dressler duchenne dupuytren döhle ebstein
    ehlers eisenmenger epley epstein epworth erb esmarch essex ewald ewing fabry fallot fanconi finkelstein
    fitzpatrick flint foley fontan fowler framingham frank freiberg friderichsen friedreich frohlich froment
    fuchs galant galeazzi ganz garden gartland gastaut gaucher gehrig giemsa gilbert gilles glanzmann glasgow
    gleason goldmann goodpasture gowers graham gram graves guedel guillain hageman haglund hallpike harris
    hartmann hashimoto hasson hawkins heberden heinz hemovac henoch hesselbach hestia hickman higashi
    hirschsprung hodgkin hoffmann holter homans horner house howell hunt huntington hurler hurthle hürthle
    ilizarov ishihara jackson jaeger jakob jamshidi janeway jatene jeghers jolly jones kallmann kaposi karnofsky
    katz kawasaki kayser kegel kehr kellgren kernig kienbock kienböck kimmelstiel kirschner kleffner klinefelter
    kocher korsakoff kostmann kussmaul lachman ladd lambert landau larsen lasegue lauge lawrence lawton leber
    lennox lesch lewy lhermitte lille lisfranc lopresti ludwig lugano lyme lynch macintosh maddrey magill
    maisonneuve mallampati mallory marfan marjolin maze mcburney mcgeer mcmurray meckel meige meniere merkel
    metzenbaum milan mmse mohs monteggia moro morse morton moyamoya munchausen murphy mustard ménière neelsen
    neer nexus niemann nissen noonan norwood nyhan obrien ogilvie omni ortolani osgood osler ottawa paget
    papanicolaou papanicolau pappenheimer parkinson passy pauwels penrose perthes peutz peyronie pfannenstiel
    phalen plummer pott prader pratt pringle prinzmetal prower pugh quervain quincke quinton ramsay ranson
    rasmussen raynaud reed reiter rendu rett reye riedel rinne robicsek rolando romberg rorschach roth roux
    rovsing salter sapien schatzker schatzki scheuermann schilling schirmer schlatter schmorl schober schonlein
    schönlein segond seldinger semont sengstaken senning sever sheehan shiley shwachman silverman sipple
    sjogren sjögren snellen soulier spurling stanford stargardt steinmann stensen sternberg stevens still stokes
    stopbang strauss sturge swan takayasu takotsubo tanner taussig tay tenckhoff thessaly thurner tietze tillaux
    tinel tooth tourette trendelenburg trousseau tuohy turcot turcotte turner tzanck uhthoff valsalva veress
    vinson virchow von wagner wallenberg waterhouse weber wegener weiss wells wernicke westphal wharton whipple
    white willebrand willi wilms wilson wiskott wolff wright yankauer yergason zenker ziehl zollinger zung
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
_CODES: Final = re.compile(
    r"[0-9.]+(?:/[0-9.]+)+|rs[0-9]{3,}|NCT[0-9]{8}"
    r"|[0-9]{5}-(?:2[2-6]|5[0-9]|62|7[3-9]|8[0-2]|9[0-1159]|[LR]T|TC)"
)
"""Readings one over the other, variants of genes, trials, and procedures with their modifiers."""

_DOTTED: Final = frozenset("e.g i.e a.m p.m u.s u.s.a et.al p.o p.r.n b.i.d t.i.d q.i.d h.s n.p.o".split())  # noqa: SIM905 as above
"""What is written like initials and is nobody's."""

_WORDS: Final = re.compile(r"[^\W_]+")
_PAPERS: Final = frozenset({"pmid", "pmcid", "doi"})
_ARTICLES: Final = frozenset({"a", "an", "the"})


def is_clinical(words: Sequence[str], run: tuple[int, int, str, int], /) -> bool:
    """Whether a run (first token, the one behind the last, kind, likelihood per mille) is medicine."""
    first, last, kind, likely = run
    value = "".join(words[first:last]).strip()
    if kind in ("ID", "DATE") and any(word(one).form in _PAPERS for one in words[max(0, first - 2) : first]):
        return True
    if kind == "DATE":
        return _is_reading(words, first, last, value)
    if kind == "AGE" and (likely < _LEAST_AGE or _AGE.fullmatch(value)):
        return True
    if _is_nobody(value) or (value in _CREDENTIALS and words[first - 1 : first] == [", "]):
        return True
    if likely >= CERTAIN or any(word(one).form in _TITLES for one in words[max(0, first - 2) : first]):
        return False
    return _CODES.fullmatch(value) is not None if kind == "ID" else _is_medicine(words[first:last])


def _is_nobody(value: str) -> bool:
    """Whether a value is written like initials, or names offices in capitals, and nothing else."""
    if value.rstrip(".").lower() in _DOTTED:
        return True
    return value.isupper() and _OFFICES.issuperset(_WORDS.findall(value))


def _is_medicine(words: Sequence[str]) -> bool:
    """Whether words are titles, a species, or abbreviations and eponyms, and nothing else."""
    looks = [look for one in words if (look := word(one)).plain]
    if looks and looks[0].form in _ARTICLES:
        looks = looks[1:]
    return bool(looks) and (
        all(look.form in _TITLES for look in looks)
        or looks[-1].form in _SPECIES
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
