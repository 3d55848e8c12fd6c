"""What is said of places, times and ages in general, and is no identifier.

States and countries are wider than what 45 CFR 164.514(b)(2)(i)(B) lists; `New York` and `Washington` may be the city.
Parts of a year, times of day, one number of another, and ages under 90 are no dates in the sense of (C).
"""

import re
from typing import Final

__all__ = ["COUNTRIES", "OFFICIAL", "STATES", "is_country", "is_general"]


def _listed(text: str) -> frozenset[str]:
    return frozenset(" ".join(one.split()) for one in text.split("|"))


STATES: Final = _listed(
    """
    alaska | alabama | arkansas | arizona | california | colorado | connecticut | district of columbia | delaware |
    florida | georgia | hawaii | iowa | idaho | illinois | indiana | kansas | kentucky | louisiana | massachusetts |
    maryland | maine | michigan | minnesota | missouri | mississippi | montana | north carolina | north dakota |
    nebraska | new hampshire | new jersey | new mexico | nevada | ohio | oklahoma | oregon | pennsylvania |
    rhode island | south carolina | south dakota | tennessee | texas | utah | virginia | vermont | wisconsin |
    west virginia | wyoming
    """
)
"""States and territories by name."""

COUNTRIES: Final = _listed(
    """
    afghanistan | africa | albania | algeria | america | american samoa | andorra | angola | anguilla |
    antigua and barbuda | argentina | armenia | aruba | asia | australia | austria | azerbaijan | bahamas |
    bahrain | bangladesh | barbados | belarus | belgium | belize | benin | bermuda | bhutan | bolivia |
    bosnia and herzegovina | botswana | brazil | british virgin islands | brunei | bulgaria | burkina faso | burma |
    burundi | cabo verde | cambodia | cameroon | canada | caribbean | cayman islands | central african republic |
    chad | chile | china | colombia | comoros | cook islands | costa rica | croatia | cuba | curacao | cyprus |
    czech republic | czechia | democratic republic of the congo | denmark | djibouti | dominica |
    dominican republic | ecuador | egypt | el salvador | england | equatorial guinea | eritrea | estonia |
    eswatini | ethiopia | europe | falkland islands | faroe islands | fiji | finland | france | french guiana |
    french polynesia | gabon | gambia | georgia | germany | ghana | gibraltar | greece | greenland | grenada |
    guadeloupe | guam | guatemala | guernsey | guinea | guinea-bissau | guyana | haiti | honduras | hong kong |
    hungary | iceland | india | indonesia | iran | iraq | ireland | isle of man | israel | italy | ivory coast |
    jamaica | japan | jersey | jordan | kazakhstan | kenya | kiribati | kosovo | kuwait | kyrgyzstan | laos |
    latin america | latvia | lebanon | lesotho | liberia | libya | liechtenstein | lithuania | luxembourg | macao |
    madagascar | malawi | malaysia | maldives | mali | malta | marshall islands | martinique | mauritania |
    mauritius | mexico | micronesia | middle east | moldova | monaco | mongolia | montenegro | montserrat |
    morocco | mozambique | myanmar | namibia | nauru | nepal | netherlands | new caledonia | new zealand |
    nicaragua | niger | nigeria | north korea | north macedonia | northern ireland | norway | oman | pakistan |
    palau | palestinian territory | panama | papua new guinea | paraguay | peru | philippines | poland | portugal |
    puerto rico | qatar | republic of the congo | reunion | romania | russia | rwanda | saint kitts and nevis |
    saint lucia | saint vincent and the grenadines | samoa | san marino | saudi arabia | scotland | senegal |
    serbia | seychelles | sierra leone | singapore | sint maarten | slovakia | slovenia | solomon islands |
    somalia | south africa | south korea | south sudan | spain | sri lanka | sudan | suriname | sweden |
    switzerland | syria | taiwan | tajikistan | tanzania | thailand | timor leste | togo | tokelau | tonga |
    trinidad and tobago | tunisia | turkey | turkmenistan | tuvalu | u.k. | u.s. | u.s. virgin islands | u.s.a. |
    uganda | uk | ukraine | united arab emirates | united kingdom | united states | uruguay | us | usa |
    uzbekistan | vanuatu | vatican | venezuela | vietnam | wales | western sahara | yemen | zambia | zimbabwe
    """
)
"""Countries, and what is wider."""

OFFICIAL: Final = _listed(
    """
    united states of america | the states | people's republic of china | republic of korea | republic of china |
    lao people's democratic republic | lao | libyan arab jamahiriya | syrian arab republic | syrian | libya |
    kyrgyz republic | kyrgyz | slovak republic | slovak | islamic republic of iran | iran islamic republic of |
    russian federation | republic of moldova | republic of ireland | republic of macedonia | macedonia | swaziland |
    united republic of tanzania | bolivarian republic of venezuela | plurinational state of bolivia | viet nam |
    timor-leste | east timor | cape verde | cote d'ivoire | côte d'ivoire | the gambia | gambia | holy see |
    vatican city | brunei darussalam | democratic people's republic of korea | congo | palestine | macau | curaçao |
    saint martin | saint helena | saint barthelemy | saint pierre and miquelon | svalbard | jan mayen |
    svalbard & jan mayen islands | norfolk island | pitcairn islands | christmas island | cocos islands |
    south georgia and the south sandwich islands | south georgia | south sandwich islands | bouvet island |
    heard island and mcdonald islands | antarctica | french southern territories | wallis and futuna | mayotte |
    united states minor outlying islands | turks and caicos islands | northern mariana islands | aland islands |
    åland islands | british indian ocean territory | dominican republic | arab republic of egypt |
    republic of india | kingdom of saudi arabia | state of israel | north america | south america | central america |
    southeast asia | scandinavia | the balkans | eastern europe | western europe | soviet union | ussr | yugoslavia
    """
)
"""Countries as they call themselves or are called in forms, parts of the world, and countries of once."""

_CODES: Final = frozenset(
    """
    ak al ar az ca co ct dc de fl ga hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh nj nm nv ny oh ok
    or pa ri sc sd tn tx ut va vt wa wi wv wy
    """.split()  # noqa: SIM905 a list of words reads better so
)
_TIMES: Final = re.compile(
    r"(?:early|mid|middle of|late|beginning of|end of)[- ]?(?:the )?(?:19|20)[0-9]{2}|[0-9]{1,3} of [0-9]{1,3}"
    r"|(?:act|code|law|rules|guidelines?) of (?:18|19|20)[0-9]{2}"
    r"|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?- ?[0-9]{1,2}:[0-9]{2})?(?: ?[ap]\.?m\.?)?"
)
# Places that people are called after.
_ALSO_NAMES: Final = _listed(
    """
    california | carolina | chad | china | cuba | dakota | delaware | dominica | england | florida | france | georgia |
    ghana | india | indiana | ireland | israel | italy | jersey | jordan | kenya | lebanon | maine | mali | malta |
    montana | nevada | niger | oman | poland | scotland | tennessee | texas | togo | tonga | turkey | uk | us | utah |
    virginia | wales
    """
)
_BETWEEN: Final = frozenset("and at by for from in of on the to with".split())  # noqa: SIM905 as above
_NAMED: Final = {
    part: tuple(one for one in COUNTRIES | OFFICIAL if part in one.split())
    for part in {part for one in COUNTRIES | OFFICIAL if " " in one for part in one.split() if len(part) > 3}
}
"""Countries of several words, by each of those."""

_ORDINAL: Final = re.compile("[0-9]{1,3}(?:st|nd|rd|th)")
_NUMBER: Final = re.compile(r"[0-9]+")
_OLD: Final = range(90, 121)


def is_general(value: str, kind: str, /) -> bool:
    """Whether a value of a kind (`NAME`, `GEO`, `DATE`, `AGE`) is too general to identify anybody."""
    if value in _BETWEEN:
        return kind != "DATE"
    small = value.lower()
    wide = small.removeprefix("the ")
    if kind == "GEO":
        return wide in STATES or wide in COUNTRIES or wide in OFFICIAL or wide in _CODES
    if kind == "NAME":
        named = wide in STATES or wide in COUNTRIES or wide in OFFICIAL
        return (named and wide not in _ALSO_NAMES) or _ORDINAL.fullmatch(wide) is not None
    if kind == "DATE":
        return _TIMES.fullmatch(small) is not None
    if kind == "AGE":
        number = _NUMBER.search(small)
        return number is not None and int(number[0][:4]) not in _OLD
    return False


def is_country(value: str, around: str, /) -> bool:
    """Whether a value is a part of a country's name, as `Bosnia` is where `and Herzegovina` follows."""
    first = value.split(maxsplit=1)
    if not first or first[0].lower() not in _NAMED:
        return False
    small, within = " ".join(value.lower().split()), " ".join(around.lower().split())
    return any(small in one and one in within for one in _NAMED.get(small.partition(" ")[0], ()))
