"""Company numbers, contacts, account, order, listing and ticket numbers, with their check digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from nlu.page import Mention, Page

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"')\x00]{3,500}")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
_IBAN = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?(?!\w)")
_ORDER = re.compile(r"(?<![\d-])\d{3}-\d{7}-\d{7}(?![\d-])")
_NAMED = (
    r"s?(?: id)?(?: ?(?:n ?°|no(?![a-z])|num(?:ero)?|number|id|#|:)+ ?#?(?P<marked>(?=[a-z-]{0,6}\d)[a-z0-9-]{5,25})"
    r"| (?P<bare>(?=[a-z-]{0,6}\d)[a-z0-9-]{8,25}|\d{5,7}))(?!\w)(?! ?(?:€|euros?|%))"
)
_ORDER_SAID = re.compile(rf"(?<![a-z])(?:commande|order){_NAMED}")
_ASIN = re.compile(r"(?<!\w)b0[a-z0-9]{8}(?!\w)")
_VAT = re.compile(r"(?<!\w)fr ?\d{2} ?\d{3} ?\d{3} ?\d{3}(?!\w)")
_TICKET = re.compile(rf"(?<![a-z])(?:ticket|dossier|cas|case|reclamation|incident|reference|ref){_NAMED}")
_TICKET_TOLD = re.compile(
    r"(?<![a-z])(?:ticket|dossier|case)(?: (?!\d)[\w']+){1,4} ?:? (?P<number>\d{7,11}|[a-z]{2,4}-\d{4,10})(?!\w)"
)
_NEXT_TICKET = re.compile(
    r"(?:,| et| and| puis| plus| ainsi que| &)(?: (?:un|une|le|la|the|another|aussi|autre|also|one|ticket|"
    r"dossier|case|encore)){0,3}"
    r",?:? (?:n ?° ?)?(?P<number>\d{5,14}|[a-z]{2,6}-\d{3,12}(?:-[a-z0-9]{1,6})?)(?!\w)(?! ?(?:€|euros?|%))"
)
"""After a ticket, one more."""
_ANY_TICKET = re.compile(
    r"(?<![\w.,-])(?P<number>#?\d{5,14}|[a-z]{1,6}-?\d{3,14}(?:-[a-z0-9]{1,8}){0,2})(?!\w)(?! ?(?:€|euros?|%))"
)
_SELLER = re.compile(
    r"(?<![a-z])(?:identifiant|id|numero|n°|code)(?: de)? (?:vendeur|marchand|boutique|seller|"
    r"merchant)(?: id)? ?(?:est|is|:|n°)? ?"
    r"(?P<number>(?=[a-z]{0,4}\d)[a-z0-9-]{5,20})(?!\w)|(?<![a-z])(?:seller|merchant|account) (?:id|"
    r"number) ?(?:is|:)? ?"
    r"(?P<number2>(?=[a-z]{0,4}\d)[a-z0-9-]{5,20})(?!\w)"
)
_SPELLED = re.compile(
    r"(?<![\w.@])(?P<name>[\w+-]+(?: (?:point|dot|tiret|dash|underscore) [\w+-]+|\.[\w+-]+){0,3}) (?:arr?obase?|"
    r"at(?=[^.]* dot )) "
    r"(?P<host>[\w-]+(?: (?:tiret|dash) [\w-]+)?)(?:\.| (?:point|dot) )(?P<top>[a-z]{2,6}(?: (?:point|"
    r"dot) (?:fr|uk|com))?)(?![a-z])"
)
"""An address as it is dictated."""
_SPELLED_SIGNS = (
    (re.compile(r" ?(?:point|dot|\.) ?"), "."),
    (re.compile(r" ?(?:tiret|dash) ?"), "-"),
    (re.compile(r" ?underscore ?"), "_"),
)
_RUN = re.compile(r"(?<![\w.,])\d(?:[ .-]?\d){7,18}(?![\w])")
_PHONE = re.compile(
    r"(?<![\w.,-])(?:(?:\+|00)\d{1,3}[ .-]?(?:\(0\) ?)?\d(?:[ .-]?\d){6,11}|0[1-9](?:[ .-]{0,2}\d{2}){4})(?!\w)"
)
_OWN = re.compile(r"(?<!\w)pv-?\d{4}-?[0-9a-z]{5}-?[0-9a-z](?!\w)")
_BY_CHANCE = 0.45
"""One number of nine digits in ten passes for a SIREN."""
_COMPANY_CUE = re.compile(r"sire[nt]|rcs|numero d'entreprise|company number|registration")
_CODE_CUE = re.compile(r"code|acces|access|receipt")


def read_identifiers(page: Page) -> list[Mention]:
    """Every identifier on the page; no two overlap."""
    found: list[Mention] = []
    for reader in _READERS:
        fresh = list(reader(page))
        page = page.without(fresh)
        found += fresh
    return found


def _own_references(page: Page) -> Iterator[Mention]:
    if "pv" in page.words or "pv" in page.folded:
        yield from _each(_OWN, "case_reference", page, lambda text: text.upper())


def _urls(page: Page) -> Iterator[Mention]:
    if "http" in page.folded or "www." in page.folded:
        for found in _URL.finditer(page.folded):
            end = found.start() + len(found[0].rstrip(".,;:!?"))
            source = page.source(found.start(), end)
            yield Mention(field="listing_ids", value={"kind": "url", "value": source}, start=found.start(), end=end)


def _emails(page: Page) -> Iterator[Mention]:
    if "@" in page.folded:
        yield from _each(_EMAIL, "email", page, lambda text: text.rstrip("."))


def _spelled(page: Page) -> Iterator[Mention]:
    if not page.words.isdisjoint(("arobase", "arobas", "arrobase", "at", "dot")):
        for found in _SPELLED.finditer(page.folded):
            value = f"{found['name']}@{found['host']}.{found['top']}"
            for spelled, sign in _SPELLED_SIGNS:
                value = spelled.sub(sign, value)
            yield Mention(field="email", value=value, start=found.start(), end=found.end(), confidence=0.9)


def _sellers(page: Page) -> Iterator[Mention]:
    if not page.words.isdisjoint(("vendeur", "marchand", "boutique", "seller", "merchant", "account")):
        for found in _SELLER.finditer(page.folded):
            group = "number" if found["number"] else "number2"
            number = found[group].upper()
            yield Mention(field="seller_account_id", value=number, start=found.start(group), end=found.end(group))


def _ibans(page: Page) -> Iterator[Mention]:
    for found in _IBAN.finditer(page.folded):
        number = _squeeze(found[0])
        if sum(char.isdigit() for char in number) >= 12:  # noqa: PLR2004  # Words in capitals are no account.
            yield Mention(field="iban", value=number.upper(), start=found.start(), end=found.end())


def _orders(page: Page) -> Iterator[Mention]:
    yield from _each(_ORDER, "order_number", page, str)


def _named_orders(page: Page) -> Iterator[Mention]:
    yield from _named(_ORDER_SAID, "order_number", page)


def _asins(page: Page) -> Iterator[Mention]:
    for found in _ASIN.finditer(page.folded):
        if any(char.isdigit() for char in found[0][2:]):
            value = {"kind": "asin", "value": found[0].upper()}
            yield Mention(field="listing_ids", value=value, start=found.start(), end=found.end())


def _vats(page: Page) -> Iterator[Mention]:
    yield from _each(_VAT, "vat", page, lambda text: _squeeze(text).upper())


def _tickets(page: Page) -> Iterator[Mention]:
    found = list(_named(_TICKET, "ticket_ids", page))
    patterns = (_ANY_TICKET,) if page.asking == "ticket_ids" else (_TICKET_TOLD,)
    for pattern in patterns:
        found += [_ticket(told) for told in pattern.finditer(page.without(found).folded)]
    for one in found:
        yield one
        end = one.end
        while told := _NEXT_TICKET.match(page.folded, end):
            if any(other.start == told.start("number") for other in found):
                break
            yield _ticket(told)
            end = told.end()


def _ticket(told: re.Match[str]) -> Mention:
    return Mention(field="ticket_ids", value=told["number"].upper(), start=told.start("number"), end=told.end("number"))


def _named(pattern: re.Pattern[str], field: str, page: Page) -> Iterator[Mention]:
    for found in pattern.finditer(page.folded):
        group = "marked" if found["marked"] else "bare"
        yield Mention(field=field, value=found[group].upper(), start=found.start(group), end=found.end(group))


def _phones(page: Page) -> Iterator[Mention]:
    for found in _PHONE.finditer(page.folded):
        if number := _e164(found[0]):
            yield Mention(field="phone", value=number, start=found.start(), end=found.end())


def _numbers(page: Page) -> Iterator[Mention]:
    """Long runs of digits by their length and check digit."""
    for found in _RUN.finditer(page.folded):
        digits = "".join(char for char in found[0] if char.isdigit())
        asked = page.kind == "company"
        cued = asked or bool(_COMPANY_CUE.search(page.before(found.start(), 40)))
        coded = bool(_CODE_CUE.search(page.before(found.start(), 40)))
        if kind := _kind_of(digits, cued=cued, coded=coded):
            value: object = {"kind": "ean", "value": digits} if kind == "listing_ids" else digits
            alone = len(found[0]) == len(page.folded)
            sure = 1.0 if cued or alone or kind != "siren" else _BY_CHANCE
            yield Mention(field=kind, value=value, start=found.start(), end=found.end(), confidence=sure)


def _kind_of(digits: str, *, cued: bool, coded: bool) -> str | None:
    from stdnum import ean, luhn
    from stdnum.fr import siren, siret

    match len(digits):
        case 14 if siret.is_valid(digits):
            return "siret"
        case 9 if siren.is_valid(digits):
            return "siren"
        case 16:
            return "card" if luhn.is_valid(digits) and not coded else "access_code"
        case 13 if not cued and ean.is_valid(digits):
            return "listing_ids"
    return "siret_invalid" if cued else None


def _e164(text: str) -> str | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _each(
    pattern: re.Pattern[str],
    field: str,
    page: Page,
    value: Callable[[str], str],
) -> Iterator[Mention]:
    for found in pattern.finditer(page.folded):
        yield Mention(field=field, value=value(found[0]), start=found.start(), end=found.end())


def _squeeze(text: str) -> str:
    return text.replace(" ", "")


_READERS: tuple[Callable[[Page], Iterator[Mention]], ...] = (
    _own_references, _urls, _emails, _spelled, _orders, _ibans, _vats, _asins, _named_orders, _sellers,
    _tickets, _phones, _numbers,
)  # fmt: skip
