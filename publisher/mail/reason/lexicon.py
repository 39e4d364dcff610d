"""What words can be in a sentence that says that an address is gone: the lexicon of `meaning`.

Words stand as `words.words_of` gives them: small, without accents and apostrophes. `*` leaves an ending open.
The languages are English and those of Europe; what is written without blanks has its cases in `address`.

Pure values.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a word can be."""

    SOMEBODY = "somebody"  # or what their mail is kept in: a user, a mailbox, an address
    ADDRESS = "address"  # a written one
    MAIL = "mail"  # an address or a letter, whichever the sentence is about
    DOMAIN = "domain"

    UNKNOWN = "unknown"  # says that there is nobody
    POOR = "poor"  # the same where it is said of a user or an address, and next to nothing where of anything else
    SHUT = "shut"  # says that there was somebody

    NOT = "not"
    WITHOUT = "without"  # `no user here`, `kein Benutzer`: a `not` that stands right before somebody
    THERE = "there"  # with a `not` before it the same as UNKNOWN
    LIST = "list"  # the same with an `in` before it
    SUCH = "such"  # the same with somebody behind it
    HAVING = "having"  # the same with an account behind it
    OPEN = "open"  # with a `not` before it the same as SHUT
    MORE = "more"  # `no longer`
    TAKING = "taking"  # with a `not` before it the same as SHUT, of somebody who takes mail

    IN = "in"
    HERE = "here"
    ARTICLE = "article"
    THING = "thing"  # what an adjective before it is said of, which is nobody: `unknown error`
    ASIDE = "aside"  # advice, a guess, or a word on the letter: its clause says nothing
    OTHER = "other"  # something else is meant, or it is so for now: what stands beside its clause says nothing, either


_WORDS: Mapping[Role, str] = {
    Role.SOMEBODY: """
        user* recipient* receiver* addressee* adressee* addres* adress mailaddress* emailaddress* mailbox* mbox inbox
        account* alias* customer* subscriber* person member* employee* rcpt rcptto
        utilisateur* lutilisateur destinataire* adresse* ladresse* boite* compte* benutzer* empfanger* empfaenger*
        postfach* konto* teilnehmer* adressat* utent* lutente casell* indirizz* lindirizzo usuari* buzon* cuenta*
        direccion* casilla* destinatari* caixa* conta contas enderec* gebruiker* ontvanger* postbus* adres uzytkownik*
        odbiorc* skrzynk* uzivatel* prijemc* schrank* mottagar* anvandar* bruger* modtager* bruker* mottaker*
        vastaanottaja* kayttaja* osoite* felhasznal* cimzett* postafiok* utilizator* destinatar* cutia kullanici* alici*
        hesap* пользовател* получател* адрес* ящик* аккаунт* корист* отримувач* скриньк* потребител*
        """,
    Role.MAIL: "email emails mail correo",
    Role.DOMAIN: "domain* dominio* domena* domene* doman* домен*",
    Role.UNKNOWN: """
        unknow* unkow* unkown* nonexist* inexist* unexist* notexist* nosuch* unrecogni* unregister* unrouteable
        unroutable unresolv* unalloc* unassign* unidentif*
        inconnu* nexist* unbekannt* sconosciut* desconocid* desconhecid* inesistent* onbekend* nieznan* nieistnie*
        neznam* neexist* nenalezen* bulunam* okand* ukendt* ukjent* tuntematon ismeretlen* necunoscut*
        неизвест* несуществ* невідом* неіснуюч* непознат*
        """,
    Role.POOR: """
        unavail* unreachable undeliverable invalid* wrong bad illegal ungultig* ungueltig* ongeldig* niepoprawn*
        neplatn* ogiltig* ugyldig* gecersiz* errone* errat* fehlerhaft* indisponib* niedostepn*
        недоступ* неверн* недействит*
        """,
    Role.SHUT: """
        inactiv* deactiv* disactiv* disabled suspended closed terminated discontinued deleted removed expir* cancelled
        canceled obsolete dormant frozen retired abandoned decommissioned deprovisioned defunct unused dead purged
        archived ceased deprecated destroyed
        desactiv* supprim* ferme fermee suspendu* inactif* deaktiv* gesperrt* geloscht* geloescht* stillgelegt*
        disattiv* bloccat* eliminat* cancellat* suspendid* eliminad* cerrad* desativad* excluid* inativ*
        gedeactiveerd* verwijderd* opgeheven nieaktywn* zablokowan* usuniet* zawieszon* zrusen* zablokovan* avslutad*
        inaktiv* nedlagt* lukket suljettu torolt* dezactivat* kapatil*
        заблокирован* отключен* отключён* удален* удалён* неактив* закрыт* деактив*
        """,
    Role.NOT: """
        not no isnt arent wasnt werent doesnt dosnt dosent doesent dont didnt havent hasnt cannot cant couldnt never nor
        unable ne nest pas nicht nie non nao niet inte ikke ei nem nu degil yok не нет немає
        """,
    Role.WITHOUT: """
        no kein keine keinen aucun aucune nessun nessuna ningun ninguna nenhum nenhuma geen ingen inget zadny нет
        """,
    Role.THERE: """
        exist* exis found find known know recogni* listed valid valide valido valida present registered located
        allocated assigned provisioned handled served member mapped defined configured created belong* match matches
        identified
        existe existent connu* trouve* gefunden existier* vorhanden bekannt gultig gueltig trovat* esist* encontr*
        bestaat bestaan gevonden geldig istniej* znalezion* nalezen* existuj* hittades finns findes finnes fundet
        talalhato letez* gasit loyd* loyt* mevcut
        существует существуют найден* зарегистрирован* знайдено існує съществува
        """,
    Role.LIST: "list table directory database book liste tabelle verzeichnis annuaire elenco lista",
    Role.SUCH: "such takiego takiej sadan slik slikt такого такой таких",
    Role.HAVING: "have has",
    Role.OPEN: """
        active activated enabled used use monitored entered available
        actif attiv* aktiv* activ* ativ* aktywn* verfugbar verfuegbar disponib* verwendet genutzt usa usad* utiliz*
        utilis* usat* dziala* beschikbaar dostepn* gebruikt anvands используется активен активна доступен
        """,
    Role.MORE: "longer mehr plus piu mais meer juz langre lengre больше более",
    Role.TAKING: "accept accepts accepting receive receives receiving accepte recoit",
    Role.IN: "in on im dans en nel w na",
    Role.HERE: "here by with named called hier ici aqui qui of at on",
    Role.ARTICLE: "a an any the our my one of ein eine un une una um uma",
    Role.THING: "error* failure* reason* problem* status response* server* code state",
    Role.ASIDE: """
        may might maybe perhaps possible possibly probably whether if could would should please check verify ensure try
        moglicherweise vielleicht eventuell falls wenn konnte bitte prufen uberprufen peut peutetre veuillez verifi*
        puede quiza compruebe potrebbe forse controlla* pode talvez mogelijk misschien
        message messages msg letter content header* body attachment* subject date data charset mime service
        sending send outgoing outbound submission route* routing path
        """,
    Role.OTHER: """
        sender* from mailfrom originator return expediteur absender* mittente remitente nadawc* отправител* reply
        ip ips ipv4 ipv6 client helo ehlo hostname rdns ptr dns mx reverse nameserver relay* gateway host hosts
        spf dkim dmarc arc tls ssl starttls authenticat* authoriz* authoris* auth login password credential* permission*
        permit* allowed white whitelist access policy policies rule* filter* spam* antispam junk virus* phish*
        reputation blacklist* block blocked blocklist* rbl dnsbl bulk certificate excessive
        quota* full size large limit* exceed* enough space storage diskspace overquota over rate too many much
        pleine sature* espace voll* speicher* uberschritten ueberschritten piena spazio llen* espacio cheia espaco vol
        pelna przepeln* miejsca pln* fuld tele спам* квот* переполнен*
        tempor* later again retry retries moment* currently greylist* graylist* busy timeout wait until delayed
        deferred vorubergehend* spater zurzeit tijdelijk* tymczasow* chwilow* docasn* tillfallig* временн* позже
        suspicious connection* session* licen* transaction configuration software rewrite file files script
        syntax format malformed character* rfc* qualified command* sequence argument* parameter* option* protocol
        """,
}

_STEM = 3  # letters by which a stem is looked up; none is shorter


def _in_order() -> tuple[dict[str, frozenset[Role]], dict[str, tuple[tuple[str, Role], ...]]]:
    whole: dict[str, frozenset[Role]] = {}
    stems: dict[str, tuple[tuple[str, Role], ...]] = {}
    for role, written in _WORDS.items():
        for word in written.split():
            if word.endswith("*"):
                stems[word[:_STEM]] = (*stems.get(word[:_STEM], ()), (word[:-1], role))
            else:
                whole[word] = whole.get(word, frozenset()) | {role}
    return whole, stems


_WHOLE, _STEMS = _in_order()
_NOTHING: frozenset[Role] = frozenset()


def roles_of(word: str) -> frozenset[Role]:
    """What a word can be; most are nothing."""
    roles = _WHOLE.get(word, _NOTHING)
    stems = _STEMS.get(word[:_STEM], ())
    return roles.union(role for stem, role in stems if word.startswith(stem)) if stems else roles
