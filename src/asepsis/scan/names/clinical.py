"""What looks like a name and is medicine: abbreviations, and people whom signs, scales and operations are called after.

A run of tokens that is made of nothing else, that no title leads to, and of which the model is not all but certain, is
no finding. Neither is an age under 90 with the letter of a sex, a credential behind a name, a paper by its number, or a
code of a gene's variant, a trial, or a procedure with its modifier.
"""

import re
from collections.abc import Sequence
from typing import Final

from asepsis.scan.names.supplies import SUPPLIES
from asepsis.scan.names.tokens import form_of, word

__all__ = ["CERTAIN", "is_clinical", "is_medicine"]

CERTAIN: Final = 985
"""How likely, per mille, such a run has to be to be a finding all the same."""

_ABBREVIATIONS: Final = frozenset(
    """
    a1c abg acc acs ad adhd adl af afib aha aki alp als alt ama ards asco ast ats avr bid bmi bmp bnp bp bpm bun
    bph c cdiff cea covid dcis dmard dpoa dse ebv edd eoc
    cabg cad cbc cc chf ckd class cmp cns copd cpap cpr cr crp csf ct cta cva cvp cxr d dka dm dnr dvt dx ecg
    echo ecmo ed eeg ef egfr ekg emg ems ent er esc esr esrd eta etoh fev fvc gcs gerd gfr gi grade gu h hcg hct
    hdl hf hfpef hfref hfsa hiv hpi hpv hr hrt htn hx i ibd ibs icd icu idsa ii iii im inr iud iv ivf jvd kub
    lad lbbb ldl lft lfts lmp lp lvef map mca mi mmse mri mrsa nccn nd nicu nkda npo nsaid nstemi nt nyha o2
    obgyn or osa ot pci pcr pe pet pft pfts phq plt pmh po prn psa pt ptsd ptt pvd qid qtc rbbb rbc rom ros rr
    rsi rsv rv sbo score sle sob spo2 ssri stage std stemi svt t1dm t2dm tb tbi tia tid tips tka tpn tsh tte
    type ua uri us uti v vfib vi vs vt vte wbc wnl xr yob
    aaox3 anca asd avm aom arf bipap bka cll cmv cta ctab cvc dcm dip ect eomi fna gbm gbs gcs gyn hep hsv
    iddm ij ivig ld lfd lle llq luq mcp mdd mds mgus mmr mrcp msk mtp mvc mvp nad nash nafld ncat nrb nsvt
    ntnd ocd opd ortho pac pad pap perrla perrl picc pid pih pip pna pos pth ptt pvc pvcs rle rlq rrr rsd rue ruq sah
    adls aims mar mwf apache bims cage cam cauti cbt cga ciwa clabsi cows cssrs dast dbt emdr epds fast fim gad gds
    hcp hcpoa hospice iadl iadls ltac ltach ltc mds mews moca nas nihss paced painad picu poa qsofa rass sicu sirs slums
    sofa tbsa hida lkn tasc wifi folfox folfiri msi aspects lafb lpfb wma
    ticu vap cvicu micu ccu nicu osh ama dtr dtrs eomi eom fwb nwb pwb wbat ttwb afo cpm tens hob npwt wv ngt peg jtube
    gtube ostomy cbi iuf cst bpp afi efm fhr gbs lmp edc edd sab tab svd ltcs tolac rhogam tdap mmrv hbv pcv
    sbe sbp sdh siadh sids slr snf std stds sti stis tah tavr tee tmj toa turp vac vad vbac vre vsd vss wpw
    """.split()  # noqa: SIM905 a list of words reads better so
)
_OFFICES: Final = frozenset(
    """
    AAFP AAP ACIP ACLS ACOG AHA AHRQ APA BLS CHIP CLIA CPT DEA DRG DSM EMT FHIR FQHC HCC HCPCS HEDIS HHS HL7 ICD IDSA
    IBAN SWIFT BIC CVV CVC PIN ATM PDF FAQ URL USD
    JAMA JCAHO LOINC MACRA MIPS NCI NDC NEJM OSHA PALS PCMH RVU SNOMED TJC UMLS USPSTF VA WHO AI API CDC CMS EHR EMR FDA
    GAI HIPAA HMO IRB LLM LLMS ML NIH NIST NLP OSCAL PHI PII PPO RAG RMF
    """.split()  # noqa: SIM905 as above
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
    abbe addison adie adson aldrich allis alport alzheimer ambu amsler angelman ann ao apgar apley arbor argyll
    aschoff asherman asperger auer auerbach babcock babinski bakri balfour bankart barre barré barthel bartholin
    bartter basedow bassini batten bazett beckwith beers behcet behçet bence bentall bezold bhutani bier billroth
    binswanger bivona bjerrum blackfan blakemore blalock boas boerhaave bookwalter bosniak bouchard bovie brackmann
    braden breslow broca brudzinski brugada bruton budd budin buerger burch burkitt caroli centor charcot chediak
    cheyne chiari child chopart churg chvostek coats cockcroft codman colles conn coombs coude cowden creutzfeldt
    crigler crile crohn cronkhite cullen curling currarino cushing cyriax danlos daroff deaver debakey dejerine
    delorme denver devic dieulafoy digeorge dix dobhoff dohle doppler down doyen dravet dressler dubowitz duchenne
    dupuytren durkan döhle ebstein ehlers eisenmenger epley epstein epworth erb esmarch essex ewald fabry fagerstrom
    fallot fanconi filshie finkelstein finnegan flint foley fontan framingham frazier freiberg friderichsen
    friedewald friedreich frohlich froment fryette fuchs galant galeazzi ganser ganz garden garre gartland gastaut
    gaucher gault gehrig geneva ghon giemsa gilles glanzmann glasgow gleason goldmann goodpasture gottron gowers
    gram graves grawitz griesinger guedel guillain guyon hageman haglund hallpike hamman hartmann hashimoto hasson
    heaney heberden heimlich heinz hemovac henoch hering hesselbach hestia hickman higashi hinchey hirschsprung
    hodgkin hoffa hoffmann holliday holter homans horner hounsfield huntington hurler hurthle hürthle ilizarov
    ishihara jaccoud jaeger jakob jamshidi janeway jatene jeghers jehovah jervell jolly kallmann kanavel kaposi
    karnofsky kasabach kasai kawasaki kayser kegel kehr kellgren kernig kienbock kienböck killip kimmelstiel
    kirschner kleffner kleihauer klinefelter klumpke kocher koebner koplik korsakoff kostmann krukenberg kugelberg
    kussmaul lachman ladd landau lapidus lasegue latarjet lauge lawton leber legg lennox leopold leriche lesch lewy
    lhermitte lichtenstein lille lisfranc lopresti lugano lyme macintosh maddrey madelung magill maisonneuve
    malgaigne mallampati marfan marjolin mattox maze mcburney mcgeer mcmurray mcnemar meckel meier meige mendelson
    meniere merkel metzenbaum mikulicz milan mirizzi mmse mobitz mohs monteggia moro moschcowitz moyamoya muehrcke
    munchausen mustard ménière naegele neelsen neer nexus niemann nikolsky nissen noonan norwood nuss nyhan ochsner
    oddi ogilvie omni ortolani osgood osler oswestry ottawa outerbridge paget pancoast papanicolaou papanicolau
    pappenheimer parkinson parkland partin passy pauwels penrose perthes peutz peyer peyronie pfannenstiel phalen
    plummer ponseti pott prader pratt pringle prinzmetal prower pugh queckenstedt quervain quincke quinton ramsay
    ramstedt ranson rathke raynaud reinke reiter rendu rett retzius reye riedel rinne robicsek rockall rokitansky
    rolando romberg rorschach rotterdam roux rovsing saethre salter samter sandhoff sapien satinsky scarpa schamroth
    schatzker schatzki scheuermann schirmer schlatter schmorl schober schonlein schwann schönlein segar segond
    seidel seldinger semont sengstaken senning sever sezary sgarbossa sheehan shiley shwachman silverman sipple
    sjogren sjögren skene snellen somogyi soulier spurling stargardt steinmann stensen sternberg still stopbang
    strauss sturge sudeck swan syme takayasu takotsubo taussig tay tenckhoff thessaly thomsen thurner tietze tillaux
    tinel tinetti toldt tooth toupet tourette treitz trendelenburg trousseau tuohy turcot turcotte tzanck uhthoff
    unna valsalva veress verner vinson virchow volkmann von waddell waldenstrom wallenberg warthin waterhouse
    wegener weitlaner wernicke westphal wharton whipple wilcoxon willebrand willi wilms wiskott yankauer yergason
    zenker ziehl zieve zoll zollinger zung
    """.split()  # noqa: SIM905 a list of words reads better so
)
_BORNE: Final = frozenset(
    """
    adams albright anderson arnold austin baker ballard barlow barr barrett baxter beau beck becker bell bennett
    berg berger berlin bishop blount boston boyle brandt brenner brock brodie brooke brown brunner caldwell
    chamberlain charlson clark clarke cobb cotton danforth drummond duke dunnett edwards ellis evans ewing farber
    felty fitzpatrick fontaine forrester foster fournier fowler fox frank fredrickson fried fukuda garden gilbert
    gordon graham greenfield grey hamilton hansen hardinge harrington harris hawkins hibbs hill hoover house howell
    hunt hutchinson jackson jarvik jefferson jenner jones kaplan katz kelly kennedy kimura lambert lange langer
    larrey larsen lawrence leopold levine levy libman lichtman light lown lucas ludwig lutz lynch mallory mankin
    marcus marshall martin mccune mckenzie miller minerva monro morse morton murphy nelson newton obrien osborne
    patrick perkin pierre poland potts rasmussen reed richter riley ringer roland rome rosenthal roth rubinstein
    russell sachs sara scheie schilling shields sims smith stanford starling stevens stokes sweet sydenham tanner
    taylor terry todd trotter turner vaughan vincent wagner walter watson weber weil weiss wells whitaker white
    wickham wilkie wilson winter wolff wood woods wright yale young
    """.split()  # noqa: SIM905 as above
)
"""Eponyms that many are called: they count as such only before what is called after somebody."""

_SIGNS: Final = frozenset(
    """
    syndrome disease sign criteria phenomenon triad reflex maneuver maneuvre classification equation formula nomogram
    esophagus diverticulum palsy lymphoma contracture sarcoma nodes thyroiditis chorea dystrophy encephalopathy ataxia
    fracture deformity tumor cyst ulcer gangrene staging score scale index catheter retractor forceps stent valve
    graft procedure operation repair test protocol rule rules law breathing respirations position incision approach
    line ring balloon regression curve effect witnesses witness estimator method tubes tube drain filter bodies body
    cells rash fever dementia disorder stage grade clamp scissors needle pump monitor hugger suction speculum dressing
    bandage splint collar brace boot frame rod wire cannula airway mask blade laryngoscope hook elevator rongeur
    lift stedy device dilator dissector electrode pacemaker suture knot flap ligament tendon duct gland pouch
    fascia foramen fossa
    """.split()  # noqa: SIM905 as above
)
"""What is called after somebody who is no patient, when it stands behind an eponym."""

_SURELY: Final = frozenset(
    """
    syndrome criteria phenomenon triad maneuver classification equation formula nomogram esophagus diverticulum palsy
    lymphoma contracture sarcoma thyroiditis chorea dystrophy encephalopathy ataxia deformity
    """.split()  # noqa: SIM905 as above
)
"""What stands behind no name but an eponym's, even one that is on no list."""

_COMPANIES: Final = frozenset(
    {
        "johnson & johnson", "johnson and johnson", "eli lilly", "lilly", "merck", "pfizer", "moderna", "novartis",
        "abbvie", "sanofi", "bayer", "roche", "genentech", "astrazeneca", "medtronic", "dexcom", "abbott", "tandem",
        "cigna", "aetna", "humana", "anthem", "molina", "centene", "unitedhealthcare", "optum", "kaiser", "medicare",
        "medicaid", "tricare", "labcorp", "quest", "t-mobile", "verizon", "google", "zoom", "uber", "epic", "cerner",
        "medline", "pubmed", "st. jude medical", "st jude medical", "zimmer biomet", "boston scientific",
        "smith & nephew",
        "optumrx", "express scripts", "cvs", "walgreens", "edwards lifesciences", "philips", "ge healthcare", "stryker",
    }
)  # fmt: skip
"""Firms that texts about health name for what they make, pay or run; where somebody works there, they count."""

_JOBS: Final = frozenset("works worked work working employed employer employee job".split())  # noqa: SIM905 as above
_HALVES: Final = {"t": "-", "johnson": "&"}
"""What of a firm's name is taken for a person's, and the mark beside it."""

_POSSESSIVE: Final = frozenset({"'s", "’s", "-"})  # noqa: RUF001 both apostrophes
_UNREAD: Final = frozenset({"xyz", "abc", "abcd", "xxx", "yyyy", "yyy", "dyyyy"})
"""Letters that stand in a transcript for what was taken out."""

_TITLES: Final = frozenset(
    "dr doctor mr mrs ms miss nurse patient pt name member sir madam prof sr sra client resident brother sister".split()  # noqa: SIM905 as above
)
_WORT: Final = frozenset({"st", "saint", "john", "johns", "john's", "s", "wort"})
_AIR: Final = frozenset({"NC", "RA"})
_LITRES: Final = re.compile(r".*[0-9] ?L(?:PM)? ", re.DOTALL)
"""Oxygen is given in litres by nasal cannula, which is written like a state."""

_INITIALS: Final = frozenset({"initials", "initial"})
_CREDENTIALS: Final = frozenset("MD DO MA PA NP RN LPN OD DDS DPM MSW LCSW FNP CRNA PharmD PhD".split())  # noqa: SIM905 as above
_LEAST_AGE: Final = 160
_BEFORE: Final = 8
_OF_TEN: Final = re.compile(r"[0-9]{1,2}/10")
_RATED: Final = frozenset("pain rates rated rate rating severity scale score discomfort worst".split())  # noqa: SIM905 as above
_OF_SOME: Final = re.compile(r"[0-9]{1,2}/[0-9]{1,2}")
_SCORED: Final = frozenset(
    "apgar apgars strength reflexes murmur mmse moca gcs pulses dtr dtrs acuity bipap cpap peep".split()  # noqa: SIM905 as above
)
_SCORED_BEFORE: Final = 4
_ORDINAL: Final = re.compile(r"(?:the )?[0-9]{1,2}(?:st|nd|rd|th)")
_COUNTED: Final = frozenset(
    """
    metatarsal metacarpal finger fingers toe toes digit digits rib ribs ray mtp intercostal percentile degree cranial
    ventricle year
    anniversary grade grader time floor trimester edition century generation dose visit cycle pregnancy attempt session
    """.split()  # noqa: SIM905 as above
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
_SMALL: Final = frozenset("poqwhrxcnd")
"""Letters of `s/p`, `h/o`, `w/` and the like, cut off by their mark."""

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_NEAR: Final = 5
_DOUBTED: Final = 700


def is_clinical(words: Sequence[str], run: tuple[int, int, str, int], /) -> bool:
    """Whether a run (first token, the one behind the last, kind, likelihood per mille) is medicine."""
    first, last, kind, likely = run
    value = "".join(words[first:last]).strip()
    if kind in ("ID", "DATE") and any(form_of(one) in _PAPERS for one in words[max(0, first - 2) : first]):
        return True
    if kind == "DATE":
        return _is_reading(words, first, last, value)
    if kind == "AGE" and (likely < _LEAST_AGE or _AGE.fullmatch(value)):
        return True
    called = kind in ("NAME", "GEO") and _is_called_after(words, first, last, (value, likely))
    called |= kind == "NAME" and likely < _DOUBTED and _is_thing(words, first, value)
    called |= kind in ("NAME", "GEO") and _is_spelled(words, first, last)
    called |= kind in ("NAME", "GEO") and _is_remedy(words, first, last)
    called |= value in _AIR and _LITRES.fullmatch("".join(words[max(0, first - 2) : first])) is not None
    called |= kind == "NAME" and _CODES.fullmatch(value) is not None
    if called or _is_nobody(value) or (value in _CREDENTIALS and words[first - 1 : first] == [", "]):
        return True
    if likely >= CERTAIN or any(form_of(one) in _TITLES for one in words[max(0, first - 2) : first]):
        return False
    return _CODES.fullmatch(value) is not None if kind == "ID" else is_medicine(words[first:last])


def _is_thing(words: Sequence[str], first: int, value: str) -> bool:
    """Whether a doubtful name is one of many of a sort, `a Bakri`, or one small letter that was left of something."""
    if value.startswith(("a ", "an ")) or value in _LETTERS:
        return True
    one, *more = value.split()
    return words[first - 1 : first] in (["a "], ["an "]) and not (more and one.istitle() and more[-1].istitle())


def _is_remedy(words: Sequence[str], first: int, last: int) -> bool:
    """Whether a run is a part of `St. John's wort`."""
    if words[first].strip().lower() not in _WORT:
        return False
    around = [form_of(one) for one in words[max(0, first - 3) : last + 4]]
    return "wort" in around and all(look.form in _WORT for one in words[first:last] if (look := word(one)).plain)


def _is_spelled(words: Sequence[str], first: int, last: int) -> bool:
    """Whether a run begins with letters one by one, as abbreviations are said (`D V T`), or stands for anybody."""
    begin = words[first].strip()
    if begin.lower() in _UNREAD:
        return True
    if len(begin) > 1 or not begin.isalpha() or any("." in one for one in words[first:last]):
        return False
    looks = [look for one in words[first:last] if (look := word(one)).plain]
    letters = 0
    while letters < len(looks) and looks[letters].look == "i":
        letters += 1
    rest = looks[letters:]
    if letters < 2 or any(look.look != "l" for look in rest):
        return False
    before = {form_of(one) for one in words[max(0, first - 2) : first]}
    apart = "".join(look.form for look in looks[:letters])
    return apart in _UNREAD or before.isdisjoint(_TITLES | _INITIALS)


def _is_nobody(value: str) -> bool:
    """Whether a value is written like initials, or names offices in capitals, and nothing else."""
    if value.rstrip(".").lower() in _DOTTED:
        return True
    return value.isupper() and _OFFICES.issuperset(_WORDS.findall(value))


def _is_called_after(words: Sequence[str], first: int, last: int, told: tuple[str, int]) -> bool:
    """Whether a name is that of a sign, a disease, an operation, or of a firm that nobody here works for."""
    value, likely = told
    small = value.lower().rstrip(".,")
    if small in _COMPANIES or (small in _HALVES and _HALVES[small] in _beside(words, first, last)):
        return _JOBS.isdisjoint(form_of(one) for one in words[max(0, first - _NEAR) : first])
    if last - first > 1 and (tail := word(words[last - 1])).look == "l" and tail.form in _SIGNS:
        return _is_called_after(words, first, last - 1, told)
    near = [one for one in words[last : last + 2] if one.strip().lower() not in _POSSESSIVE]
    behind = form_of(near[0]) if near else ""
    if behind not in _SIGNS:
        return False
    looks = [look for one in words[first:last] if (look := word(one)).plain and look.form not in _ARTICLES]
    if looks and all(look.form in _EPONYMS or look.form in _BORNE for look in looks):
        return likely < CERTAIN or behind in _SURELY
    titled = any(form_of(one) in _TITLES for one in words[max(0, first - 2) : first])
    return behind in _SURELY and len(looks) < 3 and not titled and likely < CERTAIN


def _beside(words: Sequence[str], first: int, last: int) -> set[str]:
    return {one.strip() for one in words[max(0, first - 1) : last + 1]}


def is_medicine(words: Sequence[str], /) -> bool:
    """Whether words are titles, a species, or abbreviations and eponyms, letter by letter or not, and nothing else."""
    looks = [look for one in words if (look := word(one)).plain]
    if len(looks) > 1 and all(len(look.plain) == 1 for look in looks):
        apart = "".join(look.form for look in looks)
        return apart in _UNREAD or apart in _ABBREVIATIONS or apart.removesuffix("s") in _ABBREVIATIONS
    if looks and (looks[0].form in _ARTICLES or (len(looks) > 1 and looks[0].plain in _SMALL)):
        looks = looks[1:]
    # `Salter-Harris`: one of them is called so by few.
    paired = _BORNE if "-" in words and any(look.form in _EPONYMS for look in looks) else frozenset[str]()
    return bool(looks) and (
        all(look.form in _TITLES for look in looks)
        or looks[-1].form in _SPECIES
        or all(
            look.form in _EPONYMS
            or look.form in paired
            or look.form in SUPPLIES
            or (look.form in _ABBREVIATIONS and (look.look != "t" or len(looks) > 1))
            for look in looks
        )
    )


def _is_reading(words: Sequence[str], first: int, last: int, value: str) -> bool:
    """Whether what looks like a date is pain of ten, a score or a strength, or one of several fingers or ribs."""
    before = words[max(0, first - _SCORED_BEFORE) : first]
    if _OF_SOME.fullmatch(value) and any(form_of(one) in _SCORED for one in before):
        return True
    if _OF_TEN.fullmatch(value):
        return any(form_of(one) in _RATED for one in words[max(0, first - _BEFORE) : first])
    return _ORDINAL.fullmatch(value) is not None and any(form_of(one) in _COUNTED for one in words[last : last + 1])
