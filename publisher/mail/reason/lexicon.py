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
    SERVICE = "service"  # what may be shut as well as somebody
    ASIDE = "aside"  # advice, a guess, or a word on the letter: its clause says nothing
    OTHER = "other"  # something else is meant, or it is so for now: what stands beside its clause says nothing, either


_WORDS: Mapping[Role, str] = {
    Role.SOMEBODY: """
        user* recipient* receiver* addressee* adressee* addres* adress* mailaddress* emailaddress* mailbox* mbox inbox
        account* alias* customer* subscriber* person member* employee* rcpt rcptto
        utilisateur* lutilisateur destinataire* ladresse boite* compte* abonne* correspondant* benutzer* empfanger*
        empfaenger* anschrift* postfach* konto* teilnehmer* utent* lutente casell* indirizz* lindirizzo usuari* buzon*
        nadie cuenta* direccion* casilla* destinatari* caixa* conta contas enderec* utilizador* gebruiker* ontvanger*
        geadresseerde* postbus* mailadres* emailadres* adres*
        uzytkownik* odbiorc* skrzynk* uzivatel* pouzivatel* prijemc* schrank* korisnik* uporabnik* primatelj* prejemnik*
        sanducic* mottagar* anvandar* brevlad* bruger* modtager* postkass* bruker* mottaker* postboks*
        vastaanottaja* kayttaja* osoite* postilaatik* kasutaja* lietotaj* vartotoj* felhasznal* cimzett* postafiok*
        fiok* utilizator* destinatar* cutia kullanici* alici* hesap* hesab* kutusu pengguna penerima alamat akun
        пользовател* получател* адрес* ящик* аккаунт* абонент* корист* отримувач* одержувач* скриньк* потребител*
        χρηστ* παραληπτ* λογαριασμ* διευθυνσ*
        """,
    Role.MAIL: "email emails mail correo destination",
    Role.DOMAIN: "domain* dominio* domena* domene* doman* домен*",
    Role.UNKNOWN: """
        unknow* unkow* unkown* nonexist* inexist* unexist* notexist* notfound nosuch* unrecogni* unregist* unrouteable
        unroutable unresolv* unalloc* unassign* unidentif* unlisted
        inconnu* introuvabl* nexist* unbekannt* sconosciut* desconocid* desconhecid* desconegut* inesistent* onbekend*
        nieznan* nieistnie* neznan* neznam* nepoznat* nepostoje* neexist* nenalezen* nenajden* okand* saknas ukendt*
        ukjent* tuntemat* tundmat* nezinam* neegzist* nerast* ismeretlen* necunoscut* bulunam* bilinm* yok
        неизвест* несуществ* отсутств* невідом* неіснуюч* відсутн* непознат* несъществ* αγνωστ* ανυπαρκτ*
        """,
    Role.POOR: """
        unavail* unreachable undeliverable invalid* wrong bad illegal incorrect* bogus unusable undefined
        ungultig* ungueltig* falsch* unzustellbar ongeldig* onjuist* niepoprawn* nieprawidl* bledn*
        neplatn* ogiltig* felaktig* ugyldig* virheelli* ervenytelen* gecersiz* errone* errat* fehlerhaft* indisponib*
        niedostepn* недоступ* неверн* недействит* ακυρ*
        """,
    Role.SHUT: """
        inactiv* deactiv* disactiv* disabled suspended closed terminated discontinued deleted removed expir* cancelled
        canceled obsolete dormant frozen retired abandoned decommissioned deprovisioned defunct unused dead purged
        archived ceased deprecated destroyed deceased departed resigned left moved changed lapsed vacated withdrawn
        desactiv* supprim* ferme fermee suspendu* inactif* resili* clotur* bloque bloquee
        deaktiv* gesperrt* geloscht* geloescht* stillgelegt* abgeschaltet* abgemeldet* geschlossen* gekundigt*
        disattiv* disabilitat* bloccat* eliminat* cancellat* rimoss* chius* scadut* sospes* suspendid* suspens*
        eliminad* cerrad* bloquead* inhabilitad* deshabilitad* borrad* caducad* cancelad* desativad* desabilitad*
        excluid* encerrad* removid* inativ*
        gedeactiveerd* verwijderd* opgeheven geblokkeerd* afgesloten uitgeschakeld* verlopen
        nieaktywn* zablokowan* usuniet* zawieszon* wylaczon* wygas* zamkniet* zrusen* zablokovan* smazan* obrisan*
        avslutad* avstangd* sparrad* inaktiv* slettet sperret spaerret stengt nedlagt* lukket suljettu poistettu
        torolt* letilt* megszunt dezactivat* suspendat* kapatil* kapali
        заблокирован* отключен* отключён* удален* удалён* неактив* закрыт* деактив* приостановл* заблокован* видален*
        απενεργοποι* ανενεργ*
        """,
    Role.NOT: """
        not no isnt arent wasnt werent doesnt dosnt dosent doesent dont didnt havent hasnt cannot cant couldnt never nor
        unable ne nest pas nicht nie niemand nadie nikt non nao niet inte ikke ei nem nincs nu nije nebyl* neni degil
        tidak не нет нема немає δεν
        """,
    Role.WITHOUT: """
        no without kein keine keinen aucun aucune nessun nessuna ningun ninguna nenhum nenhuma geen ingen inget zadny
        brak nincs niciun нет нема немає
        """,
    Role.THERE: """
        exist* exsist* exis found find known know recogni* listed valid valide valido valida present registered located
        allocated assigned provisioned handled served hosted member mapped defined configured created belong* match
        matches identified live lives reside resides
        existe existent connu* trouve* valable* gefunden existier* vorhanden bekannt gultig gueltig trovat* esist*
        presente encontr* hallad* registrad* cadastrad* localizad* bestaat bestaan gevonden bekend geldig
        istniej* znalezion* nalezen* najden* existuj* postoji obstaja pronaden* hittades finns findes finnes fundet
        eksister* olemassa leitud talalhato letez* gasit* loyd* loyt* mevcut ada ditemukan dikenal terdaftar
        существует существуют найден* обнаружен* зарегистрирован* знайдено існує съществува υπαρχει βρεθηκε
        """,
    Role.LIST: "list table directory database book liste tabelle verzeichnis annuaire elenco lista",
    Role.SUCH: "such tel telle tal takiego takiej taki sadan slik slikt ilyen такого такой таких",
    Role.HAVING: "have has ma hay",
    Role.OPEN: """
        active activated enabled used use monitored entered available
        actif attiv* aktiv* activ* ativ* aktywn* verfugbar verfuegbar disponib* verwendet genutzt usa usad* utiliz*
        utilis* usat* dziala* beschikbaar dostepn* gebruikt anvands используется активен активна доступен
        """,
    Role.MORE: "longer mehr plus piu mais meer juz vise langre lengre больше более",
    Role.TAKING: "accept accepts accepting receive receives receiving accepte recoit",
    Role.IN: "in on im dans en nel w na",
    Role.HERE: "here by with named called hier ici aqui qui of at on",
    Role.ARTICLE: "a an any the our my one of ein eine un une una um uma",
    Role.THING: "error* failure* reason* problem* status response* server* code state",
    Role.SERVICE: "service services dienst servizio servicio servico support supported",
    Role.ASIDE: """
        may might maybe perhaps possible possibly probably whether if could would should please check verify ensure try
        moglicherweise vielleicht eventuell falls wenn konnte konnten bitte prufen uberprufen peut peutetre veuillez
        verifi* puede quiza compruebe potrebbe forse controlla* pode talvez mogelijk misschien
        message* msg letter content header* body attachment* subject date data charset mime
        nachricht* mensaj* mensage* messagg* bericht wiadomos* zprav* meddeland* besked* melding* uzenet* mesaj* viesti*
        сообщен* письм* μηνυμ*
        sending send outgoing outbound submission route* routing path
        """,
    Role.OTHER: """
        sender* from mailfrom originator return expediteur absender* mittente remitente* remetente* expeditor* afzender*
        nadawc* odesilatel* avsandar* avsender* afsender* lahetta* felado* gonderen* posiljatelj* pengirim
        отправител* відправник* αποστολε* reply
        ip ips ipv4 ipv6 client helo ehlo hostname rdns ptr dns mx reverse nameserver relay* gateway host hosts
        spf dkim dmarc arc tls ssl starttls authenticat* authoriz* authoris* autoris* autoriz* auth login password
        credential* permission* permit* permess* berechtig* erlaubt* dozwolon* povolen* разреш* запрещ* allowed
        white whitelist access policy policies rule* filter* spam* antispam junk virus* phish*
        reputation blacklist* block blocked blocklist* rbl dnsbl bulk certificate excessive noire
        quota* kvot* kota full size large limit* exceed* enough space storage diskspace overquota over rate too many
        much pleine sature* espace voll* speicher* uberschritten ueberschritten piena pieno spazio llen* espacio cheia
        espaco vol pelna pelny przepeln* miejsca pln* plin* fuld full taynna megtelt dolu penuh tele
        спам* квот* переполнен* переповн* γεματ*
        tempor* later again retry retries moment* currently greylist* graylist* busy timeout wait until delayed
        deferred vorubergehend* spater zurzeit provisoire* tijdelijk* tymczasow* chwilow* docasn* privremen* tillfallig*
        midlertidig* tilapai* ideiglenes* atmeneti* gecici* sementara временн* тимчас* позже пізніше προσωριν*
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
