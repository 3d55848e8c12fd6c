"""What is written like a name and is bought: dressings, devices, tests and medicines by their brands."""

from typing import Final

__all__ = ["SUPPLIES"]

SUPPLIES: Final = frozenset(
    """
    abilify accucheck acticoat actos adaptic adderall advair aggrenox alaris albuterol aldactone aldara aleve
    allopurinol altace amaryl ambien amlodipine anoro aquacel aquaphor aricept arimidex arixtra arnuity ativan
    atripla atrovent augmentin avandia avapro avelox azilect azopt bactrim bactroban bair basaglar benadryl
    benicar betadine betapro biktarvy biopatch boniva bovie breo brilinta broselow broset buspar bydureon bystolic
    caduet carafate cardizem cardura carefusion catapres cavilon celebrex celexa cellcept cepheid chantix chemstrip
    chloraprep cialis ciprodex cleocin clinitron clozaril coban coflex cogentin colace cologuard coreg coulter
    coumadin cozaar crestor cymbalta cytomel cytoscape decadron demerol depakote dermabond desyrel detrol dexilant
    diamox diflucan dilantin dilaudid dinamap diovan ditropan dopplex drager dulcolax duoderm duragesic dyazide
    easypump effexor elastoplast elavil eliquis enbrel entresto epipen epogen evista exelon farxiga femara fioricet
    fitbit flagyl flexeril flomax flonase flovent forteo fosamax freestyle gelfoam gemstar geodon gleevec glidescope
    glucophage glucotrol granufoam guardrail haldol harvoni hibiclens hillrom horizon hospira hoyer hugger humalog
    humira humulin hydrofera hydrogel hytrin hyzaar imdur imitrex imodium inderal interdry invokana iodosorb
    isolibrium isordil janumet januvia jardiance jobst kangaroo kayexalate keflex keppra kerlix kling klonopin kwire
    laerdal lamictal lantus lasix levaquin levemir levitra lexapro lexiscan libre librium lidoderm lifepak lipitor
    lomotil lopressor lortab lotensin lotrel lovenox lunesta lupron lyrica macrobid masimo maxalt maxzide
    medihoney medtronic mepilex mepitel mepore metamucil methergine mevacor micardis miralax mirapex mobic motrin
    mucinex mucomyst namenda naprosyn nasonex nellcor neulasta neurontin nexium niaspan nitrostat norco norvasc
    novolin novolog nucynta ofirmev omnicell omnipod onglyza opdivo opsite optifoam oxycontin ozempic pamelor paxil
    paxlovid pepcid percocet phenergan plaquenil plavix pleurevac pleurx polymem portacath pradaxa prandin pravachol
    precedex prevacid prevena prilosec prinivil pristiq proair procardia procrit prograf prolia promogran prontosan
    protonix proventil provigil prozac pulmicort purewick pyxis ranexa reglan relafen remeron remicade requip
    restasis restoril retrovir risperdal ritalin robaxin robitussin rocephin roxicodone rybelsus santyl savella
    senokot septra seroquel siemens silvadene simponi sinemet singulair skelaxin solumedrol soma sonata spectralink
    spiriva stedy stelara steristrips strattera stryker suboxone sudafed surgicel surgilube symbicort synthroid
    tamiflu tandem tapazole tegaderm tegretol telfa tenormin tessalon thorazine tikosyn timoptic topamax toprol
    toradol toujeo tradjenta trazodone trelegy trental tresiba tricor trileptal trulicity truvada tubigrip tudorza
    tylenol uloric ultram unasyn valium valtrex vapotherm vaseline vasotec ventolin versajet vesicare viagra
    vibramycin vicodin victoza vigileo viibryd vimpat vistaril voltaren vygon vytorin vyvanse wegovy welchol
    wellbutrin xalatan xanax xarelto xeljanz xeroform xopenex xyzal zanaflex zantac zaroxolyn zebeta zephyr
    zestoretic zestril zetia zimmer zithromax zocor zofran zoll zoloft zometa zosyn zovirax zyban zyloprim zyprexa
    zyrtec zyvox
    """.split()  # noqa: SIM905 a list of words reads better so
)
"""Names of people that some of these are as well stay: a title, or a model that is all but certain, wins."""
